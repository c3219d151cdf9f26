"""What a file of a recipe leaves out follows its shells; what they need is refused."""

import json
from pathlib import Path

import pytest

from onne_core.errors import DefinitionError
from onne_core.values.recipe import read_recipe
from onne_core.values.recipe.shells_reach import check_reach, fitted

SHELLS = [
    {"element": "O", "distance": [1.9, 2.1], "deviation": 0.08, "coordination": [4, 6]},
    {"element": "Ni", "distance": [4.0, 4.3], "deviation": 0.1, "coordination": 6},
]


def written(folder: Path, **sections: dict) -> Path:
    system = {"name": "oxide", "absorber": "Ni", "edge": "K", "shells": SHELLS}
    path = folder / "oxide.json"
    path.write_text(json.dumps({"schema": 1, "system": system, **sections}))
    return path


def test_what_is_left_out_follows_the_shells(tmp_path: Path) -> None:
    recipe = read_recipe(written(tmp_path))
    assert recipe == fitted(recipe)
    assert recipe.radial.lower < 1.9
    assert recipe.radial.upper > 4.3
    assert recipe.scattering.r_max >= 4.3


def test_what_is_given_stays(tmp_path: Path) -> None:
    sections = {"radial": {"upper": 5.5}, "training": {"k_max": 11.0}}
    recipe = read_recipe(written(tmp_path, **sections))
    assert recipe.radial.upper == 5.5
    assert recipe.radial.lower == fitted(recipe).radial.lower
    assert recipe.training.k_max == 11.0
    assert recipe.training.r_filter == fitted(recipe).training.r_filter


@pytest.mark.parametrize(
    ("section", "name", "value", "shell"),
    [
        ("radial", "lower", 2.3, "Ni-O"),
        ("radial", "upper", 4.1, "Ni-Ni"),
        ("scattering", "r_max", 3.8, "Ni-Ni"),
    ],
)
def test_a_shell_out_of_reach_is_refused_by_name(
    tmp_path: Path, section: str, name: str, value: float, shell: str
) -> None:
    recipe = read_recipe(written(tmp_path, **{section: {name: value}}))
    with pytest.raises(DefinitionError, match=rf"{section}\.{name}: {shell} lies"):
        check_reach(recipe)


def test_shells_in_reach_pass(tmp_path: Path) -> None:
    check_reach(read_recipe(written(tmp_path)))
