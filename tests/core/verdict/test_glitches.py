"""What a smoothing polynomial leaves of chi(k), against scipy's."""

import numpy as np
import pytest
from scipy.signal import savgol_filter

from onne_core.verdict.glitches import ORDER, POINTS, _roughness


@pytest.mark.parametrize("points", [POINTS + 1, 40, 221])
def test_roughness_is_what_savitzky_and_golay_leave(points):
    chi = np.random.default_rng(points).standard_normal(points)
    left = chi - savgol_filter(chi, POINTS, ORDER)
    (impulse,) = np.eye(1, 2 * POINTS + 1, POINTS)
    size = np.linalg.norm(impulse - savgol_filter(impulse, POINTS, ORDER))
    np.testing.assert_allclose(_roughness(points) @ chi, left / size, atol=1e-12)
