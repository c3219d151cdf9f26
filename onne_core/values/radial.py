"""Partial radial distributions g(r): unit Å^-1, the integral counts neighbours."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from onne_core.errors import DefinitionError

MOST_BINS = 10_000

PEAK_WINDOW = 0.3
"""Largest distance of a shell's peak from its nominal centre, Å."""

Density = Float[np.ndarray, " r"]


@dataclass(frozen=True)
class RadialGrid:
    """Bins of equal width: lower edge, upper edge and step, Å."""

    lower: float
    upper: float
    step: float

    def __post_init__(self) -> None:
        grid = f"radial: {self.lower:g} to {self.upper:g} Å in steps of {self.step:g} Å"
        if not (self.step > 0.0 and 0.0 <= self.lower < self.upper - self.step):
            raise DefinitionError(
                f"{grid}; the lower end must come first and not be negative, the step "
                "must be positive."
            )
        if self.upper - self.lower > MOST_BINS * self.step:
            raise DefinitionError(
                f"{grid}; more than {MOST_BINS} bins, use a larger step."
            )

    @property
    def bins(self) -> int:
        """Number of bins."""
        return round((self.upper - self.lower) / self.step)

    @property
    def edges(self) -> Float[np.ndarray, " edge"]:
        """Edges of the bins, Å."""
        return self.lower + self.step * np.arange(self.bins + 1)

    @property
    def centres(self) -> Density:
        """Centres of the bins, Å."""
        return self.lower + self.step * (np.arange(self.bins) + 0.5)


@dataclass(frozen=True)
class Moments:
    """Moments of one shell between two limits.

    ``coordination`` is the number of neighbours, ``distance`` the mean in Å,
    ``sigma2`` the second and ``c3`` the third central moment in Å^2 and Å^3.
    """

    coordination: float
    distance: float
    sigma2: float
    c3: float


@dataclass(frozen=True, eq=False)
class RadialDistribution:
    """Partial g(r) per pair name (``Ni-Cl``) on a common grid ``r`` (Å)."""

    r: Density = field(repr=False)
    partials: dict[str, Density] = field(repr=False)


def distribution_of(
    lengths: np.ndarray,
    grid: RadialGrid,
    *,
    count: int,
    weights: np.ndarray | None = None,
) -> Density:
    """Return g(r) of ``lengths`` (Å) that were gathered from ``count`` structures.

    Each length is shared linearly between the two nearest bin centres, which keeps
    the mean exact. Lengths outside the grid are left out. ``weights`` are the numbers
    of neighbours with these lengths, one each by default. Unit Å^-1.
    """
    weights = np.ones(lengths.size) if weights is None else weights
    position = (lengths - grid.lower) / grid.step - 0.5
    inside = (position >= -0.5) & (position < grid.bins - 0.5)
    position, weights = position[inside], weights[inside]
    left = np.floor(position).astype(int)
    fraction = position - left
    density = np.zeros(grid.bins)
    np.add.at(density, np.clip(left, 0, None), weights * (1.0 - fraction))
    np.add.at(density, np.clip(left + 1, None, grid.bins - 1), weights * fraction)
    return density / (grid.step * count)


def moments_of_lengths(
    lengths: np.ndarray, *, count: int, weights: np.ndarray | None = None
) -> Moments:
    """Return the exact moments of ``lengths`` (Å) from ``count`` structures.

    ``weights`` are the numbers of neighbours with these lengths, one each by default.
    """
    if lengths.size == 0:
        return Moments(0.0, float("nan"), float("nan"), float("nan"))
    weights = np.ones(lengths.size) if weights is None else weights
    total = float(weights.sum())
    mean = float(weights @ lengths) / total
    offset = lengths - mean
    return Moments(
        coordination=total / count,
        distance=mean,
        sigma2=float(weights @ offset**2) / total,
        c3=float(weights @ offset**3) / total,
    )


def moments(r: Density, g: Density, *, r_min: float, r_max: float) -> Moments:
    """Return the moments of ``g`` (Å^-1) between ``r_min`` and ``r_max`` (Å).

    Bins that the limits cut count with the part inside.
    """
    (found,) = moments_of_all(r, g[None], np.array([[r_min, r_max]])).tolist()
    return Moments(*found)


def moments_of_all(
    r: Density, g: Float[np.ndarray, "item r"], limits: Float[np.ndarray, "item 2"]
) -> Float[np.ndarray, "item 4"]:
    """Return N, R, sigma^2, C3 of every item, as :func:`moments`."""
    step = r[1] - r[0]
    lower = np.maximum(r - step / 2, limits[:, :1])
    upper = np.minimum(r + step / 2, limits[:, 1:])
    weight = g * np.clip(upper - lower, 0.0, step)
    total = weight.sum(axis=1)
    some = np.where(total > 0.0, total, np.nan)
    mean = weight @ r / some
    offset = r - mean[:, None]
    squared = weight * offset**2
    third = np.sum(squared * offset, axis=1)
    sigma2 = squared.sum(axis=1) / some
    return np.column_stack([np.maximum(total, 0.0), mean, sigma2, third / some])


def limits_of_all(
    r: Density, g: Float[np.ndarray, "item r"], centres: Float[np.ndarray, "item shell"]
) -> Float[np.ndarray, "item shell 2"]:
    """Return limits (Å) of the shells of one pair with mean distances ``centres``.

    Between two neighbouring shells the limit is the minimum of g(r) between them; the
    first starts and the last ends where g(r) has fallen below 1 % of that shell's
    maximum, at the latest at the end of the grid.
    """
    order = np.argsort(centres, axis=1)
    rising = np.take_along_axis(centres, order, axis=1)
    cuts = [_outer_limits(r, g, rising[:, 0], direction=-1)]
    cuts += [_lowest_between(r, g, *pair) for pair in pairwise(rising.T)]
    cuts.append(_outer_limits(r, g, rising[:, -1], direction=1))
    ends = np.stack([np.column_stack(cuts[:-1]), np.column_stack(cuts[1:])], axis=-1)
    limits = np.empty_like(ends)
    np.put_along_axis(limits, order[..., None], ends, axis=1)
    return limits


def _lowest_between(
    r: Density,
    g: Float[np.ndarray, "item r"],
    left: Float[np.ndarray, " item"],
    right: Float[np.ndarray, " item"],
) -> Float[np.ndarray, " item"]:
    """Return where g(r) is lowest between ``left`` and ``right``, in the middle of it.

    Where there is no bin between them, the middle of both.
    """
    between = (r >= left[:, None]) & (r <= right[:, None])
    least = np.min(g, axis=1, where=between, initial=np.inf)
    lowest = between & (g <= least[:, None] + 1e-12)
    count = lowest.sum(axis=1)
    return np.where(count > 0, lowest @ r / np.maximum(count, 1), 0.5 * (left + right))


def _outer_limits(
    r: Density,
    g: Float[np.ndarray, "item r"],
    centre: Float[np.ndarray, " item"],
    *,
    direction: int,
) -> Float[np.ndarray, " item"]:
    """Return where the peaks at ``centre`` have died away in ``direction`` (-1 or +1).

    Far from the bins this is the centre itself.
    """
    window = np.abs(r - centre[:, None]) < PEAK_WINDOW
    # The walk starts on the peak: g(r) at the nominal centre may already be zero.
    start = np.argmax(np.where(window, g, -1.0), axis=1)[:, None]
    place = np.arange(r.size)
    over = g <= 0.01 * np.take_along_axis(g, start, axis=1)
    over[:, [0, -1]] = True
    over &= direction * (place - start) >= 0
    found = r[::direction][np.argmax(over[:, ::direction], axis=1)]
    return np.where(window.any(axis=1), found, centre)
