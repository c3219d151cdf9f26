"""Bands of g(r) and shell estimates from the heads' answers."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from onne_core.calibration.calibration import Calibration, HeadAnswer
from onne_core.ensemble.card import Card, HeadCard
from onne_core.values.prediction import (
    Band,
    Estimate,
    MeasurementSettings,
    ShellEstimate,
)
from onne_core.values.radial import limits_of_all, moments_of_all

Limits = dict[str, tuple[float, float]]
"""Lower and upper end (Å) per shell label."""

Deviations = Float[np.ndarray, "item 3 2"]
"""Standard deviations of N (1), R (Å), sigma (Å) for the 68 % and the 95 % interval."""


def deviations_of(
    answers: tuple[HeadAnswer, ...],
    calibration: Calibration,
    card: Card,
    settings: Sequence[MeasurementSettings],
) -> tuple[Deviations, ...]:
    """Return the calibrated standard deviations of every head, for all spectra.

    That of N contains what is known of S0^2 beyond what augmentation covers, that of R
    what is known of the k scale.
    """
    share = np.array([item.s02_std / item.s02 for item in settings])
    extra = np.sqrt(np.clip(share**2 - card.training.amplitude**2, 0.0, None))
    scale = np.array([item.scale_std for item in settings])
    varied = np.array([not head.fixed[0] for head in card.heads])
    distances = np.array([head.centre[1] for head in card.heads])
    number = np.stack([answer.quantities[:, 0] for answer in answers])
    spread = np.stack([answer.spread for answer in answers])
    stds = spread[..., None] * calibration.quantity[:, None]
    for q, added in (
        (0, extra * number * varied[:, None]),
        (1, scale * distances[:, None]),
    ):
        stds[:, :, q] = np.hypot(stds[:, :, q], added[..., None])
    return tuple(stds)


def bands_of(
    answers: tuple[HeadAnswer, ...],
    widths: tuple[Float[np.ndarray, "item 2 2 _"], ...],
    calibration: Calibration,
    card: Card,
) -> tuple[dict[str, Band], ...]:
    """Return one band per pair for each spectrum.

    Heads add up, their half-widths in quadrature. ``widths`` are the heads'
    uncalibrated half-widths, see calibration.py.
    """
    count = len(answers[0].g)
    found: tuple[dict[str, Band], ...] = tuple({} for _ in range(count))
    for pair in card.pairs:
        members = np.zeros((count, len(answers[0].members), card.radial.bins))
        squared = np.zeros((count, 3, 2, card.radial.bins))
        for i in _heads_of(pair, card):
            head = card.heads[i]
            part = slice(head.first_bin, head.first_bin + head.bins)
            members[..., part] += np.swapaxes(answers[i].members, 0, 1)
            factors = [*calibration.curve[i], calibration.whole[i][1]]
            for level, factor in enumerate(factors):
                own = widths[i][:, min(level, 1)]
                squared[:, level, :, part] += (factor * own) ** 2
        bands = _bands(members, np.sqrt(squared))
        for pairs, band in zip(found, bands, strict=True):
            pairs[pair] = band
    return found


def shells_of(
    values: Float[np.ndarray, "item head 4"],
    deviations: Float[np.ndarray, "item head 3"],
    bands: tuple[dict[str, Band], ...],
    calibration: Calibration,
    card: Card,
    *,
    prior: Float[np.ndarray, "head 4 2"],
    limits: Limits,
) -> list[tuple[ShellEstimate, ...]]:
    """Return the moments of every shell within ``limits``, else the minima of g(r).

    ``values`` are N, R (Å), sigma (Å) and C3 of every head with its tails,
    ``deviations`` the standard deviations of the first three. Labels in ``limits`` that
    are none of the card's are left alone. ``prior`` is mean and standard deviation of
    N, R, sigma^2, C3 over the training set.
    """
    g = {pair: np.array([pairs[pair].g for pairs in bands]) for pair in card.pairs}
    ends = _ends(values[..., 1], g, card, limits)
    # All heads as one batch: numpy takes its time between the operations.
    curves = np.concatenate([g[head.pair] for head in card.heads])
    flat = np.swapaxes(ends, 0, 1).reshape(-1, 2)
    moments = moments_of_all(card.radial.centres, curves, flat)
    columns = []
    for i, (head, found) in enumerate(
        zip(card.heads, moments.reshape(len(card.heads), -1, 4), strict=True)
    ):
        if head.fixed[0] and head.label not in limits:
            # The tail beyond an automatic limit is not a loss of neighbours.
            found[:, 0] = head.centre[0]
        errors = _errors(found, deviations[:, i], float(calibration.c3[i]))
        columns.append(_shells(head, prior[i].tolist(), ends[:, i], found, errors))
    return list(zip(*columns, strict=True))


def _shells(
    head: HeadCard,
    prior: list[list[float]],
    limits: Float[np.ndarray, "item 2"],
    found: Float[np.ndarray, "item 4"],
    errors: Float[np.ndarray, "item 4"],
) -> list[ShellEstimate]:
    """Return one shell for every spectrum; C3 is never fixed."""
    fixed = (*head.fixed, False)
    return [
        ShellEstimate(
            head.label,
            head.pair,
            *ends,
            *(
                Estimate(value, error, known, prior=mean, prior_std=std)
                for value, error, known, (mean, std) in zip(
                    values, stds, fixed, prior, strict=True
                )
            ),
        )
        for ends, values, stds in zip(
            limits.tolist(), found.tolist(), errors.tolist(), strict=True
        )
    ]


def _ends(
    distances: Float[np.ndarray, "item head"],
    g: dict[str, Float[np.ndarray, "item r"]],
    card: Card,
    limits: Limits,
) -> Float[np.ndarray, "item head 2"]:
    """Return the limits (Å) of all shells: given ones, or the minima of g(r).

    The minima lie between the shells' mean ``distances`` (Å). A mixture is one shell.
    """
    found = np.empty((*distances.shape, 2))
    for pair, curves in g.items():
        mine = _heads_of(pair, card)
        centres = distances[:, mine]
        found[:, mine] = limits_of_all(card.radial.centres, curves, centres)
    for i, head in enumerate(card.heads):
        if card.training.for_mixtures:  # what lies between two peaks is its own
            bins = card.radial.centres[head.first_bin :][: head.bins]
            found[:, i] = bins[0], bins[-1]
        if head.label in limits:
            found[:, i] = limits[head.label]
    return found


def _heads_of(pair: str, card: Card) -> list[int]:
    return [i for i, head in enumerate(card.heads) if head.pair == pair]


def _bands(
    members: Float[np.ndarray, "item member r"], widths: Float[np.ndarray, "item 3 2 r"]
) -> tuple[Band, ...]:
    """Return the bands with ``widths`` around the mean of ``members``.

    They are (68 % | 95 % | 95 % of the whole curve, below | above).
    """
    # None lies within another one that holds less.
    np.maximum(widths[:, 1], widths[:, 0], out=widths[:, 1])
    np.maximum(widths[:, 2], widths[:, 1], out=widths[:, 2])
    g = members.mean(axis=1)
    lower = np.clip(g[:, None] - widths[:, :, 0], 0.0, None)
    upper = g[:, None] + widths[:, :, 1]
    return tuple(
        Band(
            g=g[i],
            lower68=lower[i, 0],
            upper68=upper[i, 0],
            lower95=lower[i, 1],
            upper95=upper[i, 1],
            lower_whole=lower[i, 2],
            upper_whole=upper[i, 2],
            members=members[i],
        )
        for i in range(len(g))
    )


def _errors(
    found: Float[np.ndarray, "item 4"],
    deviations: Float[np.ndarray, "item 3"],
    c3: float,
) -> Float[np.ndarray, "item 4"]:
    """Return the standard deviations of N (1), R (Å), sigma^2 (Å^2), C3 (Å^3)."""
    number, distance, deviation = deviations.T
    sigma = np.sqrt(np.maximum(found[:, 2], 0.0))
    return np.column_stack(
        [number, distance, 2.0 * sigma * deviation, np.full(len(found), c3)]
    )
