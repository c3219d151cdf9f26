"""The mean over microstates of which few were computed at the fine thresholds."""

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from onne_core.clusters.sampling import draw_macrostates
from onne_core.errors import ScatteringError
from onne_core.jobs import run
from onne_core.pipeline.sets import generation
from onne_core.pipeline.sets.averages import FineLevel, average_of, filter_record
from onne_core.pipeline.sets.kept_microstates import PREFIX, arrays_of
from onne_core.pipeline.sets.two_level import percent_of, two_level_mean
from onne_core.scattering import executables
from onne_core.training_set.training_set import load_training_set, read_manifest
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import (
    ClusterRecipe,
    Recipe,
    SamplingRecipe,
    ScatteringRecipe,
)
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Range, Shell, System

K = k_grid(20.0)
RECIPE = Recipe(
    system=System(
        "Ni",
        "K",
        (Shell("Cl", Range(2.2, 2.4), Range(0.03, 0.08), Range(4.0, 4.0)),),
    ),
    sampling=SamplingRecipe(macrostates=2, microstates=12, seed=5),
    clusters=ClusterRecipe(population=1, generations=0, repulsion_steps=40),
    scattering=ScatteringRecipe(r_max=4.0, fine_count=4, fine_error=100.0),
    radial=RadialGrid(1.5, 4.0, 0.02),
)


def coarse_of(cluster):
    """A spectrum that has the first shell."""
    lengths = cluster.lengths[:, None]
    return np.sum(np.sin(2.0 * K * lengths) / lengths**2, axis=0)


def fine_of(cluster):
    """The same with a second term, which differs between clusters."""
    far = 8.0 + 0.05 * cluster.positions[0, 0]
    return coarse_of(cluster) + 0.05 * np.sin(K * far)


def averaged(recipe=RECIPE, *, fine=fine_of, coarse=coarse_of, seed=0, clusters=5):
    """Average one macrostate; ``clusters`` and ``seed`` are those of its streams."""
    rejected = Counter()
    found = average_of(
        draw_macrostates(recipe.system, count=1, seed=5)[0],
        recipe,
        scatter=coarse,
        rng=np.random.default_rng(clusters),
        rejected=rejected,
        fine=fine and FineLevel(fine, np.random.default_rng(seed)),
    )
    return found, rejected


def with_scattering(**changes):
    return replace(RECIPE, scattering=replace(RECIPE.scattering, **changes))


def plain_mean(chi_of, members):
    return np.mean([chi_of(member.cluster) for member in members], axis=0)


def number_of_fine(found):
    return sum(member.fine is not None for member in found.members)


class TestTheEstimate:
    def test_without_fine_spectra_it_is_the_mean(self):
        coarse = np.random.default_rng(1).normal(size=(5, K.size))
        estimate = two_level_mean(list(coarse), {})
        np.testing.assert_array_equal(estimate.chi, coarse.mean(axis=0))
        assert estimate.error is None

    def test_with_all_of_them_it_is_their_mean_and_exact(self):
        coarse, fine = np.random.default_rng(1).normal(size=(2, 5, K.size))
        estimate = two_level_mean(list(coarse), dict(enumerate(fine)))
        np.testing.assert_allclose(estimate.chi, fine.mean(axis=0), atol=1e-12)
        assert estimate.error == 0.0

    def test_it_is_unbiased_and_its_error_is_what_it_says(self):
        rng = np.random.default_rng(2)
        coarse = np.sin(2.3 * 2.0 * K) + rng.normal(size=(12, 1)) * np.cos(K)
        fine = coarse + 0.1 * np.cos(6.0 * K) + 0.05 * rng.normal(size=(12, K.size))
        truth, found, said = fine.mean(axis=0), [], []
        for _ in range(4000):
            chosen = rng.permutation(12)[:3].tolist()
            estimate = two_level_mean(list(coarse), {i: fine[i] for i in chosen})
            found.append(estimate.chi)
            said.append(estimate.error)
        spread = np.std(found, axis=0)
        bias = np.mean(found, axis=0) - truth
        assert percent_of(bias, truth) < 4.0 * percent_of(spread, truth) / 4000**0.5
        rms = np.sqrt(np.mean(np.square(said)))
        assert rms == pytest.approx(percent_of(spread, truth), rel=0.02)

    def test_percent_are_of_k_squared_chi_between_3_and_14(self):
        chi = np.where(K < 2.99, 100.0, np.where(K > 14.01, 100.0, 2.0))
        assert percent_of(np.full(K.size, 0.02), chi) == pytest.approx(1.0)
        one_point = np.where(np.isclose(K, 14.0), 0.5, 0.0)
        size = np.sqrt(np.sum((K[(K > 2.99) & (K < 14.01)]) ** 4))
        assert percent_of(one_point, chi) == pytest.approx(25.0 * 14.0**2 / size)


class TestAMacrostate:
    def test_the_correction_is_the_mean_of_some_differences(self):
        found, rejected = averaged()
        assert rejected == {}
        assert len(found.members) == 12
        assert number_of_fine(found) == 4
        fine = [m.fine - m.chi for m in found.members if m.fine is not None]
        expected = plain_mean(coarse_of, found.members) + np.mean(fine, axis=0)
        np.testing.assert_allclose(found.pairs.chi[0], expected, atol=1e-12)
        error = np.std(fine, axis=0, ddof=1) * np.sqrt(1 / 4 - 1 / 12)
        assert found.correction_error == pytest.approx(percent_of(error, expected))

    def test_over_many_choices_it_hits_the_mean_of_all_at_the_fine_level(self):
        truth = averaged(with_scattering(fine_count=12))[0]
        assert truth.correction_error == 0.0
        exact = truth.pairs.chi[0]
        np.testing.assert_allclose(exact, plain_mean(fine_of, truth.members))
        found = [averaged(seed=seed)[0] for seed in range(60)]
        off = [percent_of(item.pairs.chi[0] - exact, exact) for item in found]
        said = [item.correction_error for item in found]
        mean = np.mean([item.pairs.chi[0] for item in found], axis=0)
        size = np.sqrt(np.mean(np.square(off)))
        assert percent_of(mean - exact, exact) < 2.5 * size / np.sqrt(60)
        assert np.sqrt(np.mean(np.square(said))) == pytest.approx(size, rel=0.15)
        coarse = plain_mean(coarse_of, truth.members)
        assert percent_of(coarse - exact, exact) > 2.0 * size

    def test_more_are_computed_until_the_error_is_small_enough(self):
        number = {}
        for limit in (0.01, 1.5, 3.0, 100.0):
            found, _ = averaged(with_scattering(fine_error=limit, fine_count=2))
            assert found.correction_error <= limit
            number[limit] = number_of_fine(found)
        assert number[0.01] == 12
        assert 2 < number[3.0] < number[1.5] < 12
        assert number[100.0] == 2

    def test_neither_level_nor_choice_changes_the_clusters(self):
        plain = averaged(fine=None)[0]
        for found in (averaged(seed=1)[0], averaged(seed=2)[0]):
            for one, other in zip(plain.members, found.members, strict=True):
                np.testing.assert_array_equal(
                    one.cluster.positions, other.cluster.positions
                )
            np.testing.assert_array_equal(plain.pairs.g, found.pairs.g)

    def test_the_choice_follows_from_the_stream(self):
        def chosen(seed):
            members = averaged(seed=seed)[0].members
            return [i for i, m in enumerate(members) if m.fine is not None]

        assert chosen(1) == chosen(1)
        assert len({tuple(chosen(seed)) for seed in range(6)}) > 3

    def test_switched_off_it_is_the_plain_mean(self):
        found, _ = averaged(fine=None)
        expected = plain_mean(coarse_of, found.members)
        np.testing.assert_array_equal(found.pairs.chi[0], expected)
        assert found.correction_error is None


class TestFailures:
    @staticmethod
    def refusing(chi_of, refused):
        """Return ``chi_of`` that fails on the calls of these numbers."""
        calls = []

        def scatter(cluster):
            calls.append(cluster)
            if len(calls) - 1 in refused:
                raise ScatteringError("diverged", reason="expansion diverged")
            return chi_of(cluster)

        scatter.calls = calls
        return scatter

    def test_one_at_the_fine_level_is_left_out_of_everything(self):
        fine = self.refusing(fine_of, {0, 2})
        found, rejected = averaged(fine=fine)
        assert rejected == {"expansion diverged": 2}
        assert len(found.members) == 10
        assert number_of_fine(found) == 4
        failed = {id(fine.calls[0]), id(fine.calls[2])}
        assert not failed & {id(member.cluster) for member in found.members}
        some = [m.fine - m.chi for m in found.members if m.fine is not None]
        expected = plain_mean(coarse_of, found.members) + np.mean(some, axis=0)
        np.testing.assert_allclose(found.pairs.chi[0], expected, atol=1e-12)
        lengths = np.concatenate([m.cluster.lengths for m in found.members])
        number, distance, *_ = found.pairs.moments[0, 0]
        assert number == pytest.approx(lengths.size / 10)
        assert distance == pytest.approx(lengths.mean())

    def test_one_at_the_coarse_level_is_not_asked_for_again(self):
        coarse = self.refusing(coarse_of, {0, 1, 2})
        fine = self.refusing(fine_of, set())
        recipe = with_scattering(fine_count=12)
        found, rejected = averaged(recipe, coarse=coarse, fine=fine)
        assert rejected == {"expansion diverged": 3}
        assert len(fine.calls) == number_of_fine(found) == len(found.members) == 9
        assert found.correction_error == 0.0

    def test_too_many_at_the_fine_level_leave_the_macrostate_out(self):
        found, rejected = averaged(fine=self.refusing(fine_of, range(100)))
        assert found is None
        assert rejected["expansion diverged"] == 12
        assert rejected["macrostate left out: most of its clusters were"] == 1

    def test_a_bug_stays_a_bug(self):
        def broken(_):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            averaged(fine=broken)


class TestTheRecipe:
    def test_the_fine_level_has_the_fine_thresholds(self):
        recipe = ScatteringRecipe(
            plane_wave=2.0, curved_wave=3.0, fine_plane_wave=0.2, fine_curved_wave=0.5
        )
        assert recipe.fine is not None
        assert (recipe.fine.plane_wave, recipe.fine.curved_wave) == (0.2, 0.5)
        assert replace(recipe.fine, plane_wave=2.0, curved_wave=3.0) == recipe

    @pytest.mark.parametrize(
        "recipe",
        [
            ScatteringRecipe(fine_count=0),
            ScatteringRecipe(plane_wave=0.0, curved_wave=0.0),
            ScatteringRecipe(plane_wave=0.1, curved_wave=0.0, fine_curved_wave=4.0),
        ],
    )
    def test_there_is_none_where_nothing_is_to_be_corrected(self, recipe):
        assert recipe.fine is None
        assert filter_record(recipe)["correction"] is None

    def test_a_threshold_that_is_finer_already_stays(self):
        fine = ScatteringRecipe(
            plane_wave=1.0, curved_wave=0.0, fine_curved_wave=4.0
        ).fine
        assert fine is not None
        assert (fine.plane_wave, fine.curved_wave) == (0.1, 0.0)

    @pytest.mark.parametrize(
        "changes",
        [
            {"fine_count": 0},
            {"fine_error": 1.0},
            {"fine_plane_wave": 0.2},
            {"fine_curved_wave": 1.0},
        ],
    )
    def test_each_parameter_makes_another_training_set(self, changes):
        other = with_scattering(**changes)
        assert generation.set_digest(other) != generation.set_digest(RECIPE)


COARSE = Recipe(
    system=replace(
        RECIPE.system,
        shells=(
            *RECIPE.system.shells,
            Shell("Cl", Range(3.6, 3.8), Range(0.1, 0.2), Range(4.0, 4.0)),
        ),
    ),
    sampling=SamplingRecipe(macrostates=3, microstates=5, seed=5),
    # So coarse that much is left to be corrected.
    scattering=ScatteringRecipe(
        r_max=4.0, plane_wave=60.0, fine_plane_wave=10.0, fine_error=30.0
    ),
    radial=RadialGrid(1.5, 4.0, 0.02),
)
KEPT = replace(COARSE, sampling=replace(COARSE.sampling, keep_microstates=True))


def made(folder, recipe, *, workers):
    """Make a training set of one macrostate per shard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "SHARD_SECONDS", 0.05)
        return run(generation.generate(recipe, folder, workers=workers))


@pytest.fixture(scope="module")
def kept_set(tmp_path_factory):
    """Return a set with its single microstates, made by two workers."""
    try:
        executables.executables()
    except ScatteringError as error:
        pytest.skip(str(error))
    return made(tmp_path_factory.mktemp("sets") / "kept", KEPT, workers=2)


@pytest.mark.feff
class TestTrainingSets:
    def test_one_worker_makes_the_same_bytes(self, kept_set, tmp_path):
        folder = made(tmp_path / "one", KEPT, workers=1)
        names = sorted(path.name for path in kept_set.glob("*.*"))
        assert sum(name.startswith("shard-") for name in names) == 3
        for name in names:
            assert (folder / name).read_bytes() == (kept_set / name).read_bytes()

    def test_the_manifest_says_what_was_filtered_and_corrected(self, kept_set):
        manifest = read_manifest(kept_set)
        assert manifest["correction"]["count"] == 3
        correction = manifest["correction"]
        assert 0.0 < correction["median"] <= correction["largest"] <= 30.0
        assert manifest["description"]["filter"] == {
            "plane_wave": 60.0,
            "curved_wave": 0.0,
            "correction": {
                "plane_wave": 10.0,
                "curved_wave": 0.0,
                "fewest_microstates": 3,
                "largest_error": 30.0,
            },
            "spot_check": {"plane_wave": 60.0, "curved_wave": 0.0},
        }

    def test_the_kept_microstates_give_the_pairs(self, kept_set):
        pairs = load_training_set(kept_set).pairs
        for n, path in enumerate(sorted(kept_set.glob("shard-*.npz"))):
            with np.load(path) as shard:
                names = [name for name in shard.files if name.startswith(PREFIX)]
                arrays = {name.removeprefix(PREFIX): shard[name] for name in names}
            kept = SimpleNamespace(**arrays)
            assert kept.item.tolist() == [0] * 5
            assert kept.neighbours.tolist() == [8] * 5
            has_fine = np.isfinite(kept.fine[:, 0])
            assert 3 <= has_fine.sum() < 5
            difference = (kept.fine - kept.chi)[has_fine].mean(axis=0)
            assert np.abs(difference).max() > 1e-3
            np.testing.assert_allclose(
                kept.chi.mean(axis=0) + difference, pairs.chi[n], atol=1e-6
            )
            for shell in (0, 1):
                lengths = kept.lengths[kept.shells == shell]
                number, distance, *_ = pairs.moments[n, shell]
                assert number == pytest.approx(lengths.size / 5)
                assert distance == pytest.approx(lengths.mean())

    def test_they_are_kept_only_when_asked_for(self, kept_set, tmp_path):
        folder = made(tmp_path / "plain", COARSE, workers=1)
        with np.load(next(folder.glob("shard-*.npz"))) as shard:
            assert not any(name.startswith(PREFIX) for name in shard.files)
        one, other = (load_training_set(path).pairs for path in (folder, kept_set))
        np.testing.assert_array_equal(one.chi, other.chi)
        np.testing.assert_array_equal(one.g, other.g)


def test_a_shard_without_items_keeps_no_microstates():
    found = arrays_of([], points=K.size)
    assert found["microstate_chi"].shape == (0, K.size)
    assert found["microstate_lengths"].shape == (0,)
