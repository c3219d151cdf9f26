"""Pre-edge line, post-edge curve and edge step: larch's, with Athena's defaults."""

import numpy as np
import pytest

from onne_core.errors import DefinitionError, FormatError
from onne_core.reduction.normalisation import normalise, ranges_of, step_spread
from onne_core.values.spectrum import ReductionSettings
from tests.core.reduction.scans import E0, ENERGY, mu_of, scan


@pytest.mark.parametrize(
    "given",
    [
        {"norm1": 150.0},
        {"pre1": -150.0, "pre2": -30.0, "norm1": 100.0, "norm2": 700.0, "nnorm": 1},
        {"pre1": -90.0, "pre2": -50.0, "norm1": 40.0, "norm2": 60.0},
    ],
)
def test_the_curves_are_those_of_larch(given):
    from larch import Group
    from larch.xafs import pre_edge

    group = Group(energy=ENERGY.copy(), mu=mu_of(ENERGY))
    pre_edge(group, e0=E0, **given)
    found = normalise(scan(), E0, ReductionSettings(**given))
    assert found.step == pytest.approx(group.edge_step, rel=1e-9)
    np.testing.assert_allclose(found.pre_edge, group.pre_edge, atol=1e-9)
    np.testing.assert_allclose(found.post_edge, group.post_edge, atol=1e-9)


def test_the_post_edge_curve_begins_150_ev_up_where_the_range_allows_it():
    assert ranges_of(ENERGY, E0).norm1 == 150.0
    short = ENERGY[ENERGY < E0 + 300.0]
    assert 80.0 <= ranges_of(short, E0).norm1 <= 100.0


def test_ranges_that_reach_beyond_the_scan_are_cut_to_it():
    wide = ReductionSettings(pre1=-900.0, norm2=9e3)
    ranges = ranges_of(ENERGY, E0, wide)
    assert ranges.pre1 == ENERGY[0] - E0
    assert ranges.norm2 == ENERGY[-1] - E0


def test_a_fixed_edge_step_is_kept():
    found = normalise(scan(), E0, ReductionSettings(step=2.0))
    assert found.step == 2.0


def test_flattened_mu_is_one_above_the_edge():
    found = normalise(scan(), E0)
    flat = found.flattened(mu_of(ENERGY), ENERGY)
    assert np.mean(flat[ENERGY > E0 + 300.0]) == pytest.approx(1.0, abs=0.01)
    assert np.abs(flat[ENERGY < E0 - 60.0]).max() < 0.02


def test_the_uncertainty_of_the_step_is_that_of_the_choice_of_ranges():
    spread = step_spread(scan(), E0)
    assert 0.001 < spread / normalise(scan(), E0).step < 0.1


def test_an_edge_outside_of_the_scan_is_refused():
    with pytest.raises(FormatError, match="outside the data"):
        normalise(scan(), 9e4)


@pytest.mark.parametrize(
    "given",
    [{"nnorm": 3}, {"step": -1.0}, {"pre1": -30.0, "pre2": -60.0}, {"k_min": 9.0}],
)
def test_settings_that_make_no_sense_are_refused(given):
    with pytest.raises(DefinitionError):
        ReductionSettings(**given)
