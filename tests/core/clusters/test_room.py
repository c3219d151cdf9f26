"""Whether neighbours have room: bounds that are known, and words about them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core.clusters.crowding import (
    findings,
    largest_separation,
    most_around,
    smallest_allowed,
)
from onne_core.values.recipe import Recipe, read_recipe
from onne_core.values.recipe.editing import with_shell
from onne_core.values.structure import Angles, Range, Shell, System

SYSTEMS = Path(__file__).resolve().parents[3] / "resources" / "systems"


def of(*shells: Shell, **system: object) -> Recipe:
    return Recipe(System("Ni", "K", shells, **system))


def chlorine(lower: float, upper: float, most: float, **more: object) -> Shell:
    return Shell("Cl", Range(lower, upper), Range(0.05, 0.1), Range(1.0, most), **more)


def levels(recipe: Recipe) -> list[str]:
    return [item.level for item in findings(recipe)]


@pytest.mark.parametrize(
    ("count", "separation"),
    [
        (2, 2.0),
        (3, np.sqrt(3.0)),
        (4, np.sqrt(8.0 / 3.0)),
        (6, np.sqrt(2.0)),
        (12, 4.0 / np.sqrt(10.0 + 2.0 * np.sqrt(5.0))),
    ],
)
def test_the_platonic_solids_are_the_best_arrangements(count, separation):
    assert largest_separation(count) == pytest.approx(separation, abs=1e-9)
    assert most_around(1.0, separation - 1e-9) == count
    assert most_around(1.0, separation + 1e-6) == count - 1


def test_more_neighbours_than_fit_are_refused_in_words():
    recipe = of(chlorine(2.0, 2.4, 40.0))
    (finding,) = findings(recipe)
    apart = smallest_allowed("Cl", "Cl", recipe.clusters)
    fit = most_around(2.0, apart)
    assert finding.level == "bad"
    assert f"up to 40 Cl at 2.00 Å, but only {fit} fit" in finding.text
    assert levels(with_shell(recipe, 0, coordination=Range(1, fit))) == ["doubt"]
    assert levels(with_shell(recipe, 0, coordination=Range(1, 6))) == ["good"]


def test_it_says_when_ligands_touch():
    (finding,) = findings(of(chlorine(2.42, 2.5, 6.0)))
    assert (
        "Up to 6 Cl fit at 2.42 Å without touching (3.3 Å apart); you" in finding.text
    )


def test_tails_heads_and_reach_are_looked_at():
    short = of(replace(chlorine(1.7, 1.9, 4.0), deviation=Range(0.05, 0.3)))
    assert "lengths are below 1.58 Å" in findings(short)[0].text
    mixed = of(chlorine(2.1, 2.6, 4.0), chlorine(2.5, 3.0, 4.0))
    assert "overlap between 2.50 and 2.60 Å" in findings(mixed)[0].text
    joined = of(
        chlorine(2.1, 2.6, 4.0, head="near"), chlorine(2.5, 3.0, 4.0, head="near")
    )
    assert levels(joined) == ["good"]
    far = of(chlorine(2.1, 2.6, 4.0), chlorine(8.0, 9.0, 4.0))
    assert findings(far)[0].level == "bad"
    assert "beyond 6 Å" in findings(far)[0].text


def test_a_lattice_must_have_the_shells():
    metal = Shell("Ni", Range(2.4, 2.6), Range(0.05, 0.1), Range(8, 12))
    fcc = of(metal, angles=Angles(template="fcc"))
    assert findings(fcc)[0].text == "The lattice fcc has 12 sites there."
    second = replace(metal, distance=Range(3.0, 3.1))
    (finding,) = findings(of(metal, second, angles=Angles(template="fcc")))
    assert finding.level == "bad"
    assert "the lattice fcc has no shell at" in finding.text


def test_the_supplied_systems_have_room():
    for path in sorted(SYSTEMS.glob("*.json")):
        assert "bad" not in levels(read_recipe(path)), path.stem
