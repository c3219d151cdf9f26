"""A shape brought to a given mean and standard deviation without changing its form."""

import numpy as np
from jaxtyping import Float
from numba import njit

ROUNDS = 2
"""Corrections: interpolation between bins widens a shape a little."""

STRETCH = (0.4, 1.6)
"""Limits of the factor on the width; beyond them the two answers contradict."""


def matched(
    r: Float[np.ndarray, " bin"],
    shape: Float[np.ndarray, "*item bin"],
    *,
    mean: Float[np.ndarray, "*item"],
    std: Float[np.ndarray, "*item"],
) -> Float[np.ndarray, "*item bin"]:
    """Return ``shape`` (sum 1 over the bins ``r``, Å) with this mean and deviation (Å).

    It is moved and stretched, by linear interpolation. A mean beyond the bins is cut
    to them, and the stretch to STRETCH.
    """
    mean = np.clip(mean, r[0], r[-1])
    own_mean, own_std = _moments(r, shape)
    centre, stretch = mean, np.clip(_ratio(std, own_std), *STRETCH)
    found = shape
    for _ in range(1 + ROUNDS):
        found = _mapped(r, shape, own_mean, centre, stretch)
        new_mean, new_std = _moments(r, found)
        centre = centre + mean - new_mean
        stretch = np.clip(stretch * _ratio(std, new_std), *STRETCH)
    return found


def _mapped(
    r: np.ndarray,
    shape: np.ndarray,
    own_mean: np.ndarray,
    centre: np.ndarray,
    stretch: np.ndarray,
) -> np.ndarray:
    """Return ``shape`` moved from ``own_mean`` to ``centre`` and stretched, sum 1."""
    # Bin b of the result is what the shape was at the place (first + b * stride) bins.
    stride = 1.0 / stretch
    first = (own_mean + (r[0] - centre) * stride - r[0]) / (r[1] - r[0])
    found = np.empty(shape.shape)
    _interpolate(
        np.ascontiguousarray(shape, dtype=float).reshape(-1, r.size),
        first.reshape(-1),
        stride.reshape(-1),
        found.reshape(-1, r.size),
    )
    return found


@njit(cache=True)
def _interpolate(shape, first, stride, found):  # noqa: ANN001, ANN202 - compiled
    items, bins = shape.shape
    for item in range(items):
        total = 0.0
        for b in range(bins):
            place = first[item] + b * stride[item]
            value = 0.0
            if 0.0 <= place <= bins - 1.0:
                left = min(int(place), bins - 2)
                rise = shape[item, left + 1] - shape[item, left]
                value = shape[item, left] + (place - left) * rise
            found[item, b] = value
            total += value
        # A shape that has left the bins stays what it was.
        for b in range(bins):
            found[item, b] = found[item, b] / total if total > 0.0 else shape[item, b]


def _moments(r: np.ndarray, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation."""
    mean = shape @ r
    variance = shape @ r**2 - mean**2
    return mean, np.sqrt(np.clip(variance, 0.0, None))


def _ratio(wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return ``wanted`` / ``found``, 1 where there is no width."""
    return np.divide(wanted, found, out=np.ones_like(found), where=found > 0.0)
