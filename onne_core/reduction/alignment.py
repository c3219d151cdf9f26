"""The shift in energy that lays one scan over another, found at the edge."""

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.reduction.normalisation import Normalisation
from onne_core.values.spectrum import Absorption

BELOW, ABOVE = -30.0, 60.0
"""Part of the scan that is compared, eV above the edge of the standard."""

STEP = 0.25
"""Step of the compared derivatives, eV."""

SMOOTHED = 1.5
"""Standard deviation of the Gaussian that smooths the derivatives, eV."""

FARTHEST = 20.0
"""Largest shift that is looked for beyond the difference of both E0, eV."""

LEAST_LIKENESS = 0.6
"""Least correlation of the derivatives of two scans of one edge of one material."""

Energies = Float[np.ndarray, " _"]


def shift_between(
    scan: Absorption,
    standard: Absorption,
    edges: tuple[Normalisation, Normalisation],
) -> float:
    """Return by how much the energies of ``scan`` must rise to match ``standard``, eV.

    Where both have a reference channel, those are compared: the samples may differ.
    Compared are smoothed derivatives around the edge, by their correlation, which
    sees neither the step nor a slope. ``edges`` are those of both scans.

    Raises
    ------
    FormatError
        If the edges differ, or the scans are not alike.
    """
    own, other = edges
    if abs(own.e0 - other.e0) > FARTHEST:
        raise FormatError(
            f"{scan.name}: its edge at {own.e0:.1f} eV is not that of {standard.name} "
            f"({other.e0:.1f} eV); align scans of one edge, or calibrate first."
        )
    has_reference = scan.reference is not None and standard.reference is not None
    mu, wanted = (
        (scan.reference, standard.reference)
        if has_reference
        else (scan.mu, standard.mu)
    )
    assert mu is not None
    assert wanted is not None
    energy = other.e0 + np.arange(BELOW, ABOVE, STEP)
    goal = _slope(energy, standard.energy, wanted)
    shifts = np.arange(-FARTHEST, FARTHEST + 0.5 * STEP, STEP)
    wide = other.e0 + np.arange(BELOW - FARTHEST, ABOVE + FARTHEST, STEP)
    slope = _slope(wide, scan.energy, mu)
    likeness = np.array([_correlation(goal, energy, s, wide, slope) for s in shifts])
    best = int(np.argmax(likeness))
    if likeness[best] < LEAST_LIKENESS or best in (0, shifts.size - 1):
        what = "reference channels" if has_reference else "scans"
        raise FormatError(
            f"{scan.name}: not aligned, the {what} are not alike at the edge "
            f"(correlation {likeness[best]:.2f}); align to a scan of the same material."
        )
    return _refined(shifts, likeness, best)


def _slope(at: Energies, energy: Energies, mu: Energies) -> Energies:
    """Return the smoothed derivative of ``mu`` at a uniform grid of energies."""
    from scipy.ndimage import gaussian_filter1d

    values = np.interp(at, energy, mu)
    return gaussian_filter1d(np.gradient(values, STEP), SMOOTHED / STEP)


def _correlation(
    goal: Energies, at: Energies, shift: float, energy: Energies, slope: Energies
) -> float:
    """Return the correlation of ``goal`` with a slope moved up by ``shift``."""
    moved = np.interp(at - shift, energy, slope)
    return float(np.corrcoef(goal, moved)[0, 1])


def _refined(shifts: Energies, likeness: Energies, best: int) -> float:
    """Return the top of the parabola through the three best likenesses."""
    before, at, after = likeness[best - 1 : best + 2]
    bend = before - 2.0 * at + after
    part = 0.5 * (before - after) / bend if bend < 0.0 else 0.0
    return float(shifts[best] + part * STEP)
