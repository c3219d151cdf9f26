"""Distances between radial distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from onne_core.values.radial import RadialGrid
from onne_core.values.radial_distance import relative_l1, wasserstein

GRID = RadialGrid(1.0, 4.0, 0.02)
R = GRID.centres

densities = arrays(
    np.float64, GRID.bins, elements=st.floats(0.0, 10.0, allow_subnormal=False)
).filter(lambda g: g.sum() > 0.1)


def gaussian(mean: float, deviation: float) -> np.ndarray:
    return np.exp(-0.5 * ((R - mean) / deviation) ** 2)


def test_relative_l1_of_equal_curves_is_zero() -> None:
    assert relative_l1(gaussian(2.5, 0.1), truth=gaussian(2.5, 0.1)) == 0.0


def test_relative_l1_of_curves_apart_is_two() -> None:
    first, second = np.zeros(GRID.bins), np.zeros(GRID.bins)
    first[:20], second[-20:] = 1.0, 1.0
    assert relative_l1(first, truth=second) == pytest.approx(2.0)


@given(densities, st.floats(0.0, 3.0))
def test_relative_l1_of_a_scaled_curve_is_the_excess(
    g: np.ndarray, factor: float
) -> None:
    assert relative_l1(factor * g, truth=g) == pytest.approx(abs(factor - 1.0))


def test_relative_l1_without_truth_is_not_a_number() -> None:
    assert np.isnan(relative_l1(gaussian(2.5, 0.1), truth=np.zeros(GRID.bins)))


@given(st.integers(-30, 30), st.floats(0.03, 0.1))
def test_wasserstein_of_shifted_distributions_is_the_shift(
    bins: int, deviation: float
) -> None:
    g = gaussian(2.5, deviation)
    shift = abs(bins) * GRID.step
    assert wasserstein(R, g, np.roll(g, bins)) == pytest.approx(shift, abs=1e-9)


@given(densities, densities, densities)
def test_wasserstein_is_a_metric(
    first: np.ndarray, second: np.ndarray, third: np.ndarray
) -> None:
    direct = wasserstein(R, first, second)
    assert direct == pytest.approx(wasserstein(R, second, first))
    detour = wasserstein(R, first, third) + wasserstein(R, third, second)
    assert 0.0 <= direct <= detour + 1e-9


@given(densities, st.floats(0.1, 10.0))
def test_wasserstein_does_not_see_the_coordination_number(
    g: np.ndarray, factor: float
) -> None:
    assert wasserstein(R, factor * g, g) == pytest.approx(0.0, abs=1e-9)


def test_wasserstein_of_nothing_is_not_a_number() -> None:
    assert np.isnan(wasserstein(R, np.zeros(GRID.bins), gaussian(2.5, 0.1)))
