"""Tabulated absorption edges: energies by name, and names by energy."""

import csv
from dataclasses import dataclass
from functools import cache

from onne_core.locations import resources_folder

KINDS = ("K", "L1", "L2", "L3")
MEASURED = (2000.0, 50_000.0)
"""Edges that EXAFS is measured at, eV."""

FARTHEST = 50.0
"""Farthest from its tabulated energy that an edge is found, eV: beyond, it is another
element's."""


@dataclass(frozen=True)
class Absorber:
    """An absorbing element and its edge, "" where the edge is not known."""

    element: str
    edge: str = ""

    def __str__(self) -> str:
        return f"{self.element} {self.edge}".rstrip()


def absorber_named(text: str) -> Absorber | None:
    """Return the absorber of a text such as "Cu K" or "Cu", ``None`` for none."""
    element, _, edge = text.strip().partition(" ")
    if element not in _table() or edge not in ("", *KINDS):
        return None
    return Absorber(element, edge)


def symbol_of(number: int) -> str:
    """Return the symbol of the element with this atomic number, "" for none."""
    symbols = tuple(_table())
    return symbols[number - 1] if 1 <= number <= len(symbols) else ""


def edge_energy(absorber: Absorber) -> float | None:
    """Return the tabulated energy of an edge in eV, ``None`` if there is none."""
    return _table().get(absorber.element, {}).get(absorber.edge)


def edge_near(energy: float) -> Absorber | None:
    """Return the K or L3 edge nearest to ``energy`` (eV), ``None`` if none is near."""
    found = min(_edges(), key=lambda edge: abs(edge[0] - energy))
    return found[1] if abs(found[0] - energy) <= FARTHEST else None


@cache
def _table() -> dict[str, dict[str, float]]:
    """Return the energies (eV) per edge and element, as resources/elements.csv says."""
    path = resources_folder() / "elements.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return {
        row["symbol"]: {kind: float(row[kind]) for kind in KINDS if row[kind]}
        for row in rows
    }


@cache
def _edges() -> tuple[tuple[float, Absorber], ...]:
    low, high = MEASURED
    return tuple(
        (energies[kind], Absorber(element, kind))
        for element, energies in _table().items()
        for kind in ("K", "L3")
        if low <= energies.get(kind, 0.0) <= high
    )
