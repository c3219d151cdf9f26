"""Cells of the common structure types, and the crystals that have them.

Sites as in R. W. G. Wyckoff, Crystal Structures, vol. 1 and 2 (Wiley, 1963, 1964).
"""

from typing import Literal, get_args

import numpy as np

from onne_core.errors import DefinitionError
from onne_core.values.crystal import Crystal, Vector

Lattice = Literal[
    "fcc",
    "bcc",
    "hcp",
    "diamond",
    "rocksalt",
    "sphalerite",
    "wurtzite",
    "fluorite",
    "cscl",
    "perovskite",
]
PROTOTYPES: tuple[str, ...] = get_args(Lattice)

HEXAGONAL = ("hcp", "wurtzite")
IDEAL_RATIO = float(np.sqrt(8.0 / 3.0))
"""c/a of touching spheres."""

IDEAL_U = 0.375
"""Height of the anion over the cation in wurtzite, in units of c, for equal bonds."""

_FACES = ((0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0))
_EDGES = ((0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5))
_LAYERS = ((1.0 / 3.0, 2.0 / 3.0, 0.0), (2.0 / 3.0, 1.0 / 3.0, 0.5))


def crystal_of(
    lattice: str,
    elements: tuple[str, ...],
    *,
    a: float,
    c: float | None = None,
    u: float = IDEAL_U,
    absorber: str | None = None,
) -> Crystal:
    """Return the crystal of ``elements`` in a structure type, the absorber first.

    Parameters
    ----------
    lattice
        One of PROTOTYPES.
    elements
        As in the formula: one for a metal, cation and anion, or A, B and X of a
        perovskite.
    a, c
        Lattice constants, Å; without ``c`` a hexagonal cell has the ideal ratio.
    u
        Height of the anions of wurtzite, in units of ``c``.
    absorber
        One of the elements, by default the first.

    Raises
    ------
    DefinitionError
        If the lattice is unknown, or takes another number of elements.
    """
    species = _species(lattice, u)
    if len(elements) != len(species):
        raise DefinitionError(
            f"{lattice}: {len(elements)} elements ({', '.join(elements)}); this lattice"
            f" has {len(species)}."
        )
    first = absorber or elements[0]
    if first not in elements:
        raise DefinitionError(
            f"absorber: no {first} in {''.join(elements)}; use one of "
            f"{', '.join(elements)}."
        )
    height = c if c is not None else IDEAL_RATIO * a
    cell = _hexagonal(a, height) if lattice in HEXAGONAL else _cubic(a)
    order = sorted(range(len(elements)), key=lambda i: elements[i] != first)
    return Crystal(
        cell=cell,
        elements=tuple(elements[i] for i in order for _ in species[i]),
        positions=tuple(site for i in order for site in species[i]),
    )


def _species(lattice: str, u: float) -> tuple[tuple[Vector, ...], ...]:
    """Return the fractional sites of each element of a structure type."""
    if lattice == "fcc":
        return (_FACES,)
    if lattice == "bcc":
        return (((0.0, 0.0, 0.0), (0.5, 0.5, 0.5)),)
    if lattice == "hcp":
        return (_LAYERS,)
    if lattice == "diamond":
        return ((*_FACES, *_moved(_FACES, (0.25, 0.25, 0.25))),)
    if lattice == "rocksalt":
        return _FACES, _moved(_FACES, (0.5, 0.5, 0.5))
    if lattice == "sphalerite":
        return _FACES, _moved(_FACES, (0.25, 0.25, 0.25))
    if lattice == "fluorite":
        quarters = _moved(_FACES, (0.25, 0.25, 0.25))
        return _FACES, (*quarters, *_moved(_FACES, (0.75, 0.75, 0.75)))
    if lattice == "wurtzite":
        return _LAYERS, _moved(_LAYERS, (0.0, 0.0, u))
    if lattice == "cscl":
        return ((0.0, 0.0, 0.0),), ((0.5, 0.5, 0.5),)
    if lattice == "perovskite":
        return ((0.5, 0.5, 0.5),), ((0.0, 0.0, 0.0),), _EDGES
    raise DefinitionError(f"lattice: {lattice}; use one of {', '.join(PROTOTYPES)}.")


def _moved(sites: tuple[Vector, ...], by: Vector) -> tuple[Vector, ...]:
    moved = (np.array(sites) + by) % 1.0
    return tuple((float(x), float(y), float(z)) for x, y, z in moved)


def _cubic(a: float) -> tuple[Vector, Vector, Vector]:
    return (a, 0.0, 0.0), (0.0, a, 0.0), (0.0, 0.0, a)


def _hexagonal(a: float, c: float) -> tuple[Vector, Vector, Vector]:
    return (a, 0.0, 0.0), (-0.5 * a, float(np.sqrt(0.75)) * a, 0.0), (0.0, 0.0, c)
