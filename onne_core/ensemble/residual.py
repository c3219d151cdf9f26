"""What the predicted g(r) leaves of a spectrum, and how much of it was expected.

Compared over R, where the networks look and the reader thinks. Expected are the noise
of this spectrum, the error of the back-calculation, and the share of the signal by
which theory misses experiment, as in training. Both statistics are compared with
calibration examples, which go the same way (see domain.py).
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Complex, Float

from onne_core.ensemble.calibration import HeadAnswer, quantities_of
from onne_core.ensemble.card import Card
from onne_core.ensemble.decoder import Decoder
from onne_core.ensemble.estimates import Deviations
from onne_core.ensemble.features import SMOOTHNESS, r_points
from onne_core.prediction import BackCalculation
from onne_core.spectrum import Spectrum, hanning_window

SMALLEST_WIDTH = 1e-3
"""Standard deviation of a distance below which a shell is not moved, Å."""


def back_calculation(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    deviations: tuple[Deviations, ...],
    corrected: Spectrum,
    kernel: Float[np.ndarray, "k feature"],
    *,
    card: Card,
    noise: float,
) -> BackCalculation:
    """Return chi(k) of the predicted g(r) beside ``corrected``, on the same grid.

    ``answers`` of one item; ``noise`` is that of ``corrected``. Where a spectrum ends
    early, what it does not show is no residual.
    """
    chi, std = _decoded(decoder, answers, deviations)
    residual = np.where(_measured(corrected.chi), corrected.chi - chi, 0.0)
    chi_r, residual_r = _over_r(chi @ kernel), _over_r(residual @ kernel)
    ratio = np.abs(residual_r) / tolerance(
        chi_r[None], np.array([noise]), kernel, decoder=decoder, card=card
    )
    rms, largest, at = (float(part[0]) for part in _statistics(ratio, card))
    return BackCalculation(
        chi=chi,
        std=std,
        error=decoder.error,
        residual=residual,
        r_factor_k=_share(_weighted(residual, card), _weighted(corrected.chi, card)),
        r_factor_r=_share(residual_r, _over_r(corrected.chi @ kernel)),
        misfit=rms,
        largest=largest,
        largest_at=at,
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
    """Return ``decoder`` with a scale that makes 1 the usual residual at every R.

    Learnt from examples with all trained nuisances, as in :func:`example_statistics`.
    """
    ratio = _ratio(decoder, answers, features, noise, kernel, card)
    found = decoder.scale * np.sqrt(np.mean(ratio**2, axis=0))
    return replace(decoder, scale=found)


def example_statistics(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    features: Float[np.ndarray, "item feature"],
    noise: Float[np.ndarray, " item"],
    kernel: Float[np.ndarray, "k feature"],
    *,
    card: Card,
) -> Float[np.ndarray, "item 2"]:
    """Return ``misfit`` and ``largest`` of examples known by their features."""
    ratio = _ratio(decoder, answers, features, noise, kernel, card)
    return np.column_stack(_statistics(ratio, card)[:2])


def _ratio(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    features: Float[np.ndarray, "item feature"],
    noise: Float[np.ndarray, " item"],
    kernel: Float[np.ndarray, "k feature"],
    card: Card,
) -> Float[np.ndarray, "item r"]:
    """Return the residual over R in units of what is to be expected."""
    found = decoder.chi(tuple(answer.g for answer in answers)) @ kernel
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
    """Return the residual over R that is to be expected, one standard deviation.

    ``chi_r`` is the back-calculated signal; the theory's error is a share of it that
    varies over R as slowly as in training. ``noise`` is that of chi. The decoder's
    scale accounts for what the networks' errors add or take away.
    """
    white = np.sqrt(np.sum(np.abs(_over_r(kernel)) ** 2, axis=0))
    share = np.hypot(card.training.theory_amplitude, card.training.theory_phase)
    r = r_points(card.training)
    near = np.exp(-0.5 * ((r[:, None] - r[None, :]) / SMOOTHNESS) ** 2)
    power = np.abs(chi_r) ** 2 @ (near / near.sum(axis=0))
    squared = (noise[:, None] * white) ** 2 + decoder.error_r**2 + share**2 * power
    return decoder.scale * np.sqrt(squared)


def _decoded(
    decoder: Decoder,
    answers: tuple[HeadAnswer, ...],
    deviations: tuple[Deviations, ...],
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Return chi(k) of the mean g(r), and its standard deviation.

    Every N, R and sigma is moved by its own standard deviation, one at a time; the
    changes of chi are added in quadrature.
    """
    changed = [
        (i, curve)
        for i, (answer, std) in enumerate(zip(answers, deviations, strict=True))
        for curve in _moved(answer.r, answer.g[0], std[:, 0])
    ]
    densities = []
    for i, answer in enumerate(answers):
        g = np.repeat(answer.g[:1], 1 + len(changed), axis=0)
        for row, (head, curve) in enumerate(changed, 1):
            if head == i:
                g[row] = curve
        densities.append(g)
    chi = decoder.chi(tuple(densities))
    return chi[0], np.sqrt(np.sum((chi[1:] - chi[0]) ** 2, axis=0))


def _moved(r: np.ndarray, g: np.ndarray, std: np.ndarray) -> list[np.ndarray]:
    """Return g(r) with N, R, sigma moved by ``std`` each, where that is not 0."""
    number, mean, sigma, _ = quantities_of(r, g[None])[0]
    if number <= 0.0 or sigma < SMALLEST_WIDTH:
        return []
    changes = (
        (1.0 + std[0] / number, mean, 1.0),
        (1.0, mean + std[1], 1.0),
        (1.0, mean, float(np.exp(std[2] / sigma))),
    )
    return [
        factor / width * np.interp(mean + (r - at) / width, r, g, left=0.0, right=0.0)
        for step, (factor, at, width) in zip(std, changes, strict=True)
        if step > 0.0
    ]


def _measured(chi: Float[np.ndarray, " k"]) -> np.ndarray:
    """Return where the spectrum was measured: zeros at its ends are no data."""
    seen = np.flatnonzero(chi)
    index = np.arange(chi.size)
    return (index >= seen[0]) & (index <= seen[-1]) if seen.size else index < 0


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


def _weighted(chi: Float[np.ndarray, " k"], card: Card) -> Float[np.ndarray, " k"]:
    training = card.training
    window = hanning_window(
        card.k, k_min=training.k_min, k_max=training.k_max, taper=training.taper
    )
    return card.k**training.k_weight * window * chi


def _share(residual: np.ndarray, signal: np.ndarray) -> float:
    """Return the R-factor: sum of squares relative to that of the signal."""
    total = float(np.sum(np.abs(signal) ** 2))
    return float(np.sum(np.abs(residual) ** 2)) / total if total > 0.0 else 0.0
