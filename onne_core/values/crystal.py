"""A crystal: its cell and the atoms in it, the absorber first."""

from dataclasses import dataclass
from itertools import chain
from typing import Annotated

import numpy as np
from jaxtyping import Float

from onne_core.errors import DefinitionError

Element = Annotated[str, "chemical symbol"]
Vector = tuple[float, float, float]

MOST_ATOMS = 2000
"""Atoms of a cell that is kept within a recipe."""

SMALLEST_VOLUME = 1.0
"""Volume (Å^3) below which a cell holds no atom."""


@dataclass(frozen=True)
class Crystal:
    """Cell vectors ``cell`` (rows, Å), and ``elements`` at fractional ``positions``.

    The first atom is the absorber. Tuples, so that equal crystals are one key.
    """

    cell: tuple[Vector, Vector, Vector]
    elements: tuple[Element, ...]
    positions: tuple[Vector, ...]

    def __post_init__(self) -> None:
        count = len(self.elements)
        if not 1 <= count <= MOST_ATOMS or count != len(self.positions):
            raise DefinitionError(
                f"angles.crystal: {count} elements and {len(self.positions)} positions;"
                f" give one position per element, {MOST_ATOMS} at most."
            )
        numbers = [*chain(*self.cell), *chain(*self.positions)]
        if not np.isfinite(numbers).all() or self.volume < SMALLEST_VOLUME:
            raise DefinitionError(
                "angles.crystal: the cell has no volume, or a number is not finite."
            )

    @property
    def volume(self) -> float:
        """Volume of the cell, Å^3."""
        return float(abs(np.linalg.det(np.array(self.cell))))

    def beginning_with(self, atom: int) -> "Crystal":
        """Return the same crystal with ``atom`` first."""
        order = [atom, *(i for i in range(len(self.elements)) if i != atom)]
        return Crystal(
            self.cell,
            tuple(self.elements[i] for i in order),
            tuple(self.positions[i] for i in order),
        )

    def around_first(
        self, reach: float
    ) -> tuple[Float[np.ndarray, "site 3"], tuple[int, ...]]:
        """Return what is within ``reach`` (Å) of the first atom, and which atoms.

        Positions are relative to it, Å; the second value has the index of each within
        the cell. An atom at the place of the first is left out.
        """
        cell = np.array(self.cell)
        heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        # Fractional coordinates may differ by a cell more, whatever the file's choice.
        most = np.ceil(reach / heights).astype(int) + 1
        axes = [np.arange(-n, n + 1) for n in most]
        steps = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        fractions = np.array(self.positions)
        fractions = (fractions - fractions[0]) % 1.0
        sites = (steps[:, None] + fractions[None]).reshape(-1, 3) @ cell
        atoms = np.tile(np.arange(len(self.elements)), len(steps))
        lengths = np.linalg.norm(sites, axis=1)
        kept = (lengths > 1e-3) & (lengths < reach)
        return sites[kept], tuple(atoms[kept].tolist())
