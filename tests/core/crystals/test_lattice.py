"""Angular templates: the neighbour shells of crystals."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.io import write

from onne_core.crystals.lattice import directions_for, lattice_shells
from onne_core.errors import DefinitionError
from onne_core.values.structure import Angles, Range, Shell, System

# Number of sites and distance (shortest = 1) of the first shells, from geometry.
SHELLS = {
    "fcc": ([12, 6, 24, 12, 24], [1, 2**0.5, 3**0.5, 2, 5**0.5]),
    "bcc": (
        [8, 6, 12, 24, 8],
        [1, (4 / 3) ** 0.5, (8 / 3) ** 0.5, (11 / 3) ** 0.5, 2],
    ),
    "hcp": (
        [12, 6, 2, 18, 12, 6],
        [1, 2**0.5, (8 / 3) ** 0.5, 3**0.5, (11 / 3) ** 0.5, 2],
    ),
    "rocksalt": ([6, 12, 8, 6, 24, 24], [1, 2**0.5, 3**0.5, 2, 5**0.5, 6**0.5]),
}
FCC_LENGTH = 2.49


def system(template, *shells, absorber="Ni"):
    """Return a system of (element, distance, coordination) shells."""
    return System(
        absorber,
        "K",
        tuple(
            Shell(element, Range(d, d), Range(0.1, 0.1), Range(n, n))
            for element, d, n in shells
        ),
        angles=Angles(template=template),
    )


@pytest.mark.parametrize("name", SHELLS)
def test_shells_have_the_counts_and_ratios_of_geometry(name):
    counts, ratios = SHELLS[name]
    found = lattice_shells(name, "Ni")[: len(counts)]
    assert [len(shell.directions) for shell in found] == counts
    np.testing.assert_allclose([shell.ratio for shell in found], ratios, rtol=1e-9)


@pytest.mark.parametrize("name", SHELLS)
def test_directions_are_unit_vectors_of_whole_shells(name):
    for shell in lattice_shells(name, "Ni"):
        lengths = np.linalg.norm(shell.directions, axis=1)
        np.testing.assert_allclose(lengths, 1.0, rtol=1e-12)
        if name != "hcp":  # whole shells of a cubic crystal are isotropic
            spread = shell.directions.T @ shell.directions / len(shell.directions)
            np.testing.assert_allclose(spread, np.eye(3) / 3, atol=1e-9)


def test_a_system_takes_the_shells_at_its_distances():
    shells = [("Ni", FCC_LENGTH * ratio, 12.0) for ratio in (1.0, 3**0.5, 2.0)]
    found = directions_for(system("fcc", *shells))
    assert [len(item) for item in found] == [12, 24, 12]


def test_a_cif_gives_shells_by_element(tmp_path):
    path = tmp_path / "nio.cif"
    write(path, bulk("NiO", "rocksalt", a=4.18, cubic=True))
    shells = lattice_shells(str(path), "Ni")
    assert [(shell.element, len(shell.directions)) for shell in shells[:4]] == [
        ("O", 6),
        ("Ni", 12),
        ("O", 8),
        ("Ni", 6),
    ]
    found = directions_for(system(str(path), ("O", 2.09, 6.0), ("Ni", 2.956, 12.0)))
    assert [len(item) for item in found] == [6, 12]


def test_a_cif_of_one_element_agrees_with_the_built_in_lattice(tmp_path):
    path = tmp_path / "ni.cif"
    write(path, bulk("Ni", "fcc", a=3.52))
    counts = [len(shell.directions) for shell in lattice_shells(str(path), "Ni")[:5]]
    assert counts == SHELLS["fcc"][0]


def test_an_element_that_the_crystal_lacks_is_named(tmp_path):
    path = tmp_path / "nio.cif"
    write(path, bulk("NiO", "rocksalt", a=4.18))
    with pytest.raises(DefinitionError, match=r"shells\[0\].element: .* has no Cl"):
        directions_for(system(str(path), ("Cl", 2.4, 6.0)))
    with pytest.raises(DefinitionError, match=r"nio.cif contains no Zn"):
        lattice_shells(str(path), "Zn")


def test_a_distance_that_the_lattice_lacks_is_named():
    with pytest.raises(DefinitionError, match=r"shells\[1\].distance: .* 1.200 times"):
        directions_for(system("fcc", ("Ni", 2.5, 12.0), ("Ni", 3.0, 6.0)))


def test_distances_beyond_the_built_in_block_are_refused_not_thinned_out():
    with pytest.raises(DefinitionError, match=r"shells\[1\].distance"):
        directions_for(system("rocksalt", ("O", 2.0, 6.0), ("O", 11.0, 6.0)))


def test_files_that_are_no_structures_are_named(tmp_path):
    path = tmp_path / "empty.cif"
    path.write_text("no structure")
    for template in (str(path), str(tmp_path / "none.cif"), "diamond"):
        with pytest.raises(DefinitionError, match="neither a built-in lattice"):
            lattice_shells(template, "Ni")


def test_a_lonely_atom_is_no_template(tmp_path):
    path = tmp_path / "atom.xyz"
    write(path, Atoms("Ni"))
    with pytest.raises(DefinitionError, match="no atom within 8 Å of its first Ni"):
        lattice_shells(str(path), "Ni")


def test_no_template_is_said_so():
    with pytest.raises(DefinitionError, match=r"angles.template: none given"):
        directions_for(system(None, ("Ni", 2.5, 12.0)))
