"""Shells whose number, distance, width and skewness are changed, and derivatives.

The shape of a shell is the networks' own. With u = (r - R) / sigma the new shape at r
is the old one at its mean plus sigma times u - q (u^2 - 1): Cornish and Fisher's
expansion to first order, Rev. Inst. Int. Stat. 5, 307 (1938), doi:10.2307/1400905. So
q adds 6 q to the skewness.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from jaxtyping import Float

from onne_core.calibration.calibration import quantities_of
from onne_core.calibration.shell_prior import MOVES
from onne_core.values.interpolation import catmull_rom

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

    size = MOVES

    @property
    def still(self) -> Moves:
        """The numbers that leave the shapes as they are."""
        return np.column_stack([self.quantities[:, :3], np.zeros(len(self.g))])

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
        return self.moved_and_changes(moves)[0]

    def moved_and_changes(
        self, moves: Moves
    ) -> tuple[Float[np.ndarray, "row bin"], Float[np.ndarray, "row 4 bin"]]:
        """Return :meth:`moved` and its derivatives by the four numbers."""
        number, distance, sigma, q = (column[:, None] for column in moves.T)
        old = self.quantities[:, 2:3]
        u = (self.r - distance) / sigma
        bend = u * u - 1.0
        stretch = np.maximum(1.0 - 2.0 * q * u, 0.0)
        place = self.quantities[:, 1:2] + old * (u - q * bend)
        g, rise = self._at(place)
        shape = g * stretch
        by_u = old * rise * stretch**2 - 2.0 * q * np.where(stretch > 0.0, g, 0.0)
        by_q = -old * rise * bend * stretch - 2.0 * u * np.where(stretch > 0.0, g, 0.0)
        changes = np.stack([-by_u / sigma, -u * by_u / sigma, by_q], axis=1)
        step = self.r[1] - self.r[0]
        total = step * shape.sum(axis=1, keepdims=True)
        total = np.where(total > 0.0, total, 1.0)
        density = shape / total
        grown = step * changes.sum(axis=2, keepdims=True)
        changes -= grown * density[:, None]
        changes *= (number / total)[:, None]
        return number * density, np.concatenate([density[:, None], changes], axis=1)

    def _at(
        self, place: Float[np.ndarray, "row bin"]
    ) -> tuple[Float[np.ndarray, "row bin"], Float[np.ndarray, "row bin"]]:
        """Return g and its slope (Å^-2) at ``place`` (Å); 0 beyond the bins."""
        step, last = self.r[1] - self.r[0], self.r.size - 1
        bins = (place - self.r[0]) / step
        left = np.clip(bins, 0.0, last - 1.0).astype(np.intp)
        share = bins - left
        padded = self._padded
        left += padded.shape[1] * np.arange(len(padded))[:, None]
        a, b, c, d = (padded.ravel()[left + i] for i in range(4))
        value, slope = catmull_rom(a, b, c, d, share)
        is_seen = (bins >= 0.0) & (bins <= last) & (value > 0.0)
        return np.where(is_seen, value, 0.0), np.where(is_seen, slope / step, 0.0)

    @cached_property
    def _padded(self) -> Float[np.ndarray, "row padded"]:
        """The shapes with the nothing before the first bin and behind the last."""
        return np.pad(self.g, ((0, 0), (1, 1)))


def shapes_of(r: Float[np.ndarray, " bin"], g: Float[np.ndarray, "row bin"]) -> Shapes:
    """Return ``g`` (Å^-1) with its moments."""
    return Shapes(r, g, quantities_of(r, g))
