"""How far g(r) may lie off, given the uncertainty of N, R and sigma of a shell.

The shape is moved, widened and scaled by quasi-random draws, and the ends of the bands
are read from the sorted curves. This is where a prediction spends most of its time, so
the interpolation is compiled; sorting short rows is fast in numpy already.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numba import njit
from scipy.special import ndtri
from scipy.stats import qmc

DRAWS = 128
"""Draws of (N, R, sigma) from which a band is read; quasi-random, always the same."""

SHARES = (0.6827, 0.9545)
"""Coverage of the two bands: one and two standard deviations of a Gaussian."""

AT_ONCE = 1 << 17
"""Values of all curves that are made together, for which a processor's cache lasts."""

WIDEST = 30.0
"""Largest logarithm of the factor on a width, where a number has no meaning left."""

SLACK = 1e-9
"""What rounding may add to a position between bins, in bins."""


def band_reach(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    std: Float[np.ndarray, "item 3 2"],
) -> Float[np.ndarray, "item 2 2 bin"]:
    """Return how far the bands reach: (68 % | 95 %, below | above), Å^-1, not negative.

    ``quantities`` are N, R (Å), sigma (Å) and C3 of ``g`` (Å^-1) on the uniform ``r``
    (Å); ``std`` the standard deviations of the first three for both bands.
    """
    result = np.empty((len(g), 2, 2, r.size))
    count = max(1, AT_ONCE // (DRAWS * r.size))
    for first in range(0, len(g), count):
        part = slice(first, first + count)
        for level, share in enumerate(SHARES):
            low, high = _ends(r, g[part], quantities[part], std[part, :, level], share)
            result[part, level, 0], result[part, level, 1] = (
                g[part] - low,
                high - g[part],
            )
    return np.clip(result, 0.0, None, out=result)


def _ends(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    std: Float[np.ndarray, "item 3"],
    share: float,
) -> tuple[Float[np.ndarray, "item bin"], Float[np.ndarray, "item bin"]]:
    """Return the quantiles between which ``share`` of the moved curves lie."""
    curves = moved(r, g, quantities, std[:, None] * normal_draws())
    curves.sort(axis=-1)
    place = (0.5 - share / 2.0) * (DRAWS - 1)
    index = int(place)
    beyond = place - index
    low, high = curves[..., index], curves[..., -1 - index]
    return (
        low + beyond * (curves[..., index + 1] - low),
        high - beyond * (high - curves[..., -2 - index]),
    )


def moved(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    changes: Float[np.ndarray, "item draw 3"],
) -> Float[np.ndarray, "item bin draw"]:
    """Return ``g`` (Å^-1) with N (1), R (Å) and sigma (Å) changed by every draw.

    Where there are no neighbours, or all are at one distance, nothing is changed.
    """
    number, mean, sigma, _ = quantities.T[..., None]
    shapeless = (number <= 0.0) | (sigma <= 0.0)
    safe_number, safe_sigma = (
        np.where(shapeless, 1.0, part) for part in (number, sigma)
    )
    changes = np.where(shapeless[..., None], 0.0, changes)
    width = np.exp(np.clip(changes[..., 2] / safe_sigma, -WIDEST, WIDEST))
    factor = np.clip(1.0 + changes[..., 0] / safe_number, 0.0, None) / width
    # Bin b of the result is what g was at the place (first + b * stride) bins.
    step = (r[-1] - r[0]) / (r.size - 1)
    offset = (mean - r[0]) / step
    stride = 1.0 / width
    first = offset - (offset + changes[..., 1] / step) * stride
    curves = np.empty((*g.shape, changes.shape[1]))
    _interpolate(np.ascontiguousarray(g), first, stride, factor, curves)
    return curves


@njit(cache=True)
def _interpolate(g, first, stride, factor, curves):  # noqa: ANN001, ANN202 - compiled
    items, bins, draws = curves.shape
    for item in range(items):
        for b in range(bins):
            for draw in range(draws):
                place = first[item, draw] + b * stride[item, draw]
                value = 0.0
                if -SLACK <= place <= bins - 1.0 + SLACK:
                    left = min(max(int(place), 0), bins - 2)
                    rise = g[item, left + 1] - g[item, left]
                    value = g[item, left] + (place - left) * rise
                curves[item, b, draw] = factor[item, draw] * value


@lru_cache(maxsize=1)
def normal_draws() -> Float[np.ndarray, "draw 3"]:
    """Return the same quasi-random normal numbers at every call."""
    uniform = qmc.Sobol(d=3, scramble=True, rng=np.random.default_rng(0)).random(DRAWS)
    return ndtri(np.clip(uniform, 1e-6, 1.0 - 1e-6))
