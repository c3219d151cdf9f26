"""Tables of a phase.pad in the layout of the compiled kernel."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float, Int
from numpy.polynomial import legendre

from onne_core.errors import ScatteringError
from onne_core.scattering.couplings import Couplings, couplings
from onne_core.scattering.layout import LANES, QUAD, SLOTS, downwards, rows
from onne_core.scattering.phases import Phases
from onne_core.scattering.singles import single_traces
from onne_core.scattering.waves import rotation_constants

SMALLEST_PHASE = 1e-7
"""abs(sin delta) below which higher partial waves are left out, as in FEFF."""

ANGLES = 81
"""Values of cos beta for which abs(f) is tabulated: steps of 0.025, as in FEFF."""

TERMINALS: dict[str, tuple[int, tuple[int | None, ...]]] = {
    "K": (1, (1, 1, None)),
    "L1": (1, (1, 1, None)),
    "L2": (2, (None, 0, 2)),
    "L3": (2, (2, 2, 0)),
}
"""Per edge: L0 = l_i + 1, and the orbital momenta of the dipole channels."""

MOST_TERMINAL_L = 2


class PartialWaves(NamedTuple):
    """Phase data for the amplitudes; rows as in layout.py, bohr and hartree.

    Parameters
    ----------
    p
        Complex momentum from the muffin-tin zero, a row.
    t
        t-matrix, a row per potential and l.
    active
        Number of energies, from the highest, that need the partial waves of a chunk,
        per potential; ``widest`` is the largest one over the potentials.
    terminal
        Sum of R^2 / (3 (2l + 1)) over the channels of l = 0, 1, 2, as rows.
    couplings, steps, starts
        How partial waves couple; constants of the rotations.
    singles
        Trace of a single-scattering path, a row per potential and distance.
    """

    p: np.ndarray
    t: np.ndarray
    active: np.ndarray
    widest: np.ndarray
    terminal: np.ndarray
    couplings: Couplings
    steps: np.ndarray
    starts: np.ndarray
    singles: np.ndarray


class PlaneWaves(NamedTuple):
    """Phase data for the path filter, in order of increasing energy.

    Real and imaginary part of p (bohr^-1), abs(f) per potential and cos beta = -1,
    -0.975 ... 1, and the weights of the trapezium rule over Re p.
    """

    real_p: np.ndarray
    imaginary_p: np.ndarray
    strength: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything that depends on the phases but not on the cluster.

    ``k`` is the wave number from the Fermi level, upwards, bohr^-1;
    ``amplitude_weights`` integrate over abs(p), in the order of a row.
    """

    k: Float[np.ndarray, " e"] = field(repr=False)
    partial: PartialWaves = field(repr=False)
    plane: PlaneWaves = field(repr=False)
    amplitude_weights: Float[np.ndarray, " slot"] = field(repr=False)


def prepare(phases: Phases) -> Tables:
    """Return the tables of ``phases``.

    Raises
    ------
    ScatteringError
        If there are more energies than a row has places.
    """
    energy = np.real(phases.em) - phases.edge
    k = np.sign(energy) * np.sqrt(2.0 * np.abs(energy))
    if k.size > SLOTS:
        raise ScatteringError(
            f"phase.pad has {k.size} energies; at most {SLOTS} are used. Make it with "
            "EXAFS 20.",
            reason="too many energies",
        )
    p = np.sqrt(2.0 * (phases.em - phases.eref))
    p = np.where(np.imag(p) < 0.0, -p, p)
    end_order, momenta = TERMINALS[phases.hole]
    waves = [_partial_waves(item.delta, item.l_max) for item in phases.potentials]
    chunks = 1 + max(item.l_max for item in phases.potentials) // QUAD
    t = np.zeros((k.size, len(waves), chunks * QUAD), complex)
    counts = np.zeros(t.shape, bool)
    for i, (matrix, _, used) in enumerate(waves):
        t[:, i, : matrix.shape[1]] = matrix
        counts[:, i, : used.shape[1]] = used
    terminal = _terminal(phases.rkk, momenta)
    active = _active(counts)
    steps, starts = rotation_constants(chunks * QUAD)
    partial = PartialWaves(
        p=rows(p),
        t=rows(t),
        active=active,
        widest=active.max(axis=0),
        terminal=rows(terminal),
        couplings=couplings(tuple(l for l in momenta if l is not None), chunks),
        steps=steps,
        starts=starts,
        singles=rows(single_traces(p, t, terminal, end_order)),
    )
    plane = PlaneWaves(
        real_p=_filled(np.real(p)),
        imaginary_p=_filled(np.imag(p)),
        strength=_filled(np.stack([strength for _, strength, _ in waves])),
        weights=_padded(_trapezium(np.real(p))),
    )
    weights = _padded(_trapezium(np.abs(p))[::-1])
    return Tables(k=k, partial=partial, plane=plane, amplitude_weights=weights)


def _partial_waves(
    delta: Complex[np.ndarray, "e q"], l_max: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return t_l, abs(f) per cos beta, and which l count, of one potential."""
    minus, plus = delta[:, l_max::-1], delta[:, l_max:]
    l = np.arange(l_max + 1)
    tau_minus, tau_plus = _tau(minus), _tau(plus)
    mean = ((l + 1) * tau_minus + l * tau_plus) / (2 * l + 1)
    large = np.abs(np.sin(plus)) > SMALLEST_PHASE
    highest = l_max - np.argmax(large[:, ::-1], axis=1)
    counts = l[None, :] <= highest[:, None]
    weights = np.where(counts, (2 * l + 1) * tau_minus, 0.0)
    strength = np.abs(legendre.legval(np.linspace(-1.0, 1.0, ANGLES), weights.T))
    return np.where(counts, mean, 0.0), np.ascontiguousarray(strength.T), counts


def _tau(delta: np.ndarray) -> np.ndarray:
    return (np.exp(2j * delta) - 1.0) / 2j


def _terminal(
    rkk: Complex[np.ndarray, "e channel"], momenta: tuple[int | None, ...]
) -> Complex[np.ndarray, "e l"]:
    found = np.zeros((len(rkk), MOST_TERMINAL_L + 1), complex)
    for channel, l in enumerate(momenta):
        if l is not None:
            found[:, l] += rkk[:, channel] ** 2 / (3.0 * (2 * l + 1))
    return found


def _active(counts: np.ndarray) -> Int[np.ndarray, "potential chunk"]:
    """Return how many energies, from the highest, a chunk of partial waves needs.

    All of them in the first chunk, where the absorber's waves are; numbers are
    rounded up to LANES and do not grow from chunk to chunk.
    """
    ordered = np.moveaxis(downwards(counts), 0, -1)
    shape = (len(ordered), -1, QUAD, SLOTS)
    in_chunk: np.ndarray = np.max(ordered.reshape(shape), axis=2)
    last = SLOTS - np.argmax(in_chunk[..., ::-1], axis=-1)
    number = np.where(np.max(in_chunk, axis=-1), last, 0)
    number[:, 0] = SLOTS
    number = np.maximum.accumulate(number[:, ::-1], axis=1)[:, ::-1]
    return (-(-number // LANES) * LANES).astype(np.int64)


def _filled(values: Float[np.ndarray, "*shape e"]) -> Float[np.ndarray, "*shape slot"]:
    """Repeat the last energy to fill SLOTS, energies upwards."""
    missing = SLOTS - values.shape[-1]
    widths = [(0, 0)] * (values.ndim - 1) + [(0, missing)]
    return np.ascontiguousarray(np.pad(values, widths, mode="edge"))


def _padded(weights: Float[np.ndarray, " e"]) -> Float[np.ndarray, " slot"]:
    """Add zeros to fill SLOTS."""
    return np.pad(weights, (0, SLOTS - weights.size))


def _trapezium(x: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """Return the weights of the trapezium rule on the points ``x``."""
    weights = np.zeros_like(x)
    steps = np.diff(x)
    weights[:-1] += 0.5 * steps
    weights[1:] += 0.5 * steps
    return weights
