"""E0 stays on the main edge, whatever stands before it and however noisy the scan."""

import numpy as np
import pytest

from onne_core.reduction.background import found_e0
from onne_core.values.spectrum import Absorption
from tests.core.formats.scans import grid, mu_of

SHAPES = {
    "chromate": (6006.0, 2.5, ((5993.5, 0.8, 0.8),)),
    "chromate, broad": (6006.0, 2.0, ((5993.5, 0.9, 1.0),)),
    "V2O5": (5481.0, 2.0, ((5470.5, 0.75, 1.0),)),
    "vanadate": (5482.0, 2.0, ((5469.8, 0.95, 0.9),)),
    "TiO4": (4982.0, 2.5, ((4969.5, 0.7, 0.8),)),
    "TiO5": (4982.0, 3.0, ((4970.5, 0.5, 1.0),)),
    "permanganate": (6555.0, 2.0, ((6543.3, 0.95, 0.9),)),
    "tetrahedral Fe": (7124.0, 3.0, ((7113.5, 0.12, 1.2),)),
    "foil": (8333.0, 0.0, ()),
}
"""Main edge (eV), white line, and peaks before: energy, height, half width (eV)."""


def scan(name: str, *, noise: float, dense: bool, seed: int) -> Absorption:
    """Return a scan of edge step 1; white lines are a tenth of the number high."""
    e0, white, peaks = SHAPES[name]
    rng = np.random.default_rng(seed)
    energy = np.arange(e0 - 190.0, e0 + 900.0, 0.1) if dense else grid(e0)
    energy = energy + rng.uniform(-0.15, 0.15)
    mu = mu_of(energy, e0) + 0.1 * white / (1.0 + ((energy - e0 - 6.0) / 4.0) ** 2)
    for at, height, width in peaks:
        mu += height / (1.0 + ((energy - at) / width) ** 2)
    return Absorption(energy, mu + noise * rng.normal(size=energy.size))


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(
    ("noise", "dense"), [(0.002, False), (0.01, False), (0.01, True), (0.02, True)]
)
def test_e0_of_repeated_scans_agrees(name, noise, dense):
    found = np.array(
        [
            found_e0(scan(name, noise=noise, dense=dense, seed=seed))
            for seed in range(10)
        ]
    )
    assert found.std() < 1.0
    assert np.ptp(found) < 3.0
    assert found.mean() == pytest.approx(SHAPES[name][0], abs=1.5)
