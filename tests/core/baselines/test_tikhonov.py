"""Non-negative Tikhonov inversion: laws, and what it makes of noise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.demo.dimer import RADIAL, kernel
from onne_core.baselines.tikhonov import invert, second_differences
from onne_core.values.radial_distance import relative_l1, wasserstein
from onne_core.values.spectrum import k_grid

K = k_grid(12.0)
R = RADIAL.centres
KERNEL = kernel(K, RADIAL)


def gaussian(mean: float, deviation: float) -> np.ndarray:
    z = (R - mean) / deviation
    return np.exp(-0.5 * z * z) / (np.sqrt(2.0 * np.pi) * deviation)


def noise_like_chi(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(K.size)


def test_second_differences_are_those_of_a_curve_that_is_zero_beyond_its_ends() -> None:
    curve = np.array([1.0, 4.0, 9.0])
    expected = [0.0 - 2 * 1.0 + 4.0, 1.0 - 2 * 4.0 + 9.0, 4.0 - 2 * 9.0 + 0.0]
    assert second_differences(3) @ curve == pytest.approx(expected)


def test_exact_spectrum_gives_the_distribution_back() -> None:
    truth = gaussian(2.5, 0.1)
    found = invert(KERNEL, KERNEL @ truth, noise=1e-6)
    assert relative_l1(found.g, truth=truth) < 0.02
    assert found.within_noise


def test_noisy_spectrum_gives_shape_and_coordination_number() -> None:
    truth = gaussian(2.5, 0.1)
    chi = KERNEL @ truth + 1e-3 * noise_like_chi(1)
    found = invert(KERNEL, chi, noise=1e-3)
    assert relative_l1(found.g, truth=truth) < 0.08
    assert wasserstein(R, found.g, truth) < 0.02
    assert found.g.sum() * RADIAL.step == pytest.approx(1.0, abs=0.03)


@settings(max_examples=15, deadline=None)
@given(st.floats(1.9, 3.4), st.floats(0.04, 0.2), st.sampled_from([1e-4, 1e-3, 5e-3]))
def test_answer_is_never_negative_and_fits_to_the_noise(
    mean: float, deviation: float, noise: float
) -> None:
    chi = KERNEL @ gaussian(mean, deviation) + noise * noise_like_chi(2)
    found = invert(KERNEL, chi, noise=noise)
    assert found.g.min() >= 0.0
    assert found.within_noise
    assert 0.8 * noise < found.residual < 1.2 * noise


def test_residual_is_the_root_mean_square_of_what_is_left() -> None:
    chi = KERNEL @ gaussian(2.2, 0.08) + 1e-3 * noise_like_chi(3)
    found = invert(KERNEL, chi, noise=1e-3)
    expected = np.sqrt(np.mean((KERNEL @ found.g - chi) ** 2))
    assert found.residual == pytest.approx(expected)


def test_more_noise_is_smoothed_more() -> None:
    chi = KERNEL @ gaussian(2.5, 0.06) + 1e-3 * noise_like_chi(4)
    weights = [
        invert(KERNEL, chi, noise=noise).regularisation for noise in (1e-3, 3e-3, 1e-2)
    ]
    assert weights == sorted(weights)
    assert weights[0] < weights[-1]


def test_understated_noise_is_noticed_and_does_not_end_in_spikes() -> None:
    truth = gaussian(2.5, 0.1)
    chi = KERNEL @ truth + 3e-3 * noise_like_chi(5)
    found = invert(KERNEL, chi, noise=1e-4)
    assert not found.within_noise
    assert relative_l1(found.g, truth=truth) < 0.2


def test_scaled_problem_has_the_scaled_answer() -> None:
    chi = KERNEL @ gaussian(2.5, 0.1) + 1e-3 * noise_like_chi(6)
    once = invert(KERNEL, chi, noise=1e-3)
    scaled = invert(KERNEL, 8.0 * chi, noise=8e-3)
    assert scaled.regularisation == once.regularisation
    assert scaled.g == pytest.approx(8.0 * once.g, abs=1e-6)
