"""Outliers in chi(k): monochromator glitches and spikes.

What lies beyond the distances that a sample can show is noise, point by point about as
large as its neighbours. A glitch is one or a few points far larger than that. It is
looked for in k, since over R it is spread so thin that it passes for noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from numba import njit

from onne_core.values.spectrum import K_STEP, Spectrum, k_grid, on_grid

POINTS, ORDER = 11, 4
"""Points and order of the smoothing polynomial: it follows signal up to 14 Å."""

NEIGHBOURHOOD = 81
"""Points from which the usual size is taken: noise of k-space changes slowly."""

NORMAL = 1.4826
"""Standard deviation over median absolute value of a normal distribution."""

ROUNDING = 1e-9
"""Distance in k within which a point counts as being at the end, Å^-1."""

NEGLIGIBLE = 0.1
"""Share of the trained noise below which nothing counts as sticking out."""

GLITCH_BORDERLINE, GLITCH_OUTSIDE = 6.5, 13.0
"""Multiples of the usual size where borderline and outside begin; of 220 points of
white noise one is expected beyond 4."""


@dataclass(frozen=True)
class Glitch:
    """The largest outlier: at ``k`` (Å^-1), ``size`` times the typical residual."""

    k: float
    size: float


def largest_glitches(
    spectra: Sequence[Spectrum], *, k_min: float, k_max: float, trained_noise: float
) -> list[Glitch]:
    """Return the largest outlier of each spectrum between ``k_min`` and ``k_max``.

    Both in Å^-1. ``trained_noise`` is the largest white noise of chi in training; less
    than a tenth of it harms nothing.
    """
    glitches = [Glitch(k_min, 0.0)] * len(spectra)
    parts: dict[tuple[int, int], list[tuple[int, np.ndarray]]] = {}
    for i, spectrum in enumerate(spectra):
        # Zeros filled in at the ends are no data, and the step to them is no glitch.
        measured = np.flatnonzero(spectrum.chi)
        if measured.size <= POINTS:
            continue
        first, last = spectrum.k[measured[[0, -1]]].tolist()
        k = k_grid(min(k_max, last))
        start = int(np.searchsorted(k, max(k_min, first) - ROUNDING))
        glitches[i] = Glitch(max(k_min, first), 0.0)
        if k.size - start > POINTS:
            chi = on_grid(k[start:], spectrum.k, spectrum.chi)
            parts.setdefault((start, k.size), []).append((i, chi))
    for (start, end), rows in parts.items():
        ratio = _ratios(np.array([chi for _, chi in rows]), NEGLIGIBLE * trained_noise)
        places = np.argmax(ratio, axis=1)
        sizes = np.take_along_axis(ratio, places[:, None], axis=1)[:, 0]
        k = K_STEP * np.arange(start, end)[places]
        for (i, _), at, size in zip(rows, k.tolist(), sizes.tolist(), strict=True):
            glitches[i] = Glitch(at, size)
    return glitches


def _ratios(
    chi: Float[np.ndarray, "item k"], least: float
) -> Float[np.ndarray, "item k"]:
    """Return how much every point sticks out, in units of what is usual around it.

    That is ``least`` at least.
    """
    rough = np.abs(chi @ _roughness(chi.shape[1]).T)
    usual = NORMAL * running_medians(rough, NEIGHBOURHOOD)
    return rough / np.maximum(usual, least)


def running_medians(
    values: Float[np.ndarray, "item k"], width: int
) -> Float[np.ndarray, "item k"]:
    """Return the medians of an odd ``width`` of values, mirrored at both ends."""
    half = width // 2
    medians = np.empty_like(values)
    around = np.pad(values, ((0, 0), (half, half)), mode="symmetric")
    first = np.sort(around[:, :width], axis=1)
    _running_medians(around, first, medians)
    return medians


@njit(cache=True, error_model="numpy")
def _running_medians(values, windows, medians):
    # The windows stay sorted: one value leaves them, one comes in. With numpy's median
    # a thousand predictions would take 1.1 times as long, with scipy's filter 1.3.
    width = windows.shape[1]
    for row in range(len(values)):
        medians[row, 0] = windows[row, width // 2]
        for i in range(1, medians.shape[1]):
            old, new = values[row, i - 1], values[row, i + width - 1]
            place, beyond = 0, width
            while place < beyond:
                middle = (place + beyond) // 2
                if windows[row, middle] < old:
                    place = middle + 1
                else:
                    beyond = middle
            while place + 1 < width and windows[row, place + 1] < new:
                windows[row, place] = windows[row, place + 1]
                place += 1
            while place > 0 and windows[row, place - 1] > new:
                windows[row, place] = windows[row, place - 1]
                place -= 1
            windows[row, place] = new
            medians[row, i] = windows[row, width // 2]


@lru_cache(maxsize=16)
def _roughness(points: int) -> Float[np.ndarray, "k k"]:
    """Return the matrix from chi to what a smoothing polynomial leaves of it.

    In units of chi's white noise, ``points`` on a uniform grid.
    """
    # The polynomial of least squares through the points around, at its middle; at both
    # ends that through the first and the last points. A. Savitzky, M. J. E. Golay,
    # Anal. Chem. 36, 1627 (1964), doi:10.1021/ac60214a047.
    half = POINTS // 2
    powers = np.vander(np.linspace(-1.0, 1.0, POINTS), ORDER + 1)
    fitted = powers @ np.linalg.pinv(powers)
    left = np.eye(points)
    for i in range(points):
        start = min(max(i - half, 0), points - POINTS)
        left[i, start : start + POINTS] -= fitted[i - start]
    response = np.eye(POINTS)[half] - fitted[half]
    return left / np.sqrt(np.sum(response**2))
