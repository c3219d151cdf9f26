"""Choices in the dialog of a new ensemble, and the proposal that follows from them."""

from dataclasses import dataclass, field, replace
from typing import Literal

from onne_core.errors import DefinitionError
from onne_core.proposals.first_shell import Ligand, propose_first_shell
from onne_core.proposals.from_crystal import propose_crystal
from onne_core.proposals.from_structures import propose_structures
from onne_core.proposals.lattice_constants import elements_of, given_crystal
from onne_core.proposals.proposal import Proposal, with_window
from onne_core.proposals.purposes import Purpose
from onne_core.proposals.structure_file import (
    AbsorbingSite,
    CrystalFile,
    absorbing_sites,
    propose_sites,
)
from onne_core.proposals.window import measured_window
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.spectrum import Spectrum

Kind = Literal["crystal", "first shell", "structures"]
KINDS: tuple[Kind, ...] = ("crystal", "first shell", "structures")


@dataclass(frozen=True)
class CrystalChoice:
    """A crystal: by its name, or the ``content`` of a file called ``name``.

    ``a`` and ``c`` (Å) and ``lattice`` are None where the tables give them, ``site``
    is None for the mean over all.
    """

    material: str = ""
    lattice: str | None = None
    a: float | None = None
    c: float | None = None
    absorber: str | None = None
    site: int | None = None
    name: str = ""
    content: CrystalFile | None = field(default=None, repr=False)

    @property
    def elements(self) -> tuple[str, ...]:
        """Elements of the crystal, any of which may be the absorber."""
        if self.content is not None:
            return tuple(dict.fromkeys(self.content.crystal.elements))
        try:
            return elements_of(self.material.strip())
        except DefinitionError:
            return ()

    @property
    def chosen_absorber(self) -> str:
        """The absorber; the first element unless another one was chosen."""
        found = self.elements
        if self.absorber in found:
            return str(self.absorber)
        return found[0] if found else ""

    def sites(self) -> tuple[AbsorbingSite, ...]:
        """Return the absorbing sites of the file, none without one."""
        if self.content is None or not self.chosen_absorber:
            return ()
        return absorbing_sites(self.content, self.chosen_absorber)


@dataclass(frozen=True)
class FirstShellChoice:
    """Ligands around an absorber; None is unknown or left to the tables."""

    absorber: str = ""
    ligand: str = "O"
    coordination: float | None = None
    distance: float | None = None
    oxidation: int | None = None


@dataclass(frozen=True)
class StructuresChoice:
    """Shells taken from a trajectory for an ``absorber``."""

    absorber: str = ""
    taken: StructureShells | None = None


@dataclass(frozen=True)
class MaterialChoice:
    """All that the dialog holds."""

    kind: Kind = "crystal"
    purpose: Purpose = "bulk"
    crystal: CrystalChoice = CrystalChoice()
    first_shell: FirstShellChoice = FirstShellChoice()
    structures: StructuresChoice = StructuresChoice()


def proposal_of(
    choice: MaterialChoice, spectrum: Spectrum | None, measured: str = ""
) -> Proposal | None:
    """Return the proposal for ``choice``, None while something is still missing.

    ``spectrum`` is a measured one at hand, which sets the end of the window unless it
    is known to be of another element than the absorber: ``measured``, "" if unknown.

    Raises
    ------
    OnneError
        If the choice makes no sense; the text says what to change.
    """
    proposal = _of_kind(choice)
    if proposal is None or spectrum is None or not fits(proposal, measured):
        return proposal
    training = proposal.recipe.training
    window = measured_window((training.k_min, training.k_max), [spectrum])
    return with_window(proposal, window)


def fits(proposal: Proposal, measured: str) -> bool:
    """Return whether a spectrum of the element ``measured`` may be of the absorber."""
    return measured in ("", proposal.recipe.system.absorber)


def _of_kind(choice: MaterialChoice) -> Proposal | None:
    if choice.kind == "crystal":
        return _of_crystal(choice.crystal, choice.purpose)
    if choice.kind == "first shell":
        return _of_first_shell(choice.first_shell, choice.purpose)
    structures = choice.structures
    if structures.taken is None:
        return None
    return propose_structures(structures.taken, absorber=structures.absorber)


def _of_crystal(crystal: CrystalChoice, purpose: Purpose) -> Proposal | None:
    if crystal.content is not None:
        sites = crystal.sites()
        if crystal.site is not None:
            sites = tuple(site for site in sites if site.number == crystal.site)
        absorber = crystal.chosen_absorber
        return propose_sites(
            sites, absorber=absorber, purpose=purpose, name=crystal.name
        )
    material = crystal.material.strip()
    if not material:
        return None
    known = given_crystal(material, crystal.lattice, crystal.a, crystal.c)
    return propose_crystal(known, absorber=crystal.chosen_absorber, purpose=purpose)


def _of_first_shell(shell: FirstShellChoice, purpose: Purpose) -> Proposal | None:
    absorber, ligand = shell.absorber.strip(), shell.ligand.strip()
    if not absorber or not ligand:
        return None
    return propose_first_shell(
        absorber,
        [Ligand(ligand, shell.coordination, shell.distance)],
        oxidation=shell.oxidation,
        purpose=purpose,
    )


def without_file(crystal: CrystalChoice) -> CrystalChoice:
    """Return ``crystal`` by its name again."""
    return replace(crystal, content=None, name="", site=None)
