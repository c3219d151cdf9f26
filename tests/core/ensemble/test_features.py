"""Features: what the networks see of a spectrum, as linear maps of chi(k)."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.ensemble import features
from onne_core.ensemble.card import input_grid
from onne_core.values.recipe import TrainingRecipe
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    e0_shifted,
    fourier_transform,
    hanning_window,
    k_grid,
)
from tests.core import tiny_ensemble

TRAINING = TrainingRecipe(k_min=3.0, k_max=12.0, r_filter=(1.0, 4.2))
K = input_grid(TRAINING)
TRANSFORM = features.transform_matrix(TRAINING)
PROJECTOR = features.measurable_projector(TRANSFORM)


def chi_of(seed: int) -> np.ndarray:
    """Return a sum of shells within the R filter, on the input grid."""
    rng = np.random.default_rng(seed)
    distances, numbers = rng.uniform(1.9, 4.0, 3), rng.uniform(2.0, 12.0, 3)
    shells = [
        tiny_ensemble.shell_chi(K, number=number, distance=distance, sigma2=0.005)
        for number, distance in zip(numbers, distances, strict=True)
    ]
    return np.sum(shells, axis=0)


def test_the_input_grid_is_the_window_with_its_tapers() -> None:
    assert (K[0], K[-1]) == (2.0, pytest.approx(13.0))
    assert np.diff(K) == pytest.approx(0.05)
    window = hanning_window(K, k_min=3.0, k_max=12.0, taper=TRAINING.taper)
    assert np.all(window[1:-1] > 0.0)
    assert window[[0, -1]] == pytest.approx(0.0, abs=1e-9)


def test_the_input_grid_never_starts_below_zero() -> None:
    assert input_grid(replace(TRAINING, k_min=0.0))[0] == 0.0


def test_the_transform_is_that_of_the_windowed_weighted_spectrum() -> None:
    chi, r = chi_of(0), features.r_points(TRAINING)
    window = hanning_window(K, k_min=3.0, k_max=12.0, taper=TRAINING.taper)
    expected = fourier_transform(K**2 * chi * window, K, r)
    assert chi @ TRANSFORM == pytest.approx(expected, rel=1e-9)


def test_coefficients_cover_the_r_filter() -> None:
    r = features.r_points(TRAINING)
    assert r[0] == 1.0
    assert r[-1] == pytest.approx(4.2, abs=features.R_SAMPLING / 2)
    assert np.diff(r) == pytest.approx(features.R_SAMPLING)


def test_the_projector_projects_and_its_rank_is_what_nyquist_says() -> None:
    squared, turned = PROJECTOR @ PROJECTOR, PROJECTOR.T
    assert squared == pytest.approx(PROJECTOR, abs=1e-9)
    assert turned == pytest.approx(PROJECTOR, abs=1e-12)
    independent = 2.0 * (12.0 - 3.0) * (4.2 - 1.0) / np.pi
    assert independent <= np.trace(PROJECTOR) <= 1.6 * independent


def test_the_projector_does_not_depend_on_the_order_of_the_equations() -> None:
    """Bases of singular vectors are not unique; the features must be."""
    rows = np.random.default_rng(0).permutation(len(TRANSFORM))
    other = features.measurable_projector(TRANSFORM[rows])
    assert other == pytest.approx(PROJECTOR, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_the_projector_keeps_a_spectrum(seed: int) -> None:
    parts = features.real_parts((chi_of(seed) @ TRANSFORM)[None])
    kept = parts @ PROJECTOR
    # What it leaves out is mostly the taper at low k, where the k-weight is small.
    assert np.linalg.norm(kept - parts) < 0.1 * np.linalg.norm(parts)


def test_the_feature_matrix_is_all_steps_in_one() -> None:
    chi = chi_of(1)
    step_by_step = features.real_parts((chi @ TRANSFORM)[None]) @ PROJECTOR
    assert chi @ features.feature_matrix(TRAINING) == pytest.approx(
        step_by_step[0], rel=1e-9, abs=1e-12
    )


@pytest.mark.parametrize("shift", [-3.0, -0.5, 2.0])
def test_a_shifted_origin_is_the_theory_at_another_wave_number(shift: float) -> None:
    k, target = k_grid(16.0), k_grid(12.0)[60:]
    shell = {"number": 6.0, "distance": 2.05, "sigma2": 0.005}
    chi = tiny_ensemble.shell_chi(k, **shell)
    true_k = np.sqrt(target**2 + shift / HBAR2_OVER_2M)
    expected = tiny_ensemble.shell_chi(true_k, **shell)
    shifted = features.shifted_origin(k, chi[None], shift, target)[0]
    assert shifted == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shift", [-3.0, 0.0, 2.0])
def test_moving_e0_back_undoes_a_shifted_origin(shift: float) -> None:
    k = k_grid(16.0)
    chi = tiny_ensemble.spectrum_of(tiny_ensemble.typical(), k).chi
    measured = features.shifted_origin(k, chi[None], shift, k)[0]
    middle = (k > 3.0) & (k < 14.0)
    back = e0_shifted(k, measured, -shift)
    assert back[middle] == pytest.approx(chi[middle], abs=2e-4)


def test_smooth_functions_have_unit_variance_and_the_stated_correlation() -> None:
    r = np.arange(1.0, 5.0, 0.1)
    basis = features.smooth_basis(r)
    assert np.sum(basis**2, axis=0) == pytest.approx(np.ones(r.size))
    correlation = (basis.T @ basis)[r.size // 2]
    distance = (r - r[r.size // 2]) / features.SMOOTHNESS
    assert correlation == pytest.approx(np.exp(-0.5 * distance**2), abs=0.01)
