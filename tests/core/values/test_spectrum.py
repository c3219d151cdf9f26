"""What is done to chi(k) before a network sees it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from onne_core.errors import FormatError
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    K_STEP,
    Spectrum,
    e0_shifted,
    fourier_transform,
    hanning_window,
    k_grid,
    k_weighted,
    magnitude_in_r,
    noise_of,
    on_grid,
    regridded,
)

# Distance (Å), neighbours and sigma^2 (Å^2) of the first shells of Ni.
NI_SHELLS = ((2.49, 12, 0.006), (3.52, 6, 0.008), (4.31, 24, 0.008), (4.98, 12, 0.008))


def foil_like(k):
    """Return chi of four damped shells, with the sharp ends of a real spectrum."""
    chi = np.zeros_like(k)
    for r, number, sigma2 in NI_SHELLS:
        damping = np.exp(-2 * sigma2 * k**2 - 2 * r / 8 - ((k - 6) / 6) ** 2)
        chi += number * damping * np.sin(2 * k * r + 1 - 0.3 * k) / r**2
    return chi / np.maximum(k, 0.5)


def spectrum_of(k, chi):
    return Spectrum(np.array(k, dtype=float), np.array(chi, dtype=float), name="test")


@pytest.mark.parametrize(
    ("k", "chi", "words"),
    [
        (np.arange(3.0), np.zeros(3), "only 3 points; chi.* needs at least 8"),
        (np.arange(9.0), np.full(9, np.nan), "NaN or infinite values; remove"),
        (np.arange(9.0)[::-1], np.zeros(9), "k must increase; sort the rows"),
    ],
)
def test_an_unusable_spectrum_is_refused_by_name(k, chi, words):
    with pytest.raises(FormatError, match=f"test: {words}"):
        spectrum_of(k, chi)


def test_the_grid_runs_from_zero_in_steps_of_a_twentieth():
    k = k_grid(16.0)
    np.testing.assert_allclose(k, np.linspace(0.0, 16.0, 321), atol=1e-12)


def test_k_weighting_multiplies_by_powers_of_k():
    spectrum = spectrum_of(np.arange(8.0), np.ones(8))
    np.testing.assert_array_equal(k_weighted(spectrum, 2), np.arange(8.0) ** 2)


def test_regridding_keeps_the_signal_and_is_zero_where_nothing_was_measured():
    coarse = 3.0 + 0.07 * np.arange(150)
    spectrum = spectrum_of(coarse, np.sin(2 * coarse * 4.0))
    k = k_grid(16.0)
    found = regridded(spectrum, k)
    inside = (k >= coarse[0]) & (k <= coarse[-1])
    assert np.all(found.chi[~inside] == 0.0)
    np.testing.assert_allclose(
        found.chi[inside], np.sin(2 * k[inside] * 4.0), atol=3e-3
    )
    assert regridded(found, k) is found


@pytest.mark.parametrize("k_max", [9.0, 12.0, 20.0])
def test_regridding_to_a_longer_or_shorter_grid_changes_no_value(k_max):
    """Also where the numbers of a file differ from those of the grid by rounding."""
    measured = np.round(k_grid(12.0), 2)
    chi = np.random.default_rng(4).normal(size=measured.size)
    k = k_grid(k_max)
    found = regridded(spectrum_of(measured, chi), k).chi
    common = min(k.size, measured.size)
    np.testing.assert_array_equal(found[:common], chi[:common])
    assert not found[common:].any()


def test_no_e0_shift_changes_no_value():
    k = k_grid(12.0)
    chi = np.random.default_rng(5).normal(size=k.size)
    np.testing.assert_array_equal(e0_shifted(k, chi, 0.0), chi)


@given(st.floats(-8.0, 8.0), st.floats(1.5, 5.0))
def test_an_e0_shift_moves_every_point_in_energy(shift, r):
    k = k_grid(16.0)
    known = np.sin(2 * k * r)
    found = e0_shifted(k, known, shift)
    inside = (k > 3.0) & (k < 15.0)
    energy = HBAR2_OVER_2M * k[inside] ** 2 + shift
    expected = np.sin(2 * np.sqrt(energy / HBAR2_OVER_2M) * r)
    np.testing.assert_allclose(found[inside], expected, atol=2e-3)


@given(st.floats(-8.0, 8.0))
def test_an_e0_shift_there_and_back_changes_nothing(shift):
    k = k_grid(16.0)
    chi = foil_like(k)
    back = e0_shifted(k, e0_shifted(k, chi, shift), -shift)
    inside = (k > 3.0) & (k < 15.0)
    assert np.max(np.abs(back - chi)[inside]) < 2e-3 * np.max(np.abs(chi))


@pytest.mark.parametrize("points", [8, 60])
def test_between_its_points_a_spectrum_is_a_cubic_spline(points: int) -> None:
    rng = np.random.default_rng(points)
    known = np.cumsum(rng.uniform(0.03, 0.3, points))
    chi = rng.normal(size=points)
    k = k_grid(float(known[-1]) + 0.5)
    inside = (k >= known[0]) & (k <= known[-1])
    expected = np.where(inside, CubicSpline(known, chi)(k), 0.0)
    np.testing.assert_allclose(on_grid(k, known, chi), expected, atol=1e-12)


def test_the_window_follows_the_formula():
    """Ravel and Newville, J. Synchrotron Rad. 12, 537 (2005): sin^2 slopes of dk."""
    k = k_grid(16.0)
    window = hanning_window(k, k_min=3.0, k_max=12.0, taper=2.0)
    expected = np.zeros_like(k)
    for i, x in enumerate(k):
        if 2.0 <= x < 4.0:
            expected[i] = np.sin(np.pi / 2 * (x - 2.0) / 2.0) ** 2
        elif 4.0 <= x <= 11.0:
            expected[i] = 1.0
        elif 11.0 < x <= 13.0:
            expected[i] = np.cos(np.pi / 2 * (x - 11.0) / 2.0) ** 2
    np.testing.assert_allclose(window, expected, atol=1e-9)
    halves = np.isclose(k, 3.0) | np.isclose(k, 12.0)
    np.testing.assert_allclose(window[halves], 0.5, atol=1e-12)


def test_a_window_without_taper_is_a_box():
    k = k_grid(16.0)
    window = hanning_window(k, k_min=3.0, k_max=12.0, taper=0.0)
    np.testing.assert_array_equal(window, (k >= 3.0) & (k <= 12.0))


def test_the_transform_is_the_integral():
    k, r = k_grid(12.0), np.array([0.0, 1.0, 2.5])
    weighted = np.exp(-(((k - 6) / 2) ** 2))
    for value, distance in zip(fourier_transform(weighted, k, r), r, strict=True):
        expected = sum(
            w * np.exp(2j * x * distance) for w, x in zip(weighted, k, strict=True)
        )
        assert value == pytest.approx(expected * K_STEP / np.sqrt(np.pi), rel=1e-9)


def test_the_transform_keeps_the_power():
    """Parseval: with the factor sqrt(1/pi) the integrals over R and k agree."""
    k = k_grid(16.0)
    weighted = foil_like(k) * hanning_window(k, k_min=4.0, k_max=13.0)
    # R repeats itself after pi / dk, so one period holds all of the power.
    r = np.linspace(0.0, np.pi / K_STEP, 1000, endpoint=False)
    power = np.sum(np.abs(fourier_transform(weighted, k, r)) ** 2) * (r[1] - r[0])
    assert power == pytest.approx(np.sum(weighted**2) * K_STEP, rel=1e-9)


def test_a_single_distance_peaks_where_it_is():
    k = k_grid(16.0)
    r, magnitude = magnitude_in_r(
        spectrum_of(k, np.sin(2 * k * 3.0)), k_min=3.0, k_max=13.0, power=0
    )
    assert r[np.argmax(magnitude)] == pytest.approx(3.0, abs=0.011)
    # Half of a sine's amplitude goes to +R; the window's area is 10 Å^-1.
    assert magnitude.max() == pytest.approx(0.5 * 10.0 / np.sqrt(np.pi), rel=0.01)


@pytest.mark.parametrize("signal", [np.zeros_like, foil_like], ids=["none", "foil"])
@pytest.mark.parametrize("noise", [3e-4, 5e-3])
def test_the_noise_is_found_beside_any_signal(signal, noise):
    """Single spectra scatter by 12 %; the mean of 40 must be right."""
    k = k_grid(16.0)
    rng = np.random.default_rng(1)
    found = [
        noise_of(
            spectrum_of(k, signal(k) + noise * rng.standard_normal(k.size)),
            k_min=3.0,
            k_max=14.0,
        )
        for _ in range(40)
    ]
    assert np.mean(found) == pytest.approx(noise, rel=0.05)
    assert np.std(found) < 0.2 * noise
