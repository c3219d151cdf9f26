"""Matching: a shape gets the moments that are asked for and keeps its form."""

import numpy as np
import pytest
from scipy.stats import norm

from onne_core.calibration.matching import matched

R = np.arange(1.51, 3.5, 0.02)


def shape_of(mean: float, std: float) -> np.ndarray:
    curve = norm.pdf(R, mean, std)
    return curve / curve.sum()


def moments_of(shape: np.ndarray) -> tuple[float, float]:
    mean = float(shape @ R)
    return mean, float(np.sqrt(shape @ R**2 - mean**2))


@pytest.mark.parametrize(("mean", "std"), [(2.505, 0.06), (2.47, 0.09), (2.5, 0.08)])
def test_the_moments_are_those_asked_for(mean: float, std: float) -> None:
    found = matched(
        R, shape_of(2.5, 0.08)[None], mean=np.array([mean]), std=np.array([std])
    )[0]
    assert found.sum() == pytest.approx(1.0)
    assert moments_of(found) == pytest.approx((mean, std), abs=2e-5)


def test_the_form_stays() -> None:
    skewed = shape_of(2.4, 0.05) + 0.3 * shape_of(2.6, 0.08)
    skewed /= skewed.sum()
    mean, std = moments_of(skewed)
    found = matched(
        R, skewed[None], mean=np.array([mean + 0.05]), std=np.array([0.9 * std])
    )[0]

    def skewness(shape: np.ndarray) -> float:
        mean, std = moments_of(shape)
        return float(shape @ ((R - mean) / std) ** 3)

    assert skewness(found) == pytest.approx(skewness(skewed), rel=0.05)


def test_many_are_matched_as_one_alone() -> None:
    shapes = np.stack([shape_of(2.4, 0.07), shape_of(2.6, 0.1)])
    mean, std = np.array([2.45, 2.55]), np.array([0.06, 0.12])
    together = matched(R, shapes, mean=mean, std=std)
    for i in range(2):
        alone = matched(R, shapes[i : i + 1], mean=mean[i : i + 1], std=std[i : i + 1])
        assert alone[0] == pytest.approx(together[i], abs=1e-12)


def test_contradictions_are_limited() -> None:
    found = matched(
        R, shape_of(2.5, 0.08)[None], mean=np.array([9.0]), std=np.array([0.001])
    )[0]
    assert np.all(np.isfinite(found))
    assert found.sum() == pytest.approx(1.0)
