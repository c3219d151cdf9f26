"""Recipes in JSON: what is written is read, and every mistake is named and mended."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from onne_core.errors import DefinitionError
from onne_core.values.recipe import (
    SamplingRecipe,
    ScatteringRecipe,
    TrainingRecipe,
    read_recipe,
    recipe_from_json,
    recipe_to_json,
    training_from_json,
    training_to_json,
)
from onne_core.values.structure import Range, Shell

SYSTEMS = Path(__file__).resolve().parents[3] / "resources" / "systems"

MOLTEN_SALT = {
    "schema": 1,
    "system": {
        "name": "molten salt",
        "absorber": "Ni",
        "edge": "K",
        "shells": [
            {
                "element": "Cl",
                "distance": [2.2, 2.5],
                "deviation": [0.05, 0.15],
                "coordination": [4, 6],
            },
            {
                "element": "Zn",
                "distance": [3.2, 3.9],
                "deviation": 0.2,
                "coordination": 2,
            },
        ],
    },
    "sampling": {"macrostates": 8},
    "clusters": {"smallest_distances": {"Cl-Cl": 2.8}},
    "scattering": {"r_max": 5},
    "radial": {"lower": 1.5, "upper": 5.0, "step": 0.02},
    "training": {"r_filter": [1, 5]},
}


def ends(lowest, highest):
    """Return a strategy for the two ends of a range."""
    return st.lists(st.floats(lowest, highest), min_size=2, max_size=2).map(sorted)


# Plain content, not values: checked classes must not be built inside strategies.
systems = st.fixed_dictionaries(
    {
        "name": st.text(
            st.characters(codec="utf-8", exclude_characters="\0"), max_size=20
        ),
        "absorber": st.sampled_from(["Ni", "Zn", "U"]),
        "edge": st.sampled_from(["K", "L1", "L2", "L3"]),
        "distance_scale": ends(0.5, 2.0),
        "coordination_scale": ends(0.05, 2.0),
        "sigma_scale": ends(0.05, 5.0),
        "inverse_diameter": ends(0.0, 0.2),
        "angles": st.fixed_dictionaries(
            {
                "template": st.sampled_from([None, "fcc", "rocksalt", "salt.cif"]),
                "jitter": st.tuples(st.floats(0.0, 1.0), st.floats(1.0, 3.0)).map(list),
                "template_share": st.floats(0.0, 1.0),
                "sided_share": st.floats(0.0, 1.0),
                "motion": st.none()
                | st.tuples(st.floats(0.0, 0.5), st.floats(0.5, 1.0)).map(list),
            }
        ),
        "shells": st.lists(
            st.fixed_dictionaries(
                {
                    "element": st.sampled_from(["Ni", "Cl", "O"]),
                    "distance": ends(0.8, 12.0),
                    "deviation": ends(1e-3, 1.0),
                    "coordination": ends(0.0, 60.0),
                    "skewness": ends(-1.0, 1.0),
                    "reported": st.just(True),
                }
            ),
            min_size=1,
            max_size=3,
        ),
    }
)
stages = st.fixed_dictionaries(
    {
        "sampling": st.fixed_dictionaries({"macrostates": st.integers(1, 10**6)}),
        "clusters": st.fixed_dictionaries(
            {
                "smallest_distances": st.dictionaries(
                    st.sampled_from(["Ni-Ni", "Cl-Cl"]), st.floats(0.0, 6.0)
                )
            }
        ),
        "scattering": st.fixed_dictionaries({"r_max": st.floats(2.0, 10.0)}),
        "radial": st.fixed_dictionaries(
            {
                "lower": st.floats(0.0, 2.0),
                "upper": st.floats(3.0, 9.0),
                "step": st.floats(0.01, 0.5),
            }
        ),
        "training": st.fixed_dictionaries(
            {"k_min": st.floats(0.0, 4.0), "r_filter": ends(0.0, 6.0)}
        ),
    }
)


@given(systems)
def test_a_system_is_written_as_it_was_read_and_read_as_it_was_written(content):
    recipe = recipe_from_json({"schema": 1, **content})
    written = json.loads(json.dumps(recipe_to_json(recipe), allow_nan=False))
    assert written["system"] == content
    assert recipe_from_json(written) == recipe


def test_a_head_is_written_where_there_is_one():
    content = json.loads(json.dumps({"schema": 1, **MOLTEN_SALT["system"]}))
    content["shells"][0]["head"] = " Ni-Cl near "
    recipe = recipe_from_json(content)
    system = recipe.system
    assert [shell.head for shell in system.shells] == ["Ni-Cl near", ""]
    written = recipe_to_json(recipe)["system"]["shells"]
    assert written[0]["head"] == "Ni-Cl near"
    assert "head" not in written[1]


@given(stages)
def test_a_recipe_is_read_as_it_was_written(content):
    assume(content["training"]["r_filter"][0] < content["training"]["r_filter"][1])
    recipe = recipe_from_json({**MOLTEN_SALT, **content})
    written = json.loads(json.dumps(recipe_to_json(recipe), allow_nan=False))
    assert recipe_from_json(written) == recipe
    for stage, values in content.items():
        assert {name: written[stage][name] for name in values} == values


def test_names_of_older_files_are_read_and_those_of_today_written():
    older = {"scale": [0.9, 1.1], "filling": 0.8, "spread": [1, 2], "particle": 0.1}
    recipe = recipe_from_json({"schema": 1, **MOLTEN_SALT["system"], **older})
    system = recipe.system
    assert system.distance_scale == Range(0.9, 1.1)
    assert system.coordination_scale == Range(0.8, 0.8)
    assert system.sigma_scale == Range(1.0, 2.0)
    assert system.inverse_diameter == Range(0.1, 0.1)
    written = recipe_to_json(recipe)["system"]
    assert written["coordination_scale"] == [0.8, 0.8]
    assert not written.keys() & older.keys()
    assert recipe_from_json({"schema": 1, **written}) == recipe


def test_the_networks_part_is_read_as_it_was_written():
    training = TrainingRecipe(k_min=2.5, r_filter=(1.0, 4.0), members=3)
    content = json.loads(json.dumps(training_to_json(training)))
    assert training_from_json(content) == training


@pytest.mark.parametrize("path", sorted(SYSTEMS.glob("*.json")), ids=lambda p: p.stem)
def test_bundled_systems_can_be_read(path):
    assert read_recipe(path).system.shells


def test_numbers_become_ranges_and_what_is_left_out_takes_defaults():
    recipe = recipe_from_json(MOLTEN_SALT)
    assert recipe.system.shells[1] == Shell(
        "Zn", Range(3.2, 3.9), Range(0.2, 0.2), Range(2.0, 2.0)
    )
    assert recipe.sampling == SamplingRecipe(macrostates=8)
    assert recipe.scattering == ScatteringRecipe(r_max=5.0)
    assert recipe.training == TrainingRecipe(r_filter=(1.0, 5.0))


def test_a_system_alone_is_a_recipe():
    system = {"schema": 1, **MOLTEN_SALT["system"]}
    assert recipe_from_json(system).system == recipe_from_json(MOLTEN_SALT).system


MISTAKES = [
    # place, wrong value, the whole text of the error
    (
        "system.shells.1.distance",
        [3.9, 3.2],
        "shells[1].distance: 3.9 to 3.2 Å, the lower end must come first.",
    ),
    (
        "system.shells.0.distance",
        [0.2, 2.0],
        "shells[0].distance: 0.2 to 2 Å lies outside 0.8 to 12 Å.",
    ),
    (
        "system.shells.0.distance",
        [2.0, 2.1, 2.2],
        "shells[0].distance: [2.0, 2.1, 2.2]; give one number or [lower, upper] Å.",
    ),
    (
        "system.shells.0.distance",
        None,
        "shells[0].distance: None; give one number or [lower, upper] Å.",
    ),
    (
        "system.shells.0.deviation",
        0,
        "shells[0].deviation: 0 to 0 Å lies outside 0.001 to 1 Å.",
    ),
    (
        "system.shells.1.coordination",
        "two",
        "shells[1].coordination: 'two'; give one number or [lower, upper].",
    ),
    (
        "system.shells.1.coordination",
        True,
        "shells[1].coordination: True; give one number or [lower, upper].",
    ),
    (
        "system.shells.1.coordination",
        10**400,
        "shells[1].coordination: 1000",
    ),
    (
        "system.shells.0.element",
        "Xy",
        "shells[0].element: 'Xy' is no chemical symbol; write it as in Ni or Cl.",
    ),
    (
        "system.shells.0.reported",
        "yes",
        "shells[0].reported: 'yes'; give true or false.",
    ),
    ("system.shells.0.head", 1, "shells[0].head: 1; give a text."),
    (
        "system.angles",
        {"sided_share": 2},
        "angles.sided_share: 2; give 0 to 1.",
    ),
    (
        "system.shells.0.width",
        0.1,
        "shells[0].width: unknown; known are coordination, deviation, distance, "
        "element, head, reported, "
        "skewness.",
    ),
    ("system", None, "system: give a JSON object with named values."),
    ("system.shells", [], "shells: none given; add at least one shell."),
    ("system.shells", 7, "shells: 7; give a list."),
    ("system.shells.0", 2.3, "shells[0]: give a JSON object with named values."),
    (
        "system.absorber",
        None,
        "absorber: None is no chemical symbol; write it as in Ni or Cl.",
    ),
    ("system.edge", "M5", "edge: 'M5'; use one of K, L1, L2, L3."),
    (
        "system.distance_scale",
        [0.9, 3.0],
        "distance_scale: 0.9 to 3 lies outside 0.5 to 2.",
    ),
    ("system.angles", {"jitter": "big"}, "angles.jitter: 'big'; give 2 numbers."),
    (
        "system.angles",
        {"jitter": [0.9, 0.4]},
        "angles.jitter: 0.9 to 0.4; give two numbers from 0 to 3, the lower one first.",
    ),
    (
        "system.coordination_scale",
        [0.9, 3],
        "coordination_scale: 0.9 to 3 lies outside 0.05 to 2.",
    ),
    ("system.angles", {"motion": 1}, "angles.motion: 1; give 2 numbers."),
    (
        "system.inverse_diameter",
        0.3,
        "inverse_diameter: 0.3 to 0.3 Å^-1 lies outside 0 to 0.2 Å^-1.",
    ),
    (
        "system.shells.0.skewness",
        2,
        "shells[0].skewness: 2 to 2 lies outside -1 to 1.",
    ),
    ("system.angles", {"template": 5}, "angles.template: 5; give a text."),
    (
        "system.angles",
        {"templates": "fcc"},
        "angles.templates: unknown; known are crystal, jitter, motion, sided_share, "
        "template, template_share.",
    ),
    ("sampling.macrostates", 0, "sampling.macrostates: 0; give 1 to 1e+06."),
    ("sampling.macrostates", 2**20, "sampling.macrostates: 1.04858e+06; give 1 to"),
    ("sampling.microstates", 10_001, "sampling.microstates: 10001; give 1 to 10000."),
    (
        "sampling.keep_microstates",
        1,
        "sampling.keep_microstates: 1; give true or false.",
    ),
    (
        "sampling.seed",
        10**400,
        "sampling.seed: a number of hundreds of digits; give a smaller one.",
    ),
    ("sampling.macrostates", 2.5, "sampling.macrostates: 2.5; give a whole number."),
    ("sampling.seed", -1, "sampling.seed: -1; give at least 0."),
    ("clusters.population", 0, "clusters.population: 0; give 1 to 1000."),
    (
        "clusters.smallest_distances",
        {"Cl-Cl": "wide"},
        "clusters.smallest_distances.Cl-Cl: 'wide'; give a number.",
    ),
    (
        "clusters.smallest_distances",
        [2.8],
        "clusters.smallest_distances: give a JSON object with named values.",
    ),
    (
        "clusters.smallest_distances",
        {"Cl-Cl": -1},
        "clusters.smallest_distances.Cl-Cl: -1 Å; give 0 to 6 Å.",
    ),
    ("scattering.r_max", 11, "scattering.r_max: 11 Å; give 2 to 10 Å."),
    ("scattering.legs", 1, "scattering.legs: 1; give 2 to 8."),
    ("scattering.k_max", 5, "scattering.k_max: 5 Å^-1; give 8 to 20 Å^-1."),
    ("scattering.timeout", 0, "scattering.timeout: 0 s; give 1 to 1e+06 s."),
    ("scattering.plane_wave", -1, "scattering.plane_wave: -1 %; give 0 to 100 %."),
    (
        "scattering.fine_plane_wave",
        101,
        "scattering.fine_plane_wave: 101 %; give 0 to 100 %.",
    ),
    (
        "scattering.fine_curved_wave",
        -1,
        "scattering.fine_curved_wave: -1 %; give 0 to 100 %.",
    ),
    ("scattering.fine_count", 1, "scattering.fine_count: 1; give 2 to 10000, or 0"),
    ("scattering.fine_count", -1, "scattering.fine_count: -1; give 2 to 10000, or 0"),
    ("scattering.fine_error", 0, "scattering.fine_error: 0 %; give 0.01 to 100 %."),
    (
        "scattering.legs",
        10**400,
        "scattering.legs: a number of hundreds of digits; give a smaller one.",
    ),
    (
        "training.k_weight",
        -(10**400),
        "training.k_weight: a number of hundreds of digits; give a smaller one.",
    ),
    ("system.name", 5, "name: 5; give a text."),
    ("system.name", "x" * 301, "name: 301 characters; give 300 or fewer."),
    ("system.shells.0.head", "x" * 301, "shells[0].head: 301 characters; give 300"),
    ("system.name", None, "name: None; give a text."),
    (
        "radial.upper",
        1.0,
        "radial: 1.5 to 1 Å in steps of 0.02 Å; the lower end must come first and not "
        "be negative, the step must be positive.",
    ),
    (
        "radial.step",
        1e-6,
        "radial: 1.5 to 5 Å in steps of 1e-06 Å; more than 10000 bins, use a larger "
        "step.",
    ),
    (
        "training.k_max",
        2.0,
        "training.k_min, k_max: 3 to 2 Å^-1; the lower end must come first.",
    ),
    (
        "training.r_filter",
        [5, 1],
        "training.r_filter: 5 to 1 Å; the lower end must come first.",
    ),
    ("training.taper", -1, "training.taper: -1 Å^-1; give 0 to 11 Å^-1."),
    ("training.r_filter", [1], "training.r_filter: [1]; give 2 numbers."),
    (
        "training.network",
        "convolutional",
        "training.network: 'convolutional'; use dense.",
    ),
    ("training.members", 0, "training.members: 0; give at least 1."),
    ("training.noise", -0.1, "training.noise: -0.1; give at least 0."),
    ("training.mixed_share", 2, "training.mixed_share: 2; give 0 to 1."),
    (
        "training.held_out",
        1.0,
        "training.held_out: 1; give a share between 0 and 1.",
    ),
    (
        "schema",
        2,
        "schema: 2; this program reads schema 1, use a newer program.",
    ),
    (
        "schema",
        True,
        'schema: True; this program reads schema 1, begin with "schema": 1.',
    ),
    (
        "sampeling",
        {},
        "sampeling: unknown; known are clusters, radial, sampling, scattering, "
        "system, training.",
    ),
]


@pytest.mark.parametrize(("place", "value", "text"), MISTAKES)
def test_a_mistake_is_named_with_place_and_remedy(place, value, text):
    content = copy.deepcopy(MOLTEN_SALT)
    *path, last = place.split(".")
    inner = content
    for step in path:
        inner = inner[int(step) if isinstance(inner, list) else step]
    inner[int(last) if isinstance(inner, list) else last] = value
    with pytest.raises(DefinitionError) as caught:
        recipe_from_json(content)
    assert str(caught.value).startswith(text)


def test_numbers_of_any_length_are_refused_by_the_stages_themselves():
    with pytest.raises(DefinitionError, match="a number of hundreds of digits; give"):
        SamplingRecipe(macrostates=10**400)
    with pytest.raises(DefinitionError, match="a number of hundreds of digits; give"):
        ScatteringRecipe(legs=10**400)


@pytest.mark.parametrize("content", [[], "text", 3, None])
def test_what_is_no_object_is_refused(content):
    with pytest.raises(DefinitionError, match="file: give a JSON object"):
        recipe_from_json(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", r"salt.json: not valid JSON \(Expecting value: line 1"),
        (b'{\n "schema": 1,\n}', r"salt.json: not valid JSON \(.*line 3"),
        (b"\xff\xfe\x00", r"salt.json: not valid JSON \(it is not a text file\)"),
        (b'{"schema": 1' + b"0" * 5000 + b"}", r"salt.json: not valid JSON"),
        (b"[" * 10**5, r"salt.json: not valid JSON"),
        (b'{"schema": NaN}', r"salt.json: schema: nan; this program reads schema 1"),
        (b" " * (5 * 2**20), r"salt.json: cannot be read \(it is larger than 1 MiB"),
        (
            b'{"schema": 1, "absorber": "Ni", "edge": "K", "shells": ['
            + b",".join(
                [json.dumps(MOLTEN_SALT["system"]["shells"][0]).encode()] * 2001
            )
            + b"]}",
            r"salt.json: shells: 2001; FEFF8L takes at most 999 neighbours",
        ),
        (b'{"schema": 1}', r"salt.json: absorber: missing; add it\."),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, content, words):
    path = tmp_path / "salt.json"
    path.write_bytes(content)
    with pytest.raises(DefinitionError, match=words):
        read_recipe(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(DefinitionError, match=r"none.json: cannot be read \(No such"):
        read_recipe(tmp_path / "none.json")
    with pytest.raises(DefinitionError, match=r"cannot be read"):
        read_recipe(tmp_path)


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "salt.json"
    path.write_text(json.dumps(MOLTEN_SALT), encoding="utf-8-sig")
    assert read_recipe(path) == recipe_from_json(MOLTEN_SALT)
