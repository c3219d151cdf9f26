"""Limits of the single-scattering description of a spectrum.

A path by way of two neighbours of the absorber has a half length of at least their
distance plus half the distance between them. Up to twelve neighbours of equal distance
are, in the densest packing, as far from each other as from the absorber; so multiple
scattering begins at 1.5 times the distance of the nearest shell, and further out where
neighbours are fewer.
"""

import numpy as np

ONSET = 1.5
"""Shortest half path length of multiple scattering, in distances of the first shell."""

RESOLUTIONS = 2.0
"""Shells nearer to the onset than this many resolutions in R are mixed with it."""

LARGEST_R_FACTOR = 0.05
"""Misfit, as a share of the signal, beyond which a fit describes no data."""


def multiple_scattering_from(nearest: float, *, k_min: float, k_max: float) -> float:
    """Return the distance (Å) at which multiple scattering sets in.

    ``nearest`` is the distance of the first shell in Å; the resolution pi / (2 dk) of
    the k window (Å^-1) is taken off.
    """
    return ONSET * nearest - RESOLUTIONS * np.pi / (2.0 * (k_max - k_min))


def doubt(distance: float, *, onset: float, r_factor: float) -> str:
    """Return the reason not to trust a shell at ``distance`` (Å), empty if none.

    ``onset`` is that of :func:`multiple_scattering_from`, ``r_factor`` the misfit.
    """
    reasons = []
    if distance >= onset:
        reasons.append(
            f"multiple scattering, which sets in at {onset:.2f} Å, is neglected"
        )
    if not r_factor <= LARGEST_R_FACTOR:
        reasons.append(f"R-factor above {LARGEST_R_FACTOR:g}")
    return "; ".join(reasons)
