"""Shells whose number, distance, width and skewness are changed, and derivatives.

The shape of a shell is the networks' own. With u = (r - R) / sigma the new shape at r
is the old one at its mean plus sigma times u - q (u^2 - 1): Cornish and Fisher's
expansion to first order, Rev. Inst. Int. Stat. 5, 307 (1938), doi:10.2307/1400905. So
q adds 6 q to the skewness.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.calibration.calibration import quantities_of
from onne_core.calibration.shell_prior import MOVES

DISTANCE_STEP, WIDTH_STEP, SKEWNESS_STEP = 4e-3, 0.02, 0.01
"""Half differences of the derivatives: R in Å, sigma as a share of it, q."""

NARROWEST = 1e-3
"""Standard deviation (Å) that stands for zero."""

Moves = Float[np.ndarray, "row 4"]


@dataclass(frozen=True, eq=False)
class Shapes:
    """One head's shapes, a row per start: ``g`` (Å^-1) on the uniform ``r`` (Å).

    ``quantities`` are their N (1), R (Å), sigma (Å) and C3 (Å^3).
    """

    r: Float[np.ndarray, " bin"] = field(repr=False)
    g: Float[np.ndarray, "row bin"] = field(repr=False)
    quantities: Float[np.ndarray, "row 4"] = field(repr=False)

    @property
    def skewness(self) -> Float[np.ndarray, " row"]:
        """Skewness of every shape."""
        sigma = np.maximum(self.quantities[:, 2], NARROWEST)
        return self.quantities[:, 3] / sigma**3

    def taken(self, rows: np.ndarray) -> "Shapes":
        """Return the shapes of ``rows``."""
        return Shapes(self.r, self.g[rows], self.quantities[rows])

    def moved(self, moves: Moves) -> Float[np.ndarray, "row bin"]:
        """Return g(r) (Å^-1) with the numbers ``moves``."""
        return moves[:, :1] * self._densities(*moves[:, 1:].T)

    def slopes(self, moves: Moves) -> Float[np.ndarray, "row 4 bin"]:
        """Return the derivatives of :meth:`moved` by the four numbers."""
        number, distance, sigma, skew = moves.T
        width = WIDTH_STEP * sigma
        differences = (
            (DISTANCE_STEP, (distance + DISTANCE_STEP, sigma, skew)),
            (DISTANCE_STEP, (distance - DISTANCE_STEP, sigma, skew)),
            (width, (distance, sigma + width, skew)),
            (width, (distance, sigma - width, skew)),
            (SKEWNESS_STEP, (distance, sigma, skew + SKEWNESS_STEP)),
            (SKEWNESS_STEP, (distance, sigma, skew - SKEWNESS_STEP)),
        )
        found = np.empty((*self.g.shape[:1], MOVES, self.r.size))
        found[:, 0] = self._densities(distance, sigma, skew)
        for q in range(1, MOVES):
            (step, more), (_, less) = differences[2 * q - 2 : 2 * q]
            change = self._densities(*more) - self._densities(*less)
            found[:, q] = (number / (2.0 * step))[:, None] * change
        return found

    def _densities(
        self, distance: np.ndarray, sigma: np.ndarray, skew: np.ndarray
    ) -> Float[np.ndarray, "row bin"]:
        """Return the moved shapes with an integral of one."""
        step = self.r[1] - self.r[0]
        u = (self.r - distance[:, None]) / sigma[:, None]
        place = self.quantities[:, 1:2] + self.quantities[:, 2:3] * (
            u - skew[:, None] * (u * u - 1.0)
        )
        slope = np.maximum(1.0 - 2.0 * skew[:, None] * u, 0.0)
        shape = _interpolated(self.g, (place - self.r[0]) / step) * slope
        total = step * shape.sum(axis=1, keepdims=True)
        return shape / np.where(total > 0.0, total, 1.0)


def shapes_of(r: Float[np.ndarray, " bin"], g: Float[np.ndarray, "row bin"]) -> Shapes:
    """Return ``g`` (Å^-1) with its moments."""
    return Shapes(r, g, quantities_of(r, g))


def _interpolated(
    values: Float[np.ndarray, "row bin"], place: Float[np.ndarray, "row bin"]
) -> Float[np.ndarray, "row bin"]:
    """Return ``values`` at places counted in bins, 0 beyond the first and the last."""
    last = values.shape[1] - 1
    left = np.clip(place, 0.0, last - 1.0).astype(np.intp)
    flat = left + values.shape[1] * np.arange(len(values))[:, None]
    low = values.ravel()[flat]
    rise = values.ravel()[flat + 1] - low
    inside = (place >= 0.0) & (place <= last)
    return np.where(inside, low + (place - left) * rise, 0.0)
