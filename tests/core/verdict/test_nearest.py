"""The nearest training spectra: the right ones are found, far ones are called far."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.bundle.bundle import read_bundle
from onne_core.bundle.statistics import statistics_from_arrays
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import BundleError
from onne_core.networks.augment import draw, material_of
from onne_core.networks.nearest_fit import DIRECTIONS, nearness_of, with_usual
from onne_core.posterior.predict import Ensemble, load
from onne_core.training_set.split import split_of
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.recipe import paper_training
from onne_core.verdict.nearest import SHOWN, Nearness, nearest_spectra
from tests.core import tiny_ensemble

SETTINGS = MeasurementSettings(e0_shift=0.0, s02=1.0)
NAMES = ("directions", "spectra", "quantities", "usual", "thresholds")


def arrays_of(folder, **changes) -> dict[str, np.ndarray]:
    arrays = dict(read_bundle(folder).arrays) | changes
    return {name: value for name, value in arrays.items() if value is not None}


def test_a_training_spectrum_is_its_own_nearest(tiny: Ensemble, tiny_set) -> None:
    training = tiny_ensemble.TRAINING
    split = split_of(
        len(tiny_set.pairs), held_out=training.held_out, seed=training.seed
    )
    for item in split.training[:3]:
        quantities = tiny_set.pairs.moments[item, :, :3]
        deviations = np.column_stack([quantities[:, :2], np.sqrt(quantities[:, 2])])
        spectrum = tiny_ensemble.spectrum_of(deviations)
        nearest = tiny.predict(spectrum, SETTINGS).nearest
        assert len(nearest) == SHOWN
        found = [
            (shell.coordination_number, shell.distance, shell.sigma2)
            for shell in nearest[0].shells
        ]
        # Kept in two bytes a number.
        assert np.array(found) == pytest.approx(quantities, rel=2e-3, abs=1e-4)
        assert nearest[0].separation < 0.2
        separations = [one.separation for one in nearest]
        assert separations == sorted(separations)


def test_distance_one_is_usual_and_a_foreign_spectrum_is_far(
    tiny: Ensemble, tiny_set
) -> None:
    training = tiny_ensemble.TRAINING
    split = split_of(
        len(tiny_set.pairs), held_out=training.held_out, seed=training.seed
    )
    examples = draw(
        material_of(tiny_set, training),
        split.calibration,
        count=400,
        rng=np.random.default_rng(3),
        mixed=False,
        fixed={"theory": 1.0},
    )
    distances, _ = tiny.nearness.found(examples.features)
    assert np.median(distances[:, 0]) == pytest.approx(1.0, abs=0.15)
    quantities = tiny_ensemble.typical()
    quantities[:, 1] += 0.25
    prediction = tiny.predict(tiny_ensemble.spectrum_of(quantities), SETTINGS)
    edge, outside = tiny.domain.nearest
    assert 1.0 < edge < outside < prediction.nearest[0].separation
    (sentence,) = [
        reason
        for reason in prediction.verdict.reasons
        if reason.text.startswith("The nearest training spectrum")
    ]
    assert not sentence.passed


def test_directions_measure_in_units_of_the_errors(tiny_set) -> None:
    training = tiny_ensemble.TRAINING
    material = material_of(tiny_set, training)
    index = np.arange(len(material))
    _, _, whitening = np.linalg.svd(material.kernel, full_matrices=False)
    found = nearness_of(material, index, whitening[:20].T, rng=np.random.default_rng(1))
    assert found.directions.shape[1] <= DIRECTIONS
    none, some = (
        draw(
            material,
            index,
            count=3000,
            rng=np.random.default_rng(4),
            mixed=False,
            fixed=fixed,
        )
        for fixed in (dict.fromkeys(LEVELS, 0.0), {})
    )
    errors = (some.features - none.features) @ found.directions
    assert np.mean(errors**2, axis=0) == pytest.approx(1.0, rel=0.35)
    between = found.spectra.var(axis=0)
    assert np.all(np.diff(between) < 0.0)
    twice, distances = with_usual(found, some.features)
    assert np.array_equal(distances, twice.found(some.features)[0][:, 0])
    assert np.median(distances) == pytest.approx(1.0)


def test_directions_of_a_recipe_without_errors_are_those_of_the_structures(
    tiny_set,
) -> None:
    exact = paper_training(tiny_ensemble.TRAINING)
    material = material_of(tiny_set, exact)
    index = np.arange(len(material))
    _, _, whitening = np.linalg.svd(material.kernel, full_matrices=False)
    found = nearness_of(material, index, whitening[:20].T, rng=np.random.default_rng(1))
    assert found.directions.shape[1] > 1
    assert np.all(np.isfinite(found.spectra))
    assert np.all(np.diff(found.spectra.var(axis=0)) < 0.0)


def test_search_is_that_of_all_distances() -> None:
    rng = np.random.default_rng(2)
    nearness = Nearness(
        directions=rng.normal(size=(8, 5)),
        spectra=rng.normal(size=(40, 5)),
        quantities=np.zeros((40, 1, 3)),
        usual=2.0,
    )
    features = rng.normal(size=(7, 8))
    apart = (features @ nearness.directions)[:, None] - nearness.spectra
    every = np.sqrt(np.mean(apart**2, axis=-1)) / 2.0
    distances, places = nearness.found(features)
    assert np.array_equal(places, np.argsort(every, axis=1)[:, :SHOWN])
    assert distances == pytest.approx(np.sort(every, axis=1)[:, :SHOWN])
    few = replace(
        nearness, spectra=nearness.spectra[:2], quantities=nearness.quantities[:2]
    )
    assert few.found(features)[0].shape == (7, 2)


def test_an_empty_shell_has_no_distance(tiny: Ensemble) -> None:
    assert tiny.nearness is not None
    quantities = tiny.nearness.quantities.copy()
    head = tiny.card.heads[1]
    quantities[:, 1, 0] = -head.centre[0] / head.scale[0]
    empty = replace(tiny.nearness, quantities=quantities)
    features = np.zeros((1, len(tiny.nearness.directions)))
    ((first, *_),) = nearest_spectra(empty, features, tiny.card)
    assert first.shells[1].coordination_number == 0.0
    assert np.isnan([first.shells[1].distance, first.shells[1].sigma2]).all()
    assert np.isfinite(first.shells[0].distance)


def test_older_bundles_have_no_nearest_spectra(tiny_folder) -> None:
    bundle = read_bundle(tiny_folder)
    arrays = {
        name: value
        for name, value in bundle.arrays.items()
        if not name.startswith("nearest.")
    }
    older = load(replace(bundle, arrays=arrays))
    prediction = older.predict(
        tiny_ensemble.spectrum_of(tiny_ensemble.typical()), SETTINGS
    )
    assert prediction.nearest == ()
    assert older.nearness is None
    assert not any("nearest" in reason.text for reason in prediction.verdict.reasons)


@pytest.mark.parametrize("name", NAMES)
def test_incomplete_or_unfitting_arrays_are_refused(
    tiny: Ensemble, tiny_folder, name: str
) -> None:
    for value in (None, np.zeros((3, 1)), np.zeros(0), np.zeros((0, 2, 3))):
        arrays = arrays_of(tiny_folder, **{f"nearest.{name}": value})
        with pytest.raises(BundleError, match="missing or does not fit"):
            statistics_from_arrays(arrays, tiny.card, features=tiny.kernel.shape[1])


def test_what_is_kept_is_small(tiny_folder) -> None:
    arrays = read_bundle(tiny_folder).arrays
    assert arrays["nearest.spectra"].dtype == np.float16
    assert arrays["nearest.quantities"].dtype == np.float16
    assert arrays["nearest.directions"].dtype == np.float32
