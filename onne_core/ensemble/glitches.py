"""Points of chi(k) that stick out: glitches of the monochromator, and spikes.

What lies beyond the distances that a sample can show is noise, point by point about as
large as its neighbours. A glitch is one or a few points far larger than that. It is
looked for in k, since over R it is spread so thin that it passes for noise.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy.ndimage import median_filter
from scipy.signal import savgol_filter

from onne_core.spectrum import Spectrum, k_grid, regridded

POINTS, ORDER = 11, 4
"""Points and order of the smoothing polynomial: it follows signal up to 14 Å."""

NEIGHBOURHOOD = 81
"""Points from which the usual size is taken: noise of k-space changes slowly."""

NORMAL = 1.4826
"""Standard deviation over median absolute value of a normal distribution."""

NEGLIGIBLE = 0.1
"""Share of the trained noise below which nothing counts as sticking out."""

GLITCH_EDGE, GLITCH_OUTSIDE = 6.5, 13.0
"""Times the usual size where edge and outside begin; of 220 points with white noise one
is expected beyond 4."""


@dataclass(frozen=True)
class Glitch:
    """The point that sticks out most: at ``k`` (Å^-1), ``size`` times the usual."""

    k: float
    size: float


def largest_glitch(
    spectrum: Spectrum, *, k_min: float, k_max: float, trained_noise: float
) -> Glitch:
    """Return the point between ``k_min`` and ``k_max`` (Å^-1) that sticks out most.

    ``trained_noise`` is the largest white noise of chi in training; less than a tenth
    of it harms nothing.
    """
    # Zeros filled in at the ends are no data, and the step to them is no glitch.
    measured = spectrum.k[np.flatnonzero(spectrum.chi)]
    if measured.size <= POINTS:
        return Glitch(k_min, 0.0)
    first = max(k_min, float(measured[0]))
    k = k_grid(min(k_max, float(measured[-1])))
    k = k[k >= first - 1e-9]
    if k.size <= POINTS:
        return Glitch(first, 0.0)
    rough = _roughness(k.size) @ regridded(spectrum, k).chi
    usual = NORMAL * median_filter(np.abs(rough), NEIGHBOURHOOD, mode="reflect")
    ratio = np.abs(rough) / np.maximum(usual, NEGLIGIBLE * trained_noise)
    place = int(np.argmax(ratio))
    return Glitch(float(k[place]), float(ratio[place]))


@lru_cache(maxsize=16)
def _roughness(points: int) -> Float[np.ndarray, "k k"]:
    """Return the matrix from chi to what a smoothing polynomial leaves of it.

    In units of chi's white noise, ``points`` on a uniform grid.
    """
    left = np.eye(points) - np.asarray(
        savgol_filter(np.eye(points), POINTS, ORDER, axis=0)
    )
    impulse = np.zeros(2 * POINTS + 1)
    impulse[POINTS] = 1.0
    response = impulse - np.asarray(savgol_filter(impulse, POINTS, ORDER))
    return left / np.sqrt(np.sum(response**2))
