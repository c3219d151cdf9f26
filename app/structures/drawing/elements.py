"""Colours and sizes of atoms, from ASE's tables; imported when first drawn."""

from functools import lru_cache

from PySide6.QtGui import QColor

BOND_FACTOR = 1.15
"""Two atoms closer than this times the sum of their covalent radii are joined."""


OWN = {"Ni": "#C8664A", "Cl": "#86B43C"}
"""Colours of this program: Jmol's greens of Ni and Cl can hardly be told apart."""


@lru_cache(maxsize=128)
def element_colour(element: str) -> QColor:
    """Return the colour of an atom (Jmol's table, as in ASE, but for OWN)."""
    if element in OWN:
        return QColor(OWN[element])
    from ase.data import atomic_numbers
    from ase.data.colors import jmol_colors

    red, green, blue = jmol_colors[atomic_numbers[element]]
    return QColor.fromRgbF(float(red), float(green), float(blue))


@lru_cache(maxsize=128)
def covalent_radius(element: str) -> float:
    """Return the covalent radius in Å (Cordero et al. 2008, as in ASE)."""
    from ase.data import atomic_numbers, covalent_radii

    return float(covalent_radii[atomic_numbers[element]])
