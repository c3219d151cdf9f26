"""Edits of a recipe: checked like a file, and what follows the shells follows."""

from dataclasses import replace
from pathlib import Path

import pytest

from onne_core.errors import DefinitionError
from onne_core.values.recipe import Recipe, read_recipe
from onne_core.values.recipe.editing import (
    checked,
    duplicated,
    fitted,
    inserted,
    moved,
    next_shell,
    removed,
    widened,
    with_shell,
    with_stage,
    with_system,
    with_taken,
)
from onne_core.values.structure import Range, Shell, System

SYSTEMS = Path(__file__).resolve().parents[3] / "resources" / "systems"


def of_window() -> Recipe:
    """A recipe whose grid, path length and filter are those of its shells."""
    shells = (
        Shell("O", Range(1.9, 2.2), Range(0.05, 0.15), Range(3, 7)),
        Shell("Ni", Range(2.8, 3.2), Range(0.05, 0.20), Range(0, 12)),
    )
    return fitted(Recipe(System("Ni", "K", shells)))


def test_what_the_shells_need_is_what_the_supplied_systems_have():
    for path in sorted(SYSTEMS.glob("*.json")):
        recipe = read_recipe(path)
        needed = fitted(recipe)
        assert recipe.radial.lower <= needed.radial.lower, path.stem
        assert recipe.radial.upper >= needed.radial.upper, path.stem
        assert recipe.scattering.r_max >= needed.scattering.r_max - 0.1, path.stem
        # Those of the foils begin above what is left of a measured background.
        assert recipe.training.r_filter[0] <= needed.training.r_filter[0] + 0.41, path
        assert recipe.training.r_filter[1] >= needed.training.r_filter[1], path.stem


def test_an_edit_that_needs_nothing_else_changes_nothing_else():
    for path in sorted(SYSTEMS.glob("*.json")):
        recipe = read_recipe(path)
        narrower = replace(recipe.system.shells[0].coordination, lower=11.5, upper=12.0)
        changed = with_shell(recipe, 0, coordination=narrower)
        shells = (
            replace(recipe.system.shells[0], coordination=narrower),
            *recipe.system.shells[1:],
        )
        system = replace(recipe.system, shells=shells)
        assert changed == replace(recipe, system=system), path.stem


def test_grid_paths_and_filter_follow_the_shells_and_come_back():
    recipe = of_window()
    farther = with_shell(recipe, 1, distance=Range(4.0, 5.0))
    assert farther.radial.upper == 5.4
    assert farther.scattering.r_max == 5.0
    assert farther.training.r_filter[1] == 5.0
    assert with_shell(farther, 1, distance=Range(2.8, 3.2)) == recipe


def test_values_of_the_user_are_widened_and_never_narrowed():
    recipe = read_recipe(SYSTEMS / "ni-molten-chloride.json")
    farther = with_shell(recipe, 2, distance=Range(3.2, 5.8))
    assert farther.radial.lower == recipe.radial.lower
    assert farther.radial.upper == pytest.approx(6.6)
    assert farther.scattering.r_max == 5.8
    assert farther.training.r_filter == (0.8, 5.8)
    nearer = with_shell(farther, 2, distance=Range(3.2, 4.6))
    assert nearer.radial == farther.radial
    assert nearer.training.r_filter == farther.training.r_filter


def test_spectra_reach_as_far_as_the_window_of_the_networks():
    recipe = with_stage(of_window(), "scattering", k_max=13.0)
    assert with_stage(recipe, "training", k_max=16.0).scattering.k_max == 16.0


@pytest.mark.parametrize(
    ("quantity", "ends", "allowed"),
    [
        ("distance", (0.2, 2.0), "0.8 to 12 Å"),
        ("deviation", (0.1, 1.5), "0.001 to 1 Å"),
        ("coordination", (0, 61), "0 to 60"),
    ],
)
def test_a_range_beyond_its_bounds_is_refused(quantity, ends, allowed):
    with pytest.raises(DefinitionError, match=rf"shells\[1\].{quantity}.*{allowed}"):
        with_shell(of_window(), 1, **{quantity: Range(*ends)})


def test_shells_are_added_copied_moved_and_removed():
    recipe = of_window()
    oxygen, nickel = recipe.system.shells
    assert duplicated(recipe, 0).system.shells == (oxygen, oxygen, nickel)
    assert moved(recipe, 0, 1).system.shells == (nickel, oxygen)
    assert moved(recipe, 1, 5).system.shells == (oxygen, nickel)
    farther = next_shell(nickel)
    assert farther.distance == Range(3.7, 4.1)
    assert inserted(recipe, 2, farther).system.shells == (oxygen, nickel, farther)
    assert removed(recipe, 0).system.shells == (nickel,)
    with pytest.raises(DefinitionError, match="at least one shell"):
        removed(removed(recipe, 0), 0)


def test_what_was_said_of_an_element_goes_with_it():
    recipe = read_recipe(SYSTEMS / "ni-molten-chloride.json")
    assert set(recipe.scattering.contacts) == {"Zn-Cl", "K-Cl"}
    without = with_system(
        recipe,
        shells=tuple(s for s in recipe.system.shells if s.element != "Zn"),
    )
    assert set(without.scattering.contacts) == {"K-Cl"}


def test_widening_takes_the_common_factors_out():
    recipe = read_recipe(SYSTEMS / "ni-foil.json")
    system = widened(recipe, 0, "distance", lower=2.30, upper=2.70).system
    own = system.shells[0].distance
    assert system.distance_scale.lower * own.lower == pytest.approx(2.30, abs=2e-3)
    assert system.distance_scale.upper * own.upper == pytest.approx(2.70, abs=2e-3)
    fewer = widened(recipe, 0, "coordination", lower=2.0, upper=13.0).system
    own = fewer.shells[0].coordination
    assert system.coordination_scale.lower * own.lower <= 2.0
    assert own.upper == recipe.system.shells[0].coordination.upper


def test_widening_never_narrows_and_ends_at_the_bounds():
    recipe = of_window()
    same = widened(recipe, 1, "distance", lower=3.0, upper=3.1)
    assert same == recipe
    far = widened(recipe, 1, "deviation", lower=-1.0, upper=9.0)
    assert far.system.shells[1].deviation == Range(1e-3, 1.0)
    with pytest.raises(DefinitionError, match="no number 7"):
        widened(recipe, 7, "distance", lower=1.0, upper=2.0)


def test_a_checked_recipe_is_the_recipe():
    for path in sorted(SYSTEMS.glob("*.json")):
        recipe = read_recipe(path)
        assert checked(recipe) == recipe


def test_shells_of_a_structure_have_no_common_factors():
    recipe = read_recipe(SYSTEMS / "ni-foil.json")
    assert recipe.system.inverse_diameter.upper > 0.0
    shell = Shell("Ni", Range(2.4, 2.6), Range(0.05, 0.1), Range(10, 14))
    system = with_taken(recipe, [shell], "NiO.cif").system
    one = Range(1.0, 1.0)
    assert (system.distance_scale, system.sigma_scale, system.coordination_scale) == (
        one,
        one,
        one,
    )
    assert system.inverse_diameter == Range(0.0, 0.0)
    assert (system.shells, system.angles.template) == ((shell,), "NiO.cif")
