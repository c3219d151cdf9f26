"""Bands of g(r) from the uncertainties of N, R and sigma of a shell.

The shape is moved, widened and scaled by quasi-random draws, and the ends of the bands
are read from the sorted curves. All but the sorting, at which numpy is fast, is
compiled: with numpy alone a thousand predictions would take 2.4 times as long, one 1.4
times.
"""

from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numba import njit
from scipy.special import ndtri

DRAWS = 128
"""Draws of (N, R, sigma) from which a band is read; quasi-random, always the same."""

SHARES = (0.6827, 0.9545)
"""Coverage of the two bands: one and two standard deviations of a Gaussian."""

AT_ONCE = 1 << 19
"""Values of all curves that are made together, for which a processor's cache lasts."""

EMPTY = 3e-4
"""Share of a curve's maximum below which it is empty: no band is so narrow that this
would show (it changes by less than 0.2 %), see FLOOR in calibration.py."""

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
    """Return the half-widths of the bands (68 % | 95 %, below | above), Å^-1.

    ``quantities`` are N, R (Å), sigma (Å) and C3 of ``g`` (Å^-1) on the uniform ``r``
    (Å); ``std`` the standard deviations of the first three for both bands.
    """
    result = np.zeros((len(g), 2, 2, r.size))
    count = max(1, AT_ONCE // (len(SHARES) * DRAWS * r.size))
    for start in range(0, len(g), count):
        part = slice(start, start + count)
        _reach(r, g[part], quantities[part], std[part], result[part])
    return result


def _reach(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    std: Float[np.ndarray, "item 3 2"],
    result: Float[np.ndarray, "item 2 2 bin"],
) -> None:
    """Write the reach of both bands into ``result``, where the curves are not empty."""
    most = len(SHARES) * g.size
    curves = np.empty((most, DRAWS), dtype=np.float32)
    places = np.empty((most, 3), dtype=np.int32)
    draws = normal_draws()
    count = _move_by_draws(*_bins(r), g, quantities, std, draws, curves, places)
    curves[:count].sort(axis=-1)
    _read_ends(curves, places[:count], g, _ENDS, result)


def perturbed_curves(
    r: Float[np.ndarray, " bin"],
    g: Float[np.ndarray, "item bin"],
    quantities: Float[np.ndarray, "item 4"],
    changes: Float[np.ndarray, "item draw 3"],
) -> Float[np.ndarray, "item draw bin"]:
    """Return ``g`` (Å^-1) with N (1), R (Å) and sigma (Å) changed by every draw.

    Where there are no neighbours, or all are at one distance, nothing is changed.
    """
    curves = np.empty((*changes.shape[:2], r.size))
    _move(*_bins(r), g, quantities, changes, curves)
    return curves


def _bins(r: Float[np.ndarray, " bin"]) -> tuple[float, float]:
    """Return the first of the uniform ``r`` and their step."""
    return float(r[0]), float((r[-1] - r[0]) / (r.size - 1))


_ENDS = (0.5 - 0.5 * np.array(SHARES)) * (DRAWS - 1)
"""Places of the lower ends of the bands among the sorted curves."""


@njit(cache=True, error_model="numpy")
def _mapping(start, step, quantities, change):
    # Bin b of a moved curve is what g was at the place (first + b * stride) bins,
    # times the factor: these three are returned.
    number, mean, sigma = quantities[0], quantities[1], quantities[2]
    if number <= 0.0 or sigma <= 0.0:
        return 0.0, 1.0, 1.0
    stride = np.exp(-min(max(change[2] / sigma, -WIDEST), WIDEST))
    offset = (mean - start) / step
    first = offset - (offset + change[1] / step) * stride
    return first, stride, max(1.0 + change[0] / number, 0.0) * stride


@njit(cache=True, error_model="numpy")
def _move(start, step, g, quantities, changes, curves):
    items, draws, bins = curves.shape
    for item in range(items):
        for draw in range(draws):
            first, stride, factor = _mapping(
                start, step, quantities[item], changes[item, draw]
            )
            for b in range(bins):
                place = first + b * stride
                value = 0.0
                if -SLACK <= place <= bins - 1.0 + SLACK:
                    left = min(max(int(place), 0), bins - 2)
                    rise = g[item, left + 1] - g[item, left]
                    value = g[item, left] + (place - left) * rise
                curves[item, draw, b] = factor * value


@njit(cache=True, error_model="numpy")
def _move_by_draws(start, step, g, quantities, std, draws, curves, places):
    # The curves are rows of one bin each; their item, level and bin are the places.
    # Only bins that the moved shape reaches in any draw have one.
    items, bins = g.shape
    mapping, shares = np.empty((3, len(draws))), np.empty((2, len(draws)))
    left = np.empty(len(draws), np.int32)
    table, change, count = np.empty((bins, 2)), np.empty(3), 0
    for item in range(items):
        begin, end = _tabulated(g[item], table)
        for level in range(std.shape[2]):
            lower, upper = np.inf, -np.inf
            for draw in range(len(draws)):
                for q in range(3):
                    change[q] = std[item, q, level] * draws[draw, q]
                first, stride, factor = _mapping(start, step, quantities[item], change)
                mapping[0, draw], mapping[1, draw] = first, stride
                mapping[2, draw] = factor
                lower = min(lower, (begin - 1 - first) / stride)
                upper = max(upper, (end + 1 - first) / stride)
            for b in range(bins):
                if lower <= b <= upper:
                    _row(table, mapping, b, left, shares, curves[count])
                    places[count, 0], places[count, 1] = item, level
                    places[count, 2] = b
                    count += 1
    return count


@njit(cache=True, error_model="numpy")
def _tabulated(g, table):
    # The shape and its rise to the next bin; its first and last bin are returned.
    bins, largest = len(g), 0.0
    begin, end = bins, -1
    for b in range(bins):
        largest = max(largest, g[b])
    for b in range(bins):
        if g[b] > EMPTY * largest:
            begin, end = min(begin, b), b
        table[b, 0] = g[b]
        table[b, 1] = g[b + 1] - g[b] if b + 1 < bins else g[b] - g[b - 1]
    return (begin, end) if end >= 0 else (0, bins - 1)


@njit(cache=True, error_model="numpy")
def _row(table, mapping, b, left, shares, curves):
    # Without branches, and what is looked up apart from the rest: so the rest is
    # turned into vectors.
    last = len(table) - 1.0
    for draw in range(len(curves)):
        place = mapping[0, draw] + b * mapping[1, draw]
        within = place if place > 0.0 else 0.0
        within = within if within < last else last
        left[draw] = np.int32(within)
        shares[0, draw] = place - left[draw]
        inside = (place >= -SLACK) & (place <= last + SLACK)
        shares[1, draw] = mapping[2, draw] if inside else 0.0
    for draw in range(len(curves)):
        at = np.uint32(left[draw])
        value = table[at, 0] + shares[0, draw] * table[at, 1]
        curves[draw] = shares[1, draw] * value


@njit(cache=True, error_model="numpy")
def _read_ends(curves, places, g, ends, result):
    for row in range(len(places)):
        item, level, b = places[row, 0], places[row, 1], places[row, 2]
        index = int(ends[level])
        share = np.float32(ends[level] - index)
        low, further = curves[row, index], curves[row, index + 1]
        high, nearer = curves[row, -1 - index], curves[row, -2 - index]
        below = g[item, b] - (low + share * (further - low))
        above = high - share * (high - nearer) - g[item, b]
        result[item, level, 0, b] = max(below, 0.0)
        result[item, level, 1, b] = max(above, 0.0)


@lru_cache(maxsize=1)
def normal_draws() -> Float[np.ndarray, "draw 3"]:
    """Return the same quasi-random normal numbers at every call."""
    # Imported here: this takes 0.3 s, which only the first prediction waits for.
    from scipy.stats import qmc

    uniform = qmc.Sobol(d=3, rng=np.random.default_rng(0)).random(DRAWS)
    return ndtri(np.clip(uniform, 1e-6, 1.0 - 1e-6))
