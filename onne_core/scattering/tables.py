"""Tables of one phase.pad in the layout that the compiled kernel wants.

Energies come in blocks of BLOCK, the last one padded by repetition, so that the
innermost loops have a fixed length and end at the highest partial wave of their block.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Complex, Float, Int
from numpy.polynomial import legendre

from onne_core.scattering.phases import Phases

BLOCK = 32
"""Energies treated together: a few vector registers."""

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


@dataclass(frozen=True, eq=False)
class Tables:
    """Everything that depends on the phases but not on a cluster; bohr and hartree.

    Parameters
    ----------
    end_order
        L0, the largest abs(mu) and nu on the legs next to the absorber.
    k, p
        Wave number from the Fermi level, and complex momentum from the muffin-tin
        zero (real, imaginary), bohr^-1.
    t, l_max
        t-matrix per block, potential and l; the highest l that counts in a block.
    terminal
        Sum of R^2 / (3 (2l + 1)) over the channels of l = 0, 1, 2.
    strength
        abs(f) per potential and cos beta = -1, -0.975 ... 1.
    path_weights, amplitude_weights
        Weights of the trapezium rule over Re p and over abs(p).
    """

    end_order: int
    k: Float[np.ndarray, " e"] = field(repr=False)
    p: Float[np.ndarray, "block 2 slot"] = field(repr=False)
    t: Float[np.ndarray, "block potential 2 l slot"] = field(repr=False)
    l_max: Int[np.ndarray, "block potential"] = field(repr=False)
    terminal: Float[np.ndarray, "block 2 3 slot"] = field(repr=False)
    real_p: Float[np.ndarray, " e"] = field(repr=False)
    imaginary_p: Float[np.ndarray, " e"] = field(repr=False)
    strength: Float[np.ndarray, "potential angle e"] = field(repr=False)
    path_weights: Float[np.ndarray, " e"] = field(repr=False)
    amplitude_weights: Float[np.ndarray, " e"] = field(repr=False)


def prepare(phases: Phases) -> Tables:
    """Return the tables of ``phases``."""
    energy = np.real(phases.em) - phases.edge
    k = np.sign(energy) * np.sqrt(2.0 * np.abs(energy))
    p = np.sqrt(2.0 * (phases.em - phases.eref))
    p = np.where(np.imag(p) < 0.0, -p, p)
    end_order, momenta = TERMINALS[phases.hole]
    waves = [_partial_waves(item.delta, item.l_max) for item in phases.potentials]
    deepest = max(item.l_max for item in phases.potentials)
    t = np.zeros((k.size, len(waves), deepest + 1), complex)
    counts = np.zeros(t.shape, bool)
    for i, (matrix, _, used) in enumerate(waves):
        t[:, i, : matrix.shape[1]] = matrix
        counts[:, i, : used.shape[1]] = used
    return Tables(
        end_order=end_order,
        k=k,
        p=_in_parts(_blocks(p)),
        t=_in_parts(_blocks(t)),
        l_max=_highest(counts),
        terminal=_in_parts(_blocks(_terminal(phases.rkk, momenta))),
        real_p=np.ascontiguousarray(np.real(p)),
        imaginary_p=np.ascontiguousarray(np.imag(p)),
        strength=np.stack([strength for _, strength, _ in waves]),
        path_weights=_trapezium(np.real(p)),
        amplitude_weights=_trapezium(np.abs(p)),
    )


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


def _blocks(values: np.ndarray) -> np.ndarray:
    """Return (block, ..., e) from (e, ...), the last energy repeated to fill up."""
    missing = -len(values) % BLOCK
    padded = np.concatenate([values, np.repeat(values[-1:], missing, axis=0)])
    blocks = padded.reshape(-1, BLOCK, *values.shape[1:])
    return np.moveaxis(blocks, 1, -1)


def _in_parts(values: np.ndarray) -> np.ndarray:
    """Return real and imaginary parts on an axis: (block, [potential,] 2, [l,] e)."""
    axis = max(1, values.ndim - 2)
    return np.ascontiguousarray(np.stack([np.real(values), np.imag(values)], axis=axis))


def _highest(counts: np.ndarray) -> Int[np.ndarray, "block potential"]:
    """Return the highest l that counts at any energy of a block."""
    used: np.ndarray = np.any(_blocks(counts), axis=-1)
    last = used.shape[-1] - 1
    return (last - np.argmax(used[..., ::-1], axis=-1)).astype(np.int64)


def _trapezium(x: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """Return the weights of the trapezium rule on the points ``x``."""
    weights = np.zeros_like(x)
    steps = np.diff(x)
    weights[:-1] += 0.5 * steps
    weights[1:] += 0.5 * steps
    return weights
