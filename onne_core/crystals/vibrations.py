"""Thermal motion of a template's atoms: correlated, as in a crystal, or independent.

Neighbours of a crystal follow each other, and so the rows of atoms along which waves
are focused stay straighter, and neighbouring distances more alike, than displacements
of each atom alone would leave them. The shape of this motion hardly depends on the
crystal or its temperature; its size is that of the macrostate's shells.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from ase.data import atomic_masses, atomic_numbers
from jaxtyping import Float, Int

from onne_core.crystals.force_constants import MEASURED
from onne_core.crystals.lattice import (
    LatticeShell,
    lattice_of,
    lattice_shells,
    template_shells,
)
from onne_core.crystals.lattice_dynamics import (
    Covariance,
    Positions,
    covariance_by_debye,
    covariance_in_metal,
    relative_displacements,
)
from onne_core.errors import DefinitionError
from onne_core.values.crystal import Crystal
from onne_core.values.structure import System

WARM = 300.0
"""Temperature of the motion, K. At 10 K more of it is each atom's own."""

STAND_INS = {"fcc": "Cu", "bcc": "Fe"}
"""Whose force constants serve a metal that has no measured ones."""

TYPICAL_BOND = 2.5
"""Length of the shortest bond (Å) in the model of the motion; only ratios count."""

DEBYE = 300.0
"""Debye temperature (K) of crystals without force constants; only ratios count."""

SECOND_SHELL = 1.45
"""Beyond the second shell of fcc and bcc, which tells their axes, in shortest bonds."""

FARTHEST_RATIO = 3.5
"""Distance, in units of the shortest, up to which sites give the atomic density."""


@dataclass(frozen=True, eq=False)
class Motion:
    """Correlated motion of an absorber and its neighbours.

    ``root`` is a root of the covariance of their displacements (coordinates x, y, z of
    each) in units of their common mean square; ``relative`` is the mean square of each
    neighbour shell along its bonds to the absorber, in the same units.
    """

    root: Float[np.ndarray, "coordinate coordinate"] = field(repr=False)
    relative: Float[np.ndarray, " shell"]


@dataclass(frozen=True, eq=False)
class Template:
    """Sites of a system's template, shell by shell, and the motion of their atoms.

    ``directions`` are unit vectors, ``shells`` the index of each site's shell;
    ``motion`` is ``None`` where every neighbour moves by itself.
    """

    directions: Float[np.ndarray, "site 3"] = field(repr=False)
    shells: Int[np.ndarray, " site"]
    motion: Motion | None = None

    @property
    def sites(self) -> tuple[int, ...]:
        """Number of sites of every shell."""
        return tuple(int(n) for n in np.bincount(self.shells))

    def displaced(
        self, together: float, count: int, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "sample site"], Float[np.ndarray, "sample site 3"]]:
        """Return displacements relative to the absorber, along and across the bonds.

        ``together`` is the share of the mean square in which atoms move together, 0
        where there is no ``motion``. Both are in units of the shell's root mean square
        along its bonds. Without a motion the absorber rests.
        """
        size = 3 * len(self.shells)
        if self.motion is None:
            relative = rng.standard_normal((count, size)).reshape(count, -1, 3)
        else:
            size += 3
            moved = rng.standard_normal((count, size)) @ self.motion.root.T
            alone = rng.standard_normal((count, size))
            moved = np.sqrt(together) * moved + np.sqrt(1.0 - together) * alone
            moved = moved.reshape(count, -1, 3)
            squares = together * self.motion.relative + (1.0 - together) * 2.0
            relative = moved[:, 1:] - moved[:, :1]
            relative /= np.sqrt(squares)[self.shells][None, :, None]
        along = np.einsum("sia,ia->si", relative, self.directions)
        return along, relative - along[:, :, None] * self.directions


def template_of(system: System) -> Template | None:
    """Return the sites of the system's template, ``None`` without one.

    Raises
    ------
    DefinitionError
        If a shell's distance is not that of a shell of the lattice.
    """
    if system.angles.template is None:
        return None
    return _template(
        lattice_of(system),
        system.absorber,
        template_shells(system),
        None
        if system.angles.motion is None
        else tuple(shell.element for shell in system.shells),
    )


@lru_cache(maxsize=8)
def _template(
    lattice: str | Crystal,
    absorber: str,
    shells: tuple[LatticeShell, ...],
    elements: tuple[str, ...] | None,
) -> Template:
    """Make a template once; ``elements`` of the shells where its atoms move."""
    directions = np.concatenate([shell.directions for shell in shells])
    index = np.repeat(np.arange(len(shells)), [len(s.directions) for s in shells])
    if elements is None:
        return Template(directions, index)
    ratios = np.array([shell.ratio for shell in shells])
    positions = TYPICAL_BOND * ratios[index][:, None] * directions
    if isinstance(lattice, str) and lattice in STAND_INS:
        covariance = _of_metal(lattice, absorber, positions)
    else:
        masses = [absorber, *(elements[i] for i in index)]
        covariance = _of_others(lattice, absorber, positions, masses)
    covariance /= np.trace(covariance) / len(covariance)
    values, vectors = np.linalg.eigh(covariance)
    along = relative_displacements(positions, covariance)
    motion = Motion(
        root=vectors * np.sqrt(np.clip(values, 0.0, None)),
        relative=np.bincount(index, weights=along) / np.bincount(index),
    )
    return Template(directions, index, motion)


def _of_metal(lattice: str, absorber: str, positions: Positions) -> Covariance:
    """Return the covariance in an fcc or bcc metal, of the sites at ``positions``."""
    measured = [item.lattice for item in MEASURED.get(absorber, ())]
    metal = absorber if lattice in measured else STAND_INS[lattice]
    farthest = np.linalg.norm(positions, axis=1).max() / TYPICAL_BOND
    reach = max(farthest, SECOND_SHELL) + 0.01
    whole = [s for s in lattice_shells(lattice, absorber) if s.ratio < reach]
    sites = TYPICAL_BOND * np.concatenate([s.ratio * s.directions for s in whole])
    distances = np.linalg.norm(positions[:, None] - sites[None, :], axis=2)
    atoms = np.array([0, *(1 + distances.argmin(axis=1))])
    chosen = (3 * atoms[:, None] + np.arange(3)).ravel()
    return covariance_in_metal(sites, metal, WARM)[np.ix_(chosen, chosen)]


def _of_others(
    lattice: str | Crystal, absorber: str, positions: Positions, elements: list[str]
) -> Covariance:
    """Return the covariance by the correlated Debye model, which needs no constants."""
    shells = lattice_shells(lattice, absorber)
    reach = min(FARTHEST_RATIO, max(shell.ratio for shell in shells))
    inside = 1 + sum(len(s.directions) for s in shells if s.ratio <= reach)
    radius = TYPICAL_BOND * reach
    if inside < 2:
        raise DefinitionError(
            "angles.motion: the template has too few atoms for correlated motion."
        )
    return covariance_by_debye(
        positions,
        np.array([atomic_masses[atomic_numbers[element]] for element in elements]),
        temperature=WARM,
        debye=DEBYE,
        density=inside / (4.0 / 3.0 * np.pi * radius**3),
    )
