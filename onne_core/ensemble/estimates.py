"""From the heads' answers for one spectrum to bands of g(r) and estimates of shells."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.calibration import (
    Calibration,
    HeadAnswer,
    half_widths,
    quantities_of,
)
from onne_core.ensemble.card import Card, HeadCard
from onne_core.prediction import Band, Estimate, MeasurementSettings, ShellEstimate
from onne_core.radial import Moments, limits_at_minima, moments

Limits = dict[str, tuple[float, float]]
"""Lower and upper end (Å) per shell label."""

Deviations = Float[np.ndarray, "3 2"]
"""Standard deviations of N (1), R (Å), sigma (Å) for the 68 % and the 95 % interval."""


def deviations_of(
    answers: tuple[HeadAnswer, ...],
    calibration: Calibration,
    card: Card,
    settings: MeasurementSettings,
) -> tuple[Deviations, ...]:
    """Return the calibrated standard deviations of every head.

    That of N contains what the user says of S0^2 beyond what augmentation covers.
    """
    share = settings.s02_std / settings.s02
    extra = np.sqrt(max(share**2 - card.training.amplitude**2, 0.0))
    result = []
    for i, (answer, head) in enumerate(zip(answers, card.heads, strict=True)):
        std = answer.spread[0][:, None] * calibration.quantity[i]
        if not head.fixed[0]:
            number = quantities_of(answer.r, answer.g)[0, 0]
            std[0] = np.hypot(std[0], extra * number)
        result.append(std)
    return tuple(result)


def bands_of(
    answers: tuple[HeadAnswer, ...],
    deviations: tuple[Deviations, ...],
    calibration: Calibration,
    card: Card,
) -> dict[str, Band]:
    """Return one band per pair: heads add up, their half-widths in quadrature."""
    bands = {}
    for pair in card.pairs:
        g = np.zeros(card.radial.bins)
        members = np.zeros((len(answers[0].members), g.size))
        squared = np.zeros((2, 2, g.size))
        for i in _heads_of(pair, card):
            head, answer = card.heads[i], answers[i]
            part = slice(head.first_bin, head.first_bin + head.bins)
            g[part] += answer.g[0]
            members[:, part] += answer.members[:, 0]
            widths = half_widths(answer, deviations[i][None])[0]
            squared[:, :, part] += (widths * calibration.curve[i][:, None, None]) ** 2
        bands[pair] = _band(g, members, np.sqrt(squared))
    return bands


def shells_of(
    answers: tuple[HeadAnswer, ...],
    deviations: tuple[Deviations, ...],
    bands: dict[str, Band],
    calibration: Calibration,
    card: Card,
    *,
    prior: Float[np.ndarray, "head 4 2"],
    limits: Limits,
) -> tuple[ShellEstimate, ...]:
    """Return the moments of every shell within ``limits``, or else the minima of g(r).

    Labels in ``limits`` that are none of the card's are left alone. ``prior`` is mean
    and standard deviation of N, R, sigma^2, C3 over the training set.
    """
    ends = automatic_limits(answers, bands, card) | limits
    shells = []
    for i, head in enumerate(card.heads):
        r_min, r_max = ends[head.label]
        g = bands[head.pair].g
        found = moments(card.radial.centres, g, r_min=r_min, r_max=r_max)
        if head.fixed[0] and head.label not in limits:
            # The tail beyond an automatic limit is not a loss of neighbours.
            found = replace(found, coordination=head.centre[0])
        errors = _errors(found, deviations[i], float(calibration.c3[i]))
        estimates = _estimates(found, errors, head, prior[i])
        shells.append(ShellEstimate(head.label, head.pair, r_min, r_max, *estimates))
    return tuple(shells)


def automatic_limits(
    answers: tuple[HeadAnswer, ...], bands: dict[str, Band], card: Card
) -> Limits:
    """Return the limits (Å) of all shells: the minima of g(r) between their means."""
    found: Limits = {}
    for pair, band in bands.items():
        mine = _heads_of(pair, card)
        centres = tuple(
            float(quantities_of(answers[i].r, answers[i].g)[0, 1]) for i in mine
        )
        ends = limits_at_minima(card.radial.centres, band.g, centres)
        found |= {card.heads[i].label: end for i, end in zip(mine, ends, strict=True)}
    return found


def _heads_of(pair: str, card: Card) -> list[int]:
    return [i for i, head in enumerate(card.heads) if head.pair == pair]


def _band(
    g: Float[np.ndarray, " r"],
    members: Float[np.ndarray, "member r"],
    widths: Float[np.ndarray, "2 2 r"],
) -> Band:
    """Return the band with ``widths`` (68 % | 95 %, below | above) around ``g``."""
    (low68, high68), (low95, high95) = widths
    return Band(
        g=g,
        lower68=np.clip(g - low68, 0.0, None),
        upper68=g + high68,
        lower95=np.clip(g - np.maximum(low95, low68), 0.0, None),
        upper95=g + np.maximum(high95, high68),
        members=members,
    )


def _errors(found: Moments, deviations: Deviations, c3: float) -> tuple[float, ...]:
    """Return the standard deviations of N (1), R (Å), sigma^2 (Å^2), C3 (Å^3)."""
    number, distance, deviation = (float(value) for value in deviations[:, 0])
    sigma = float(np.sqrt(max(found.sigma2, 0.0)))
    return number, distance, 2.0 * sigma * deviation, c3


def _estimates(
    found: Moments,
    errors: tuple[float, ...],
    head: HeadCard,
    prior: Float[np.ndarray, "4 2"],
) -> list[Estimate]:
    """Return N, R, sigma^2 and C3 beside their priors; C3 is never fixed."""
    values = (found.coordination, found.distance, found.sigma2, found.c3)
    return [
        Estimate(value, error, fixed, prior=float(mean), prior_std=float(std))
        for value, error, fixed, (mean, std) in zip(
            values, errors, (*head.fixed, False), prior, strict=True
        )
    ]
