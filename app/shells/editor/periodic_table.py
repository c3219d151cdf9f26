"""Available elements: names, places in the table, edges, typical bonds."""

import csv
from dataclasses import dataclass
from functools import lru_cache

from onne_core.locations import resources_folder
from onne_core.values.structure import EDGES

COLUMNS = 18
GAP = "·"
"""Stands where the lanthanides and actinides are taken out."""

HEAVY = 58
"""Elements from this number on are measured at L3 rather than at K, beyond 40 keV."""

BOND_SPREAD = 0.15
"""Bonds are usually within this of the sum of two covalent radii, Å."""

_ROWS = (
    "H                                                  He",
    "Li Be                               B  C  N  O  F  Ne",
    "Na Mg                               Al Si P  S  Cl Ar",
    "K  Ca Sc Ti V  Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr",
    "Rb Sr Y  Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I  Xe",
    "Cs Ba ·  Hf Ta W  Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn",
    "Fr Ra ·",
    "      ·  La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu",
    "      ·  Ac Th Pa U  Np Pu Am Cm Bk Cf",
)


@dataclass(frozen=True)
class Element:
    """An element: its edges by name, eV."""

    symbol: str
    name: str
    number: int
    edges: dict[str, float]


@lru_cache(maxsize=1)
def elements() -> dict[str, Element]:
    """Return the elements by symbol, in the order of their numbers."""
    path = resources_folder() / "elements.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {
            row["symbol"]: Element(
                row["symbol"],
                row["name"],
                number,
                {edge: float(row[edge]) for edge in EDGES if row[edge]},
            )
            for number, row in enumerate(rows, 1)
        }


def places() -> dict[tuple[int, int], str]:
    """Return symbols (or GAP) by row and column of the table."""
    return {
        (row, column): line[3 * column : 3 * column + 3].strip()
        for row, line in enumerate(_ROWS)
        for column in range(COLUMNS)
        if line[3 * column : 3 * column + 3].strip()
    }


def found(text: str) -> str | None:
    """Return the element matching ``text``: symbol, number, or beginning of a name."""
    wanted = text.strip().lower()
    if not wanted:
        return None
    for item in elements().values():
        if wanted in (item.symbol.lower(), str(item.number)):
            return item.symbol
    beginning = [i.symbol for i in elements().values() if i.name.startswith(wanted)]
    return beginning[0] if beginning else None


def usual_edge(symbol: str) -> str:
    """Return the usual absorption edge of ``symbol``."""
    return "L3" if elements()[symbol].number >= HEAVY else "K"


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
