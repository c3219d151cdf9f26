"""Spectra on other grids, as in spectrum.py but compiled, for the many of a series.

After its E0 shift every spectrum has a grid of its own, so nothing can be shared
between them, and numpy would spend its time between the operations. It is not in
spectrum.py because the window shows before it has compiled anything.
"""

import numpy as np
from jaxtyping import Float
from numba import njit

from onne_core.values.spectrum import HBAR2_OVER_2M, ROUNDING


def resampled(
    k: Float[np.ndarray, " k"],
    known_k: Float[np.ndarray, " known"],
    chi: Float[np.ndarray, " known"],
) -> Float[np.ndarray, " k"]:
    """Return what :func:`onne_core.values.spectrum.on_grid` does."""
    values = np.zeros(k.size)
    # Copies, since for arrays that must not change the code would be compiled again.
    _resample(np.array(k), np.array(known_k), np.array(chi), values)
    return values


def shifted(
    k: Float[np.ndarray, " k"], chi: Float[np.ndarray, " k"], shift: float
) -> Float[np.ndarray, " k"]:
    """Return what :func:`onne_core.values.spectrum.e0_shifted` does."""
    squared = k * k - shift / HBAR2_OVER_2M
    first = int(np.searchsorted(squared, 0.0))
    return resampled(k, np.sqrt(squared[first:]), chi[first:])


@njit(cache=True, error_model="numpy")
def _resample(k, x, y, values):
    last = len(x) - 1
    exact, place = True, 0
    for i in range(len(k)):
        if x[0] - ROUNDING <= k[i] <= x[last] + ROUNDING:
            while place < last and x[place] < k[i] - ROUNDING:
                place += 1
            if abs(x[place] - k[i]) > ROUNDING:
                exact = False
                break
            values[i] = y[place]
    if exact:
        return
    slope = _slopes(x, y)
    place = 0
    for i in range(len(k)):
        values[i] = 0.0
        if x[0] <= k[i] <= x[last]:
            while place < last - 1 and x[place + 1] <= k[i]:
                place += 1
            width = x[place + 1] - x[place]
            mean = (y[place + 1] - y[place]) / width
            bend = slope[place] + slope[place + 1] - 2.0 * mean
            share = (k[i] - x[place]) / width
            inner = slope[place] + share * (mean - slope[place] - bend + share * bend)
            values[i] = y[place] + share * width * inner


@njit(cache=True, error_model="numpy")
def _slopes(x, y):
    # The equations of spectrum.py; in this order no pivot comes near zero.
    last = len(x) - 1
    slope, above = np.empty(last + 1), np.empty(last + 1)
    step, rise = x[1] - x[0], (y[1] - y[0]) / (x[1] - x[0])
    further = x[2] - x[1]
    over = (y[2] - y[1]) / further
    both = step + further
    above[0] = both / further
    slope[0] = ((step + 2.0 * both) * further * rise + step**2 * over) / both / further
    for i in range(1, last):
        further = x[i + 1] - x[i]
        over = (y[i + 1] - y[i]) / further
        pivot = 2.0 * (step + further) - further * above[i - 1]
        right = 3.0 * (further * rise + step * over)
        above[i] = step / pivot
        slope[i] = (right - further * slope[i - 1]) / pivot
        if i < last - 1:
            step, rise = further, over
    both = step + further
    right = ((further + 2.0 * both) * step * over + further**2 * rise) / both
    slope[last] = (right - both * slope[last - 1]) / (step - both * above[last - 1])
    for i in range(last - 1, -1, -1):
        slope[i] -= above[i] * slope[i + 1]
    return slope
