"""Shells of known crystals, with which answers for measured spectra are compared.

A crystal is a lattice with its constant in Å, such as fcc:3.524 or bcc:2.8665; with its
elements where it has several and they are not those of the ensemble
(rocksalt:4.177:NiO); or a structure file that ASE reads. @10 behind it is the
temperature in K.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from ase import Atoms
from ase.build import bulk
from ase.io import read
from ase.neighborlist import neighbor_list

from onne_core.crystals.lattice_dynamics import (
    covariance_in_metal,
    relative_displacements,
)
from onne_core.ensemble.card import Card, HeadCard
from onne_core.errors import DefinitionError

WRITTEN = re.compile(r"(.+?)(?:@(\d+(?:\.\d+)?))?")
LATTICE = re.compile(r"([a-z]+):(\d+(?:\.\d+)?)(?::([A-Za-z0-9]+))?")
SYMBOL = re.compile(r"[A-Z][a-z]?")

ROOM = 295.0
"""Temperature of a crystal for which none is given, K."""

NEAR = 0.08
"""Largest relative distance of a crystal's shell from the trained mean of a head."""


@dataclass(frozen=True)
class Crystal:
    """What a crystal's text says; all but the first two are of lattices only."""

    structure: str
    temperature: float
    lattice: str = ""
    constant: float = 0.0
    formula: str = ""

    @property
    def elements(self) -> list[str]:
        """Symbols in the formula."""
        return SYMBOL.findall(self.formula)


@dataclass(frozen=True)
class KnownShell:
    """A shell of a crystal: N, mean distance and sigma^2 (Å, Å^2).

    ``offset`` (Å) is how much longer the mean distance of the vibrating crystal is than
    ``static``, that of the mean positions. It and ``sigma2`` are NaN where no force
    constants are known.
    """

    number: float
    static: float
    offset: float
    sigma2: float

    @property
    def distance(self) -> float:
        """Mean distance where it is known, else the static one, Å."""
        return self.static + (0.0 if np.isnan(self.offset) else self.offset)


def crystal_of(text: str) -> Crystal:
    """Return the crystal that ``text`` names.

    Raises
    ------
    DefinitionError
        If it is neither a lattice with a constant nor a file.
    """
    found = WRITTEN.fullmatch(text)
    structure, kelvin = found.groups() if found else (text, None)
    temperature = ROOM if kelvin is None else float(kelvin)
    lattice = LATTICE.fullmatch(structure)
    if lattice is not None:
        name, constant, formula = lattice.groups()
        written = f"{name}:{constant}"
        return Crystal(written, temperature, name, float(constant), formula or "")
    if Path(structure).is_file():
        return Crystal(structure, temperature)
    raise DefinitionError(
        f"{text}: neither a structure file nor a lattice with its constant in Å, such "
        "as fcc:3.524, rocksalt:4.177:NiO or bcc:2.8665@295."
    )


def known_shells(crystal: Crystal, card: Card) -> tuple[KnownShell | None, ...]:
    """Return what ``crystal`` says of every head of ``card``, ``None`` where nothing.

    Raises
    ------
    DefinitionError
        If the crystal cannot be built, or has no atom of the card's absorber.
    """
    elements, positions = _neighbours(crystal, card)
    sigma2, offsets = _vibrations(crystal, card, elements, positions)
    lengths = np.linalg.norm(positions, axis=1)
    owner = _owners(elements, lengths, card)
    return tuple(
        _shell(lengths[owner == i], sigma2[owner == i], offsets[owner == i])
        for i in range(len(card.heads))
    )


def _shell(
    lengths: np.ndarray, sigma2: np.ndarray, offsets: np.ndarray
) -> KnownShell | None:
    """Return the moments of neighbours that belong to one head."""
    if not lengths.size:
        return None
    mean = float((lengths + offsets).mean())
    apart = float(np.var(lengths + offsets))
    static = float(lengths.mean())
    return KnownShell(
        number=float(lengths.size),
        static=static,
        offset=mean - static,
        sigma2=float(sigma2.mean()) + apart,
    )


def _neighbours(crystal: Crystal, card: Card) -> tuple[list[str], np.ndarray]:
    """Return elements and positions (Å) around the first absorber."""
    atoms = _atoms(crystal, card)
    symbols = atoms.get_chemical_symbols()
    if card.absorber not in symbols:
        raise DefinitionError(f"{crystal.structure} contains no {card.absorber}.")
    farthest = (1.0 + NEAR) * max(head.centre[1] for head in card.heads)
    first, second, vectors = neighbor_list("ijD", atoms, farthest)
    mine = first == symbols.index(card.absorber)
    return [symbols[j] for j in second[mine]], vectors[mine]


def _atoms(crystal: Crystal, card: Card) -> Atoms:
    if not crystal.lattice:
        return cast(Atoms, read(crystal.structure))
    formula = crystal.formula or "".join(_elements_of(card))
    try:
        return bulk(formula, crystal.lattice, a=crystal.constant)
    except (ValueError, RuntimeError, KeyError) as error:
        raise DefinitionError(f"{crystal.structure} of {formula}: {error}.") from error


def _elements_of(card: Card) -> list[str]:
    """Return the absorber, and the other elements that the card reports."""
    others = [pair.split("-")[1] for pair in card.pairs]
    return list(dict.fromkeys([card.absorber, *others]))


def _vibrations(
    crystal: Crystal, card: Card, elements: Sequence[str], positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return sigma^2 (Å^2) and the thermal offset (Å) of every neighbour.

    The offset is half the mean square displacement across a bond over its length.
    """
    unknown = np.full(len(positions), np.nan)
    if set(elements) != {card.absorber}:
        return unknown, unknown
    try:
        covariance = covariance_in_metal(positions, card.absorber, crystal.temperature)
    except DefinitionError:
        return unknown, unknown
    along = relative_displacements(positions, covariance)
    lengths = np.linalg.norm(positions, axis=1)
    blocks = covariance.reshape(len(positions) + 1, 3, len(positions) + 1, 3)
    traces = np.einsum("iaja->ij", blocks)
    whole = np.diagonal(traces)[1:] + traces[0, 0] - 2.0 * traces[0, 1:]
    return along, (whole - along) / (2.0 * lengths)


def _owners(elements: Sequence[str], lengths: np.ndarray, card: Card) -> np.ndarray:
    """Return the head to which every neighbour belongs, -1 where to none."""
    centres = np.array([head.centre[1] for head in card.heads])
    owners = []
    for element, length in zip(elements, lengths, strict=True):
        apart = np.where(
            [_element(head) == element for head in card.heads],
            np.abs(length / centres - 1.0),
            np.inf,
        )
        nearest = int(np.argmin(apart))
        owners.append(nearest if apart[nearest] < NEAR else -1)
    return np.array(owners)


def _element(head: HeadCard) -> str:
    return head.pair.split("-")[1]
