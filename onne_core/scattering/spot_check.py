"""Deviation of two spectra, apart from a shift of the energy origin."""

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from onne_core.values.spectrum import e0_shifted

LOWEST, HIGHEST = 3.0, 14.0
"""Range of the comparison, Å^-1."""

LARGEST_SHIFT = 6.0
"""E0 is varied by this much to either side, eV."""


def deviation_after_shift(
    k: Float[np.ndarray, " k"],
    chi: Float[np.ndarray, " k"],
    reference: Float[np.ndarray, " k"],
) -> tuple[float, float]:
    """Return the relative k^2-weighted RMS deviation and the E0 shift (eV) behind it.

    ``chi`` is shifted, ``reference`` stays; ``k`` in Å^-1, the range LOWEST to HIGHEST.
    """
    inside = (k >= LOWEST) & (k <= HIGHEST)
    weight = k[inside] ** 2
    size = float(np.linalg.norm(weight * reference[inside]))

    def deviation(shift: float) -> float:
        moved = e0_shifted(k, chi, shift)[inside]
        return float(np.linalg.norm(weight * (moved - reference[inside]))) / size

    best = minimize_scalar(
        deviation, bounds=(-LARGEST_SHIFT, LARGEST_SHIFT), method="bounded"
    )
    return float(best.fun), float(best.x)
