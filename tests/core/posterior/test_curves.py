"""Curves that the data change bin by bin, and the choice between these and moments."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.bundle.bundle import Bundle
from onne_core.calibration.calibration import HeadAnswer, quantities_of
from onne_core.errors import BundleError
from onne_core.networks import joint_fit
from onne_core.posterior.joint.curves import Curves, Process, curves_of
from onne_core.posterior.predict import Ensemble, load
from onne_core.values.prediction import MeasurementSettings
from tests.core import tiny_ensemble

TRAINING = replace(tiny_ensemble.TRAINING, joint_spectra=40, e0_range=2.0)
MIXED = replace(TRAINING, mixed_share=0.8)
STEP = 0.02


@pytest.fixture(scope="module")
def curves() -> Curves:
    r = 2.0 + STEP * np.arange(60)
    g = 7.0 / 0.25 * np.exp(-0.5 * ((r - 2.5) / 0.1) ** 2)[None]
    members = g * np.array([0.95, 1.05])[:, None, None]
    answer = HeadAnswer(r, members, g, np.array([[0.4, 0.02, 0.01]]))
    return curves_of(answer, answer.spread, Process(0.5, 0.05), fixed=False)


@pytest.fixture
def moves(curves) -> np.ndarray:
    moves = np.random.default_rng(1).standard_normal((1, curves.size))
    return 0.5 * moves


def test_curves_stay_without_coefficients(curves) -> None:
    assert curves.moved(curves.still) == pytest.approx(curves.g)


def test_only_the_first_coefficient_changes_the_number(curves, moves) -> None:
    moves[:, 0] = 0.0
    before, after = (STEP * g.sum() for g in (curves.g, curves.moved(moves)))
    assert after == pytest.approx(before)
    assert not np.allclose(curves.moved(moves), curves.g, rtol=0.05)
    moves[:, 0] = 1.0
    more = STEP * curves.moved(moves).sum()
    assert more - before == pytest.approx(0.5 * 0.4, rel=1e-6)


def test_curves_are_never_negative(curves, moves) -> None:
    assert curves.moved(50.0 * moves).min() == 0.0


def test_slopes_are_those_of_moved_curves(curves, moves) -> None:
    found = curves.moved_and_changes(moves)[1][0]
    for i in range(0, curves.size, 5):
        step = np.zeros_like(moves)
        step[0, i] = 1e-5
        ahead, behind = curves.moved(moves + step), curves.moved(moves - step)
        assert found[i] == pytest.approx((ahead - behind)[0] / 2e-5, abs=1e-4)


def test_moments_follow_the_coefficients(curves, moves) -> None:
    _, follow = curves.moments(moves)
    for i in range(0, curves.size, 5):
        step = np.zeros_like(moves)
        step[0, i] = 1e-4

        def values(at: np.ndarray) -> np.ndarray:
            number, mean, sigma, third = quantities_of(curves.r, curves.moved(at))[0]
            return np.array([number, mean, sigma, third / sigma**3 / 6.0])

        change = (values(moves + step) - values(moves - step)) / 2e-4
        assert follow[0, :, i] == pytest.approx(change, abs=2e-4)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> Bundle:
    folder = tmp_path_factory.mktemp("curve") / "tiny"
    made = tiny_ensemble.training_set(120)
    return tiny_ensemble.write_untrained(folder, made, MIXED)


@pytest.fixture(scope="module")
def ensemble(mixed: Bundle) -> Ensemble:
    return load(mixed)


def test_mixtures_get_curves(ensemble) -> None:
    assert ensemble.joint is not None
    assert ensemble.joint.curve is not None
    record = ensemble.card.joint
    assert record["kind"] == joint_fit.CURVE
    assert list(record["ratios"]) == [joint_fit.CURVE]


def test_curves_explain_a_spectrum_that_networks_do_not(ensemble) -> None:
    spectrum = tiny_ensemble.spectrum_of(
        np.array([[6.0, 2.03, 0.07], [6.5, 2.97, 0.08], [9.0, 3.53, 0.075]])
    )
    given = MeasurementSettings(
        e0_shift_std=0.5, s02=1.0, s02_std=0.03, theory=0.0, e0_source="given"
    )
    fitted = ensemble.predict(spectrum, given)
    alone = ensemble.predict(spectrum, replace(given, method="networks"))
    assert fitted.back is not None
    assert alone.back is not None
    assert fitted.back.r_factor_r < 0.2 * alone.back.r_factor_r
    assert fitted.joint is not None
    unknowns = 4 * len(ensemble.card.heads) + 2
    assert fitted.joint.correlation.shape == (unknowns, unknowns)
    assert np.all(np.isfinite(fitted.joint.correlation))


@pytest.mark.parametrize("process", [np.ones(3), np.array([0.4, 0.0])])
def test_a_damaged_process_is_refused(mixed, process) -> None:
    arrays = {**mixed.arrays, "joint.curve": process}
    with pytest.raises(BundleError):
        load(replace(mixed, arrays=arrays))
