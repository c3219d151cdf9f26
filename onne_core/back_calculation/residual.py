"""Residual between a spectrum and its back-calculation, and the expected residual.

Compared over R, where the networks look and the reader thinks. Expected are the noise
of this spectrum, the error of the back-calculation, and the share of the signal by
which theory misses experiment, as in training. All statistics
are compared with calibration examples, which go the same way (see domain.py).
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
from jaxtyping import Complex, Float

from onne_core.back_calculation.decoder import Decoder
from onne_core.back_calculation.extra_shell import (
    Search,
    Uncertainties,
    extra_shells,
    search_of,
)
from onne_core.calibration.bands import perturbed_curves
from onne_core.calibration.calibration import HeadAnswer, part_of
from onne_core.ensemble.card import Card
from onne_core.ensemble.features import (
    SMOOTHNESS,
    background_share,
    r_points,
    weight_of,
)
from onne_core.ensemble.uncertainty_levels import LEVELS, largest_e0_std
from onne_core.values.prediction import BackCalculation
from onne_core.values.recipe import TrainingRecipe

SMALLEST_WIDTH = 1e-3
"""Standard deviation of a distance below which a shell is not moved, Å."""

LEAST_THEORY = 0.3
"""Smallest share of the trained error of the theory that counts: phases shared by all
structures cost 1 to 3 % of the signal even where the theory is that of the spectrum."""

LEAST_NOISE = 0.15
"""Smallest share of the trained noise that counts where further shells are looked for:
below it the networks' own errors decide, and every one of them would be a shell."""

AT_ONCE = 256
"""Examples that are compared together, for which memory lasts."""

NEGLIGIBLE = 1e-6
"""Relative singular values of the kernel that are rounding of a zero."""


def back_calculations(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    deviations: tuple[Float[np.ndarray, "item 3 2"], ...],
    corrected: Float[np.ndarray, "item k"],
    kernel: Float[np.ndarray, "k feature"],
    *,
    card: Card,
    noise: Float[np.ndarray, " item"],
    levels: Float[np.ndarray, "item level"],
    search: Search,
) -> tuple[BackCalculation, ...]:
    """Return chi(k) of every predicted g(r) with ``corrected`` on the same grid.

    ``deviations`` are those of every head; ``noise`` is that of ``corrected``,
    ``levels`` say how uncertain the measurements are. Where a spectrum ends early, what
    it does not show is no residual.
    Neighbours that g(r) lacks are looked for with ``search``.
    """
    stds = tuple(std[..., 0] for std in deviations)
    chi, changes = _decoded(decoder, answers, stds)
    residual = np.where(_measured(corrected), corrected - chi, 0.0)
    chi_r, residual_r = _over_r(chi @ kernel), _over_r(residual @ kernel)
    limit = tolerance(chi_r, noise, kernel, decoder=decoder, card=card)
    rms, largest, at = _statistics(np.abs(residual_r) / limit, card)
    uncertain = _uncertainties(noise, levels, card)
    found = extra_shells(search, chi, residual, changes, uncertain, card=card)
    weight = weight_of(card.training)
    in_k = _shares(weight * residual, weight * corrected)
    measured_r = _over_r(corrected @ kernel)
    in_r = _shares(residual_r, measured_r)
    # White noise has this much in every spectrum of its size.
    noisy = np.linalg.norm(kernel) * noise[:, None]
    of_noise = _shares(noisy, measured_r)
    std = np.sqrt(np.sum(changes**2, axis=1))
    return tuple(
        BackCalculation(
            chi=chi[i],
            std=std[i],
            error=decoder.error,
            residual=residual[i],
            r_factor_k=float(in_k[i]),
            r_factor_r=float(in_r[i]),
            misfit=float(rms[i]),
            largest=float(largest[i]),
            largest_at=float(at[i]),
            extra=extra,
            noise_r=float(of_noise[i]),
        )
        for i, extra in enumerate(found)
    )


def scaled(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    features: Float[np.ndarray, "item feature"],
    noise: Float[np.ndarray, " item"],
    kernel: Float[np.ndarray, "k feature"],
    *,
    card: Card,
) -> Decoder:
    """Return ``decoder`` scaled so that the typical residual is 1 at every R.

    Learnt from examples with all trained nuisances, as in :func:`example_statistics`.
    """
    found = decoder.chi(tuple(answer.g for answer in answers))
    ratio = _ratio(decoder, found, features, noise, kernel, card)
    return replace(decoder, scale=decoder.scale * np.sqrt(np.mean(ratio**2, axis=0)))


def example_statistics(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    features: Float[np.ndarray, "item feature"],
    noise: Float[np.ndarray, " item"],
    kernel: Float[np.ndarray, "k feature"],
    *,
    card: Card,
    levels: Float[np.ndarray, "item level"],
) -> Float[np.ndarray, "item 3"]:
    """Return ``misfit``, ``largest`` and the significance of the best extra shell.

    Of examples known by their features.
    """
    search = search_of(decoder, kernel, card)
    inverse = np.linalg.pinv(kernel, rcond=NEGLIGIBLE)
    rows = []
    for first in range(0, noise.size, AT_ONCE):
        part = slice(first, first + AT_ONCE)
        own = tuple(part_of(answer, part) for answer in answers)
        stds = tuple(answer.spread for answer in own)
        chi, changes = _decoded(decoder, own, stds)
        ratio = _ratio(decoder, chi, features[part], noise[part], kernel, card)
        residual = (features[part] - chi @ kernel) @ inverse
        uncertain = _uncertainties(noise[part], levels[part], card)
        extra = extra_shells(search, chi, residual, changes, uncertain, card=card)
        significance = [shell.significance for shell in extra]
        rows.append(np.column_stack([*_statistics(ratio, card)[:2], significance]))
    return np.concatenate(rows)


def _uncertainties(
    noise: Float[np.ndarray, " item"],
    levels: Float[np.ndarray, "item level"],
    card: Card,
) -> Uncertainties:
    """Return standard deviations; ``levels`` are shares of the largest in training."""
    known = dict(zip(LEVELS, levels.T, strict=True))
    return Uncertainties(
        noise=np.maximum(noise, LEAST_NOISE * card.training.noise),
        theory=np.maximum(known["theory"], LEAST_THEORY),
        amplitude=known["amplitude"] * card.training.amplitude,
        e0=known["origin"] * largest_e0_std(card.training),
    )


def _ratio(
    decoder: Decoder,
    chi: Float[np.ndarray, "item k"],
    features: Float[np.ndarray, "item feature"],
    noise: Float[np.ndarray, " item"],
    kernel: Float[np.ndarray, "k feature"],
    card: Card,
) -> Float[np.ndarray, "item r"]:
    """Return what ``chi`` leaves over R in units of what is to be expected."""
    found = chi @ kernel
    limit = tolerance(_over_r(found), noise, kernel, decoder=decoder, card=card)
    return np.abs(_over_r(features - found)) / limit


def tolerance(
    chi_r: Complex[np.ndarray, "item r"],
    noise: Float[np.ndarray, " item"],
    kernel: Float[np.ndarray, "k feature"],
    *,
    decoder: Decoder,
    card: Card,
) -> Float[np.ndarray, "item r"]:
    """Return the standard deviation of the expected residual over R.

    ``chi_r`` is the back-calculated signal; the theory's error is a share of it that
    varies over R as slowly as in training, the background's a share of its maximum.
    ``noise`` is that of chi. The decoder's scale accounts for what the networks' errors
    add or take away.
    """
    white = np.einsum("kf,kf->f", kernel, kernel).reshape(2, -1).sum(axis=0)
    share = np.hypot(*card.training.theory_error)
    power = np.abs(chi_r) ** 2 @ _smoothing(card.training)
    left = np.abs(chi_r).max(axis=1, keepdims=True) * _background(card.training)
    squared = noise[:, None] ** 2 * white + decoder.error_r**2 + share**2 * power
    squared += left**2
    return decoder.scale * np.sqrt(squared)


def _background(training: TrainingRecipe) -> Float[np.ndarray, " r"]:
    return background_share(r_points(training))


@lru_cache(maxsize=8)
def _smoothing(training: TrainingRecipe) -> Float[np.ndarray, "r r"]:
    """Return the matrix that averages over R as far as the theory's error reaches."""
    r = r_points(training)
    near = np.exp(-0.5 * ((r[:, None] - r[None, :]) / SMOOTHNESS) ** 2)
    return near / near.sum(axis=0)


def _decoded(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    deviations: tuple[Float[np.ndarray, "item 3"], ...],
) -> tuple[Float[np.ndarray, "item k"], Float[np.ndarray, "item change k"]]:
    """Return chi(k), and what one standard deviation of each quantity makes of it."""
    moves = []
    for answer, std in zip(answers, deviations, strict=True):
        number, _, sigma, _ = answer.quantities.T
        known = (number > 0.0) & (sigma >= SMALLEST_WIDTH)
        apart = np.where(known, std.T, 0.0).T[:, :, None] * np.eye(3)
        curves = perturbed_curves(answer.r, answer.g, answer.quantities, apart)
        moves.append(curves - answer.g[:, None])
    densities = tuple(answer.g for answer in answers)
    return decoder.chi_and_changes(densities, tuple(moves))


def _measured(chi: Float[np.ndarray, "item k"]) -> np.ndarray:
    """Return where a spectrum was measured: zeros at its ends are no data."""
    seen = chi != 0.0
    begun = np.logical_or.accumulate(seen, axis=1)
    goes_on = np.logical_or.accumulate(seen[:, ::-1], axis=1)[:, ::-1]
    return begun & goes_on


def _over_r(features: Float[np.ndarray, "*item feature"]) -> Complex[np.ndarray, "..."]:
    """Return features as the complex function of R that they are."""
    real, imaginary = np.split(features, 2, axis=-1)
    return real + 1j * imaginary


def _statistics(
    ratio: Float[np.ndarray, "item r"], card: Card
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the root mean square over R, the largest value, and its R (Å)."""
    place = np.argmax(ratio, axis=1)
    rms = np.sqrt(np.mean(ratio**2, axis=1))
    return rms, np.max(ratio, axis=1), r_points(card.training)[place]


def _shares(residual: np.ndarray, signal: np.ndarray) -> Float[np.ndarray, " item"]:
    """Return the R-factors: sums of squares relative to the signal's, 0 without one."""
    left, total = (np.sum(np.abs(part) ** 2, axis=1) for part in (residual, signal))
    return np.divide(left, total, out=np.zeros_like(left), where=total > 0.0)
