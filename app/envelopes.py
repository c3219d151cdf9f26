"""What the ranges of a shell allow: curves between which most of the draws lie."""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from onne_core.structure import ContinuousRandomVariable, Range, Shell, System

DRAWS = 2000
"""Draws from which the percentiles are read; even over all ranges."""

SHARE = (2.5, 97.5)
SAMPLES = 6
GENERATORS = (0.8191725134, 0.6710436067, 0.5497004779)
"""Steps of an additive recurrence over three ranges: powers of the inverse of the root
of x^4 = x + 1 (M. Roberts, "The unreasonable effectiveness of quasirandom sequences",
2018). Even, and the same at every start."""


@dataclass(frozen=True, eq=False)
class Envelope:
    """A shell's densities on ``r`` (Å): percentiles, the middle, and a few draws."""

    label: str
    pair: str
    lower: Float[np.ndarray, " r"] = field(repr=False)
    upper: Float[np.ndarray, " r"] = field(repr=False)
    middle: Float[np.ndarray, " r"] = field(repr=False)
    samples: Float[np.ndarray, "sample r"] = field(repr=False)
    distance: float


@lru_cache(maxsize=4)
def envelopes_of(
    system: System, *, points: int
) -> tuple[np.ndarray, tuple[Envelope, ...]]:
    """Return a grid of ``points`` r (Å), and one envelope per shell of area 1 on it."""
    r = np.linspace(*radial_range(system), points)
    return r, tuple(_envelope(system, i, r) for i in range(len(system.shells)))


def radial_range(system: System) -> tuple[float, float]:
    """Return the part of the r axis (Å) that the shells of ``system`` reach."""
    lower, upper = [], []
    for shell in system.shells:
        reach = 2.5 * shell.deviation.upper
        lower.append(system.scale.lower * shell.distance.lower - reach)
        upper.append(system.scale.upper * shell.distance.upper + reach)
    return max(0.0, min(lower)), max(upper)


def _envelope(system: System, index: int, r: Float[np.ndarray, " r"]) -> Envelope:
    shell = system.shells[index]
    draws = np.array([variable.density(r) for variable in _draws(shell, system.scale)])
    lower, upper = np.percentile(draws, SHARE, axis=0)
    centre = system.scale.centre * shell.distance.centre
    middle = ContinuousRandomVariable(centre, shell.deviation.centre)
    return Envelope(
        label=system.label(index),
        pair=system.pair(index),
        lower=lower,
        upper=upper,
        middle=middle.density(r),
        samples=draws[draws.max(axis=1) <= upper.max()][:SAMPLES],
        distance=centre,
    )


def _draws(shell: Shell, scale: Range) -> list[ContinuousRandomVariable]:
    fractions = (0.5 + np.outer(np.arange(1, DRAWS + 1), GENERATORS)) % 1.0
    return [
        ContinuousRandomVariable(
            scale.at(first) * shell.distance.at(second), shell.deviation.at(third)
        )
        for first, second, third in fractions
    ]
