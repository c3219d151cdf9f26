"""Elements: names, absorption edges, typical bonds."""

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from onne_core.locations import resources_folder
from onne_core.values.spectrum import HBAR2_OVER_2M
from onne_core.values.structure import EDGES

HEAVY = 58
"""Elements from this number on are measured at L3 rather than at K, beyond 40 keV."""

BOND_SPREAD = 0.15
"""Bonds are usually within this of the sum of two covalent radii, Å."""

Edge = Literal["K", "L1", "L2", "L3"]


@dataclass(frozen=True)
class ElementFacts:
    """An element: its edges by name, eV."""

    symbol: str
    name: str
    number: int
    edges: dict[str, float]


@lru_cache(maxsize=1)
def elements() -> dict[str, ElementFacts]:
    """Return the elements by symbol, in the order of their numbers."""
    path = resources_folder() / "elements.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {
            row["symbol"]: ElementFacts(
                row["symbol"],
                row["name"],
                number,
                {edge: float(row[edge]) for edge in EDGES if row[edge]},
            )
            for number, row in enumerate(rows, 1)
        }


def usual_edge(symbol: str) -> Edge:
    """Return the usual absorption edge of ``symbol``."""
    return "L3" if elements()[symbol].number >= HEAVY else "K"


def reach_of_edge(symbol: str, edge: str) -> float:
    """Return the k (Å^-1) at which the next edge of ``symbol`` begins, or infinity.

    From the tabulated energies: E = k^2 hbar^2 / (2 m).
    """
    energies = elements()[symbol].edges
    own = energies.get(edge, math.inf)
    gaps = [value - own for value in energies.values() if value > own]
    return math.sqrt(min(gaps, default=math.inf) / HBAR2_OVER_2M)


def usual_bond(first: str, second: str) -> tuple[float, float]:
    """Return the typical range of bond lengths (Å) of two elements.

    Around the sum of the covalent radii of Cordero et al., Dalton Trans. 2008, 2832.
    """
    # Imported here: nothing that the start of the program needs.
    from ase.data import atomic_numbers, covalent_radii

    length = float(
        covalent_radii[atomic_numbers[first]] + covalent_radii[atomic_numbers[second]]
    )
    return round(length - BOND_SPREAD, 2), round(length + BOND_SPREAD, 2)
