"""Envelopes of a shell: curves that enclose most of its samples."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from onne_core.values.structure import (
    ContinuousRandomVariable,
    Range,
    Shell,
    System,
    densities,
)

DRAWS = 600
"""Draws from which the percentiles are read; even over all ranges. One shell takes some
8 ms, so that its curves follow the mouse."""

SMOOTHED = 9
"""Points over which the percentiles are smoothed."""

ROUND = 0.25
"""Step of the ends of the r axis, Å: it stays while a range moves a little."""

SHARE = (2.5, 97.5)
SAMPLES = 6
ROOT = 1.1347241384
GENERATORS = tuple(ROOT**-power for power in range(1, 6))
"""Steps of an additive recurrence over five ranges: powers of the inverse of the root
of x^6 = x + 1 (M. Roberts, "The unreasonable effectiveness of quasirandom sequences",
2018). Even, and the same at every start."""


@dataclass(frozen=True, eq=False)
class Envelope:
    """A shell's densities on ``r`` (Å): percentiles, the middle, and a few samples."""

    label: str
    pair: str
    lower: Float[np.ndarray, " r"] = field(repr=False)
    upper: Float[np.ndarray, " r"] = field(repr=False)
    middle: Float[np.ndarray, " r"] = field(repr=False)
    samples: Float[np.ndarray, "sample r"] = field(repr=False)
    distance: float


def prepare(system: System, *, points: int) -> Iterator[None]:
    """Calculate the envelopes of ``system`` in advance, one shell per step."""
    ends = radial_range(system)
    for shell in system.shells:
        _envelope(shell, system.distance_scale, system.sigma_scale, ends, points)
        yield


def envelopes_of(
    system: System, *, points: int
) -> tuple[np.ndarray, tuple[Envelope, ...]]:
    """Return a grid of ``points`` r (Å), and one envelope per shell of area 1 on it."""
    ends = radial_range(system)
    envelopes = (
        replace(
            _envelope(shell, system.distance_scale, system.sigma_scale, ends, points),
            label=system.label(i),
            pair=system.pair(i),
        )
        for i, shell in enumerate(system.shells)
    )
    return np.linspace(*ends, points), tuple(envelopes)


def radial_range(system: System) -> tuple[float, float]:
    """Return the r range (Å) covered by the shells of ``system``."""
    lower, upper = [], []
    for shell in system.shells:
        reach = 2.5 * system.sigma_scale.upper * shell.deviation.upper
        lower.append(system.distance_scale.lower * shell.distance.lower - reach)
        upper.append(system.distance_scale.upper * shell.distance.upper + reach)
    steps = np.floor(min(lower) / ROUND), np.ceil(max(upper) / ROUND)
    return max(0.0, ROUND * float(steps[0])), ROUND * float(steps[1])


@lru_cache(maxsize=64)
def _envelope(
    shell: Shell, scale: Range, spread: Range, ends: tuple[float, float], points: int
) -> Envelope:
    """Return the envelope of ``shell``, without its names."""
    r = np.linspace(*ends, points)
    variables = [
        (one.mean, one.deviation, one.skewness) for one in _draws(shell, scale, spread)
    ]
    draws = densities(r, np.array(variables))
    lower, upper = (_smooth(ends) for ends in np.percentile(draws, SHARE, axis=0))
    middle = shell.variable(
        shell.distance.centre,
        shell.deviation.centre,
        shell.skewness.centre,
        distance_scale=scale.centre,
        sigma_scale=spread.centre,
    )
    return Envelope(
        label="",
        pair="",
        lower=lower,
        upper=upper,
        middle=middle.density(r),
        samples=draws[draws.max(axis=1) <= upper.max()][:SAMPLES],
        distance=middle.mean,
    )


def _smooth(values: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
    """Return ``values`` without the ripple of a few hundred samples."""
    kernel = np.hanning(SMOOTHED + 2)[1:-1]
    ends = np.pad(values, SMOOTHED // 2, mode="edge")
    return np.convolve(ends, kernel / kernel.sum(), mode="valid")


def _draws(shell: Shell, scale: Range, spread: Range) -> list[ContinuousRandomVariable]:
    fractions = (0.5 + np.outer(np.arange(1, DRAWS + 1), GENERATORS)) % 1.0
    return [
        shell.variable(
            shell.distance.at(row[1]),
            shell.deviation.at(row[3]),
            shell.skewness.at(row[4]),
            distance_scale=scale.at(row[0]),
            sigma_scale=spread.at(row[2]),
        )
        for row in fractions
    ]
