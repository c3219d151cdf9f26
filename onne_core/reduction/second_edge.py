"""A second absorption edge above the first one, at which a scan should end."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

SEARCH_FROM = 150.0
"""Begin of the search, eV above E0: nearer, mu still oscillates as fast as an edge."""

GRID = 2.0
"""Step of the grid on which scans are compared, eV."""

RISE = 8.0
"""An edge rises within twice this, core hole and resolution included, eV."""

STAYS = 80.0
"""Length of scan on either side over which an edge stays a step, eV."""

SMALLEST = 0.012
"""Smallest rise that counts, as a share of the first edge step."""

OUTSTANDING = 1.5
"""Least rise relative to the largest rise or fall around it."""

AROUND, APART = 250.0, 30.0
"""Distances between which rises and falls are compared with one, eV."""

STAYING = 0.5
"""Least share of its rise by which mu stays higher."""

FEWEST = 5
"""Fewest points of the grid on either side."""

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

    An edge is a rise within a few eV that stays. Oscillations fall as steeply as they
    rise, and by as much: a rise is an edge only if nothing near it falls or rises like
    it, and if an element has an edge there. ``normalised`` is mu over the edge step;
    ``element``, the absorber, is the first to be thought of for the name.
    """
    at = np.arange(e0 + SEARCH_FROM - APART, float(energy[-1]), GRID)
    if at.size < 4 * FEWEST:
        return None
    mu = np.interp(at, energy, _smoothed(energy, normalised))
    half = round(RISE / GRID)
    rises = np.zeros(at.size)
    rises[half:-half] = mu[2 * half :] - mu[: -2 * half]
    for i in np.argsort(rises)[::-1]:
        if rises[i] < SMALLEST:
            return None
        if at[i] >= e0 + SEARCH_FROM and _is_edge(int(i), at, mu, rises):
            name = edge_near(float(at[i]), element)
            found = SecondEdge(float(at[i]), _step(int(i), at, mu), name)
            return found if name else None
    return None


def _smoothed(energy: Energies, mu: Energies) -> Energies:
    """Return the means of ``mu`` over GRID on either side of every point."""
    total = np.concatenate([[0.0], np.cumsum(mu)])
    start = np.searchsorted(energy, energy - GRID)
    stop = np.searchsorted(energy, energy + GRID, side="right")
    return (total[stop] - total[start]) / (stop - start)


def _is_edge(i: int, at: Energies, mu: Energies, rises: Energies) -> bool:
    distance = np.abs(at - at[i])
    others = np.abs(rises[(distance > APART) & (distance < AROUND)])
    # A glitch rises as an edge does, and falls again beside it.
    falls = np.append(others, -rises[distance <= APART])
    stands_out = others.size > 0 and rises[i] > OUTSTANDING * falls.max()
    return bool(stands_out and _step(i, at, mu) > STAYING * rises[i])


def _step(i: int, at: Energies, mu: Energies) -> float:
    """Return by how much the line above point ``i`` begins higher than that below."""
    gap, length = round(RISE / GRID), round(STAYS / GRID)
    low, high = slice(max(0, i - length), i - gap), slice(i + gap, i + length)
    if at[low].size < FEWEST or at[high].size < FEWEST:
        return 0.0
    return _value_at(at[i], at[high], mu[high]) - _value_at(at[i], at[low], mu[low])


def _value_at(place: float, x: Energies, y: Energies) -> float:
    """Return the value at ``place`` of the straight line through the points."""
    centre, height = x.mean(), y.mean()
    slope = np.dot(x - centre, y) / np.dot(x - centre, x - centre)
    return float(height + slope * (place - centre))


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
