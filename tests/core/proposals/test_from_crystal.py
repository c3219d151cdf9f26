"""Proposals of crystals: shells, heads, what only scatters, and what follows."""

import numpy as np
import pytest

from onne_core.crystals.lattice import crystal_shells, directions_for
from onne_core.crystals.prototypes import PROTOTYPES, crystal_of
from onne_core.crystals.vibrations import template_of
from onne_core.errors import DefinitionError
from onne_core.locations import resources_folder
from onne_core.proposals.from_crystal import FoundShell, propose_crystal, propose_shells
from onne_core.proposals.lattice_constants import (
    compounds,
    elements_of,
    given_crystal,
    known_crystal,
    of_element,
)
from onne_core.proposals.proposal import shell_rows
from onne_core.values.recipe import (
    read_recipe,
    recipe_from_json,
    recipe_to_json,
)
from onne_core.values.structure import OWN_CRYSTAL, Range

COUNTS = {
    ("fcc", ("Ni",)): (12, 6, 24),
    ("bcc", ("Fe",)): (8, 6, 12),
    ("hcp", ("Co",)): (12, 6, 2),
    ("diamond", ("Si",)): (4, 12, 12),
    ("rocksalt", ("Ni", "O")): (6, 12, 8),
    ("sphalerite", ("Zn", "S")): (4, 12, 12),
    ("fluorite", ("Ce", "O")): (8, 12, 24),
    ("cscl", ("Cs", "Cl")): (8, 6, 12),
    ("perovskite", ("Sr", "Ti", "O")): (12, 8, 6),
}


def proposed(material, **choice):
    return propose_crystal(given_crystal(material, None, None, None), **choice).recipe


@pytest.mark.parametrize(("lattice", "elements"), COUNTS)
def test_the_prototypes_have_the_neighbours_of_the_textbook(lattice, elements):
    shells = crystal_shells(crystal_of(lattice, elements, a=4.0))
    found = tuple(len(shell.directions) for shell in shells)
    assert found[:3] == COUNTS[lattice, elements]


def test_the_other_sites_of_fluorite_and_perovskite_have_their_own():
    anion = crystal_shells(crystal_of("fluorite", ("Ca", "F"), a=5.4, absorber="F"))
    assert [(s.element, len(s.directions)) for s in anion[:2]] == [("Ca", 4), ("F", 6)]
    elements = ("Sr", "Ti", "O")
    inner = crystal_shells(crystal_of("perovskite", elements, a=3.9, absorber="Ti"))
    assert [(s.element, len(s.directions)) for s in inner[:3]] == [
        ("O", 6),
        ("Sr", 8),
        ("Ti", 6),
    ]


def test_wurtzite_has_four_equal_bonds_at_its_ideal_height():
    crystal = crystal_of("wurtzite", ("Zn", "S"), a=3.82)
    sites, atoms = crystal.around_first(2.5)
    assert [crystal.elements[i] for i in atoms] == ["S"] * 4
    lengths = np.linalg.norm(sites, axis=1)
    np.testing.assert_allclose(lengths, 3.82 * np.sqrt(3.0 / 8.0), rtol=1e-6)


def test_a_lattice_takes_as_many_elements_as_it_has():
    with pytest.raises(DefinitionError, match="rocksalt: 1 elements"):
        crystal_of("rocksalt", ("Ni",), a=4.0)
    with pytest.raises(DefinitionError, match="no Fe in NiO"):
        crystal_of("rocksalt", ("Ni", "O"), a=4.0, absorber="Fe")
    with pytest.raises(DefinitionError, match="lattice: rutile"):
        crystal_of("rutile", ("Ti", "O"), a=4.0)


def test_ni_is_proposed_as_wide_as_the_supplied_foil():
    foil = read_recipe(resources_folder() / "systems" / "ni-foil.json").system
    own = proposed("Ni").system
    for name in (
        "distance_scale",
        "coordination_scale",
        "sigma_scale",
        "inverse_diameter",
        "angles",
    ):
        assert getattr(own, name) == getattr(foil, name)
    assert [s.reported for s in own.shells] == [s.reported for s in foil.shells]
    for mine, theirs in zip(own.shells, foil.shells, strict=True):
        assert mine.distance.centre == pytest.approx(theirs.distance.centre, abs=0.01)
        assert mine.skewness == theirs.skewness


def test_shells_too_close_to_be_told_apart_share_a_head():
    shells = proposed("Fe").system.shells
    assert [shell.head for shell in shells[:5]] == ["", "", "", "Fe-Fe 4", "Fe-Fe 4"]
    zinc = proposed("Zn").system
    assert zinc.shells[0].head == zinc.shells[1].head == "Zn-Zn 1"


def test_the_outer_shell_only_scatters_and_the_paths_reach_it():
    for material in ("Ni", "Fe", "NiO", "ZnO", "CeO2", "Si", "SrTiO3"):
        recipe = proposed(material)
        system = recipe.system
        silent = [shell for shell in system.shells if not shell.reported]
        reported = [shell for shell in system.shells if shell.reported]
        farthest = max(shell.distance.upper for shell in reported)
        assert max(shell.distance.upper for shell in silent) > farthest, material
        longest = system.distance_scale.upper * max(
            shell.distance.upper for shell in system.shells
        )
        assert recipe.scattering.r_max >= longest
        assert recipe.radial.upper > farthest
        assert recipe.training.r_filter[0] < system.shells[0].distance.lower


@pytest.mark.parametrize("purpose", ["bulk", "nanoparticle", "disordered"])
def test_every_crystal_of_the_tables_has_a_template_and_survives_its_file(purpose):
    metals = [known_crystal(name) for name in ("Pt", "W", "Ti", "Cd", "Ge", "Pb")]
    for known in (*compounds()[::3], *filter(None, metals)):
        for absorber in dict.fromkeys(known.elements):
            recipe = propose_crystal(known, absorber=absorber, purpose=purpose).recipe
            assert recipe_from_json(recipe_to_json(recipe)) == recipe
            template = template_of(recipe.system)
            assert template is not None
            bulk = [s.coordination for s in recipe.system.shells]
            for sites, number in zip(template.sites, bulk, strict=True):
                assert number.lower <= sites <= number.upper


def test_the_crystal_travels_within_the_recipe():
    recipe = proposed("CeO2")
    content = recipe_to_json(recipe)
    assert content["system"]["angles"]["template"] == OWN_CRYSTAL
    assert len(content["system"]["angles"]["crystal"]["elements"]) == 12
    assert "crystal" not in recipe_to_json(proposed("Ni"))["system"]["angles"]
    changed = {**content["system"], "absorber": "O"}
    with pytest.raises(DefinitionError, match="its first atom is Ce"):
        directions_for(recipe_from_json({**content, "system": changed}).system)
    del content["system"]["angles"]["crystal"]
    with pytest.raises(DefinitionError, match=r"angles.crystal is missing"):
        recipe_from_json(content)


def test_where_no_template_serves_only_near_shells_are_proposed():
    found = [FoundShell("O", 2.0, 5.5, 0.05), FoundShell("Fe", 3.0, 8.0, 0.1)]
    found += [FoundShell("O", 3.6, 8.0, 0.1), FoundShell("Fe", 5.1, 12.0, 0.1)]
    system = propose_shells(found, absorber="Fe").recipe.system
    assert system.angles.template is None
    assert max(shell.distance.centre for shell in system.shells) == 3.6


def test_given_constants_replace_those_of_the_tables():
    known = given_crystal("Ni", None, 3.6, None)
    assert (known.a, known.lattice, known.source) == (3.6, "fcc", "given")
    other = given_crystal("Fe", "fcc", 3.65, None)
    assert other.lattice == "fcc"
    for material, lattice, a, text in (
        ("Ga", None, None, "no lattice in the tables"),
        ("Fe", "fcc", None, "no lattice constant for fcc"),
        ("Ni", None, 50.0, "a: 50 Å"),
        ("Ni", "cubic", None, "lattice: cubic"),
        ("nickel", None, None, "no lattice"),
    ):
        with pytest.raises(DefinitionError, match=text):
            given_crystal(material, lattice, a, None)


def test_selenium_is_not_taken_for_a_close_packed_metal():
    assert of_element("Se") is None
    assert of_element("Co") is not None


def test_formulas_are_read_in_their_order():
    assert elements_of("SrTiO3") == ("Sr", "Ti", "O")
    with pytest.raises(DefinitionError, match="not a formula"):
        elements_of("Xy2")


def test_prototypes_are_those_that_can_be_named():
    assert {item.lattice for item in compounds()} <= set(PROTOTYPES)


def test_rows_have_the_common_factors_in_them():
    recipe = proposed("Ni")
    system, row = recipe.system, shell_rows(recipe.system)[0]
    own = system.shells[0]
    assert row.distance == Range(0.96 * own.distance.lower, 1.04 * own.distance.upper)
    ratio = system.inverse_diameter.upper * row.distance.lower
    share = 1.0 - 1.5 * ratio + 0.5 * ratio**3
    assert row.coordination.lower == pytest.approx(0.75 * 11.4 * share)
