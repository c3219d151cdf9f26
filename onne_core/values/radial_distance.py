"""Distances between two radial distributions on one uniform grid."""

import numpy as np
from jaxtyping import Float

Density = Float[np.ndarray, " r"]


def relative_l1(g: Density, *, truth: Density) -> float:
    """Return the integral of abs(g - truth) divided by that of abs(truth).

    0 for the same curve, 2 for two of equal area that nowhere overlap; NaN where
    ``truth`` is zero everywhere. Both in Å^-1.
    """
    area = float(np.abs(truth).sum())
    return float(np.abs(g - truth).sum()) / area if area > 0.0 else float("nan")


def wasserstein(r: Density, first: Density, second: Density) -> float:
    """Return the Wasserstein-1 distance of two distributions on ``r``, in Å.

    It is the area between the cumulative distributions: the mean way that neighbours
    must move to turn one distribution into the other. Both are normalised first, so
    that only the shapes count; NaN where one has no area. ``r`` is uniform, in Å.
    """
    areas = float(first.sum()), float(second.sum())
    if min(areas) <= 0.0:
        return float("nan")
    between = np.cumsum(first / areas[0] - second / areas[1])
    return float(np.abs(between).sum() * (r[1] - r[0]))
