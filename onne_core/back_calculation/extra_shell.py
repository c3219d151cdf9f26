"""Search at every distance for neighbours that the predicted g(r) lacks.

A matched filter: the residual over R is held against the wave of one more neighbour at
each distance, weighted by what noise, theory, back-calculation, E0, S0^2 and the
uncertainty of the answer may have left there. Between two shells little of this is
left, and few neighbours are seen. G. L. Turin, IRE Trans. Inf. Theory 6, 311 (1960),
doi:10.1109/TIT.1960.1057571.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.back_calculation.decoder import Decoder
from onne_core.ensemble.card import Card
from onne_core.ensemble.features import r_points, smooth_basis
from onne_core.values.prediction import ExtraShell
from onne_core.values.spectrum import e0_shifted

DISTANCE_STEP = 0.05
"""Step of the distances at which neighbours are looked for, Å."""

NEARER = 0.7
"""How much nearer than the nearest trained distance neighbours are looked for, Å."""

BEYOND_FILTER = 0.2
"""How far beyond the R filter they are: peaks lie lower than distances, Å."""

SIGMA2 = 0.008
"""sigma^2 of the neighbours that are looked for, Å^2."""

NEGLIGIBLE = 0.05
"""Share of the nearest shell's neighbours that is no shell: as much is left where a
shell is skewed, which the networks' answers follow badly."""

MEASURABLE = 1e-6
"""Share of the largest singular value below which a direction of features is none."""

REGULAR = 1e-9
"""Share of the whole variance that is added to every direction, against rounding."""

E0_HALF_STEP = 1.0
"""Half of the difference from which the derivative by E0 is taken, eV."""


@dataclass(frozen=True, eq=False)
class Search:
    """Everything in the search that does not depend on the spectrum.

    ``basis`` leads from features to the directions that some chi(k) can have;
    ``waves`` are those of one neighbour at each of ``distances`` (Å). ``white`` and
    ``error`` are the second moments that white noise of one and the error of the
    back-calculation have, ``by_e0`` leads from chi to its derivative by E0 (1/eV), and
    ``theory`` from a signal to what the modes of the theory's error make of it.
    """

    kernel: Float[np.ndarray, "k direction"] = field(repr=False)
    basis: Float[np.ndarray, "feature direction"] = field(repr=False)
    distances: Float[np.ndarray, " distance"] = field(repr=False)
    waves: Float[np.ndarray, "distance direction"] = field(repr=False)
    white: Float[np.ndarray, "direction direction"] = field(repr=False)
    error: Float[np.ndarray, "direction direction"] = field(repr=False)
    by_e0: Float[np.ndarray, "k direction"] = field(repr=False)
    theory: Float[np.ndarray, "direction mode direction"] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Uncertainties:
    """Standard deviations of the spectra's errors.

    ``noise`` of chi, ``theory`` as share of the trained error, ``amplitude`` relative,
    ``e0`` in eV.
    """

    noise: Float[np.ndarray, " item"]
    theory: Float[np.ndarray, " item"]
    amplitude: Float[np.ndarray, " item"]
    e0: Float[np.ndarray, " item"]


def search_of(
    decoder: Decoder, kernel: Float[np.ndarray, "k feature"], card: Card
) -> Search:
    """Prepare the search with the path of the nearest shell."""
    _, sizes, rows = np.linalg.svd(kernel, full_matrices=False)
    basis = rows[sizes > MEASURABLE * sizes[0]].T
    projected = kernel @ basis
    # The error of the back-calculation varies over R; its correlation is the window's.
    usual = np.sqrt(np.sum(kernel**2, axis=0).reshape(2, -1).sum(axis=0))
    uneven = (kernel * np.tile(decoder.error_r / usual, 2)) @ basis
    r = r_points(card.training)
    first = card.first_head.lowest[1] - NEARER
    distances = np.arange(first, r[-1] + BEYOND_FILTER, DISTANCE_STEP)
    return Search(
        kernel=projected,
        basis=basis,
        distances=distances,
        waves=_waves(decoder, distances, card) @ projected,
        white=projected.T @ projected,
        error=uneven.T @ uneven,
        by_e0=_by_e0(card.k) @ projected,
        theory=_theory(basis, smooth_basis(r), card),
    )


def extra_shells(
    search: Search,
    back: Float[np.ndarray, "item k"],
    residual: Float[np.ndarray, "item k"],
    changes: Float[np.ndarray, "item change k"],
    uncertain: Uncertainties,
    *,
    card: Card,
) -> tuple[ExtraShell, ...]:
    """Return the extra neighbours that explain most of each ``residual``.

    ``back`` is the back-calculated chi, ``changes`` what one standard deviation of
    every N, R and sigma makes of it.
    """
    allowed = _allowed(search, back, changes, uncertain)
    # The inverse and a product take half the time of solving for so many waves.
    weighted = search.waves @ np.linalg.inv(allowed)
    power = np.einsum("dn,idn->id", search.waves, weighted)
    left = (residual @ search.kernel)[:, :, None]
    number = (weighted @ left)[..., 0] / power
    least = NEGLIGIBLE * card.first_head.centre[0]
    significance = (number - least) * np.sqrt(power)
    return tuple(
        ExtraShell(
            distance=float(search.distances[best]),
            number=float(number[i, best]),
            significance=max(float(significance[i, best]), 0.0),
        )
        for i, best in enumerate(np.argmax(significance, axis=1))
    )


def _allowed(
    search: Search,
    back: Float[np.ndarray, "item k"],
    changes: Float[np.ndarray, "item change k"],
    uncertain: Uncertainties,
) -> Float[np.ndarray, "item direction direction"]:
    """Return the second moments of what may be left with nothing foreign there."""
    seen = back @ search.kernel
    known = np.concatenate(
        [
            changes @ search.kernel,
            (uncertain.e0[:, None] * (back @ search.by_e0))[:, None],
            (uncertain.amplitude[:, None] * seen)[:, None],
            uncertain.theory[:, None, None] * _errors(search, seen),
        ],
        axis=1,
    )
    white = (uncertain.noise**2)[:, None, None] * search.white
    allowed = white + search.error + np.swapaxes(known, 1, 2) @ known
    size = np.trace(allowed, axis1=1, axis2=2)[:, None, None]
    return allowed + REGULAR * size * np.eye(allowed.shape[-1])


def _errors(
    search: Search, seen: Float[np.ndarray, "item direction"]
) -> Float[np.ndarray, "item mode direction"]:
    """Return what the modes of the trained error of the theory make of signals."""
    size = len(search.theory)
    return (seen @ search.theory.reshape(size, -1)).reshape(len(seen), -1, size)


def _theory(
    basis: Float[np.ndarray, "feature direction"],
    smooth: Float[np.ndarray, "mode r"],
    card: Card,
) -> Float[np.ndarray, "direction modes direction"]:
    """Return what the modes of the trained error make of a signal in each direction.

    It is taken as a smooth complex factor over R, as which one over k appears, too; the
    real part of its logarithm changes the signal along itself, the phase across.
    """
    real, imaginary = np.split(basis.T, 2, axis=1)
    amplitude, phase = card.training.theory_error
    along = amplitude * np.concatenate([real, imaginary], axis=1)
    across = phase * np.concatenate([-imaginary, real], axis=1)
    both = np.tile(smooth, 2)
    modes = [both * part[:, None] for part in (along, across)]
    return np.concatenate(modes, axis=1) @ basis


def _by_e0(k: Float[np.ndarray, " k"]) -> Float[np.ndarray, "k k"]:
    """Return the matrix from chi to its derivative by the E0 shift, 1/eV."""
    rows = [
        e0_shifted(k, unit, E0_HALF_STEP) - e0_shifted(k, unit, -E0_HALF_STEP)
        for unit in np.eye(k.size)
    ]
    return np.array(rows) / (2.0 * E0_HALF_STEP)


def _waves(
    decoder: Decoder, distances: Float[np.ndarray, " distance"], card: Card
) -> Float[np.ndarray, "distance k"]:
    """Return chi of one neighbour at each of ``distances`` (Å).

    The waves of the nearest head's first and last bin differ by 2k and the mean free
    path, which so are known at other distances, too.
    """
    i = card.heads.index(card.first_head)
    r = card.radial.centres[card.first_head.first_bin :][: card.first_head.bins]
    first, last = decoder.terms.waves[i][0][[0, -1]] * r[[0, -1], None] ** 2
    usable = np.abs(first) > 0.0
    ratio = np.divide(
        np.abs(last), np.abs(first), out=np.ones(first.size), where=usable
    )
    damping = np.log(np.maximum(ratio, np.finfo(float).tiny)) / (r[-1] - r[0])
    away = (distances - r[0])[:, None]
    wave = first * np.exp((2j * card.k + damping) * away) / distances[:, None] ** 2
    return np.imag(wave) * np.exp(-2.0 * SIGMA2 * card.k**2)
