"""Macrostates where bands are wide: where they are drawn, and what follows."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core import execution
from onne_core.bundle.bundle import read_bundle, write_bundle
from onne_core.clusters.sampling import draw_macrostates
from onne_core.digest import digest
from onne_core.errors import DefinitionError, StorageError
from onne_core.jobs import run
from onne_core.networks.build import built_from
from onne_core.networks.further_training import start_of
from onne_core.pipeline.ensembles import refining
from onne_core.pipeline.ensembles.narrowing import (
    REACH,
    Region,
    box_of,
    narrowed,
    regions_of,
    width_of,
)
from onne_core.pipeline.ensembles.refinement import Refinement, refinement_to_json
from onne_core.pipeline.ensembles.training import train
from onne_core.pipeline.phases import engines
from onne_core.posterior.predict import Networks
from onne_core.training_set.split import joined, split_of
from onne_core.training_set.training_set import TrainingSet, load_training_set, united
from onne_core.values.prediction import Estimate, MeasurementSettings, Prediction
from onne_core.values.recipe import Recipe, SamplingRecipe, recipe_to_json
from onne_core.values.structure import Angles, Range, Shell, System
from tests.core import tiny_ensemble

ONE = Range(1.0, 1.0)

CRYSTAL = System(
    "Ni",
    "K",
    (
        Shell("Ni", Range(2.46, 2.52), Range(0.03, 0.15), Range(11.0, 13.0)),
        Shell("Ni", Range(3.49, 3.56), Range(0.03, 0.18), Range(5.0, 7.0)),
        Shell(
            "Ni", Range(4.27, 4.36), Range(0.03, 0.18), Range(18, 26), reported=False
        ),
    ),
    distance_scale=Range(0.96, 1.04),
    coordination_scale=Range(0.4, 1.1),
)
BOX = np.array(
    [
        [[9.0, 10.0], [2.50, 2.52], [0.07, 0.08]],
        [[4.2, 5.4], [3.53, 3.57], [0.08, 0.12]],
    ]
)


def region(box: np.ndarray = BOX, *, beyond: bool = False) -> Region:
    return Region(box, (0,), 1.0, beyond)


def values_of(system: System, count: int = 256) -> np.ndarray:
    """Return N, R, sigma of every shell of macrostates (macrostate, shell, 3)."""
    return np.array(
        [
            [(s.coordination, s.variable.mean, s.variable.deviation) for s in m.shells]
            for m in draw_macrostates(system, count=count, seed=1)
        ]
    )


def inside(values: np.ndarray, box: np.ndarray = BOX) -> np.ndarray:
    """Return which macrostates lie in the box with their reported shells."""
    mine = values[:, : len(box)]
    return np.all((box[..., 0] <= mine) & (mine <= box[..., 1]), axis=(1, 2))


class TestRanges:
    def test_nothing_in_reach_is_lost(self) -> None:
        # However the whole ranges give an answer in the box, the narrowed ones do.
        whole, cut = CRYSTAL, narrowed(CRYSTAL, region())
        wide = np.array([[[8, 11], [2.46, 2.56], [0.05, 0.1]]])
        wide = np.concatenate([wide, [[[3.5, 6], [3.4, 3.7], [0.05, 0.15]]]])
        cut = narrowed(whole, region(wide))
        system = replace(
            whole,
            distance_scale=cut.distance_scale,
            coordination_scale=cut.coordination_scale,
        )
        answers = values_of(system, 4096)
        answers = answers[inside(answers, wide)]
        assert len(answers) > 20
        reach = values_of(cut, 4096)
        assert np.all(reach.min(axis=0) <= answers.min(axis=0) + 0.05)
        assert np.all(reach.max(axis=0) >= answers.max(axis=0) - 0.05)

    def test_far_more_macrostates_lie_in_reach(self) -> None:
        before = inside(values_of(CRYSTAL, 4096)).mean()
        after = inside(values_of(narrowed(CRYSTAL, region()), 4096)).mean()
        assert after > 0.02
        assert after > 20.0 * before

    def test_they_stay_within_the_system(self) -> None:
        cut = narrowed(CRYSTAL, region())
        assert (
            CRYSTAL.distance_scale.lower
            <= cut.distance_scale.lower
            <= cut.distance_scale.upper
        )
        assert cut.coordination_scale.upper <= CRYSTAL.coordination_scale.upper
        for old, new in zip(CRYSTAL.shells, cut.shells, strict=True):
            for name in ("coordination", "distance", "deviation"):
                own, left = getattr(old, name), getattr(new, name)
                assert own.lower <= left.lower <= left.upper <= own.upper

    def test_shells_that_are_not_reported_come_along(self) -> None:
        cut = narrowed(CRYSTAL, region())
        assert cut.shells[2] == CRYSTAL.shells[2]
        third = values_of(cut)[:, 2]
        assert third[:, 0].max() < 26.0 * 10.0 / 11.0 + 1e-9
        assert third[:, 1].mean() == pytest.approx(4.315 * 2.51 / 2.49, abs=0.02)

    def test_what_is_fixed_stays(self) -> None:
        first = replace(CRYSTAL.shells[0], coordination=Range(12.0, 12.0))
        fixed = replace(
            CRYSTAL,
            shells=(first, *CRYSTAL.shells[1:]),
            coordination_scale=ONE,
            distance_scale=ONE,
        )
        cut = narrowed(fixed, region())
        assert cut.shells[0].coordination == Range(12.0, 12.0)
        assert (cut.distance_scale, cut.coordination_scale) == (ONE, ONE)
        assert cut.shells[0].distance == Range(2.50, 2.52)

    def test_only_an_edge_leads_beyond(self) -> None:
        box = BOX.copy()
        box[0, 0], box[0, 2] = [13.5, 16.0], [0.12, 0.2]
        box[1, 0] = [6.0, 9.0]
        within = values_of(narrowed(CRYSTAL, region(box)))
        beyond = values_of(narrowed(CRYSTAL, region(box, beyond=True)))
        assert within[:, 0, 0].max() <= 1.1 * 13.0
        assert within[:, 0, 2].max() <= 0.15
        assert beyond[:, 0, 0].max() > 15.5
        assert beyond[:, 0, 2].max() > 0.19

    def test_shells_of_a_head_are_narrowed_by_their_sum(self) -> None:
        melt = System(
            "Ni",
            "K",
            (
                Shell("Cl", Range(2.2, 2.5), Range(0.05, 0.2), Range(1, 5), head="Cl"),
                Shell("Cl", Range(2.6, 3.1), Range(0.1, 0.3), Range(0, 2), head="Cl"),
            ),
        )
        box = np.array([[[3.5, 4.5], [2.3, 2.4], [0.15, 0.25]]])
        cut = narrowed(melt, region(box))
        near, tail = cut.shells
        assert near.coordination.lower > 1.0
        assert tail.coordination.upper <= 2.0

        def share(system: System) -> float:
            values = values_of(system, 2048)
            number = values[..., 0].sum(axis=1)
            return float(np.mean((number >= 3.5) & (number <= 4.5)))

        assert share(cut) > 1.2 * share(melt)

    def test_a_box_that_no_macrostate_fits_leaves_a_head_as_it_is(self) -> None:
        shells = tuple(replace(shell, head="all") for shell in CRYSTAL.shells[:2])
        system = replace(CRYSTAL, shells=shells)
        cut = narrowed(system, region(BOX[:1]))
        assert cut.shells == shells


def estimate(value: float, std: float, *, fixed: bool = False) -> Estimate:
    return Estimate(value, std, fixed, prior=value, prior_std=4.0 * std)


@pytest.fixture(scope="module")
def answered(tiny) -> Prediction:
    spectrum = tiny_ensemble.spectrum_of(tiny_ensemble.typical())
    return tiny.predict(spectrum, MeasurementSettings(e0_shift=0.0))


def judged(prediction: Prediction, name: str) -> Prediction:
    return replace(prediction, verdict=replace(prediction.verdict, name=name))


class TestRegions:
    def test_a_box_is_three_standard_deviations_wide(self, answered) -> None:
        shell = answered.shells[1]
        box = box_of(answered)
        distance = shell.distance
        assert box[1, 1] == pytest.approx(
            [
                distance.value - REACH * distance.std,
                distance.value + REACH * distance.std,
            ]
        )
        # sigma^2 +- s is sigma +- s / (2 sigma) to first order.
        sigma = np.sqrt(shell.sigma2.value)
        assert (
            np.ptp(box[1, 2]) <= 2.0 * REACH * shell.sigma2.std / (2.0 * sigma) + 1e-9
        )

    def test_the_width_leaves_out_what_is_fixed(self, answered) -> None:
        shells = tuple(
            replace(
                shell,
                coordination_number=estimate(4.0, 9.0, fixed=True),
                distance=estimate(2.0, 0.01),
                sigma2=estimate(0.01, 0.001),
            )
            for shell in answered.shells
        )
        assert width_of(replace(answered, shells=shells)) == pytest.approx(0.25)

    def test_equal_spectra_share_a_region(self, answered) -> None:
        (one,) = regions_of(
            [judged(answered, "inside"), judged(answered, "borderline")]
        )
        assert one.spectra == (0, 1)
        assert one.wanted == pytest.approx(2.0 * width_of(answered))
        assert one.beyond

    def test_others_have_their_own(self, answered) -> None:
        far = replace(answered.shells[0], distance=Estimate(9.0, 0.01))
        other = replace(answered, shells=(far, *answered.shells[1:]))
        found = regions_of([judged(answered, "inside"), judged(other, "inside")])
        assert [one.spectra for one in found] == [(0,), (1,)]

    def test_spectra_outside_have_none(self, answered) -> None:
        assert regions_of([judged(answered, "outside")]) == ()


class TestSets:
    def test_what_was_set_apart_stays_so(self) -> None:
        first, second = (split_of(n, held_out=0.3, seed=1) for n in (20, 12))
        both = joined([first, second])
        assert both.test.tolist() == [*first.test, *(20 + second.test)]
        parts = (both.training, both.validation, both.calibration, both.test)
        assert sorted(np.concatenate(parts)) == list(range(32))

    def test_sets_are_read_behind_one_another(self, tiny_set) -> None:
        more = tiny_ensemble.training_set(8, seed=3)
        both = united([tiny_set, more])
        assert len(both.pairs) == len(tiny_set.pairs) + 8
        assert both.pairs.chi[-8:] == pytest.approx(more.pairs.chi)
        assert both.digest == digest(tiny_set.digest, more.digest)
        assert both.description["added"] == [{"digest": more.digest, "items": 8}]
        assert united([tiny_set]) is tiny_set

    def test_sets_with_other_heads_are_refused(self, tiny_set) -> None:
        other = replace(tiny_set, heads=tiny_set.heads[::-1])
        with pytest.raises(StorageError, match="different grids or heads"):
            united([tiny_set, other])

    def test_added_sets_take_the_phases_that_are_there(self, tmp_path) -> None:
        recipe = Recipe(CRYSTAL)
        place = tmp_path / "base" / engines.PLACE
        place.mkdir(parents=True)
        (place / engines.PHASES).write_bytes(b"phases")
        (place / engines.RECORD).write_text(json.dumps({"input": "old", "sha256": "x"}))
        engines.adopt_phases(tmp_path / "base", tmp_path / "added", recipe)
        added = tmp_path / "added" / engines.PLACE
        assert (added / engines.PHASES).read_bytes() == b"phases"
        record = json.loads((added / engines.RECORD).read_text())
        assert record == {"input": engines.reference_key(recipe), "sha256": "x"}


class TestStart:
    def test_weights_come_back_to_16_bits(self, tiny_set, tiny_folder) -> None:
        made = tiny_ensemble.untrained(tiny_set)
        start = start_of(read_bundle(tiny_folder))
        for member, read in zip(made.members, start.members, strict=True):
            for layer, own in zip(member.layers, read, strict=True):
                for written, known in zip(layer, own, strict=True):
                    assert known == pytest.approx(written, rel=2**-11, abs=1e-7)
        features = tiny_set.pairs.chi[:4, 40:281] @ np.eye(241)
        assert features.shape[1] == 241
        seen = made.material.kernel @ start.inputs(made.material)
        assert seen == pytest.approx(made.material.kernel @ made.whitening, abs=1e-4)

    def test_the_same_networks_give_the_same_answers(
        self, tiny, tiny_set, tiny_folder, tmp_path
    ) -> None:
        start = start_of(read_bundle(tiny_folder))
        made = tiny_ensemble.untrained(tiny_set)
        heads = start.heads(made.material.heads)
        members = tuple(
            replace(member, layers=start.layers(i, heads))
            for i, member in enumerate(made.members)
        )
        built = built_from(
            replace(
                made,
                members=members,
                inputs=start.inputs(made.material),
                prior=2.0 * start.prior,
            ),
            tiny_set,
            edge_energy=None,
            versions={},
        )
        write_bundle(tmp_path / "again", built)
        again = start_of(read_bundle(tmp_path / "again"))
        assert again.prior == pytest.approx(2.0 * start.prior)
        networks = Networks(read_bundle(tmp_path / "again").networks)
        chi = tiny_set.pairs.chi[:5, -tiny.card.k.size :]
        levels = np.full((5, 4), 0.5)
        wanted = tiny.networks.answers(chi, levels, tiny.card)
        found = networks.answers(chi, levels, tiny.card)
        assert found.mean == pytest.approx(wanted.mean, abs=1e-3)
        assert found.shape == pytest.approx(wanted.shape, abs=1e-4)

    def test_new_bins_begin_empty_and_move_no_others(self, tiny_folder) -> None:
        start = start_of(read_bundle(tiny_folder))
        heads = start.card.heads
        wider = (
            replace(heads[0], first_bin=heads[0].first_bin - 2, bins=heads[0].bins + 3),
            *heads[1:],
        )
        (weight, bias), (old, old_bias) = (
            start.layers(0, wider)[-1],
            start.members[0][-1],
        )
        before = 7 * len(heads) + heads[0].bins
        shapes = 7 * len(heads)
        assert np.array_equal(weight[:, :shapes], old[:, :shapes])
        assert np.array_equal(weight[:, shapes + 2 : before + 2], old[:, shapes:before])
        assert np.array_equal(weight[:, before + 3 :], old[:, before:])
        assert not weight[:, [shapes, shapes + 1, before + 2]].any()
        lowest = old_bias[shapes:before].min()
        assert bias[[shapes, shapes + 1, before + 2]] == pytest.approx(lowest)


@pytest.mark.tensorflow
def test_training_goes_on_from_the_networks(
    tiny_set: TrainingSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("tensorflow")
    monkeypatch.setattr(execution, "run_tasks", in_this_process)
    more = tiny_ensemble.training_set(24, seed=3)
    for made, name in ((tiny_set, "base"), (more, "more")):
        tiny_ensemble.store(made, tmp_path / name)
    begun = tiny_ensemble.write_untrained(tmp_path / "begun", tiny_set)
    start = start_of(begun)
    # A step so small that it changes nothing shows where training began.
    still = replace(
        tiny_ensemble.TRAINING, steps=1, learning_rate=1e-8, copies=0, members=2
    )
    run(
        train(
            tmp_path / "base",
            tmp_path / "out",
            training=still,
            added=(tmp_path / "more",),
            start=start,
        )
    )
    bundle = read_bundle(tmp_path / "out")
    again = start_of(bundle)
    for old, new in zip(start.members, again.members, strict=True):
        for i, layer in enumerate(old[:-1]):
            assert new[i][0] == pytest.approx(layer[0], abs=1e-5)
    assert again.first == pytest.approx(start.first, abs=1e-4)
    assert again.prior == pytest.approx(start.prior)
    assert bundle.card["items"] == len(tiny_set.pairs) + 24
    assert bundle.card["training_set"] == digest(tiny_set.digest, more.digest)
    assert bundle.card["description"]["trained_further"] == start.digest


def in_this_process(task, inputs, **_):
    """Stand in for the processes of onne_core.execution."""
    for one in inputs:
        yield from task(one)


class Fakes:
    """Stand-ins for generation and training: bundles whose bands are as told."""

    def __init__(self, base: Path, errors: list[float]) -> None:
        self.base = base
        self.errors = errors
        self.recipes: list[Recipe] = []
        self.trained: list[tuple[tuple[Path, ...], str]] = []

    def generate(self, recipe: Recipe, folder: Path, *, workers: int):
        assert workers == 1
        self.recipes.append(recipe)
        seed = recipe.sampling.seed
        made = tiny_ensemble.training_set(recipe.sampling.macrostates, seed=seed)
        tiny_ensemble.store(made, folder)
        yield from ()
        return folder

    def train(self, folder: Path, out: Path, *, training, added, start, **_):
        self.trained.append((added, start.digest))
        sets = [load_training_set(place) for place in (folder, *added)]
        made = united(sets)
        scale = self.errors.pop(0)
        prior = start.prior.copy()
        prior[..., 1] /= scale
        trained = tiny_ensemble.untrained(made, training)
        begun = {**made.description, "trained_further": start.digest}
        built = built_from(
            replace(trained, prior=prior),
            replace(made, description=begun),
            edge_energy=tiny_ensemble.EDGE_ENERGY,
            versions={},
        )
        write_bundle(out, built)
        yield from ()
        return out


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> refining.RefineRequest:
    """Return a request for an ensemble that lies beside its training set."""
    folder = tmp_path_factory.mktemp("begun")
    system = System(
        "Ni",
        "K",
        (
            Shell("O", Range(1.98, 2.12), Range(0.05, 0.1), Range(6, 6)),
            Shell("Ni", Range(2.88, 3.02), Range(0.05, 0.1), Range(4, 8)),
            Shell("Ni", Range(3.48, 3.62), Range(0.05, 0.1), Range(6, 14)),
        ),
        angles=Angles(),
    )
    recipe = Recipe(system, SamplingRecipe(60, 5, seed=7))
    made = tiny_ensemble.training_set(60)
    description = {"kind": "system", "recipe": recipe_to_json(recipe)}
    made = replace(made, description=description)
    tiny_ensemble.store(made, folder / "set")
    tiny_ensemble.write_untrained(folder / "begun", made)
    return refining.RefineRequest(
        recipe, folder / "set", str(folder / "begun"), added=16, rounds=3
    )


def refined(
    request: refining.RefineRequest, out: Path, fakes: Fakes, monkeypatch
) -> Refinement:
    monkeypatch.setattr(refining, "generate", fakes.generate)
    monkeypatch.setattr(refining, "train", fakes.train)
    spectra = [tiny_ensemble.spectrum_of(tiny_ensemble.typical())]
    return run(
        refining.refine(
            request,
            spectra,
            out,
            settings_of=lambda *_: MeasurementSettings(e0_shift=0.0, theory=0.0),
            workers=1,
        )
    )


class TestRounds:
    def test_it_ends_when_the_bands_stop_shrinking(
        self, begun, tmp_path, monkeypatch
    ) -> None:
        monkeypatch.setattr(refining, "regions_of", everywhere_alike)
        fakes = Fakes(begun.folder, [0.1, 4.0])
        found = refined(begun, tmp_path / "out", fakes, monkeypatch)
        assert found.converged
        assert [one.added for one in found.rounds] == [0, 16, 32]
        assert found.rounds[1].width < 0.97 * found.rounds[0].width
        assert found.best.ensemble == tmp_path / "out" / "round-01"
        first, second = fakes.trained
        assert first[0] == (tmp_path / "out" / "added-01-00",)
        assert second[0] == (*first[0], tmp_path / "out" / "added-02-00")
        assert first[1] == read_bundle(Path(begun.ensemble)).digest
        assert second[1] == read_bundle(tmp_path / "out" / "round-01").digest
        json.dumps(refinement_to_json(found), allow_nan=False)

    def test_a_stopped_run_goes_on(self, begun, tmp_path, monkeypatch) -> None:
        one = replace(begun, rounds=1, where="everywhere")
        fakes = Fakes(begun.folder, [0.1])
        before = refined(one, tmp_path / "out", fakes, monkeypatch)
        assert not before.converged
        again = refined(one, tmp_path / "out", fakes, monkeypatch)
        assert len(fakes.trained) == 1
        assert again == before

    def test_the_comparison_draws_from_all_ranges(
        self, begun, tmp_path, monkeypatch
    ) -> None:
        request = replace(begun, rounds=1, where="everywhere")
        fakes = Fakes(begun.folder, [1.0])
        refined(request, tmp_path / "out", fakes, monkeypatch)
        (recipe,) = fakes.recipes
        assert recipe.system == begun.recipe.system
        assert recipe.sampling.macrostates == 16
        assert recipe.sampling.seed != begun.recipe.sampling.seed

    def test_around_the_answer_ranges_are_narrower(
        self, begun, tmp_path, monkeypatch
    ) -> None:
        monkeypatch.setattr(refining, "regions_of", everywhere_alike)
        fakes = Fakes(begun.folder, [1.0])
        refined(replace(begun, rounds=1), tmp_path / "out", fakes, monkeypatch)
        (recipe,) = fakes.recipes
        assert recipe.system.shells[1].coordination == Range(5.0, 6.0)
        assert recipe.system.shells[0].coordination == Range(6.0, 6.0)

    def test_further_training_is_shorter(self) -> None:
        training = refining.further(tiny_ensemble.TRAINING)
        assert training.steps < tiny_ensemble.TRAINING.steps
        assert training.learning_rate < tiny_ensemble.TRAINING.learning_rate

    def test_spectra_outside_cannot_be_refined(
        self, begun, tmp_path, monkeypatch
    ) -> None:
        monkeypatch.setattr(refining, "regions_of", lambda _: ())
        with pytest.raises(DefinitionError, match="widen the ranges"):
            refined(begun, tmp_path / "out", Fakes(begun.folder, []), monkeypatch)

    def test_another_training_set_is_refused(
        self, begun, tmp_path, monkeypatch
    ) -> None:
        tiny_ensemble.store(tiny_ensemble.training_set(20), tmp_path / "other")
        request = replace(begun, folder=tmp_path / "other")
        with pytest.raises(DefinitionError, match="trained on another set"):
            refined(request, tmp_path / "out", Fakes(begun.folder, []), monkeypatch)

    def test_another_system_is_refused(self, begun, tmp_path, monkeypatch) -> None:
        system = replace(begun.recipe.system, distance_scale=Range(0.9, 1.1))
        request = replace(begun, recipe=replace(begun.recipe, system=system))
        with pytest.raises(DefinitionError, match="a different system"):
            refined(request, tmp_path / "out", Fakes(begun.folder, []), monkeypatch)

    @pytest.mark.parametrize("changes", [{"added": 3}, {"rounds": 0}])
    def test_senseless_numbers_are_refused(self, begun, changes) -> None:
        with pytest.raises(DefinitionError, match="give at least"):
            replace(begun, **changes)


def everywhere_alike(predictions) -> tuple[Region, ...]:
    """Return one region, whatever the networks, which were never trained, answer."""
    box = np.array(
        [
            [[5.5, 6.5], [2.0, 2.1], [0.06, 0.08]],
            [[5.0, 6.0], [2.9, 3.0], [0.06, 0.08]],
            [[9.0, 11.0], [3.5, 3.6], [0.06, 0.08]],
        ]
    )
    return (Region(box, tuple(range(len(predictions))), 1.0, beyond=False),)
