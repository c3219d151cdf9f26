"""The oscillating dimer: closed forms of its spectra and densities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import j0

from evaluation.demo import command, comparing, dimer
from evaluation.demo.comparing import DimerScore
from evaluation.demo.densities import (
    Bimodal,
    Gaussian,
    Oscillator,
    PairDensity,
    Skewed,
)
from onne_core.jobs import Progress
from onne_core.values.radial import RadialGrid, moments
from onne_core.values.spectrum import k_grid

K = k_grid(dimer.K_MAX)
R = dimer.RADIAL.centres
STEP = dimer.RADIAL.step

means = st.floats(2.0, 3.0)
deviations = st.floats(0.05, 0.15)
gaussians = st.builds(Gaussian, means, deviations)
densities = st.one_of(
    gaussians,
    st.builds(Skewed, means, deviations, st.floats(0.4, 1.2)),
    st.builds(Bimodal, gaussians, gaussians, st.floats(0.0, 1.0)),
    st.builds(Oscillator, means, st.floats(0.08, 0.28)),
)


def test_grids_are_those_of_the_problem() -> None:
    assert (K[0], K[-1], K.size) == (0.0, pytest.approx(12.0), 241)
    assert dimer.RADIAL.bins == 170


def test_chi_of_a_narrow_gaussian_is_a_damped_sine() -> None:
    mean, deviation = 2.5, 0.03
    chi = dimer.pairs_of([Gaussian(mean, deviation)]).chi[0]
    limit = np.sin(2 * K * mean) * np.exp(-2 * (K * deviation) ** 2) / mean**2
    # What the limit leaves out is the change of r^-2 across the Gaussian.
    assert chi == pytest.approx(limit, abs=3 * deviation / mean**3)
    assert np.corrcoef(chi, limit)[0, 1] > 0.999


def test_chi_of_a_gaussian_is_its_quadrature() -> None:
    mean, deviation = 2.2, 0.15
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    r = mean + deviation * nodes
    expected = np.sin(2 * np.outer(K, r)) / r**2 @ (weights / weights.sum())
    chi = dimer.pairs_of([Gaussian(mean, deviation)]).chi[0]
    assert chi == pytest.approx(expected, abs=1e-6)


def test_chi_of_an_oscillator_is_its_mean_over_a_period() -> None:
    centre, amplitude = 2.6, 0.2
    phase = (np.arange(400) + 0.5) * np.pi / 400
    r = centre + amplitude * np.cos(phase)
    expected = np.mean(np.sin(2 * np.outer(K, r)) / r**2, axis=1)
    chi = dimer.pairs_of([Oscillator(centre, amplitude)]).chi[0]
    # The cells blur the turning points.
    assert chi == pytest.approx(expected, abs=1e-4)


def test_chi_of_a_small_oscillation_is_a_bessel_function() -> None:
    centre, amplitude = 3.0, 0.01
    chi = dimer.pairs_of([Oscillator(centre, amplitude)]).chi[0]
    limit = np.sin(2 * K * centre) * j0(2 * K * amplitude) / centre**2
    assert chi == pytest.approx(limit, abs=2e-4)


def test_oscillator_is_densest_at_its_turning_points() -> None:
    r = np.linspace(2.31, 2.69, 200)
    step = 1e-6
    item = Oscillator(2.5, 0.2)
    slope = (item.cumulative(r + step) - item.cumulative(r - step)) / (2 * step)
    expected = 1.0 / (np.pi * np.sqrt(0.2**2 - (r - 2.5) ** 2))
    assert slope == pytest.approx(expected, rel=1e-4)


@settings(deadline=None)
@given(densities)
def test_every_density_has_the_moments_that_it_states(item: PairDensity) -> None:
    cells = RadialGrid(1.0, 4.4, 5e-4)
    density = np.diff(item.cumulative(cells.edges)) / cells.step
    found = moments(cells.centres, density, r_min=1.0, r_max=4.4)
    stated = item.moments
    assert stated.coordination == 1.0
    assert found.coordination == pytest.approx(1.0, abs=1e-4)
    assert found.distance == pytest.approx(stated.distance, abs=2e-4)
    assert found.sigma2 == pytest.approx(stated.sigma2, abs=2e-4)
    assert found.c3 == pytest.approx(stated.c3, abs=3e-4)


@settings(deadline=None)
@given(densities)
def test_pairs_keep_the_number_of_neighbours_and_the_moments(item: PairDensity) -> None:
    pairs = dimer.pairs_of([item])
    assert pairs.g.sum() * STEP == pytest.approx(1.0, abs=1e-4)
    stated = item.moments
    expected = [stated.coordination, stated.distance, stated.sigma2, stated.c3]
    assert pairs.moments[0, 0].tolist() == expected


@settings(deadline=None)
@given(gaussians)
def test_kernel_turns_binned_gaussians_into_their_spectra(item: Gaussian) -> None:
    pairs = dimer.pairs_of([item])
    binned = dimer.kernel(K, dimer.RADIAL) @ pairs.g[0, 0]
    # What is left is the change of r^-2 across a bin, far below any noise.
    assert binned == pytest.approx(pairs.chi[0], abs=3e-4)


def test_training_set_fills_both_ranges_evenly() -> None:
    made = dimer.training_set(count=256, seed=3)
    distance, sigma2 = made.pairs.moments[:, 0, 1], made.pairs.moments[:, 0, 2]
    for values, span in ((distance, dimer.MEAN), (np.sqrt(sigma2), dimer.DEVIATION)):
        counts, _ = np.histogram(values, bins=16, range=(span.lower, span.upper))
        assert counts.tolist() == [16] * 16


def test_training_set_is_normalised_and_on_its_grids() -> None:
    made = dimer.training_set(count=100, seed=3)
    assert made.pairs.chi.shape == (100, K.size)
    assert made.pairs.g.shape == (100, 1, dimer.RADIAL.bins)
    assert np.array_equal(made.k, K)
    assert made.pairs.g.sum(axis=2) * STEP == pytest.approx(1.0, abs=1e-4)
    assert made.heads == (dimer.HEAD,)


def test_training_set_depends_on_count_and_seed_alone() -> None:
    first = dimer.training_set(count=32, seed=3)
    again = dimer.training_set(count=32, seed=3)
    other = dimer.training_set(count=32, seed=4)
    assert np.array_equal(first.pairs.chi, again.pairs.chi)
    assert first.digest == again.digest != other.digest
    assert not np.array_equal(first.pairs.chi, other.pairs.chi)


def test_test_sets_hold_every_kind_with_the_noise_asked_for() -> None:
    exact = dimer.test_sets(seed=5, noise=0.0, count=8)
    noisy = dimer.test_sets(seed=5, noise=1e-3, count=8)
    assert list(noisy) == ["gaussian", "skewed", "bimodal", "oscillator"]
    for kind, pairs in noisy.items():
        assert np.array_equal(pairs.g, exact[kind].g)
        deviation = np.std(pairs.chi - exact[kind].chi)
        assert deviation == pytest.approx(1e-3, rel=0.1)


def test_score_of_the_truth_is_zero() -> None:
    g = dimer.test_sets(seed=5, noise=0.0, count=4)["bimodal"].g[:, 0]
    assert dimer.score(R, truth=g, answer=g) == dimer.Scores(0.0, 0.0, 0.0, 0.0)


def test_score_of_a_shifted_answer_is_the_shift() -> None:
    g = dimer.pairs_of([Gaussian(2.5, 0.1), Gaussian(3.0, 0.05)]).g[:, 0]
    scores = dimer.score(R, truth=g, answer=np.roll(g, 2, axis=1))
    assert scores.wasserstein == pytest.approx(2 * STEP, abs=1e-6)
    assert scores.mean == pytest.approx(2 * STEP, rel=0.02)


def test_score_of_a_broadened_answer_is_the_added_variance() -> None:
    truth = dimer.pairs_of([Gaussian(2.5, 0.10)]).g[:, 0]
    answer = dimer.pairs_of([Gaussian(2.5, 0.11)]).g[:, 0]
    scores = dimer.score(R, truth=truth, answer=answer)
    assert scores.mean == pytest.approx(0.0, abs=1e-6)
    assert scores.variance == pytest.approx(0.11**2 - 0.10**2, rel=0.05)


def test_tikhonov_answers_are_near_the_truth_where_there_is_no_edge() -> None:
    tests = dimer.test_sets(seed=5, noise=1e-3, count=6)
    answers = dimer.tikhonov_answers(tests, noise=1e-3)
    found = {
        kind: dimer.score(R, truth=tests[kind].g[:, 0], answer=answers[kind])
        for kind in tests
    }
    for kind, most in (("gaussian", 0.1), ("skewed", 0.1), ("bimodal", 0.15)):
        assert found[kind].relative_l1 < most
    assert all(scores.wasserstein < 0.03 for scores in found.values())
    assert all(scores.mean < 0.01 for scores in found.values())


def test_the_command_prints_a_table(monkeypatch, capsys) -> None:
    def demo_dimer(**_):
        yield Progress(1, 1, "comparing")
        return (DimerScore("skewed", "Tikhonov", 0.114, 0.02, 0.003, 0.0004),)

    monkeypatch.setattr(comparing, "demo_dimer", demo_dimer)
    assert command.demo(["dimer", "--members", "1"], result_action="return_value") == 0
    row = capsys.readouterr().out
    for cell in ("skewed", "Tikhonov", "0.114", "0.0200", "0.0030", "0.00040"):
        assert cell in row
