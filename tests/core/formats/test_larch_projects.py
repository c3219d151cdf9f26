"""Projects that larch writes are reduced with their own parameters, as larch does."""

import itertools

import numpy as np
import pytest
from larch import Group
from larch.io import create_athena
from larch.xafs import autobk, pre_edge

from onne_core.pipeline.analysis.analysis import measured_spectra
from tests.core.formats.scans import ENERGY, MU

CASES = [
    (0.8, 1, 0.0, (150, 800), 2),
    (0.8, 3, 3.0, (100, 600), 1),
    (1.0, 1, -3.0, (50, 500), 1),
    (1.0, 2, 0.0, (150, 800), 0),
    (1.0, 3, 3.0, (200, 900), 2),
    (1.4, 1, 0.0, (150, 800), 1),
    (1.4, 2, 3.0, (100, 600), 2),
    (1.4, 3, -3.0, (150, 800), 2),
]


@pytest.mark.parametrize(
    ("case", "clamps"),
    itertools.product(CASES, [(0, 1), (24, 24)]),
)
@pytest.mark.filterwarnings("ignore")
def test_chi_is_that_of_the_project(tmp_path, case, clamps):
    rbkg, weight, shift, norm, degree = case
    group = Group(energy=ENERGY.copy(), mu=MU.copy(), label="foil", filename="foil")
    e0 = 8333.0 + shift
    ends = {"norm1": norm[0], "norm2": norm[1], "nnorm": degree}
    pre_edge(group, e0=e0, pre1=-150, pre2=-50, **ends)
    own = {"rbkg": rbkg, "kweight": weight, "kmin": 0, "kmax": 15, "dk": 0.1}
    own |= {"clamp_lo": clamps[0], "clamp_hi": clamps[1], "nclamp": 3, "win": "hanning"}
    autobk(group, ek0=e0, **own)
    group.autobk_details.call_args = own
    path = tmp_path / "a.prj"
    project = create_athena(str(path))
    project.add_group(group)
    project.save(str(path))
    ((spectrum, reduction),), _ = measured_spectra(path)
    assert (reduction.settings.rbkg, reduction.settings.nnorm) == (rbkg, degree)
    k = np.arange(3.0, 12.0, 0.05)
    wanted = k**2 * np.interp(k, group.k, group.chi)
    found = k**2 * np.interp(k, spectrum.k, spectrum.chi)
    assert np.std(found - wanted) < 0.03 * np.std(wanted)
