"""Even points of three dimensions, against those of scipy."""

import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import qmc

from onne_core.calibration.sobol import MOST, scrambled_points


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 2, 128, MOST])
def test_points_are_those_of_scipy_bit_for_bit(seed, count):
    theirs = qmc.Sobol(d=3, scramble=True, rng=np.random.default_rng(seed))
    # scipy draws from the first child of the generator that it is given.
    ours = scrambled_points(count, np.random.default_rng(seed).spawn(1)[0])
    np.testing.assert_array_equal(ours, theirs.random(count))


def test_every_half_and_quarter_of_a_side_has_its_share():
    points = scrambled_points(MOST, np.random.default_rng(3))
    for parts in (2, 4, 256):
        counts = [np.bincount((parts * x).astype(int)) for x in points.T]
        assert {tuple(c) for c in counts} == {(MOST // parts,) * parts}


def test_a_prediction_does_without_the_slow_parts_of_scipy():
    """They would take longer to import than everything else."""
    slow = ("scipy.stats", "scipy.signal", "scipy.ndimage")
    script = (
        "import sys, onne_core.pipeline.analysis.analysis\n"
        f"sys.exit(', '.join(m for m in {slow!r} if m in sys.modules) or 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True
    )
    assert run.returncode == 0, run.stderr
