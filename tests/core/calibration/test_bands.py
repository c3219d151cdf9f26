"""Moved shapes and the ends of bands: the formula again, in plain numpy."""

import numpy as np
import pytest

from onne_core.calibration.bands import (
    DRAWS,
    EMPTY,
    SHARES,
    band_reach,
    normal_draws,
    perturbed_curves,
)
from onne_core.calibration.calibration import quantities_of

R = 1.61 + 0.02 * np.arange(60)


def shapes(count: int = 12, *, seed: int = 1) -> np.ndarray:
    """Return Gaussian shells of different N, R and sigma, as rows."""
    rng = np.random.default_rng(seed)
    mean = 2.2 + 0.1 * rng.normal(size=(count, 1))
    sigma = rng.uniform(0.05, 0.12, (count, 1))
    return rng.uniform(1, 24, (count, 1)) * np.exp(-0.5 * ((R - mean) / sigma) ** 2)


def deviations(count: int, *, seed: int = 2) -> np.ndarray:
    size = np.array([1.0, 0.02, 0.01])[:, None]
    return size * np.random.default_rng(seed).uniform(0.1, 2.0, (count, 3, 2))


def moved_by_interp(g, quantities, std):
    """Return the curves (draw, bin) of one shape."""
    number, mean, sigma, _ = quantities
    change = normal_draws() * std
    factor = np.clip(1.0 + change[:, :1] / number, 0.0, None)
    width = np.exp(change[:, 2:] / sigma)
    position = mean + (R - mean - change[:, 1:2]) / width
    return factor / width * np.interp(position, R, g, left=0.0, right=0.0)


def test_curves_are_the_shape_at_moved_positions():
    g = shapes()
    quantities, std = quantities_of(R, g), deviations(len(g))[..., 0]
    curves = perturbed_curves(R, g, quantities, std[:, None] * normal_draws())
    for item, found in enumerate(curves):
        wanted = moved_by_interp(g[item], quantities[item], std[item])
        np.testing.assert_allclose(found, wanted, atol=1e-9)


def test_reach_is_read_from_quantiles_of_the_curves():
    g = shapes()
    quantities, std = quantities_of(R, g), deviations(len(g))
    reach = band_reach(R, g, quantities, std)
    for item, level in np.ndindex(len(g), 2):
        curves = moved_by_interp(g[item], quantities[item], std[item, :, level])
        ends = [0.5 - SHARES[level] / 2.0, 0.5 + SHARES[level] / 2.0]
        low, high = np.quantile(curves, ends, axis=0)
        wanted = np.clip([g[item] - low, high - g[item]], 0.0, None)
        # Curves are kept in single precision, and empty ones are left out.
        tolerance = {"rtol": 1e-6, "atol": EMPTY * float(g[item].max())}
        np.testing.assert_allclose(reach[item, level], wanted, **tolerance)


def test_batch_of_any_size_gives_the_same():
    g = shapes(50)
    quantities, std = quantities_of(R, g), deviations(len(g))
    together = band_reach(R, g, quantities, std)
    for item in (0, 17, 49):
        part = slice(item, item + 1)
        alone = band_reach(R, g[part], quantities[part], std[part])
        np.testing.assert_array_equal(alone[0], together[item])


def test_what_is_certain_has_no_band():
    g = shapes(3)
    reach = band_reach(R, g, quantities_of(R, g), np.zeros((3, 3, 2)))
    assert np.max(reach) < 1e-7 * g.max()


@pytest.mark.parametrize("empty", [np.zeros((1, R.size)), np.eye(1, R.size, 20)])
def test_shape_without_width_is_not_moved(empty):
    curves = perturbed_curves(R, empty, quantities_of(R, empty), np.ones((1, DRAWS, 3)))
    assert np.all(curves == empty[:, None])
