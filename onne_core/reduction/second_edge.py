"""A second absorption edge above the first one, at which a scan should end."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from onne_core.reduction.outliers import outliers

SEARCH_FROM = 150.0
"""Begin of the search, eV above E0: nearer, mu still oscillates as fast as an edge."""

NEAR, FAR = 4.0, 24.0
"""Distances between which a line is fitted on either side of a point, eV."""

FEWEST = 5
"""Fewest points on either side; where the scan is coarse they reach beyond FAR."""

AROUND = 200.0
"""Distance within which the rise at a point is held against others, eV."""

SMALLEST = 0.01
"""Smallest rise that counts, as a share of the first edge step."""

OUTSTANDING = 6.0
"""Least rise in usual deviations of the rises elsewhere."""

MARGIN = 10.0
"""Distance below the second edge at which the scan is cut, eV."""

NAMED_WITHIN = 25.0
"""Largest distance of an edge from its tabulated energy, eV."""

RADIOACTIVE_FROM = 84
"""Elements from polonium on are named last, and so are noble gases and technetium."""

UNUSUAL = frozenset({2, 10, 18, 36, 43, 54, 61})

Energies = Float[np.ndarray, " _"]


@dataclass(frozen=True)
class SecondEdge:
    """A second edge at ``energy`` (eV): its step relative to the first, its name."""

    energy: float
    step: float
    name: str = ""

    @property
    def cut(self) -> float:
        """Where the scan should end, eV."""
        return self.energy - MARGIN


def second_edge(
    energy: Energies, normalised: Energies, e0: float, element: str = ""
) -> SecondEdge | None:
    """Return the first edge well above ``e0``, ``None`` if there is none.

    An edge is a rise within a few eV that stays: the line through the points above it
    begins higher than that through the points below ends, by more than anywhere near.
    Glitches do not stay, and oscillations so far above the edge are slower.
    ``normalised`` is mu over the edge step; ``element``, the absorber, is the first to
    be thought of for the name.
    """
    clean = ~np.isin(energy, outliers(energy, normalised, e0, 1.0))
    energy, normalised = energy[clean], normalised[clean]
    places = np.flatnonzero(
        (energy >= e0 + SEARCH_FROM) & (energy <= energy[-1] - NEAR)
    )
    places = places[places < energy.size - FEWEST]
    if places.size < 2 * FEWEST:
        return None
    rises = np.array([_rise(int(i), energy, normalised) for i in places])
    at = energy[places]
    for i in np.flatnonzero(rises > SMALLEST):
        if not _is_largest(int(i), at, rises) or not _stands_out(int(i), at, rises):
            continue
        edge = _steepest(float(at[i]), energy, normalised)
        return SecondEdge(edge, float(rises[i]), edge_near(edge, element))
    return None


def _rise(i: int, energy: Energies, mu: Energies) -> float:
    """Return by how much the line above point ``i`` begins higher than that below."""
    x = energy - energy[i]
    low = slice(int(np.searchsorted(x, -FAR)), int(np.searchsorted(x, -NEAR)))
    high = slice(int(np.searchsorted(x, NEAR)), int(np.searchsorted(x, FAR)))
    low = slice(max(0, min(low.start, low.stop - FEWEST)), low.stop)
    high = slice(high.start, min(x.size, max(high.stop, high.start + FEWEST)))
    if low.stop - low.start < FEWEST or high.stop - high.start < FEWEST:
        return 0.0
    return _line_at_zero(x[high], mu[high]) - _line_at_zero(x[low], mu[low])


def _line_at_zero(x: Energies, y: Energies) -> float:
    """Return the value at 0 of the straight line through the points."""
    centre, height = x.mean(), y.mean()
    slope = np.dot(x - centre, y) / np.dot(x - centre, x - centre)
    return float(height - slope * centre)


def _is_largest(i: int, at: Energies, rises: Energies) -> bool:
    near = np.abs(at - at[i]) <= FAR
    return bool(rises[i] >= rises[near].max())


def _stands_out(i: int, at: Energies, rises: Energies) -> bool:
    """Return whether a rise is far larger than those around that it has no part in."""
    distance = np.abs(at - at[i])
    others = rises[(distance > 2.5 * FAR) & (distance < AROUND)]
    if others.size < 2 * FEWEST:
        return False
    return bool(rises[i] > OUTSTANDING * 1.4826 * float(np.median(np.abs(others))))


def _steepest(place: float, energy: Energies, mu: Energies) -> float:
    """Return the energy of the steepest rise near ``place``, eV."""
    near = np.flatnonzero(np.abs(energy - place) <= NEAR + FAR / 2.0)
    if near.size < FEWEST:
        return place
    slope = np.diff(mu[near]) / np.diff(energy[near])
    steepest = int(np.argmax(slope))
    return float(energy[near][steepest : steepest + 2].mean())


def edge_near(energy: float, element: str = "") -> str:
    """Return the name of an edge near ``energy`` (eV), such as "Cu K", or "".

    Values: Elam, Ravel and Sieber, Radiat. Phys. Chem. 63, 121 (2002), by xraydb.
    """
    import xraydb

    found = []
    for number in range(3, 99):
        symbol = xraydb.atomic_symbol(number)
        for name, edge in xraydb.xray_edges(symbol).items():
            distance = abs(edge.energy - energy)
            if name in ("K", "L1", "L2", "L3") and distance <= NAMED_WITHIN:
                is_rare = number in UNUSUAL or number >= RADIOACTIVE_FROM
                rank = (symbol != element, is_rare, name[0] != "K", distance)
                found.append((rank, f"{symbol} {name}"))
    return min(found)[1] if found else ""
