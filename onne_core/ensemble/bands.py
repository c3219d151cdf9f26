"""How far g(r) may lie off, given the uncertainty of N, R and sigma of a shell.

The shape is moved, widened and scaled by quasi-random draws, and the ends of the bands
are read from the sorted curves. This is where a prediction spends most of its time, so
the interpolation is compiled; sorting short rows is fast in numpy already.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float
from numba import njit
from scipy.special import ndtri
from scipy.stats import qmc

DRAWS = 128
"""Draws of (N, R, sigma) from which a band is read; quasi-random, always the same."""

SHARES = (0.6827, 0.9545)
"""Coverage of the two bands: one and two standard deviations of a Gaussian."""

AT_ONCE = 1 << 19
"""Values of all curves that are made together, for which a processor's cache lasts."""

EMPTY = 1e-5
"""Share of a curve's maximum below which it is empty: no band is so narrow that this
would show, see FLOOR in calibration.py."""

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
    result = np.zeros((len(g), 2, 2, r.size))
    count = max(1, AT_ONCE // (len(SHARES) * DRAWS * r.size))
    for start in range(0, len(g), count):
        part = slice(start, start + count)
        _reach(r, g[part], quantities[part], std[part], result[part])
    return np.clip(result, 0.0, None, out=result)


def _reach(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    std: Float[np.ndarray, "item 3 2"],
    result: Float[np.ndarray, "item 2 2 bin"],
) -> None:
    """Write the reach of both bands into ``result``, where the curves are not empty."""
    levels = len(SHARES)
    twice, every = np.repeat(g, levels, axis=0), np.repeat(quantities, levels, axis=0)
    stds = np.swapaxes(std, 1, 2).reshape(-1, 1, 3)
    first, stride, factor = _mapping(r, every, stds * normal_draws())
    items, bins = np.nonzero(_touched(twice, first, stride))
    curves = np.empty((items.size, DRAWS), dtype=np.float32)
    _interpolate_rows(twice, first, stride, factor, items, bins, curves)
    curves.sort(axis=-1)
    place = (0.5 - 0.5 * np.array(SHARES)[items % levels]) * (DRAWS - 1)
    index = place.astype(int)
    row = np.arange(items.size)
    low, further = curves[row, index], curves[row, index + 1]
    high, nearer = curves[row, -1 - index], curves[row, -2 - index]
    own = twice[items, bins]
    item, level = items // levels, items % levels
    result[item, level, 0, bins] = own - (low + (place - index) * (further - low))
    result[item, level, 1, bins] = high - (place - index) * (high - nearer) - own


def _touched(
    g: Float[np.ndarray, "item bin"],
    first: Float[np.ndarray, "item draw"],
    stride: Float[np.ndarray, "item draw"],
) -> Bool[np.ndarray, "item bin"]:
    """Return the bins that the moved shape reaches in any draw."""
    seen = g > EMPTY * g.max(axis=1, keepdims=True)
    start = np.argmax(seen, axis=1)[:, None]
    end = g.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)[:, None]
    lower = np.min((start - 1 - first) / stride, axis=1, keepdims=True)
    upper = np.max((end + 1 - first) / stride, axis=1, keepdims=True)
    bins = np.arange(g.shape[1])
    return (bins >= lower) & (bins <= upper)


def moved(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    changes: Float[np.ndarray, "item draw 3"],
) -> Float[np.ndarray, "item bin draw"]:
    """Return ``g`` (Å^-1) with N (1), R (Å) and sigma (Å) changed by every draw.

    Where there are no neighbours, or all are at one distance, nothing is changed.
    """
    first, stride, factor = _mapping(r, quantities, changes)
    curves = np.empty((*g.shape, changes.shape[1]))
    _interpolate(np.ascontiguousarray(g), first, stride, factor, curves)
    return curves


def _mapping(
    r: Float[np.ndarray, " bin"],
    quantities: Float[np.ndarray, "item 4"],
    changes: Float[np.ndarray, "item draw 3"],
) -> tuple[Float[np.ndarray, "item draw"], ...]:
    """Return where moved curves are read, and by what they are multiplied.

    Bin b is what g was at the place (first + b * stride) bins, times the factor: these
    three are returned.
    """
    number, mean, sigma, _ = quantities.T[..., None]
    shapeless = (number <= 0.0) | (sigma <= 0.0)
    safe_number, safe_sigma = (
        np.where(shapeless, 1.0, part) for part in (number, sigma)
    )
    changes = np.where(shapeless[..., None], 0.0, changes)
    width = np.exp(np.clip(changes[..., 2] / safe_sigma, -WIDEST, WIDEST))
    factor = np.clip(1.0 + changes[..., 0] / safe_number, 0.0, None) / width
    step = (r[-1] - r[0]) / (r.size - 1)
    offset = (mean - r[0]) / step
    stride = 1.0 / width
    first = offset - (offset + changes[..., 1] / step) * stride
    return first, stride, factor


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


@njit(cache=True)
def _interpolate_rows(g, first, stride, factor, items, bins, curves):  # noqa: ANN001, ANN202 - compiled
    last = g.shape[1] - 1
    for row in range(len(items)):
        item, b = items[row], bins[row]
        for draw in range(curves.shape[1]):
            place = first[item, draw] + b * stride[item, draw]
            value = 0.0
            if -SLACK <= place <= last + SLACK:
                left = min(max(int(place), 0), last - 1)
                rise = g[item, left + 1] - g[item, left]
                value = g[item, left] + (place - left) * rise
            curves[row, draw] = factor[item, draw] * value


@lru_cache(maxsize=1)
def normal_draws() -> Float[np.ndarray, "draw 3"]:
    """Return the same quasi-random normal numbers at every call."""
    uniform = qmc.Sobol(d=3, scramble=True, rng=np.random.default_rng(0)).random(DRAWS)
    return ndtri(np.clip(uniform, 1e-6, 1.0 - 1e-6))
