"""Compiled resampling gives what the plain one gives, on grids of every kind."""

import numpy as np
import pytest

from onne_core.first_shell.resampling import resampled, shifted
from onne_core.values.spectrum import e0_shifted, k_grid, on_grid

RNG = np.random.default_rng(4)
UNEVEN = np.unique(RNG.uniform(0.3, 14.0, 240))
KNOWN = (k_grid(14.0), k_grid(12.0)[57:], k_grid(14.0)[::2], UNEVEN, UNEVEN[:8])


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("grid", [k_grid(15.0), k_grid(9.0)[50:]])
def test_resampled_is_the_spectrum_on_another_grid(known, grid):
    chi = RNG.normal(size=known.size)
    wanted = on_grid(grid, known, chi)
    size = np.abs(wanted).max()
    np.testing.assert_allclose(resampled(grid, known, chi), wanted, atol=1e-12 * size)


@pytest.mark.parametrize("shift", [0.0, 3.7, -12.0, 40.0])
def test_shifted_moves_the_origin(shift):
    k = k_grid(15.0)
    chi = RNG.normal(size=k.size)
    np.testing.assert_allclose(
        shifted(k, chi, shift),
        e0_shifted(k, chi, shift),
        atol=1e-12 * np.abs(chi).max(),
    )
