"""Pipeline: ranges around predictions, where more macrostates are needed.

They reach ``REACH`` standard deviations to either side, and macrostates are drawn from
them as from the whole ranges. So no value becomes likelier than another that is in
reach, and the answers stay where they were; macrostates drawn from the posterior would
be learnt as a prior, and the spectrum would count twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from jaxtyping import Float

from onne_core.clusters.sampling import draw_macrostates
from onne_core.crystals.sphere import share_in_sphere
from onne_core.values.prediction import Prediction
from onne_core.values.structure import Macrostate, Range, Shell, System

REACH = 3.0
"""Calibrated standard deviations on either side of what was predicted."""

SMALLEST_R, SMALLEST_SIGMA = 1.0, 0.01
"""Lower limits of R and sigma beyond the trained ranges, Å."""

TINY = 1e-9

DRAWS, FEWEST = 4096, 16
"""Macrostates by which the ranges of shells that share a head are found, and how many
of them must lie around the answer."""

Box = Float[np.ndarray, "head 3 2"]
"""Ends of N (1), R (Å) and sigma (Å) of every head."""


@dataclass(frozen=True, eq=False)
class Region:
    """Ranges common to some spectra, extended ``beyond`` the trained ones if needed.

    ``wanted`` is how wide their bands are in all.
    """

    box: Box = field(repr=False)
    spectra: tuple[int, ...]
    wanted: float
    beyond: bool

    def holds(self, other: "Region") -> bool:
        """Return whether the middle of ``other`` lies within."""
        centre = other.box.mean(axis=-1)
        return bool(np.all((self.box[..., 0] <= centre) & (centre <= self.box[..., 1])))

    def with_other(self, other: "Region") -> "Region":
        """Return the smallest region with both."""
        ends = (
            np.minimum(self.box[..., 0], other.box[..., 0]),
            np.maximum(self.box[..., 1], other.box[..., 1]),
        )
        return Region(
            np.stack(ends, axis=-1),
            self.spectra + other.spectra,
            self.wanted + other.wanted,
            self.beyond or other.beyond,
        )


def regions_of(predictions: Sequence[Prediction]) -> tuple[Region, ...]:
    """Return the regions around all ``predictions`` except those judged outside.

    A spectrum whose answer lies within the region of earlier ones widens that region.
    """
    regions: list[Region] = []
    for i, prediction in enumerate(predictions):
        if prediction.verdict.name == "outside":
            continue
        own = Region(
            box_of(prediction),
            (i,),
            width_of(prediction),
            beyond=prediction.verdict.name == "borderline",
        )
        known = [j for j, region in enumerate(regions) if region.holds(own)]
        if known:
            regions[known[0]] = regions[known[0]].with_other(own)
        else:
            regions.append(own)
    return tuple(regions)


def width_of(prediction: Prediction) -> float:
    """Return the mean width of N, R and sigma^2 of all shells, 1 for the prior's.

    What training never varied does not count.
    """
    quantities = [
        quantity
        for shell in prediction.shells
        for quantity in (shell.coordination_number, shell.distance, shell.sigma2)
    ]
    shares = [
        np.nan
        if quantity.fixed or not quantity.prior_std > 0.0
        else quantity.std / quantity.prior_std
        for quantity in quantities
    ]
    return float(np.nanmean(shares))


def box_of(prediction: Prediction) -> Box:
    """Return ``REACH`` standard deviations around the answers for one spectrum."""
    ends = []
    for shell in prediction.shells:
        sigma = np.sqrt(max(shell.sigma2.value, SMALLEST_SIGMA**2))
        number, distance = shell.coordination_number, shell.distance
        value = np.array([number.value, distance.value, sigma])
        std = np.array([number.std, distance.std, shell.sigma2.std / (2.0 * sigma)])
        lower = np.maximum(value - REACH * std, [0.0, SMALLEST_R, SMALLEST_SIGMA])
        ends.append(np.stack([lower, value + REACH * std], axis=-1))
    return np.array(ends)


def narrowed(system: System, region: Region) -> System:
    """Return ``system`` with its ranges reduced to answers in ``region``.

    Beyond the system's ranges only if the region is. Common factors are narrowed, too,
    and so they bring along the shells that are not reported, whose own ranges stay.
    What the system fixes stays fixed. The ranges of shells that share a head are those
    of macrostates whose head lies in the region.
    """
    alone = {
        group[0]: tuple(Range(float(low), float(high)) for low, high in ends)
        for group, ends in zip(system.heads, region.box, strict=True)
        if len(group) == 1
    }
    numbers = [
        (_times(system.shells[i].coordination, left_in_particle(system, i)), ends[0])
        for i, ends in alone.items()
    ]
    distances = [(system.shells[i].distance, ends[1]) for i, ends in alone.items()]
    sigmas = [(system.shells[i].deviation, ends[2]) for i, ends in alone.items()]
    cut = replace(
        system,
        coordination_scale=_factor(system.coordination_scale, numbers),
        distance_scale=_factor(system.distance_scale, distances),
        sigma_scale=_factor(system.sigma_scale, sigmas),
    )
    shells = list(system.shells)
    for i, ends in alone.items():
        shells[i] = _cut_shell(system, cut, i, ends, beyond=region.beyond)
    for group, ends in zip(system.heads, region.box, strict=True):
        if len(group) > 1:
            for i, shell in zip(group, _around(cut, group, ends), strict=True):
                shells[i] = shell
    return replace(cut, shells=tuple(shells))


def left_in_particle(system: System, shell: int) -> Range:
    """Return the range of the share of a shell's neighbours that particles have."""
    distance = system.shells[shell].distance
    smallest = (
        distance.lower * system.distance_scale.lower * system.inverse_diameter.lower
    )
    largest = (
        distance.upper * system.distance_scale.upper * system.inverse_diameter.upper
    )
    return Range(share_in_sphere(largest), share_in_sphere(smallest))


def _times(first: Range, second: Range) -> Range:
    return Range(first.lower * second.lower, first.upper * second.upper)


def _factor(factor: Range, wanted: Sequence[tuple[Range, Range]]) -> Range:
    """Return the part of a common ``factor`` that ``wanted`` needs.

    Each item is a shell's own range and the range that the product should have. Where
    no factor suits all, those between the ones that suit some.
    """
    if factor.is_fixed or not wanted:
        return factor
    lower = max(product.lower / max(own.upper, TINY) for own, product in wanted)
    upper = min(product.upper / max(own.lower, TINY) for own, product in wanted)
    ends = np.clip(sorted((lower, upper)), factor.lower, factor.upper)
    return Range(float(ends[0]), float(ends[1]))


def _cut_shell(
    system: System,
    cut: System,
    i: int,
    ends: tuple[Range, ...],
    *,
    beyond: bool,
) -> Shell:
    """Return a shell with its ranges cut to ``ends`` of N (1), R (Å), sigma (Å).

    ``cut`` has the common factors that are left of those of ``system``.
    """
    shell, (number, distance, sigma) = system.shells[i], ends
    left = left_in_particle(system, i)
    fillings = (
        _times(system.coordination_scale, left),
        _times(cut.coordination_scale, left),
    )
    cut_to = partial(_cut, beyond=beyond)
    return replace(
        shell,
        coordination=cut_to(shell.coordination, number, *fillings),
        distance=cut_to(
            shell.distance, distance, system.distance_scale, cut.distance_scale
        ),
        deviation=cut_to(shell.deviation, sigma, system.sigma_scale, cut.sigma_scale),
    )


def _cut(
    own: Range, wanted: Range, before: Range, factor: Range, *, beyond: bool
) -> Range:
    """Return the part of ``own`` whose products with ``factor`` lie in ``wanted``.

    With ``beyond`` also more than ``own``, where its products with the factor as it was
    ``before`` do not reach.
    """
    if own.is_fixed:
        return own
    ends = (wanted.lower / factor.upper, wanted.upper / factor.lower)
    lower, upper = np.clip(ends, own.lower, own.upper)
    if beyond and wanted.lower < own.lower * before.lower:
        lower = wanted.lower / factor.lower
    if beyond and wanted.upper > own.upper * before.upper:
        upper = wanted.upper / factor.upper
    return Range(float(lower), float(upper))


def _around(
    cut: System, group: tuple[int, ...], ends: Float[np.ndarray, "3 2"]
) -> list[Shell]:
    """Return the shells of a head with the ranges that macrostates in ``ends`` have.

    Common factors are taken at their middle. The ranges stay as they are where too few
    of the draws lie in ``ends``.
    """
    one = Range(1.0, 1.0)
    factors = [
        cut.coordination_scale.centre,
        cut.distance_scale.centre,
        cut.sigma_scale.centre,
    ]
    own = replace(
        cut,
        distance_scale=one,
        coordination_scale=one,
        sigma_scale=one,
        inverse_diameter=Range(0.0, 0.0),
    )
    drawn = draw_macrostates(own, count=DRAWS, seed=0)
    moments = np.array([_moments(macrostate, group) for macrostate in drawn])
    moments *= np.array(factors)
    inside = np.all((ends[:, 0] <= moments) & (moments <= ends[:, 1]), axis=1)
    chosen = [drawn[i] for i in np.flatnonzero(inside)]
    if len(chosen) < FEWEST:
        return [cut.shells[i] for i in group]
    return [
        replace(
            cut.shells[i],
            coordination=_hull([state.shells[i].coordination for state in chosen]),
            distance=_hull([state.shells[i].variable.mean for state in chosen]),
            deviation=_hull([state.shells[i].variable.deviation for state in chosen]),
        )
        for i in group
    ]


def _hull(values: list[float]) -> Range:
    return Range(float(min(values)), float(max(values)))


def _moments(macrostate: Macrostate, group: tuple[int, ...]) -> tuple[float, ...]:
    """Return N (1), R (Å) and sigma (Å) of the shells of one head together."""
    shells = [macrostate.shells[i] for i in group]
    number = np.array([shell.coordination for shell in shells])
    mean = np.array([shell.variable.mean for shell in shells])
    square = mean**2 + np.array([shell.variable.deviation for shell in shells]) ** 2
    total = max(float(number.sum()), TINY)
    distance = float(number @ mean) / total
    variance = float(number @ square) / total - distance**2
    return float(number.sum()), distance, float(np.sqrt(max(variance, 0.0)))
