"""Measured spectra as they look to the networks for every shift of E0."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from onne_core.values.interpolation import catmull_rom
from onne_core.values.spectrum import HBAR2_OVER_2M

SHIFTS = np.arange(-24.0, 27.0)
"""E0 shifts (eV) between which spectra are interpolated, four points at a time."""


@dataclass(frozen=True, eq=False)
class OverE0:
    """Spectra for every E0 shift: ``chi`` on the grid of an ensemble.

    ``seen`` are their components in the directions of the forward model.
    """

    chi: Float[np.ndarray, "item shift k"] = field(repr=False)
    seen: Float[np.ndarray, "item shift direction"] = field(repr=False)

    def chi_at(
        self, item: np.ndarray, e0: Float[np.ndarray, " row"]
    ) -> Float[np.ndarray, "row k"]:
        """Return chi(k) of ``item`` after shifts of E0 by ``e0`` (eV)."""
        return _interpolated(self.chi, item, e0)[0]

    def at(
        self, item: np.ndarray, e0: Float[np.ndarray, " row"]
    ) -> tuple[Float[np.ndarray, "row direction"], Float[np.ndarray, "row direction"]]:
        """Return the components after shifts by ``e0`` (eV), and their derivatives."""
        return _interpolated(self.seen, item, e0)


def over_e0(
    k: Float[np.ndarray, " grid"],
    chi: Float[np.ndarray, "item grid"],
    target: Float[np.ndarray, " k"],
    kernel: Float[np.ndarray, "k direction"],
) -> OverE0:
    """Return spectra on the uniform grid ``k`` (Å^-1) as seen on ``target``.

    What lies below the shifted edge is 0. ``kernel`` leads from chi(k) to components.
    """
    squared = target**2 + SHIFTS[:, None] / HBAR2_OVER_2M
    places = np.sqrt(np.clip(squared, 0.0, k[-1] ** 2))
    moved = CubicSpline(k, chi, axis=1)(places.ravel())
    moved = moved.reshape(len(chi), *places.shape)
    moved = np.where((squared >= 0.0) & (squared <= k[-1] ** 2), moved, 0.0)
    return OverE0(chi=moved, seen=moved @ kernel)


def _interpolated(
    table: Float[np.ndarray, "item shift value"],
    item: np.ndarray,
    e0: Float[np.ndarray, " row"],
) -> tuple[Float[np.ndarray, "row value"], Float[np.ndarray, "row value"]]:
    """Return Catmull-Rom interpolation of the rows' table at ``e0``, and its slope."""
    place = np.clip(e0 - SHIFTS[0], 1.0, SHIFTS.size - 2.0 - 1e-9)
    left = place.astype(np.intp)
    t = (place - left)[:, None]
    a, b, c, d = (table[item, left + offset] for offset in (-1, 0, 1, 2))
    return catmull_rom(a, b, c, d, t)
