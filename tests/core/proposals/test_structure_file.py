"""Absorbing sites of crystal files: one, several, shared, partly occupied."""

from pathlib import Path

import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write

from onne_core.errors import FormatError
from onne_core.proposals.structure_file import (
    absorbing_sites,
    propose_sites,
    read_crystal,
)

HEAD = """data_x
_cell_length_a {a}
_cell_length_b {a}
_cell_length_c {a}
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 90
_space_group_name_H-M_alt '{group}'
_space_group_IT_number {number}
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
"""


def cif(folder: Path, rows: str, a=4.2, group="F m -3 m", number=225) -> Path:
    path = folder / "x.cif"
    path.write_text(HEAD.format(a=a, group=group, number=number) + rows)
    return path


def test_vacancies_lower_the_coordination_number(tmp_path):
    path = cif(tmp_path, "Ni1 Ni 0 0 0 1\nO1 O 0.5 0.5 0.5 0.9\n")
    (site,) = absorbing_sites(read_crystal(path), "Ni")
    first = site.shells[0]
    assert (first.element, first.number) == ("O", pytest.approx(5.4))
    assert first.distance == pytest.approx(2.1)
    system = propose_sites([site], absorber="Ni").recipe.system
    assert system.angles.template == "crystal"
    numbers = system.shells[0].coordination
    assert numbers.lower < 5.4 < numbers.upper


def test_elements_that_share_a_site_are_shells_of_their_own(tmp_path):
    rows = "Ni1 Ni 0 0 0 0.6\nMn1 Mn 0 0 0 0.4\nO1 O 0.5 0.5 0.5 1\n"
    (site,) = absorbing_sites(read_crystal(cif(tmp_path, rows)), "Ni")
    numbers = {
        shell.element: shell.number
        for shell in site.shells
        if abs(shell.distance - 4.2 / 2**0.5) < 0.01
    }
    assert numbers == {"Mn": pytest.approx(4.8), "Ni": pytest.approx(7.2)}
    proposal = propose_sites([site], absorber="Ni")
    assert proposal.recipe.system.angles.template is None
    assert "directions are free" in proposal.notes[1]


def test_sites_of_a_spinel_are_two_and_their_mean_is_one(tmp_path):
    rows = (
        "Fe1 Fe 0.125 0.125 0.125 1\nFe2 Fe 0.5 0.5 0.5 1\n"
        "O1 O 0.2549 0.2549 0.2549 1\n"
    )
    path = cif(tmp_path, rows, a=8.396, group="F d -3 m:2", number=227)
    text = path.read_text().replace("F d -3 m:2", "F d -3 m")
    path.write_text(text.replace("loop_", "_symmetry_space_group_setting 2\nloop_", 1))
    sites = absorbing_sites(read_crystal(path), "Fe")
    counts = [(round(site.weight), site.shells[0].number) for site in sites]
    assert counts == [(8, 4.0), (16, 6.0)]
    mean = propose_sites(sites, absorber="Fe").recipe.system.shells[0]
    number = (8 * 4 + 16 * 6) / 24
    assert mean.coordination.lower < number < mean.coordination.upper
    alone = propose_sites(sites[1:], absorber="Fe").recipe.system
    assert alone.angles.template == "crystal"
    assert alone.shells[0].coordination.lower == pytest.approx(0.95 * 6)


def test_a_poscar_serves_as_well(tmp_path):
    path = tmp_path / "POSCAR"
    write(path, bulk("Ni", "fcc", a=3.52, cubic=True), format="vasp")
    (site,) = absorbing_sites(read_crystal(path), "Ni")
    assert [round(shell.number) for shell in site.shells[:3]] == [12, 6, 24]
    assert site.weight == 4


def test_files_that_are_no_crystals_are_refused(tmp_path):
    molecule = tmp_path / "molecule.xyz"
    write(molecule, Atoms("ZnO", [(0, 0, 0), (0, 0, 1.9)]))
    with pytest.raises(FormatError, match=r"molecule.xyz: no cell"):
        read_crystal(molecule)
    with pytest.raises(FormatError, match=r"none.cif: cannot be read"):
        read_crystal(tmp_path / "none.cif")
    broken = tmp_path / "broken.cif"
    broken.write_text("nothing")
    with pytest.raises(FormatError, match=r"broken.cif: no structure"):
        read_crystal(broken)
    path = tmp_path / "ni.vasp"
    write(path, bulk("Ni"), format="vasp")
    content = read_crystal(path)
    with pytest.raises(FormatError, match="has no Fe, only Ni"):
        absorbing_sites(content, "Fe")
