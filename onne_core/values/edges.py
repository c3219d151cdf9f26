"""Tabulated absorption edges: energies by name, and names by energy."""

from dataclasses import dataclass
from functools import cache

from onne_core.values.elements import elements
from onne_core.values.structure import EDGES

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
    if element not in elements() or edge not in ("", *EDGES):
        return None
    return Absorber(element, edge)


def symbol_of(number: int) -> str:
    """Return the symbol of the element with this atomic number, "" for none."""
    symbols = tuple(elements())
    return symbols[number - 1] if 1 <= number <= len(symbols) else ""


def edge_energy(absorber: Absorber) -> float | None:
    """Return the tabulated energy of an edge in eV, ``None`` if there is none."""
    found = elements().get(absorber.element)
    return found.edges.get(absorber.edge) if found is not None else None


def edge_near(energy: float) -> Absorber | None:
    """Return the K or L3 edge nearest to ``energy`` (eV), ``None`` if none is near."""
    found = min(_edges(), key=lambda edge: abs(edge[0] - energy))
    return found[1] if abs(found[0] - energy) <= FARTHEST else None


@cache
def _edges() -> tuple[tuple[float, Absorber], ...]:
    low, high = MEASURED
    return tuple(
        (found.edges[kind], Absorber(symbol, kind))
        for symbol, found in elements().items()
        for kind in ("K", "L3")
        if low <= found.edges.get(kind, 0.0) <= high
    )
