"""One job from a recipe to an ensemble: it grows the set while that helps."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from onne_core.bundle.bundle import read_bundle
from onne_core.ensemble.card import card_from_json
from onne_core.jobs import Progress, run
from onne_core.pipeline.ensembles import making, probing
from onne_core.pipeline.ensembles.making import MakeRequest, is_enough, make
from onne_core.pipeline.ensembles.probing import gain
from onne_core.results.found_errors import errors_found, found_errors
from onne_core.training_set.training_set import read_manifest
from onne_core.values.quality import LEVELS, Level
from onne_core.values.recipe import Recipe, SamplingRecipe
from onne_core.values.structure import Range, Shell, System
from onne_core.values.training_progress import TRAINING
from tests.core import tiny_ensemble

RECIPE = Recipe(
    system=System(
        "Ni", "K", (Shell("O", Range(1.98, 2.12), Range(0.05, 0.1), Range(5.0, 7.0)),)
    ),
    sampling=SamplingRecipe(seed=7),
    training=tiny_ensemble.TRAINING,
)
SMALL = Level(80, 2, 16, 100, 0.3, least_gain=0.08, minutes=(1, 1))


@pytest.fixture
def asked(monkeypatch) -> list[int]:
    """Make sets without FEFF; return the numbers of macrostates that were asked for."""
    counts: list[int] = []

    def generate(recipe, folder, *, workers):
        count = recipe.sampling.macrostates
        counts.append(count)
        yield Progress(count, count, "scattering")
        folder.mkdir(parents=True, exist_ok=True)
        tiny_ensemble.store(tiny_ensemble.training_set(count), folder)
        return folder

    monkeypatch.setattr(making, "generate", generate)
    monkeypatch.setattr(making, "LEVELS", {"standard": SMALL})
    monkeypatch.setattr(probing, "STEPS", 100)
    return counts


def request_in(folder) -> MakeRequest:
    return MakeRequest(RECIPE, str(folder / "made"), str(folder / "set"), "standard")


@pytest.mark.slow
def test_a_set_grows_and_becomes_an_ensemble_always_the_same(asked, tmp_path) -> None:
    steps, made = followed(make(request_in(tmp_path / "one"), workers=1))
    assert made.rounds == (50, 80)
    assert asked == [50, 80]
    assert len(made.gains) == 1
    bundle = read_bundle(tmp_path / "one" / "made")
    card = card_from_json(bundle.card)
    assert made.card == card
    assert card.training_set == read_manifest(tmp_path / "one" / "set")["digest"]
    assert (card.items, len(bundle.networks), card.training.width) == (80, 2, 16)
    # Nothing is left of the trials.
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"made", "set"}
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < shares[-1] < 1.0  # calibration is still to come
    # Networks of trials are not taken for members of the ensemble.
    told = [step for step in steps if step.metrics]
    assert {step.message for step in told} == {TRAINING}
    assert {step.metrics["member"] for step in told} == {0.0, 1.0}

    again = run(make(request_in(tmp_path / "two"), workers=1))
    assert again.gains == made.gains
    assert read_bundle(again.folder).networks == bundle.networks


def followed(stage) -> tuple[list[Progress], Any]:
    """Return the progress and the value of ``stage``."""
    steps = []
    while True:
        try:
            steps.append(next(stage))
        except StopIteration as end:
            return steps, end.value


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ((1.0, 0.5, 0.5, 0.5, 0.4), (50, 100, 200, 400)),
        ((1.0, 0.5, 0.49, 0.2, 0.19), (50, 100, 200, 400, 800)),
        ((1.0, 0.99, 0.98, 0.9, 0.9), (50, 100, 200)),
    ],
)
def test_it_ends_where_two_rounds_in_sequence_gain_little(
    errors, expected, asked, tiny_folder, tmp_path, monkeypatch
) -> None:
    left = iter(errors)

    def probed(folder, training, place, *, workers):
        yield Progress(1, 1, "training networks")
        return np.full((1, 3), next(left))

    def train(folder, out, *, training, workers):
        yield Progress(1, 1, "training networks")
        return out

    level = replace(SMALL, most=800)
    monkeypatch.setattr(making, "LEVELS", {"standard": level})
    monkeypatch.setattr(making, "probed", probed)
    monkeypatch.setattr(making, "train", train)
    monkeypatch.setattr(making, "read_bundle", lambda _: read_bundle(tiny_folder))
    assert run(make(request_in(tmp_path), workers=1)).rounds == expected


def test_a_gain_is_the_mean_over_what_is_varied() -> None:
    before = np.array([[1.0, 0.02, np.nan], [2.0, 0.04, 0.01]])
    assert gain(before, 0.9 * before) == pytest.approx(0.1)
    assert gain(before, before) == 0.0


def test_one_small_gain_is_not_enough() -> None:
    assert not is_enough([], 0.08)
    assert not is_enough([0.01], 0.08)
    assert not is_enough([0.01, 0.2], 0.08)
    assert is_enough([0.2, 0.01, -0.1], 0.08)
    assert not is_enough([0.2, 0.07, 0.06], 0.05)


@pytest.mark.parametrize("level", LEVELS.values())
def test_a_round_doubles_up_to_the_most(level: Level) -> None:
    counts = level.rounds
    assert all(after <= 2 * before for before, after in pairwise(counts))
    assert counts[-1] <= level.most
    recipe = level.recipe(RECIPE, counts[-1])
    assert recipe.system == RECIPE.system
    assert recipe.sampling.seed == RECIPE.sampling.seed
    # So many are set aside for the bands that the ensemble is sound.
    assert counts[-1] * recipe.training.held_out / 3.0 >= 6


def test_errors_of_the_answer_that_is_used(tiny) -> None:
    card = tiny.card
    errors = {"coordination": 0.5, "distance": 0.01, "deviation": 0.005}
    worse = {name: 2.0 * value for name, value in errors.items()}
    row = {"coordination number": [0.7, 0.9], "distance": [0.6, 0.9], "sigma": [0.8, 1]}
    record = {
        "used": True,
        "errors": {
            head.label: {"joint": errors, "networks": worse} for head in card.heads
        },
        "coverage": {head.label: row for head in card.heads},
    }
    found = errors_found(replace(card, joint=record))
    assert [one.label for one in found] == [head.label for head in card.heads]
    assert found[1].coordination == 0.5
    assert found[1].sigma2 == pytest.approx(2.0 * card.heads[1].centre[2] * 0.005)
    assert found[1].coverage == (0.7, 0.6, 0.8)
    rest = errors_found(replace(card, joint={**record, "used": False}))
    assert rest[1].coordination == 1.0
    assert found_errors(card) == []
