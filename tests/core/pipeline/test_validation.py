"""Validation: errors and coverage on pairs with known g(r)."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core.codec import RECORDS
from onne_core.errors import BundleError, StorageError
from onne_core.jobs import Progress, run
from onne_core.pipeline.ensembles.validation import (
    OTHER_THEORY,
    SIMULATED,
    Validation,
    validate,
)
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import Head, Pairs, TrainingSet
from onne_core.values.radial import RadialGrid, moments
from onne_core.values.radial_distance import relative_l1
from onne_core.values.spectrum import Spectrum, k_grid
from tests.core import tiny_ensemble

COUNT = 8


@pytest.fixture(scope="module")
def pairs() -> TrainingSet:
    return tiny_ensemble.training_set(COUNT, seed=21)


@pytest.fixture(scope="module")
def folder(pairs: TrainingSet, tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("pairs")
    tiny_ensemble.store(pairs, place)
    return place


@pytest.fixture(scope="module")
def validation(tiny_folder: Path, folder: Path) -> Validation:
    return run(validate(tiny_folder, folder))


def spectrum_of(pairs: TrainingSet, item: int) -> Spectrum:
    chi = pairs.pairs.chi[item].astype(np.float32).astype(float)
    return Spectrum(pairs.k.copy(), chi)


def test_every_spectrum_is_counted_and_judged(validation: Validation) -> None:
    assert (validation.ensemble, validation.spectra) == ("tiny", COUNT)
    assert [shell.label for shell in validation.shells] == [
        head.label for head in tiny_ensemble.HEADS
    ]
    assert sum(validation.verdicts.values()) == COUNT
    assert list(validation.verdicts) == ["inside", "borderline", "outside"]


def test_errors_are_those_of_the_predictions(
    validation: Validation, tiny: Ensemble, pairs: TrainingSet
) -> None:
    errors, true = [], []
    for item in range(COUNT):
        shell = tiny.predict(spectrum_of(pairs, item), SIMULATED).shells[2]
        truth = pairs.pairs.g[item, 1:].sum(axis=0)
        r = pairs.radial.centres
        found = moments(r, truth, r_min=shell.r_min, r_max=shell.r_max)
        errors.append(shell.distance.value - found.distance)
        true.append(found.distance)
    distance = validation.shells[2].distance
    assert distance.mean == pytest.approx(np.mean(errors), abs=1e-6)
    assert distance.rms == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-4)
    assert distance.true == pytest.approx(np.mean(true), rel=1e-6)
    assert distance.rms > 0.01


def test_curves_are_compared_per_pair_of_elements(
    validation: Validation, tiny: Ensemble, pairs: TrainingSet
) -> None:
    errors = []
    for item in range(COUNT):
        prediction = tiny.predict(spectrum_of(pairs, item), SIMULATED)
        last = max(shell.r_max for shell in prediction.shells[1:])
        within = prediction.r <= last
        truth = pairs.pairs.g[item, 1:].sum(axis=0)
        g = prediction.pairs["Ni-Ni"].g
        errors.append(relative_l1(g[within], truth=truth[within]))
    assert validation.l1["Ni-Ni"] == pytest.approx(np.mean(errors), rel=1e-4)
    for pair in ("Ni-O", "Ni-Ni"):
        assert 0.0 < validation.coverage68[pair] <= validation.coverage95[pair] <= 1.0


def test_bands_of_calibrated_networks_hold_most_of_the_truth(
    validation: Validation,
) -> None:
    # Three calibration macrostates in the tiny set make this coarse.
    for shell in validation.shells:
        assert shell.distance.coverage68 <= shell.distance.coverage95
        assert shell.distance.coverage95 >= 0.6
        assert shell.wasserstein < 0.2


def test_a_fixed_number_is_marked(validation: Validation) -> None:
    oxygen, first, _ = (shell.coordination_number for shell in validation.shells)
    assert oxygen.fixed
    assert not first.fixed
    assert oxygen.mean == pytest.approx(0.0, abs=0.2)


def test_pairs_of_another_theory_are_taken_as_measured(
    tiny_folder: Path, pairs: TrainingSet, validation: Validation, tmp_path: Path
) -> None:
    description = {"kind": "structures", "scattering": {"core_hole": False}}
    tiny_ensemble.store(replace(pairs, description=description), tmp_path)
    found = run(validate(tiny_folder, tmp_path))
    assert (validation.note, found.note) == ("", OTHER_THEORY)
    # E0 is found for them.
    assert found.shells != validation.shells


def test_progress_counts_the_spectra(tiny_folder: Path, folder: Path) -> None:
    steps = list(validate(tiny_folder, folder))
    assert steps == [Progress(i, COUNT, "validating") for i in range(COUNT + 1)]


def test_the_json_is_plain(validation: Validation) -> None:
    content = json.loads(json.dumps(RECORDS.encode(validation), allow_nan=False))
    assert content["shells"][0]["distance"]["rms"] == (
        validation.shells[0].distance.rms
    )
    assert content["spectra"] == COUNT


def test_shells_that_are_nowhere_have_no_errors(
    tiny_folder: Path, pairs: TrainingSet, tmp_path: Path
) -> None:
    g = pairs.pairs.g.copy()
    g[:, 0] = 0.0
    empty = replace(pairs, pairs=Pairs(pairs.pairs.chi, g, pairs.pairs.moments))
    tiny_ensemble.store(empty, tmp_path)
    content = RECORDS.encode(run(validate(tiny_folder, tmp_path)))
    oxygen = json.loads(json.dumps(content, allow_nan=False))["shells"][0]
    assert oxygen["distance"]["mean"] is None
    assert oxygen["coordination_number"]["true"] == 0.0
    assert content["l1"]["Ni-O"] is None


def test_a_grid_of_its_own_is_brought_to_that_of_the_ensemble(
    validation: Validation, tiny_folder: Path, pairs: TrainingSet, tmp_path: Path
) -> None:
    fine = RadialGrid(1.6, 4.6, 0.02)
    g = np.array(
        [
            [np.interp(fine.centres, pairs.radial.centres, row, 0, 0) for row in item]
            for item in pairs.pairs.g
        ]
    )
    other = replace(
        pairs, radial=fine, pairs=Pairs(pairs.pairs.chi, g, pairs.pairs.moments)
    )
    tiny_ensemble.store(other, tmp_path)
    again = run(validate(tiny_folder, tmp_path))
    assert again.shells[0].distance.rms == pytest.approx(
        validation.shells[0].distance.rms, rel=0.1
    )


def test_pairs_that_do_not_fit_are_refused(
    tiny_folder: Path, pairs: TrainingSet, tmp_path: Path
) -> None:
    heads = (Head("Ni-S", "Ni-S"), *pairs.heads[1:])
    short = Pairs(pairs.pairs.chi[:, :221], pairs.pairs.g, pairs.pairs.moments)
    near = RadialGrid(1.6, 3.2, 0.04)
    few = Pairs(pairs.pairs.chi, pairs.pairs.g[:, :, :40], pairs.pairs.moments)
    cases = {
        "have no Ni-O": replace(pairs, heads=heads),
        r"end at k = 11 Å\^-1, but tiny needs 13": replace(
            pairs, k=k_grid(11.0), pairs=short
        ),
        "ends at 3.2 Å, but tiny was trained to 3.6": replace(
            pairs, radial=near, pairs=few
        ),
    }
    for i, (text, other) in enumerate(cases.items()):
        tiny_ensemble.store(other, tmp_path / str(i))
        with pytest.raises(StorageError, match=text):
            run(validate(tiny_folder, tmp_path / str(i)))


def test_what_is_not_there_is_named(tiny_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no finished training set"):
        run(validate(tiny_folder, tmp_path))
    with pytest.raises(BundleError, match="no ensemble or folder of this name"):
        run(validate("no-such", tmp_path))
