"""Neighbour sites of a crystal around one of its atoms: the angular templates."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import numpy as np
from jaxtyping import Float

from onne_core.errors import DefinitionError
from onne_core.values.crystal import Crystal
from onne_core.values.structure import LATTICES, OWN_CRYSTAL, System

SAME_DISTANCE = 0.03
"""Relative difference of length below which two sites belong to one lattice shell."""

MATCH = 0.08
"""Largest relative misfit of a shell's distance to the lattice shell that serves it."""

SUPERCELL = 4
"""Cells in each direction around the centre; enough for ten shells."""

FARTHEST = 8.0
"""Distance from the absorber (Å) up to which a structure file is used."""

Directions = Float[np.ndarray, "site 3"]

_CUBIC_BASES = {
    "fcc": [(0.0, 0.0, 0.0), (0.0, 0.5, 0.5), (0.5, 0.0, 0.5), (0.5, 0.5, 0.0)],
    "bcc": [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5)],
}


@dataclass(frozen=True, eq=False)
class LatticeShell:
    """Sites at one distance (in units of the shortest) from the central atom."""

    ratio: float
    element: str
    directions: Directions


def directions_for(system: System) -> tuple[Directions, ...]:
    """Return the unit vectors of the template's sites, one array per shell.

    Raises
    ------
    DefinitionError
        If a shell's distance is not that of a shell of the lattice.
    """
    return tuple(shell.directions for shell in template_shells(system))


def template_shells(system: System) -> tuple[LatticeShell, ...]:
    """Return the template's shell for each shell of ``system``.

    Raises
    ------
    DefinitionError
        As in :func:`directions_for`.
    """
    template = system.angles.template
    is_file = template not in (None, OWN_CRYSTAL, *LATTICES)
    path = Path(template) if template is not None and is_file else None
    changed = path.stat().st_mtime_ns if path is not None and path.is_file() else 0
    return _template_shells(system, changed)


def sites_of(system: System) -> tuple[int, ...] | None:
    """Return the number of sites per shell of the template, ``None`` without one.

    Raises
    ------
    DefinitionError
        As in :func:`directions_for`.
    """
    if system.angles.template is None:
        return None
    return tuple(len(directions) for directions in directions_for(system))


@lru_cache(maxsize=8)
def _template_shells(system: System, changed: int) -> tuple[LatticeShell, ...]:
    """Find the shells once; ``changed`` is the time stamp of a template's file."""
    template = system.angles.template
    lattice = lattice_shells(lattice_of(system), system.absorber)
    nearest = min(shell.distance.centre for shell in system.shells)
    result = []
    for index, shell in enumerate(system.shells):
        wanted = shell.distance.centre / nearest
        candidates = [
            item
            for item in lattice
            if not item.element or item.element == shell.element
        ]
        if not candidates:
            raise DefinitionError(
                f"shells[{index}].element: the lattice {template} has no "
                f"{shell.element} around {system.absorber}; use another template."
            )
        best = min(candidates, key=lambda item: abs(item.ratio / wanted - 1.0))
        if abs(best.ratio / wanted - 1.0) > MATCH:
            raise DefinitionError(
                f"shells[{index}].distance: the lattice {template} has no shell at "
                f"{wanted:.3f} times the first distance; the nearest is at "
                f"{best.ratio:.3f}."
            )
        result.append(best)
    return tuple(result)


def lattice_of(system: System) -> str | Crystal:
    """Return what :func:`lattice_shells` takes for the system's template.

    Raises
    ------
    DefinitionError
        If there is no template, or its crystal begins with another atom.
    """
    template, crystal = system.angles.template, system.angles.crystal
    if template is None:
        raise DefinitionError("angles.template: none given.")
    if template != OWN_CRYSTAL or crystal is None:
        return template
    if crystal.elements[0] != system.absorber:
        raise DefinitionError(
            f"angles.crystal: its first atom is {crystal.elements[0]}; put the "
            f"absorber {system.absorber} first."
        )
    return crystal


def lattice_shells(template: str | Crystal, absorber: str) -> tuple[LatticeShell, ...]:
    """Return the neighbour shells of a built-in lattice, a crystal or a structure file.

    The element is empty where the lattice leaves it open (one kind of atom). In rock
    salt it is left open too: the distances tell the two kinds apart.
    """
    if isinstance(template, Crystal):
        return crystal_shells(template)
    if template in LATTICES:
        positions = _builtin_positions(template)
        return _grouped(positions, [""] * len(positions))
    return _grouped(*_positions_from_file(Path(template), absorber))


def crystal_shells(crystal: Crystal) -> tuple[LatticeShell, ...]:
    """Return the neighbour shells of the first atom of ``crystal``.

    Raises
    ------
    DefinitionError
        If it has no neighbours.
    """
    positions, atoms = crystal.around_first(FARTHEST)
    if not atoms:
        raise DefinitionError(
            f"angles.crystal: no atom within {FARTHEST:g} Å of the first one; check "
            "the cell (Å)."
        )
    return _grouped(positions, [crystal.elements[i] for i in atoms])


def _builtin_positions(name: str) -> Float[np.ndarray, "site 3"]:
    if name == "rocksalt":
        return _cells(np.zeros((1, 3)), np.eye(3))
    if name == "hcp":
        ratio = np.sqrt(8.0 / 3.0)
        cell = np.array([[1.0, 0.0, 0.0], [-0.5, np.sqrt(0.75), 0], [0.0, 0.0, ratio]])
        basis = np.array([[0.0, 0.0, 0.0], [2.0 / 3.0, 1.0 / 3.0, 0.5]])
        return _cells(basis @ cell, cell)
    return _cells(np.array(_CUBIC_BASES[name]), np.eye(3))


def _cells(basis: np.ndarray, cell: np.ndarray) -> Float[np.ndarray, "site 3"]:
    """Return the sites around the first basis atom, without it, as far as complete.

    Beyond the sphere that fits into the block of cells, shells would lack sites.
    """
    steps = np.arange(-SUPERCELL, SUPERCELL + 1)
    corners = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3) @ cell
    sites = (corners[:, None, :] + basis[None, :, :]).reshape(-1, 3) - basis[0]
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    lengths = np.linalg.norm(sites, axis=1)
    return sites[(lengths > 1e-6) & (lengths < SUPERCELL * heights.min() + 1e-6)]


def _positions_from_file(
    path: Path, absorber: str
) -> tuple[Float[np.ndarray, "site 3"], list[str]]:
    """Return sites (Å) around the first ``absorber`` of a structure file, and names."""
    from ase import Atoms
    from ase.io import read
    from ase.neighborlist import neighbor_list

    try:
        atoms = cast(Atoms, read(path, index=-1))
    except Exception as error:
        raise DefinitionError(
            f"angles.template: {path} is neither a built-in lattice "
            f"({', '.join(LATTICES)}) nor a structure file that can be read ({error})."
        ) from error
    symbols = list(atoms.symbols)
    if absorber not in symbols:
        raise DefinitionError(f"angles.template: {path.name} contains no {absorber}.")
    centre = symbols.index(absorber)
    first, second, offsets = neighbor_list("ijD", atoms, FARTHEST)
    mine = first == centre
    if not mine.any():
        raise DefinitionError(
            f"angles.template: {path.name} has no atom within {FARTHEST:g} Å of its "
            f"first {absorber}; give a structure with neighbours."
        )
    return offsets[mine], [symbols[j] for j in second[mine]]


def _grouped(
    positions: Float[np.ndarray, "site 3"], elements: list[str]
) -> tuple[LatticeShell, ...]:
    """Return sites grouped by element and distance, nearest first."""
    lengths = np.linalg.norm(positions, axis=1)
    shortest = lengths.min()
    shells = []
    for element in sorted(set(elements)):
        index = np.array([i for i, name in enumerate(elements) if name == element])
        index = index[np.argsort(lengths[index], kind="stable")]
        jumps = np.flatnonzero(np.diff(lengths[index]) > SAME_DISTANCE * shortest)
        for group in np.split(index, jumps + 1):
            mean = lengths[group].mean()
            shells.append(
                LatticeShell(
                    float(mean / shortest),
                    element,
                    positions[group] / lengths[group][:, None],
                )
            )
    return tuple(sorted(shells, key=lambda item: item.ratio))
