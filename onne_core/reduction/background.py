"""Reduction of mu(E) to chi(k) by larch: pre-edge line, edge step and background.

Method: AUTOBK (Newville, Livins, Yacoby, Rehr and Stern, Phys. Rev. B 47, 14126 (1993),
doi:10.1103/PhysRevB.47.14126) as implemented in larch.xafs, with its other defaults.
One of the two modules that import larch; the other fits (baselines/larch_fit.py).
"""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.quiet import larch_at_work
from onne_core.reduction.normalisation import Normalisation, normalise, step_spread
from onne_core.values.edge_position import edge_quality, main_edge, steepest
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    K_STEP,
    SHORTEST_K,
    Absorption,
    ReductionSettings,
    Spectrum,
)

FEWEST_POINTS = 50
"""Fewest points of a scan; 8 Å^-1 in steps of 0.2 Å^-1 and a short pre-edge."""

WIDEST_GAP = 0.5
"""Widest gap between points above k = 2 Å^-1; wider ones would be invented, Å^-1."""

PRE_EDGE = 20.0
"""Smallest range below E0 for the pre-edge line, eV."""

LEAST_PRE_EDGE = 15.0
"""What lies this far below E0 is before the edge where there is no more, eV."""

FEWEST_PRE_EDGE_POINTS = 5

LARGEST_E0_ERROR = 50.0
"""Largest distance of E0 from the tabulated edge: beyond it, another edge, eV."""

EDGE_WIDTH = 30.0
"""An edge has risen within this distance of E0: core holes are narrower, eV."""

SHARE_AT_EDGE = 0.4
"""Least share of the edge step that the rise around E0 must make up."""

STEP_OVER_NOISE = 5.0
"""Least edge step in standard deviations of the noise before the edge."""

SMALLEST_STEP = 1e-3
"""Least edge step relative to the whole range of mu."""

LARGEST_CHI = 5.0
"""Largest abs(chi) above k = 2 Å^-1 of a background removal that worked."""

DENSE = 2000
"""Points from which a scan may be thinned."""

THINNED = 0.25
"""Step to which dense scans are averaged for the search of E0, eV."""

AGREEMENT = 8.0
"""Distance between two choices of E0 beyond which one of them is noise, eV."""

RISE_FROM, RISE_TO = 3.0, 25.0
"""Distances from an edge over which mu is averaged on either side, eV."""

RISE_BETTER = 1.5
"""Factor by which mu must rise more at one candidate for E0 than at another."""

AROUND_EDGE = 150.0
"""Range on either side of a tabulated edge that says whether one is there, eV."""

SHORT_PRE_EDGE = 50.0
"""Shorter pre-edge ranges leave the slope of the line, so the edge step, open, eV."""

UNUSABLE = (
    "larch cannot extract chi(k) from these data ({error}); check mu(E) for glitches "
    "and repeated values, or give chi(k)."
)


@dataclass(frozen=True, eq=False)
class Removal:
    """A reduction with all that led to it.

    ``background`` is the spline on the energies of ``absorption``, in units of mu.
    """

    absorption: Absorption
    edge: Normalisation
    background: Float[np.ndarray, " e"] = field(repr=False)
    spectrum: Spectrum


def reduce(
    absorption: Absorption, settings: ReductionSettings | None = None
) -> Spectrum:
    """Return chi(k) of a measured mu(E) on the grid 0, 0.05 ... Å^-1, with its E0.

    See :func:`removed`.
    """
    return removed(absorption, settings).spectrum


def removed(
    absorption: Absorption, settings: ReductionSettings | None = None
) -> Removal:
    """Return chi(k) of a measured mu(E) with the curves behind it.

    Equal input gives equal output. The noise of mu, where it is known, becomes that of
    chi: both lie at the same points.

    Raises
    ------
    FormatError
        If there are too few points, no edge, an edge that is not the declared one, too
        little before or after the edge, or a gap in the data.
    """
    settings = settings or ReductionSettings()
    where = Path(absorption.source).name or absorption.name or "mu(E)"
    if absorption.energy.size < FEWEST_POINTS:
        raise FormatError(
            f"{where}: only {absorption.energy.size} points; mu(E) needs at least "
            f"{FEWEST_POINTS}; give the whole scan."
        )
    e0 = settings.e0
    edge = normalise(absorption, found_e0(absorption) if e0 is None else e0, settings)
    _check_e0(absorption, edge, where)
    _check_step(absorption, edge, where)
    _check_extent(absorption, edge, where)
    k, chi, background = _background_removed(absorption, edge, settings, where)
    noise = absorption.noise
    if noise is not None:
        own = np.sqrt(np.clip(absorption.energy - edge.e0, 0.0, None) / HBAR2_OVER_2M)
        noise = np.interp(k, own, noise / edge.step)
    spectrum = Spectrum(
        k=k,
        chi=chi,
        name=absorption.name,
        source=absorption.source,
        e0=edge.e0,
        element=absorption.element,
        edge=absorption.edge,
        noise=noise,
        notes=(*absorption.notes, *_notes(absorption, edge, settings, k)),
    )
    return Removal(absorption, edge, background, spectrum)


def _notes(
    absorption: Absorption,
    edge: Normalisation,
    settings: ReductionSettings,
    k: np.ndarray,
) -> tuple[str, ...]:
    """Return how chi(k) came about, in words, and what to mind."""
    ranges, spread = edge.ranges, step_spread(absorption, edge.e0, settings)
    step = f"{edge.step:.4g}"
    step += " (given)" if settings.step is not None else f" ± {spread:.2g}"
    end = settings.k_max if settings.k_max is not None else float(k[-1])
    notes = [
        f"E0 {edge.e0:.2f} eV, edge step {step}, pre-edge {ranges.pre1:.0f} to "
        f"{ranges.pre2:.0f} eV, post-edge {ranges.norm1:.0f} to {ranges.norm2:.0f} eV, "
        f"rbkg {settings.rbkg:g} Å, k-weight {settings.k_weight}, spline "
        f"{settings.k_min:g} to {end:.4g} Å^-1"
    ]
    below = edge.e0 - float(absorption.energy[0])
    if below < SHORT_PRE_EDGE and settings.step is None:
        notes.append(
            f"the scan begins only {below:.0f} eV below E0: the edge step, and with it "
            "coordination numbers, are uncertain"
        )
    return tuple(notes)


@lru_cache(maxsize=64)
def tabulated_edge(element: str, edge: str) -> float | None:
    """Return the tabulated energy of an edge in eV, ``None`` if there is none.

    Values: Elam, Ravel and Sieber, Radiat. Phys. Chem. 63, 121 (2002), by xraydb.
    """
    import xraydb

    try:
        found = xraydb.xray_edge(element, edge)
    except ValueError:
        return None
    return float(found.energy) if found is not None else None


def found_e0(absorption: Absorption) -> float:
    """Return E0 (eV): larch's choice, unless that is on a peak or at another edge.

    Where the absorber is known and larch's choice is not at its edge, the steepest
    rise near the tabulated energy is taken; where mu falls again behind the choice, as
    behind a peak before the edge, that behind the peak; where a smoothed derivative has
    its maximum elsewhere, that one, since the other is noise.

    Raises
    ------
    FormatError
        If there is none.
    """
    from larch import Group
    from larch.xafs import find_e0

    where = Path(absorption.source).name or absorption.name or "mu(E)"
    energy, mu = _thinned(absorption)
    group: Any = Group(energy=energy.copy(), mu=mu.copy())
    with larch_at_work(FormatError, f"{where}: {UNUSABLE}"):
        e0 = float(find_e0(group))
    if not np.isfinite(e0):
        raise FormatError(f"{where}: no edge found; give mu(E) across the edge.")
    return _corrected_e0(absorption, energy, mu, e0)


def _corrected_e0(
    absorption: Absorption, energy: np.ndarray, mu: np.ndarray, e0: float
) -> float:
    """Return ``e0``, or a better one; see :func:`found_e0`."""
    expected = None
    if absorption.element and absorption.edge:
        expected = tabulated_edge(absorption.element, absorption.edge)
    if expected is not None and abs(e0 - expected) > LARGEST_E0_ERROR:
        if not energy[0] + PRE_EDGE < expected < energy[-1] - PRE_EDGE:
            return e0
        near = (expected - LARGEST_E0_ERROR, expected + LARGEST_E0_ERROR)
        found = steepest(energy, mu, near)
        window = (energy > found - AROUND_EDGE) & (energy < found + AROUND_EDGE)
        if np.count_nonzero(window) < FEWEST_POINTS // 2:
            return e0
        ratio = edge_quality(energy[window], mu[window]).ratio
        e0 = found if ratio > STEP_OVER_NOISE else e0
    smooth = steepest(energy, mu, None if expected is None else (e0 - 30.0, e0 + 30.0))
    if abs(smooth - e0) > AGREEMENT:
        e0 = _less_noisy(energy, mu, e0, smooth)
    behind = main_edge(energy, mu, e0)
    return e0 if behind is None else behind


def _less_noisy(energy: np.ndarray, mu: np.ndarray, e0: float, smooth: float) -> float:
    """Return the one of two candidates for E0 (eV) behind which mu stays higher."""

    def rise(at: float) -> float:
        low = (energy > at - RISE_TO) & (energy < at - RISE_FROM)
        high = (energy > at + RISE_FROM) & (energy < at + RISE_TO)
        if not (low.any() and high.any()):
            return -np.inf
        return float(mu[high].mean() - mu[low].mean())

    return smooth if rise(smooth) > RISE_BETTER * rise(e0) else e0


def _thinned(absorption: Absorption) -> tuple[np.ndarray, np.ndarray]:
    """Return energy and mu, averaged over 0.25 eV where a scan is denser.

    The derivative of a dense scan is noise, and its search takes long.
    """
    energy, mu = absorption.energy, absorption.mu
    if energy.size < DENSE or float(np.median(np.diff(energy))) > 0.5 * THINNED:
        return energy, mu
    place = np.floor((energy - energy[0]) / THINNED).astype(int)
    _, place, count = np.unique(place, return_inverse=True, return_counts=True)
    return (
        np.bincount(place, weights=energy) / count,
        np.bincount(place, weights=mu) / count,
    )


def _check_e0(absorption: Absorption, edge: Normalisation, where: str) -> None:
    """Raise FormatError if E0 is not at the edge that the file declares."""
    if not (absorption.element and absorption.edge):
        return
    name = f"{absorption.element} {absorption.edge}"
    expected = tabulated_edge(absorption.element, absorption.edge)
    if expected is None:
        raise FormatError(
            f"{where}: {name!a} is not an edge of an element; correct the header."
        )
    if abs(edge.e0 - expected) > LARGEST_E0_ERROR:
        raise FormatError(
            f"{where}: E0 found at {edge.e0:.1f} eV, but the {name} edge is at "
            f"{expected:.1f} eV; correct the element in the header, or calibrate "
            "the energies and crop the scan to this edge."
        )


def _check_step(absorption: Absorption, edge: Normalisation, where: str) -> None:
    """Raise FormatError unless mu rises at E0, sharply and above the noise.

    The rise within 30 eV of E0, above the pre-edge line, must make up a good part of
    the extrapolated step: a smooth curve or a glitch has a step, but no such rise.
    """
    energy, offset = absorption.energy, absorption.mu - edge.pre_edge
    before = energy < edge.e0 - PRE_EDGE
    points = np.count_nonzero(before)
    if points < FEWEST_PRE_EDGE_POINTS and energy[0] < edge.e0 - PRE_EDGE:
        # A short pre-edge: the step is warned of (see _notes).
        before = energy < edge.e0 - LEAST_PRE_EDGE
        points = np.count_nonzero(before)
    if points < FEWEST_PRE_EDGE_POINTS:
        raise FormatError(
            f"{where}: only {points} points more than {PRE_EDGE:g} eV below E0 = "
            f"{edge.e0:.1f} eV; give a scan that starts further below the edge."
        )
    below, above = np.interp(
        [edge.e0 - EDGE_WIDTH, edge.e0 + EDGE_WIDTH], energy, offset
    )
    noise = float(np.std(np.diff(offset[before]))) / np.sqrt(2.0)
    least = max(STEP_OVER_NOISE * noise, SMALLEST_STEP * np.ptp(absorption.mu))
    if edge.step < least or above - below < SHARE_AT_EDGE * edge.step:
        raise FormatError(
            f"{where}: no absorption edge found (steepest at {edge.e0:.1f} eV, step "
            f"{edge.step:.3g}); give mu(E), not an intensity, across the edge."
        )


def _check_extent(absorption: Absorption, edge: Normalisation, where: str) -> None:
    """Raise FormatError unless the data go on to 8 Å^-1 without a gap."""
    energy = absorption.energy[absorption.energy >= edge.e0]
    k = np.sqrt((energy - edge.e0) / HBAR2_OVER_2M)
    if k.size == 0 or k[-1] < SHORTEST_K:
        needed = edge.e0 + HBAR2_OVER_2M * SHORTEST_K**2
        raise FormatError(
            f"{where}: the data end at {absorption.energy[-1]:.1f} eV, k = "
            f"{k[-1] if k.size else 0.0:.1f} Å^-1; EXAFS needs at least "
            f"{needed:.0f} eV (k = {SHORTEST_K:g} Å^-1); measure further above the "
            "edge."
        )
    gaps = np.diff(k) * (k[1:] > 2.0)
    widest = int(np.argmax(gaps))
    if gaps[widest] > WIDEST_GAP:
        raise FormatError(
            f"{where}: no points between {energy[widest]:.1f} and "
            f"{energy[widest + 1]:.1f} eV (k step {gaps[widest]:.2f} Å^-1, at most "
            f"{WIDEST_GAP:g}); measure with smaller steps or crop the scan there."
        )


def _background_removed(
    absorption: Absorption, edge: Normalisation, settings: ReductionSettings, where: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return k (Å^-1), chi and the background after larch's autobk."""
    from larch import Group
    from larch.xafs import autobk

    group: Any = Group(energy=absorption.energy.copy(), mu=absorption.mu.copy())
    arguments: dict[str, Any] = {
        "ek0": edge.e0,
        "edge_step": edge.step,
        "rbkg": settings.rbkg,
        "kweight": settings.k_weight,
        "kmin": settings.k_min,
        "kmax": settings.k_max,
        "clamp_lo": settings.clamp_lo,
        "clamp_hi": settings.clamp_hi,
        "kstep": K_STEP,
    }
    with larch_at_work(FormatError, f"{where}: {UNUSABLE}"):
        autobk(group, **arguments)
        k, chi, background = group.k, group.chi, group.bkg
    if not np.isfinite(chi).all() or np.abs(chi[k > 2.0]).max() > LARGEST_CHI:
        raise FormatError(
            f"{where}: the background fit failed (chi is not finite or beyond "
            f"{LARGEST_CHI:g}); remove glitches, or give chi(k)."
        )
    return k, chi, background
