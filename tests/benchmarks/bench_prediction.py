"""Time of a prediction with ten networks, alone and among a thousand, on one thread.

CPU time of all threads does not count what other programs do, though their use of the
caches shows; the time of the clock is noted beside it. By the networks alone, without
and with the fit of the first shell, which gives E0 where it is not given; by the joint
fit, which finds E0 itself; and by the joint fit for another E0, a step in the window.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from onne_core.pipeline.analysis.analysis import load_ensemble

HERE = Path(__file__).resolve().parent
ENSEMBLE, MEMBERS = "ni-foil", 10
LIMITS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}

WANTED = {
    "first_shell_fit": (1e3, "ms", "-"),
    "networks": (1e3, "ms", "< 5"),
    "networks_with_fit": (1e3, "ms", "< 5"),
    "networks_1000": (1.0, "s", "< 1"),
    "networks_1000_with_fit": (1.0, "s", "< 1"),
    "joint": (1e3, "ms", "< 15"),
    "joint_other_e0": (1e3, "ms", "< 100"),
    "joint_1000": (1.0, "s", "< 8"),
}
"""For every time: factor and unit of the figure, and what is wanted."""


@pytest.fixture(scope="module")
def told() -> dict:
    """Return what the probe prints, in a process without the checks of the tests."""
    assert load_ensemble(ENSEMBLE).networks.count == MEMBERS
    process = subprocess.run(
        [sys.executable, str(HERE / "prediction_probe.py"), ENSEMBLE],
        env={**os.environ, **LIMITS, "PYTHONPATH": str(HERE.parents[1])},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=900,
        check=True,
    )
    return json.loads(process.stdout)


@pytest.mark.parametrize("name", WANTED)
def test_prediction(figure, told, name) -> None:
    factor, unit, wanted = WANTED[name]
    cpu, clock = (factor * seconds for seconds in told["spent"][name])
    limits = "BLAS, OpenMP, numba, onnxruntime: 1 thread each"
    note = f"{MEMBERS} members, CPU time; clock {clock:.3g} {unit}; {limits}; "
    note += f"{told['threads']} threads in all"
    figure(f"{name}_{unit}", cpu, wanted=wanted, note=note)
