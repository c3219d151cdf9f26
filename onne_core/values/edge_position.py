"""Position and quality of the edge in mu(E), from mu alone.

The derivative of a noisy or dense scan has its maximum anywhere: it is taken over a few
eV here. A peak before the edge rises as steeply as the edge does, but falls again below
half of the step.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

GRID = 0.5
"""Step of the grid on which derivatives are taken, eV."""

HALF_WIDTH = 1.5
"""Half of the range over which a derivative is taken, eV."""

NEAR = 20.0
"""Nearer to the edge than this, mu is neither before nor after it, eV."""

AFTER = 100.0
"""End of the range above the edge whose mean gives its step, eV."""

FALLS_BELOW = 0.6
"""A peak before the edge falls below this share of the step."""

FALLS_BY = 0.05
"""And by this share of the step below the point where it was steepest."""

PEAK_WITHIN = 25.0
"""Farthest that a peak lies before its edge, eV."""

STEEPNESS = 0.25
"""Least slope of the edge behind a peak, relative to that of the peak."""

FEWEST_BEFORE = 5

Energies = Float[np.ndarray, " e"]
Grid = Float[np.ndarray, " grid"]


@dataclass(frozen=True)
class EdgeQuality:
    """The edge at ``energy`` (eV): its ``step`` and the ``noise``, in units of mu."""

    energy: float
    step: float
    noise: float

    @property
    def ratio(self) -> float:
        """Edge step over noise; 0 without an edge."""
        return self.step / max(self.noise, 1e-12) if self.step > 0.0 else 0.0


def on_even_grid(energy: Energies, mu: Energies) -> tuple[Grid, Grid]:
    """Return ``mu`` on an even grid: means of dense points, lines between others."""
    grid = np.arange(energy[0], energy[-1] + GRID, GRID)
    place = np.clip(np.rint((energy - energy[0]) / GRID), 0, grid.size - 1).astype(int)
    count = np.bincount(place, minlength=grid.size)
    filled = count > 0
    sums = np.bincount(place, weights=mu, minlength=grid.size)
    at = np.bincount(place, weights=energy, minlength=grid.size)
    return grid, np.interp(
        grid, at[filled] / count[filled], sums[filled] / count[filled]
    )


def smoothed_slope(grid: Grid, mu: Grid) -> Grid:
    """Return the slope of ``mu`` over a few eV, weights as the tip of a parabola."""
    half = round(HALF_WIDTH / GRID)
    weights = np.arange(half, -half - 1, -1.0)
    weights *= half + 1.0 - np.abs(weights)
    padded = np.pad(mu, half, mode="edge")
    return np.convolve(padded, weights, "valid") / (
        GRID * np.sum(weights * np.arange(half, -half - 1, -1.0))
    )


def steepest(
    energy: Energies, mu: Energies, between: tuple[float, float] | None = None
) -> float:
    """Return the energy (eV) at which ``mu`` rises most steeply, smoothed."""
    grid, even = on_even_grid(energy, mu)
    slope = smoothed_slope(grid, even)
    low, high = between or (energy[0], energy[-1])
    # The first points of many scans are bad.
    inside = (grid >= low) & (grid <= high) & (grid > grid[0] + 2.0 * HALF_WIDTH)
    if not inside.any():
        return float(grid[np.argmax(slope)])
    return float(grid[inside][np.argmax(slope[inside])])


def edge_quality(energy: Energies, mu: Energies) -> EdgeQuality:
    """Return the step of the steepest rise of ``mu`` and the noise before it.

    The noise is that of second differences, so that slope and bend do not count.
    """
    at = steepest(energy, mu)
    before = energy < at - NEAR
    after = (energy > at + NEAR) & (energy < at + AFTER)
    if np.count_nonzero(before) < FEWEST_BEFORE or not after.any():
        return EdgeQuality(at, 0.0, 1.0)
    line = np.polynomial.Polynomial.fit(energy[before], mu[before], 1)
    step = float(np.mean(mu[after] - line(at)))
    return EdgeQuality(at, step, _noise(energy[before], mu[before]))


def main_edge(energy: Energies, mu: Energies, found: float) -> float | None:
    """Return the edge (eV) behind a peak on which ``found`` lies, ``None`` for none.

    On such a peak mu falls again, below the point where it was steepest and below a
    good part of the step.
    """
    quality_after = (energy > found + 40.0) & (energy < found + AFTER + 40.0)
    before = energy < found - NEAR
    if np.count_nonzero(before) < FEWEST_BEFORE or not quality_after.any():
        return None
    grid, even = on_even_grid(energy, mu)
    line = np.polynomial.Polynomial.fit(energy[before], mu[before], 1)
    step = float(np.mean(mu[quality_after] - line(found)))
    if step <= 0.0:
        return None
    height = (even - line(found)) / step
    behind = (grid > found + 1.0) & (grid < found + PEAK_WITHIN)
    if not behind.any():
        return None
    lowest = int(np.flatnonzero(behind)[np.argmin(height[behind])])
    own = float(np.interp(found, grid, height))
    noise = _noise(energy[before], mu[before]) / step
    if height[lowest] > min(FALLS_BELOW, own - FALLS_BY - 3.0 * noise):
        return None
    after = (grid > grid[lowest]) & (grid < grid[lowest] + PEAK_WITHIN)
    slope = smoothed_slope(grid, even)
    best = int(np.flatnonzero(after)[np.argmax(slope[after])])
    if slope[best] < STEEPNESS * np.interp(found, grid, slope):
        return None
    return float(grid[best])


def _noise(energy: Energies, mu: Energies) -> float:
    """Return the standard deviation of white noise in ``mu``, robustly."""
    x, y = energy, mu
    if x.size < 4:
        return float(np.std(y))
    # What is left of each inner point above the line through its two neighbours.
    share = (x[1:-1] - x[:-2]) / np.maximum(x[2:] - x[:-2], 1e-9)
    left = y[1:-1] - (1.0 - share) * y[:-2] - share * y[2:]
    left = left / np.sqrt(1.0 + share**2 + (1.0 - share) ** 2)
    return float(1.4826 * np.median(np.abs(left)))
