"""Calibration: bands that hold what they claim on examples that it has not seen."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from onne_core.calibration.calibration import (
    Calibration,
    HeadAnswer,
    NetworkOutputs,
    calibrate,
    coverage_of,
    half_widths,
    head_answers,
    quantities_of,
)
from onne_core.ensemble.card import Card, HeadCard
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import DefinitionError
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import TrainingRecipe

GRID = RadialGrid(1.5, 3.5, 0.04)
R = GRID.centres
ERRORS = np.array([0.4, 0.02, 0.008])
"""True standard deviations of the error of N (1), R (Å), sigma (Å)."""

CLAIMED = 0.3
"""What the networks say of them, as a share: far too little."""

HEAD = HeadCard(
    label="Ni-O",
    pair="Ni-O",
    first_bin=0,
    bins=GRID.bins,
    centre=(6.0, 2.4, 0.09),
    scale=(1.0, 0.05, 0.02),
    lowest=(3.0, 2.2, 0.05),
    highest=(9.0, 2.6, 0.15),
    fixed=(False, False, False),
)
CARD = Card(
    name="test",
    absorber="Ni",
    edge="K",
    radial=GRID,
    heads=(HEAD,),
    training=TrainingRecipe(),
    training_set="",
    items=1,
)


def gaussians(quantities: np.ndarray) -> np.ndarray:
    """Return g(r) (item, bin) for N, R, sigma (item, 3)."""
    number, distance, sigma = (column[:, None] for column in quantities.T)
    return number * norm.pdf(R, distance, sigma)


def examples(
    count: int, *, seed: int, empty: int = 0
) -> tuple[HeadAnswer, np.ndarray, np.ndarray]:
    """Return answers with errors of ERRORS, the true g(r), and the true quantities.

    The first ``empty`` ones have no true neighbours.
    """
    rng = np.random.default_rng(seed)
    true = np.array([6.0, 2.4, 0.09]) + rng.normal(size=(count, 3)) * [1.0, 0.05, 0.005]
    found = true + rng.normal(size=(count, 3)) * ERRORS
    g, truth = gaussians(found), gaussians(true)
    truth[:empty] = 0.0
    spread = np.tile(CLAIMED * ERRORS, (count, 1))
    return HeadAnswer(r=R, members=g[None], g=g, spread=spread), truth, true


def untold(answer: HeadAnswer) -> np.ndarray:
    """Return levels of 0 for every spectrum."""
    return np.zeros((len(answer.g), len(LEVELS)))


def test_answers_below_zero_have_no_width() -> None:
    g = gaussians(np.array([[6.0, 2.5, 0.07]])) - 0.2
    assert quantities_of(R, g)[0, 2] == 0.0


def test_quantities_of_gaussians_are_their_parameters() -> None:
    wanted = np.array([[6.0, 2.4, 0.09], [2.5, 2.1, 0.06]])
    found = quantities_of(R, gaussians(wanted))
    assert found[:, :3] == pytest.approx(wanted, rel=1e-3)
    assert found[:, 3] == pytest.approx(0.0, abs=1e-6)


def test_the_third_cumulant_has_the_sign_of_the_tail() -> None:
    tail = gaussians(np.array([[5.0, 2.2, 0.06]])) + gaussians(
        np.array([[1.0, 2.5, 0.06]])
    )
    assert quantities_of(R, tail)[0, 3] > 1e-4
    assert quantities_of(R, tail[:, ::-1])[0, 3] < -1e-4


def test_an_empty_shell_has_no_neighbours_and_no_error() -> None:
    assert np.array_equal(quantities_of(R, np.zeros((1, R.size))), np.zeros((1, 4)))


def test_head_answers_count_neighbours_and_add_both_spreads() -> None:
    rng = np.random.default_rng(0)
    shape = rng.random((3, 2, GRID.bins))
    shape /= shape.sum(axis=2, keepdims=True)
    number = rng.uniform(4.0, 8.0, (3, 2, 1))
    mean, std = rng.normal(size=(3, 2, 1, 3)), rng.uniform(0.1, 0.5, (3, 2, 1, 3))
    (answer,) = head_answers(NetworkOutputs(number, mean, std, shape), CARD)
    assert answer.members.sum(axis=2) * GRID.step == pytest.approx(number[..., 0])
    assert answer.g.sum(axis=1) * GRID.step == pytest.approx(number[..., 0].mean(0))
    variance = np.mean(std[:, :, 0] ** 2, axis=0) + mean[:, :, 0].var(axis=0)
    assert answer.spread == pytest.approx(np.sqrt(variance) * HEAD.scale)


def test_half_widths_are_positive_and_grow_with_the_level() -> None:
    answer, _, _ = examples(5, seed=1)
    std = np.repeat(answer.spread[:, :, None], 2, axis=2)
    widths = half_widths(answer, std)
    assert widths.shape == (5, 2, 2, GRID.bins)
    assert np.all(widths > 0.0)
    assert np.all(widths[:, 1] > widths[:, 0])
    wider = half_widths(answer, 2.0 * std)
    assert np.all(wider.max(axis=3) > 1.5 * widths.max(axis=3))


def test_half_widths_are_the_curve_moved_by_its_errors() -> None:
    answer, _, _ = examples(1, seed=2)
    std = np.zeros((1, 3, 2))
    std[:, 1] = 0.02
    widths = half_widths(answer, std)[0, 0]
    slope = np.gradient(answer.g[0], R)
    steep = np.abs(slope) > 0.5 * np.abs(slope).max()
    assert widths.mean(axis=0)[steep] == pytest.approx(
        0.02 * np.abs(slope[steep]), rel=0.15
    )


def test_factors_make_up_for_what_the_networks_claim() -> None:
    answer, truth, _ = examples(400, seed=3)
    calibration = calibrate((answer,), (truth,), (HEAD,), untold(answer))
    assert calibration.quantity.shape == (1, 3, 2)
    assert calibration.quantity[0] == pytest.approx(1.0 / CLAIMED, rel=0.2)
    assert np.all(calibration.quantity[..., 1] >= calibration.quantity[..., 0])
    assert calibration.curve[0] == pytest.approx(1.0, abs=0.35)


def test_bands_hold_on_examples_not_seen() -> None:
    answer, truth, _ = examples(400, seed=4)
    calibration = calibrate((answer,), (truth,), (HEAD,), untold(answer))
    other, other_truth, _ = examples(400, seed=5)
    table = coverage_of((other,), (other_truth,), calibration, CARD, untold(other))[
        "Ni-O"
    ]
    assert set(table) == {
        *("g(r)", "whole g(r)"),
        *("coordination number", "distance", "sigma"),
    }
    for name, (low, high) in table.items():
        assert low == pytest.approx(0.68, abs=0.08), name
        assert high == pytest.approx(0.95, abs=0.04), name


def test_without_calibration_bands_do_not_hold() -> None:
    answer, truth, _ = examples(200, seed=6)
    ones = np.ones((1, 2))
    none = Calibration(np.ones((1, 3, 2)), ones, ones, np.zeros(1), np.zeros((1, 3, 4)))
    table = coverage_of((answer,), (truth,), none, CARD, untold(answer))["Ni-O"]
    assert table["distance"][0] < 0.4
    assert table["g(r)"][0] < 0.5


def test_a_band_for_the_whole_curve_is_wider_than_one_for_its_bins() -> None:
    answer, truth, _ = examples(200, seed=10)
    found = calibrate((answer,), (truth,), (HEAD,), untold(answer))
    assert np.all(found.whole > 1.2 * found.curve)


def test_what_training_fixed_is_neither_scaled_nor_claimed() -> None:
    answer, truth, _ = examples(100, seed=7)
    answer = replace(answer, spread=answer.spread * [0.0, 1.0, 1.0])
    head = replace(HEAD, fixed=(True, False, False), scale=(0.0, 0.05, 0.02))
    calibration = calibrate((answer,), (truth,), (head,), untold(answer))
    assert np.array_equal(calibration.quantity[0, 0], [1.0, 1.0])
    table = coverage_of(
        (answer,), (truth,), calibration, replace(CARD, heads=(head,)), untold(answer)
    )
    assert "coordination number" not in table["Ni-O"]


def test_empty_shells_do_not_count_for_distances() -> None:
    answer, truth, _ = examples(200, seed=8)
    whole = calibrate((answer,), (truth,), (HEAD,), untold(answer))
    partly, partly_truth, _ = examples(200, seed=8, empty=60)
    found = calibrate((partly,), (partly_truth,), (HEAD,), untold(partly))
    assert found.quantity[0, 1:] == pytest.approx(whole.quantity[0, 1:], rel=0.2)
    assert found.c3 == pytest.approx(whole.c3, rel=0.3)


def test_a_shell_that_is_always_empty_cannot_be_calibrated() -> None:
    answer, truth, _ = examples(10, seed=9, empty=10)
    with pytest.raises(DefinitionError, match=r"^Ni-O: .*more macrostates"):
        calibrate((answer,), (truth,), (HEAD,), untold(answer))


def test_bands_follow_the_levels_where_the_networks_do_not() -> None:
    """Errors twice as large at the theory's full level, the same spread throughout."""

    def at_levels(seed: int) -> tuple[HeadAnswer, np.ndarray, np.ndarray]:
        rng = np.random.default_rng(seed)
        levels = rng.random((1200, len(LEVELS)))
        growth = np.exp(np.log(2.0) * levels[:, 1] ** 2)[:, None]
        true = np.tile([6.0, 2.4, 0.09], (1200, 1))
        found = true + rng.normal(size=(1200, 3)) * ERRORS * growth
        g, spread = gaussians(found), np.tile(ERRORS, (1200, 1))
        answer = HeadAnswer(r=R, members=g[None], g=g, spread=spread)
        return answer, gaussians(true), levels

    answer, truth, levels = at_levels(11)
    calibration = calibrate((answer,), (truth,), (HEAD,), levels)
    assert calibration.levels[0, :, 1] == pytest.approx(np.log(2.0), abs=0.25)
    assert calibration.levels[0, :, [0, 2, 3]] == pytest.approx(0.0, abs=0.25)
    other, other_truth, told_of = at_levels(12)
    for high in (True, False):
        chosen = (told_of[:, 1] > 0.8) == high
        part = replace(
            other,
            members=other.members[:, chosen],
            g=other.g[chosen],
            spread=other.spread[chosen],
        )
        table = coverage_of(
            (part,), (other_truth[chosen],), calibration, CARD, told_of[chosen]
        )
        assert table["Ni-O"]["distance"][0] == pytest.approx(0.68, abs=0.08)
