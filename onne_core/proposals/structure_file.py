"""Absorbing sites of a crystal's file (CIF, POSCAR ...), and their proposal.

The file is read in a process of its own, as everywhere. Sites are told apart by their
surroundings, which needs no symmetry and works for every format.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from onne_core.confined import Limits, confined
from onne_core.errors import FormatError, JobError, OnneError
from onne_core.proposals.from_crystal import (
    SAME_HEAD,
    FoundShell,
    propose_shells,
    shells_around,
)
from onne_core.proposals.proposal import Proposal
from onne_core.proposals.purposes import Purpose
from onne_core.values.crystal import MOST_ATOMS, Crystal, Vector

MOST_MEMORY, LONGEST_READING = 2 * 2**30, 60.0
"""Address space of the reading process (bytes), and its time (s)."""

MOST_FILE = 20 * 2**20
SAME_SITE = 0.02
"""Sites whose shells differ by less than this (Å) are one."""

COMPARED = 5.0
"""Distance (Å) up to which the surroundings of sites are compared."""

SHARED_PLACE = 0.5
"""Atoms closer than this (Å) share a site that either of them may take."""

MOST_SITES = 200
"""Absorber atoms of a cell that are looked at."""


@dataclass(frozen=True)
class CrystalFile:
    """Content of a file: a crystal and the share of each of its atoms."""

    crystal: Crystal
    occupancies: tuple[float, ...]


@dataclass(frozen=True)
class AbsorbingSite:
    """One kind of absorber site: ``number`` from 1, atoms in the cell, surroundings.

    ``weight`` is the number of absorber atoms on it in the cell; ``crystal`` begins
    with one of them.
    """

    number: int
    weight: float
    crystal: Crystal
    occupancies: tuple[float, ...]
    shells: tuple[FoundShell, ...]

    @property
    def text(self) -> str:
        """The site in words: its share and its nearest neighbours."""
        nearest = self.shells[0]
        return (
            f"site {self.number}: {self.weight:g} per cell, {nearest.number:.3g} "
            f"{nearest.element} at {nearest.distance:.3f} Å"
        )


def read_crystal(path: Path) -> CrystalFile:
    """Return the crystal in a file of any format that ASE reads.

    Raises
    ------
    FormatError
        If the file is missing, is none of these, or has no cell.
    """
    try:
        size = path.stat().st_size
    except OSError as error:
        raise FormatError(
            f"{path.name}: cannot be read ({error.strerror}); check the path."
        ) from error
    if not path.is_file() or size > MOST_FILE:
        raise FormatError(
            f"{path.name}: not a file of a crystal, or larger than "
            f"{MOST_FILE / 2**20:g} MiB."
        )
    limits = Limits(memory=MOST_MEMORY, seconds=LONGEST_READING)
    try:
        return confined(_read, path.absolute(), limits=limits)
    except JobError as error:
        raise FormatError(f"{path.name}: {error} Check the file.") from error


def absorbing_sites(content: CrystalFile, absorber: str) -> tuple[AbsorbingSite, ...]:
    """Return the kinds of sites that ``absorber`` has, in the order of the file.

    Raises
    ------
    FormatError
        If there is none.
    """
    crystal = content.crystal
    mine = [i for i, name in enumerate(crystal.elements) if name == absorber]
    if not mine:
        names = ", ".join(dict.fromkeys(crystal.elements))
        raise FormatError(f"the crystal has no {absorber}, only {names}.")
    sites: list[AbsorbingSite] = []
    for atom in mine[:MOST_SITES]:
        first, shares = _beginning_with(content, atom)
        shells = _without_shared(shells_around(first, shares))
        for i, site in enumerate(sites):
            if _alike(site.shells, shells):
                weight = site.weight + content.occupancies[atom]
                sites[i] = replace(site, weight=weight)
                break
        else:
            number, weight = len(sites) + 1, content.occupancies[atom]
            sites.append(AbsorbingSite(number, weight, first, shares, shells))
    return tuple(sites)


def propose_sites(
    sites: Sequence[AbsorbingSite],
    *,
    absorber: str,
    edge: str | None = None,
    purpose: Purpose = "bulk",
    name: str = "",
) -> Proposal:
    """Return the proposal for one kind of site, or the mean over several.

    Directions come from the crystal where there is one kind of site and every atom has
    a place of its own; else they are free, and only near shells are proposed.
    """
    total = sum(site.weight for site in sites)
    counted = ", ".join(site.text for site in sites)
    notes = [f"{absorber} on {counted}."]
    crystal = sites[0].crystal if len(sites) == 1 else None
    if crystal is not None and _has_shared(crystal):
        crystal = None
        notes.append("Elements share sites, so directions are free.")
    elif crystal is None:
        notes.append("Several sites are averaged, so directions are free.")
    weighted = [
        replace(shell, number=shell.number * site.weight / total)
        for site in sites
        for shell in site.shells
    ]
    return propose_shells(
        sites[0].shells if len(sites) == 1 else merged(weighted),
        absorber=absorber,
        edge=edge,
        purpose=purpose,
        crystal=crystal,
        name=name,
        notes=tuple(notes),
    )


def merged(shells: Sequence[FoundShell]) -> tuple[FoundShell, ...]:
    """Return ``shells`` of several sites; those too close to be told apart are one."""
    groups: list[list[FoundShell]] = []
    for shell in sorted(shells, key=lambda item: (item.element, item.distance)):
        last = groups[-1] if groups else []
        is_near = last and shell.distance - last[0].distance < SAME_HEAD
        if is_near and shell.element == last[0].element:
            last.append(shell)
        else:
            groups.append([shell])
    found = []
    for group in groups:
        numbers = np.array([item.number for item in group])
        lengths = np.array([item.distance for item in group])
        mean = float(np.average(lengths, weights=numbers))
        squares = (lengths - mean) ** 2 + [item.spread**2 for item in group]
        spread = float(np.sqrt(np.average(squares, weights=numbers)))
        found.append(FoundShell(group[0].element, mean, float(numbers.sum()), spread))
    return tuple(sorted(found, key=lambda item: item.distance))


def _read(path: Path) -> CrystalFile:
    """Read in the process of its own."""
    from ase.io import read

    warnings.simplefilter("ignore")
    is_cif = path.suffix.lower() == ".cif"
    options: dict[str, Any] = {"fractional_occupancies": True} if is_cif else {}
    try:
        atoms = cast(Any, read(path, index=-1, **options))
    except OnneError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise FormatError(
            f"{path.name}: no structure that can be read ({reason}); use CIF, POSCAR or"
            " another format that ASE reads."
        ) from error
    if not atoms.pbc.all() and atoms.cell.volume < 1.0:
        raise FormatError(
            f"{path.name}: no cell, so not a crystal; for molecules and trajectories "
            "use their shells (onne system structures)."
        )
    return _content(atoms)


def _content(atoms: Any) -> CrystalFile:  # noqa: ANN401 - of ASE, not loaded here
    """Return the crystal with every element of a shared site as an atom of its own."""
    kinds = atoms.arrays.get("spacegroup_kinds")
    by_kind = atoms.info.get("occupancy") or {}
    elements, positions, shares = [], [], []
    for i, (symbol, place) in enumerate(
        zip(atoms.symbols, atoms.get_scaled_positions(), strict=True)
    ):
        found = by_kind.get(str(kinds[i])) if kinds is not None else None
        for element, share in (found or {symbol: 1.0}).items():
            if share > 0.0:
                elements.append(str(element))
                positions.append(_vector(place))
                shares.append(min(float(share), 1.0))
    if len(elements) > MOST_ATOMS:
        raise FormatError(
            f"{len(elements)} atoms in the cell; {MOST_ATOMS} at most. Use a smaller "
            "cell, or its shells (onne system structures)."
        )
    a, b, c = (_vector(row) for row in atoms.cell.array)
    return CrystalFile(
        Crystal((a, b, c), tuple(elements), tuple(positions)), tuple(shares)
    )


def _vector(values: np.ndarray) -> Vector:
    x, y, z = (round(float(value), 6) for value in values)
    return x, y, z


def _beginning_with(
    content: CrystalFile, atom: int
) -> tuple[Crystal, tuple[float, ...]]:
    """Return the crystal and the shares with ``atom`` first."""
    shares = content.occupancies
    others = shares[:atom] + shares[atom + 1 :]
    return content.crystal.beginning_with(atom), (shares[atom], *others)


def _without_shared(shells: tuple[FoundShell, ...]) -> tuple[FoundShell, ...]:
    """Return the shells without what may be in the place of the absorber itself."""
    return tuple(shell for shell in shells if shell.distance > SHARED_PLACE)


def _has_shared(crystal: Crystal) -> bool:
    """Return whether two atoms of a cell share a place, images included."""
    fractions = np.array(crystal.positions)
    apart = fractions[:, None] - fractions[None]
    apart -= np.round(apart)
    lengths = np.linalg.norm(apart @ np.array(crystal.cell), axis=2)
    np.fill_diagonal(lengths, np.inf)
    return bool(lengths.min() < SHARED_PLACE)


def _alike(one: tuple[FoundShell, ...], other: tuple[FoundShell, ...]) -> bool:
    """Return whether two sites have the same near shells."""
    first, second = (
        [item for item in shells if item.distance < COMPARED] for shells in (one, other)
    )
    return len(first) == len(second) and all(
        a.element == b.element
        and abs(a.distance - b.distance) < SAME_SITE
        and abs(a.number - b.number) < 0.01
        for a, b in zip(first, second, strict=True)
    )
