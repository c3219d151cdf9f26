"""The commands that write the file of a system from the name of a material."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from onne_core.cli.terminal import follow, say, table
from onne_core.errors import OnneError

if TYPE_CHECKING:
    from onne_core.proposals.proposal import Proposal
    from onne_core.values.spectrum import Spectrum
    from onne_core.values.structure import Range

system = App(
    name="system",
    help="Propose the ranges of a system and write its file, for onne generate.",
)

Edge = Literal["K", "L1", "L2", "L3"]
Purpose = Annotated[
    Literal["bulk", "nanoparticle", "disordered"], Parameter(name="--for")
]
Spectra = Annotated[
    tuple[Path, ...] | None, Parameter(name="--spectrum", consume_multiple=True)
]


@system.command
def crystal(
    material: str,
    lattice: str | None = None,
    *,
    out: Path,
    absorber: str | None = None,
    edge: Edge | None = None,
    purpose: Purpose = "bulk",
    a: float | None = None,
    c: float | None = None,
    site: int | None = None,
    spectrum: Spectra = None,
) -> int:
    """Propose the shells of a crystal.

    Parameters
    ----------
    material
        Element or formula, such as Pt or NiO; or a structure file with a cell (CIF,
        POSCAR or another format that ASE reads).
    lattice
        fcc, bcc, hcp, diamond, rocksalt, sphalerite, wurtzite, fluorite, cscl or
        perovskite; by default that of the tables.
    out
        File to write, such as pt.json.
    absorber
        Absorbing element, by default the first of the formula.
    edge
        Edge, by default K up to La and L3 beyond.
    purpose
        bulk for a foil or powder, nanoparticle for fewer neighbours and strain,
        disordered for wide, skewed shells.
    a
        Lattice constant, Å, if it is not in the tables or another one.
    c
        Second constant of a hexagonal lattice, Å.
    site
        Number of the absorbing site of a structure file; by default all are averaged.
    spectrum
        Measured files: the window in k ends where the first of them does, or its noise
        takes over.
    """
    from onne_core.proposals.from_crystal import propose_crystal
    from onne_core.proposals.lattice_constants import given_crystal

    path = Path(material)
    if path.is_file() or path.suffix:
        if lattice or a or c:
            raise OnneError("system crystal: a file has its own lattice; leave it out.")
        proposal = _of_file(path, absorber, edge, purpose, site)
    elif site is not None:
        raise OnneError("system crystal: --site applies only to a structure file.")
    else:
        known = given_crystal(material, lattice, a, c)
        proposal = propose_crystal(known, absorber=absorber, edge=edge, purpose=purpose)
    return _finish(proposal, out, spectrum)


@system.command
def shell(
    absorber: str,
    *ligands: str,
    out: Path,
    coordination: Annotated[tuple[float, ...], Parameter(consume_multiple=True)] = (),
    distance: Annotated[tuple[float, ...], Parameter(consume_multiple=True)] = (),
    oxidation: int | None = None,
    beyond: Annotated[tuple[str, ...] | None, Parameter(consume_multiple=True)] = None,
    edge: Edge | None = None,
    purpose: Purpose = "bulk",
    spectrum: Spectra = None,
) -> int:
    """Propose a first shell: an ion in solution, a single site, a molecule, a glass.

    What lies beyond is added as wide shells that scatter and are not reported.

    Parameters
    ----------
    absorber
        Absorbing element.
    ligands
        Element of the nearest neighbours, or several.
    out
        File to write, such as chromate.json.
    coordination
        Number of neighbours to expect, one per ligand: 1 to 8; the range is about
        1.6 or 40 % either way. By default 1 to 8.
    distance
        Expected distance, Å, one per ligand; by default from bond valences.
    oxidation
        Oxidation state of the absorber, for bond valences.
    beyond
        Elements beyond the first shell, by default the first ligand's.
    edge
        Edge, by default K up to La and L3 beyond.
    purpose
        disordered makes shells wider and gives them a tail.
    spectrum
        Measured files: the window in k ends where the first of them does, or its noise
        takes over.
    """
    from onne_core.proposals.first_shell import Ligand, propose_first_shell

    numbers = _per_ligand("coordination", coordination, len(ligands))
    lengths = _per_ligand("distance", distance, len(ligands))
    given = zip(ligands, numbers, lengths, strict=True)
    proposal = propose_first_shell(
        absorber,
        [Ligand(name, number, length) for name, number, length in given],
        edge=edge,
        oxidation=oxidation,
        beyond=beyond,
        purpose=purpose,
    )
    return _finish(proposal, out, spectrum)


@system.command
def structures(
    file: Path,
    *,
    absorber: str,
    out: Path,
    edge: Edge | None = None,
    spectrum: Spectra = None,
) -> int:
    """Propose the shells that a trajectory or another structure file has.

    Parameters
    ----------
    file
        Structure file or trajectory in any format that ASE reads.
    absorber
        Absorbing element.
    out
        File to write.
    edge
        Edge, by default K up to La and L3 beyond.
    spectrum
        Measured files: the window in k ends where the first of them does, or its noise
        takes over.
    """
    from onne_core.pipeline.sets.ranges_from_structure import take_shells
    from onne_core.proposals.from_structures import propose_structures

    taken = follow(take_shells(str(file), absorber))
    proposal = propose_structures(taken, absorber=absorber, edge=edge)
    return _finish(proposal, out, spectrum)


def _of_file(
    path: Path,
    absorber: str | None,
    edge: str | None,
    purpose: Literal["bulk", "nanoparticle", "disordered"],
    site: int | None,
) -> "Proposal":
    """Return the proposal of a structure file."""
    from onne_core.proposals.structure_file import (
        absorbing_sites,
        propose_sites,
        read_crystal,
    )

    content = read_crystal(path)
    elements = list(dict.fromkeys(content.crystal.elements))
    if absorber is None and len(elements) > 1:
        raise OnneError(f"{path.name}: give --absorber, one of {', '.join(elements)}.")
    symbol = absorber or elements[0]
    sites = absorbing_sites(content, symbol)
    if site is not None:
        if not 1 <= site <= len(sites):
            found = "; ".join(item.text for item in sites)
            raise OnneError(f"--site {site}: {path.name} has {found}.")
        sites = sites[site - 1 : site]
    return propose_sites(
        sites, absorber=symbol, edge=edge, purpose=purpose, name=path.stem
    )


def _per_ligand(name: str, values: tuple[float, ...], count: int) -> list[float | None]:
    if values and len(values) != count:
        raise OnneError(
            f"--{name}: {len(values)} values for {count} ligands; give one for each."
        )
    return list(values) or [None] * count


def _finish(proposal: "Proposal", out: Path, spectra: tuple[Path, ...] | None) -> int:
    """Fit the window to ``spectra``, write the file, and print what it holds."""
    from onne_core import files
    from onne_core.proposals.proposal import with_window
    from onne_core.proposals.window import measured_window
    from onne_core.values.recipe import recipe_to_json

    files.refuse_unwritable_file(out)
    training = proposal.recipe.training
    window = training.k_min, training.k_max
    if spectra:
        measured = [item for path in spectra for item in _measured(path)]
        window = measured_window(window, measured)
        proposal = with_window(proposal, window)
    content = recipe_to_json(proposal.recipe)
    files.write_text(out, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    _show(proposal)
    say(f"Written to {out}; next: onne make {out} --out {out.with_suffix('')}")
    return 0


def _measured(path: Path) -> list["Spectrum"]:
    """Return the spectra in a file that can be used."""
    from onne_core.pipeline.analysis.analysis import measured_spectra

    found, _ = measured_spectra(path)
    return [spectrum for spectrum, _ in found]


def _show(proposal: "Proposal") -> None:
    """Print the shells, where they come from, and the window."""
    from onne_core.proposals.proposal import shell_rows

    recipe = proposal.recipe
    rows = [
        (
            row.label,
            _span(row.distance, 2),
            _span(row.deviation, 3),
            _span(row.coordination, 1),
            "" if row.is_reported else "only scatters",
        )
        for row in shell_rows(recipe.system)
    ]
    head = ("shell", "R (Å)", "σ (Å)", "CN", "")
    table(f"{recipe.system.name}, {recipe.system.edge} edge", head, rows)
    for note in proposal.notes:
        say(note)
    training, sampling = recipe.training, recipe.sampling
    say(
        f"k {training.k_min:g} to {training.k_max:g} Å⁻¹, paths to "
        f"{recipe.scattering.r_max:g} Å, {sampling.macrostates} macrostates of "
        f"{sampling.microstates} microstates"
    )


def _span(item: "Range", decimals: int) -> str:
    return f"{item.lower:.{decimals}f} to {item.upper:.{decimals}f}"
