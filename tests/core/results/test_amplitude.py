"""N S0^2 from N, S0^2 and their correlation."""

import numpy as np
import pytest

from onne_core.results.amplitude import product
from onne_core.values.prediction import Estimate


@pytest.mark.parametrize("rho", [-0.95, 0.0, 0.6])
def test_the_product_has_the_variance_of_correlated_factors(rho: float) -> None:
    rng = np.random.default_rng(5)
    covariance = [[0.3**2, rho * 0.3 * 0.04], [rho * 0.3 * 0.04, 0.04**2]]
    drawn = rng.multivariate_normal([6.0, 0.9], covariance, size=200_000)
    found = product(Estimate(6.0, 0.3), Estimate(0.9, 0.04), rho)
    assert found.value == pytest.approx(5.4)
    assert found.std == pytest.approx(float(drawn.prod(axis=1).std()), rel=0.02)
