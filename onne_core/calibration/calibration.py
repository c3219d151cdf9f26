"""Calibrated numbers and bands from the answers of the members.

The spread of the networks is not an error bar. The standard deviation of N, R and sigma
is that of the members' mixture of likelihoods, scaled per head and quantity on
held-out examples; the band of g(r) follows from it by moving, widening and scaling
the mean shape, and is scaled once more per head: so that it holds bin by bin, and so
that it holds the whole curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from jaxtyping import Float

from onne_core.calibration.bands import SHARES, band_reach
from onne_core.calibration.matching import matched
from onne_core.ensemble.card import Card, HeadCard
from onne_core.errors import DefinitionError

TIMES = np.array([1.0, 2.0])
"""Standard deviations at the ends of the two bands."""

FLOOR = 0.005
"""Smallest half-width of a band, as a share of the curve's maximum."""

FEWEST_TO_FOLLOW = 200
"""Examples from which it can be learnt how errors grow with the levels."""

SMALLEST_RATIO = 0.02
"""Errors in units of the spread below which an answer counts as exact."""

EXPONENTS = (-0.3, 1.5)
"""Limits of the exponents; no error shrinks while a nuisance grows."""

SEEN = 0.02
"""Bins with less than this share of the maximum do not count for coverage."""


@dataclass(frozen=True, eq=False)
class NetworkOutputs:
    """Outputs of the members' networks for a batch of spectra.

    ``number`` is N; ``mean`` and ``std`` are in units of the card's scale;
    ``shape`` holds every head's bins side by side, each head with sum 1.
    """

    number: Float[np.ndarray, "member item head"] = field(repr=False)
    mean: Float[np.ndarray, "member item head 3"] = field(repr=False)
    std: Float[np.ndarray, "member item head 3"] = field(repr=False)
    shape: Float[np.ndarray, "member item bin"] = field(repr=False)


@dataclass(frozen=True, eq=False)
class HeadAnswer:
    """One head's answer for a batch: members' g(r) (Å^-1), mean g(r), raw σ.

    ``spread`` is the uncalibrated standard deviation of N (1), R (Å), sigma (Å).
    """

    r: Float[np.ndarray, " bin"] = field(repr=False)
    members: Float[np.ndarray, "member item bin"] = field(repr=False)
    g: Float[np.ndarray, "item bin"] = field(repr=False)
    spread: Float[np.ndarray, "item 3"] = field(repr=False)

    @cached_property
    def quantities(self) -> Float[np.ndarray, "item 4"]:
        """N (1), R (Å), sigma (Å) and C3 (Å^3) of the mean g(r)."""
        return quantities_of(self.r, self.g)


@dataclass(frozen=True, eq=False)
class Calibration:
    """Factors learnt on held-out examples, one row per head.

    ``quantity`` multiplies the spread of N, R, sigma for the 68 % and 95 % (two
    sigma) intervals; ``curve`` the half-widths of the two bands so that they hold bin
    by bin, ``whole`` so that they hold all bins of a head at once; ``c3`` is the
    standard deviation of C3 (Å^3). ``levels`` are exponents: networks follow what
    the uncertainty levels less than their errors do, see :func:`level_scaled`.
    """

    quantity: Float[np.ndarray, "head 3 2"] = field(repr=False)
    curve: Float[np.ndarray, "head 2"] = field(repr=False)
    whole: Float[np.ndarray, "head 2"] = field(repr=False)
    c3: Float[np.ndarray, " head"] = field(repr=False)
    levels: Float[np.ndarray, "head 3 level"] = field(repr=False)


def level_scaled(
    answers: tuple[HeadAnswer, ...],
    levels: Float[np.ndarray, "item level"],
    exponents: Float[np.ndarray, "head 3 level"],
) -> tuple[HeadAnswer, ...]:
    """Return ``answers`` with uncertainties scaled to the levels of each spectrum.

    They are multiplied by exp of the squared levels times the ``exponents``.
    """
    return tuple(
        replace(answer, spread=answer.spread * np.exp(levels**2 @ exponent.T))
        for answer, exponent in zip(answers, exponents, strict=True)
    )


def head_answers(answers: NetworkOutputs, card: Card) -> tuple[HeadAnswer, ...]:
    """Return g(r) and the uncertainty of every head.

    Where the recipe says so, the shape is brought to the R and sigma of the likelihood.
    """
    starts = np.cumsum([0, *(head.bins for head in card.heads)])
    r = card.radial.centres
    variance = np.mean(answers.std**2, axis=0) + np.var(answers.mean, axis=0)
    spread = np.sqrt(variance) * np.array([head.scale for head in card.heads])
    result = []
    for i, head in enumerate(card.heads):
        shape = answers.shape[:, :, starts[i] : starts[i + 1]]
        own = r[head.first_bin : head.first_bin + head.bins]
        if card.training.matches_shapes:
            wanted = (
                np.array(head.centre) + np.array(head.scale) * answers.mean[:, :, i]
            )
            shape = matched(own, shape, mean=wanted[..., 1], std=wanted[..., 2])
        members = answers.number[:, :, i, None] * shape / card.radial.step
        result.append(
            HeadAnswer(
                r=own,
                members=members,
                g=members.mean(axis=0),
                spread=spread[:, i],
            )
        )
    return tuple(result)


def part_of(answer: HeadAnswer, part: slice) -> HeadAnswer:
    """Return the answer for a selection of the batch."""
    return HeadAnswer(
        r=answer.r,
        members=answer.members[:, part],
        g=answer.g[part],
        spread=answer.spread[part],
    )


def joined_answers(parts: Sequence[HeadAnswer]) -> HeadAnswer:
    """Return the answers of one head for all parts of a batch."""
    return HeadAnswer(
        r=parts[0].r,
        members=np.concatenate([part.members for part in parts], axis=1),
        g=np.concatenate([part.g for part in parts]),
        spread=np.concatenate([part.spread for part in parts]),
    )


def quantities_of(
    r: Float[np.ndarray, " bin"], g: Float[np.ndarray, "item bin"]
) -> Float[np.ndarray, "item 4"]:
    """Return N, R (Å), sigma (Å) and C3 (Å^3) of whole shells ``g`` (Å^-1)."""
    weight = g * (r[1] - r[0])
    number = weight.sum(axis=1)
    some = np.where(number > 0.0, number, 1.0)
    mean = weight @ r / some
    offset = r - mean[:, None]
    squared = weight * offset**2
    # Networks with linear output, as the paper's, can answer less than nothing.
    sigma = np.sqrt(np.maximum(squared.sum(axis=1) / some, 0.0))
    third = np.sum(squared * offset, axis=1)
    return np.column_stack([number, mean, sigma, third / some])


def half_widths(
    answer: HeadAnswer, std: Float[np.ndarray, "item 3 2"]
) -> Float[np.ndarray, "item 2 2 bin"]:
    """Return uncalibrated half-widths of g(r): (68 % | 95 %, below | above), Å^-1.

    The mean shape is moved, widened and scaled by draws of N, R and sigma from
    ``std`` (for the 68 % and the two-sigma 95 % interval); the members' spread is
    added in quadrature.
    """
    reach = band_reach(answer.r, answer.g, answer.quantities, std)
    floor = FLOOR * answer.g.max(axis=1, keepdims=True)
    own = np.hypot(answer.members.std(axis=0), floor)
    return np.hypot(reach, (own[:, None] * TIMES[:, None])[:, :, None])


def calibrate(
    answers: tuple[HeadAnswer, ...],
    truth: tuple[Float[np.ndarray, "item _"], ...],
    heads: tuple[HeadCard, ...],
    levels: Float[np.ndarray, "item level"],
) -> Calibration:
    """Return the factors that make the bands cover examples with known ``truth``.

    Raises
    ------
    DefinitionError
        If a head has no neighbours in any of the examples.
    """
    exponents = np.stack(
        [
            _exponents(answer, true_g, head, levels)
            for answer, true_g, head in zip(answers, truth, heads, strict=True)
        ]
    )
    factors = [
        _factors(answer, true_g, head)
        for answer, true_g, head in zip(
            level_scaled(answers, levels, exponents), truth, heads, strict=True
        )
    ]
    quantity, curve, whole, c3 = (np.array(part) for part in zip(*factors, strict=True))
    return Calibration(quantity, curve, whole, c3, exponents)


def coverage_of(
    answers: tuple[HeadAnswer, ...],
    truth: tuple[Float[np.ndarray, "item _"], ...],
    calibration: Calibration,
    card: Card,
    levels: Float[np.ndarray, "item level"],
) -> dict[str, dict[str, list[float]]]:
    """Return, per head, the coverage of the 68 % and 95 % bands."""
    answers = level_scaled(answers, levels, calibration.levels)
    return {
        head.label: _coverage(answer, true_g, head, calibration, i)
        for i, (answer, true_g, head) in enumerate(
            zip(answers, truth, card.heads, strict=True)
        )
    }


def _exponents(
    answer: HeadAnswer,
    truth: Float[np.ndarray, "item bin"],
    head: HeadCard,
    levels: Float[np.ndarray, "item level"],
) -> Float[np.ndarray, "3 level"]:
    """Return how the errors of one head grow with the levels beyond its spread.

    By least squares of the logarithm of |error| / spread, whose mean is that of the
    logarithm of the scale but for a constant.
    """
    exponents = np.zeros((3, levels.shape[1]))
    occupied = truth.sum(axis=1) > 0.0
    if occupied.sum() < FEWEST_TO_FOLLOW:
        return exponents
    design = np.column_stack([np.ones(len(levels)), levels**2])[occupied]
    for q, deviation in enumerate(_deviations(answer, truth)[:3]):
        if not head.fixed[q]:
            ratio = deviation / np.clip(answer.spread[:, q], 1e-9, None)
            logarithm = np.log(np.clip(ratio[occupied], SMALLEST_RATIO, None))
            found = np.linalg.lstsq(design, logarithm, rcond=None)[0]
            exponents[q] = np.clip(found[1:], *EXPONENTS)
    return exponents


def _factors(
    answer: HeadAnswer, truth: Float[np.ndarray, "item bin"], head: HeadCard
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Return one head's row of a Calibration."""
    quantity, curve, whole = np.ones((3, 2)), np.ones(2), np.ones(2)
    *deviations, c3 = _deviations(answer, truth)
    occupied = truth.sum(axis=1) > 0.0
    if not np.any(occupied):
        raise DefinitionError(
            f"{head.label}: no calibration spectrum has such neighbours; generate "
            "more macrostates."
        )
    for q, deviation in enumerate(deviations):
        if not head.fixed[q]:
            ratio = deviation / np.clip(answer.spread[:, q], 1e-9, None)
            low, high = np.quantile(ratio[occupied] if q else ratio, SHARES)
            quantity[q] = low, max(high / TIMES[1], low)
    std = answer.spread[:, :, None] * quantity
    widths = half_widths(answer, std)
    for level, share in enumerate(SHARES):
        ratio = _band_ratio(answer, truth, widths[:, level])
        curve[level] = np.nanquantile(ratio, share)
        whole[level] = np.quantile(_largest(ratio), share)
    return quantity, curve, whole, float(np.quantile(c3[occupied], SHARES[0]))


def _largest(ratio: Float[np.ndarray, "item bin"]) -> Float[np.ndarray, " item"]:
    """Return the largest ratio of every item, 0 where no bin was seen."""
    return np.nan_to_num(ratio).max(axis=1)


def _coverage(
    answer: HeadAnswer,
    truth: Float[np.ndarray, "item bin"],
    head: HeadCard,
    calibration: Calibration,
    i: int,
) -> dict[str, list[float]]:
    """Return the shares of the truth inside the bands of head ``i``, by quantity."""
    std = answer.spread[:, :, None] * calibration.quantity[i]
    widths = half_widths(answer, std)
    row: dict[str, list[float]] = {"g(r)": [], "whole g(r)": []}
    for level in range(len(SHARES)):
        ratio = _band_ratio(answer, truth, widths[:, level])
        bins = ratio[np.isfinite(ratio)]
        row["g(r)"].append(float(np.mean(bins <= calibration.curve[i, level])))
        inside = _largest(ratio) <= calibration.whole[i, level]
        row["whole g(r)"].append(float(np.mean(inside)))
    deviations = _deviations(answer, truth)
    occupied = truth.sum(axis=1) > 0.0
    for q, name in enumerate(("coordination number", "distance", "sigma")):
        if not head.fixed[q]:
            inside = deviations[q][:, None] <= TIMES * std[:, q]
            row[name] = np.mean(inside[occupied] if q else inside, axis=0).tolist()
    return row


def _deviations(
    answer: HeadAnswer, truth: Float[np.ndarray, "item bin"]
) -> Float[np.ndarray, "4 item"]:
    """Return the absolute errors of N, R (Å), sigma (Å), C3 (Å^3).

    Those of R, sigma and C3 mean nothing where the truth has no neighbours.
    """
    return np.abs(answer.quantities - quantities_of(answer.r, truth)).T


def _band_ratio(
    answer: HeadAnswer,
    truth: Float[np.ndarray, "item bin"],
    widths: Float[np.ndarray, "item 2 bin"],
) -> Float[np.ndarray, "item bin"]:
    """Return the distance of the truth from the curve in half-widths, NaN unseen."""
    difference = truth - answer.g
    width = np.where(difference < 0.0, widths[:, 0], widths[:, 1])
    largest = np.maximum(truth, answer.g)
    seen = largest > SEEN * answer.g.max(axis=1, keepdims=True)
    return np.where(seen, np.abs(difference) / np.clip(width, 1e-12, None), np.nan)
