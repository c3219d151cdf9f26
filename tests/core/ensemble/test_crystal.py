"""The crystal of an ensemble, from its card or its recipe."""

from dataclasses import replace

import pytest

from onne_core.ensemble.card import Card
from onne_core.ensemble.crystal import Crystal, crystal_of, numbers_of
from onne_core.values.recipe import Recipe, recipe_to_json
from onne_core.values.structure import Angles, Range, Shell, System

FULL = {"Ni-O": 6.0, "Ni-Ni 1": 7.0, "Ni-Ni 2": 12.0}


def card_on(card: Card, template: str | None, **changes) -> Card:
    """Return ``card`` as if its ensemble had been trained on a template."""
    recipe = {"system": {"angles": {"template": template}}}
    return replace(card, description={"recipe": recipe}, **changes)


def shell(element: str, distance: float, number: float) -> Shell:
    around = Range(0.98 * distance, 1.02 * distance)
    return Shell(element, around, Range(0.05, 0.1), Range(0.5 * number, number))


def test_the_card_names_structure_and_numbers(tiny) -> None:
    assert crystal_of(card_on(tiny.card, "rocksalt", crystal=FULL)) == Crystal(
        "rocksalt", (6.0, 7.0, 12.0)
    )


def test_without_a_template_there_is_no_crystal(tiny) -> None:
    assert crystal_of(card_on(tiny.card, None, crystal=FULL)) is None
    assert numbers_of({}) == {}


def test_a_structure_file_is_named_but_not_opened(tiny, tmp_path) -> None:
    path = tmp_path / "zns.cif"
    path.write_text("data_zns\n")
    assert crystal_of(card_on(tiny.card, str(path))) == Crystal("zns")


@pytest.mark.parametrize("number", [3.0, 20.0, float("nan")])
def test_numbers_beyond_training_are_of_no_use(tiny, number: float) -> None:
    crystal = {**FULL, "Ni-Ni 1": number}
    assert crystal_of(card_on(tiny.card, "fcc", crystal=crystal)) == Crystal("fcc")


def test_sites_of_shells_with_one_head_are_added() -> None:
    joined = [replace(shell("Fe", r, n), head="far") for r, n in ((4.7, 24), (4.9, 8))]
    system = System(
        "Fe",
        "K",
        (shell("Fe", 2.48, 8), shell("Fe", 2.87, 6), *joined),
        angles=Angles(template="bcc"),
    )
    found = numbers_of({"recipe": recipe_to_json(Recipe(system=system))})
    assert found == {"Fe-Fe 1": 8.0, "Fe-Fe 2": 6.0, "far": 32.0}
