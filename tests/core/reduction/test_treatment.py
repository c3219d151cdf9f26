"""Shift, deglitch, rebin, truncate; align and merge; outliers and second edges."""

from dataclasses import replace

import numpy as np
import pytest

from onne_core.codec import Codec
from onne_core.errors import DefinitionError, FormatError
from onne_core.reduction.alignment import shift_between
from onne_core.reduction.background import reduce
from onne_core.reduction.merging import Scan, merged
from onne_core.reduction.normalisation import normalise
from onne_core.reduction.outliers import outliers
from onne_core.reduction.second_edge import edge_near, second_edge
from onne_core.reduction.steps import (
    aligned,
    calibrated,
    carried_out,
    deglitched,
    ending_at,
    glitches_of,
    merged_entry,
    nearest_point,
    rebinned,
    reset,
    started,
    with_operation,
    with_setting,
    without_operation,
)
from onne_core.reduction.treatment import shift_of, treated
from onne_core.values.project import SpectrumEntry
from onne_core.values.spectrum import noise_of, white_noise_of
from onne_core.values.treatment import (
    FORM,
    Deglitch,
    Rebin,
    Shift,
    Truncate,
)
from tests.core.reduction.scans import E0, ENERGY, edge_of, mu_of, noisy, scan


def test_a_shift_moves_energies_and_e0_and_nothing_else():
    moved = treated(scan(e0=E0), (Shift(0.5), Shift(-0.2, "foil")))
    np.testing.assert_allclose(moved.energy, ENERGY + 0.3)
    np.testing.assert_array_equal(moved.mu, mu_of(ENERGY))
    assert moved.e0 == pytest.approx(E0 + 0.3)
    assert shift_of((Shift(0.5), Deglitch((1.0,)), Shift(-0.2))) == pytest.approx(0.3)


def test_deglitching_removes_just_the_points_named():
    clean = treated(scan(), (Deglitch((float(ENERGY[7]), float(ENERGY[200]))),))
    np.testing.assert_array_equal(clean.energy, np.delete(ENERGY, [7, 200]))


def test_noise_and_reference_follow_their_points():
    noise = np.linspace(1.0, 2.0, ENERGY.size)
    full = scan(noise=noise, reference=2.0 * noise)
    part = treated(full, (Truncate(8200.0, 9000.0), Deglitch((8300.0,))))
    inside = (ENERGY >= 8200.0) & (ENERGY <= 9000.0)
    assert part.energy[0] >= 8200.0
    assert part.energy[-1] <= 9000.0
    np.testing.assert_array_equal(part.noise, noise[inside & (ENERGY != 8300.0)])
    np.testing.assert_array_equal(part.reference, 2.0 * part.noise)


def test_what_leaves_too_few_points_is_refused():
    with pytest.raises(FormatError, match="would be left"):
        treated(scan(), (Truncate(8133.0, 8150.0),))


def test_rebinning_a_dense_scan_keeps_chi_and_lowers_its_noise():
    dense = np.arange(8133.0, ENERGY[-1], 0.1)
    noise = np.random.default_rng(3).normal(0.0, 2e-3, dense.size)
    quick = scan(dense, mu_of(dense) + noise, noise=np.full(dense.size, 2e-3))
    binned = treated(quick, (Rebin(E0),))
    assert binned.energy.size < 0.1 * dense.size
    k = np.sqrt((binned.energy - E0).clip(0.0) / 3.81)
    high = k > 8.0
    left = (binned.mu - mu_of(binned.energy))[high]
    assert np.std(left) < 0.4e-3
    assert np.median(binned.noise[high]) < 0.4e-3


def test_rebinning_leaves_a_coarse_scan_as_it_is():
    coarse = ENERGY[::3]
    binned = treated(scan(coarse), (Rebin(E0),))
    assert binned.energy.size > 0.9 * coarse.size


@pytest.mark.parametrize("shift", [-7.3, -0.12, 0.0, 0.08, 3.4])
def test_a_scan_is_aligned_to_another(shift):
    moved = treated(scan(), (Shift(-shift),))
    edges = normalise(moved, E0 - shift), normalise(scan(), E0)
    assert shift_between(moved, scan(), edges) == pytest.approx(shift, abs=0.02)


def test_reference_channels_are_aligned_where_both_scans_have_one():
    foil = edge_of(ENERGY)
    standard = scan(reference=foil)
    # The sample is oxidised: its own edge is 3 eV higher, and tells nothing.
    sample = scan(mu=mu_of(ENERGY, e0=E0 + 3.0), reference=foil)
    moved = treated(sample, (Shift(0.7),))
    edges = normalise(moved, E0 + 3.7), normalise(standard, E0)
    assert shift_between(moved, standard, edges) == pytest.approx(-0.7, abs=0.02)


def test_scans_of_different_edges_are_not_aligned():
    far = treated(scan(), (Shift(60.0),))
    with pytest.raises(FormatError, match="is not that of"):
        shift_between(far, scan(), (normalise(far, E0 + 60.0), normalise(scan(), E0)))


def to_merge(*scans, noise=1e-3):
    return [Scan(one, E0, noise) for one in scans]


def test_a_merge_has_less_noise_and_tells_how_much():
    scans = [noisy(seed, 2e-3) for seed in range(4)]
    mean = merged(to_merge(*scans), "sum")
    error = mean.mu - mu_of(ENERGY)
    high = ENERGY > E0 + 150.0
    expected = 2e-3 / np.sqrt(4.0)
    assert np.std(error[high]) == pytest.approx(expected, rel=0.15)
    assert np.mean(mean.noise[high]) == pytest.approx(expected, rel=0.15)
    assert mean.parts == ("scan 0", "scan 1", "scan 2", "scan 3")


def test_a_noisy_scan_counts_less():
    good, bad = noisy(1, 1e-4), noisy(2, 1e-2)
    scans = [Scan(one, E0, size) for one, size in ((good, 1e-4), (bad, 1e-2))]
    mean = merged(scans, "sum")
    assert np.abs(mean.mu - good.mu).max() < 1e-4


def test_scans_of_different_thickness_are_merged_at_one_step():
    thick = scan(mu=3.0 + 2.0 * mu_of(ENERGY), name="thick")
    mean = merged(to_merge(scan(), thick), "sum")
    np.testing.assert_allclose(mean.mu, mu_of(ENERGY), atol=1e-9)
    assert mean.noise.max() < 1e-9


def test_scans_of_different_edges_are_not_merged():
    far = treated(scan(name="far"), (Shift(60.0),))
    scans = [*to_merge(scan()), Scan(far, E0 + 60.0, 1e-3)]
    with pytest.raises(FormatError, match="the edge of far is at"):
        merged(scans, "sum")
    with pytest.raises(FormatError, match="mark two or more"):
        merged(scans[:1], "sum")


def test_noise_of_a_merge_becomes_that_of_chi():
    scans = [noisy(seed, 3e-3) for seed in range(3)]
    mean = merged(to_merge(*scans), "sum")
    spectrum = reduce(mean)
    ends = {"k_min": 3.0, "k_max": 14.0}
    told = white_noise_of(spectrum, **ends)
    assert told == pytest.approx(3e-3 / np.sqrt(3.0) / 1.25, rel=0.25)
    assert told == pytest.approx(noise_of(spectrum, **ends), rel=0.5)
    assert white_noise_of(reduce(scan()), **ends) == 0.0


def test_outliers_are_found_and_nothing_else():
    mu = mu_of(ENERGY) + np.random.default_rng(4).normal(0.0, 2e-4, ENERGY.size)
    assert outliers(ENERGY, mu, E0, 1.3).size == 0
    hurt = mu.copy()
    places = [180, 250, 251, 300]
    hurt[places] += [0.05, -0.04, -0.05, 0.03]
    np.testing.assert_array_equal(outliers(ENERGY, hurt, E0, 1.3), ENERGY[places])


def test_the_edge_itself_is_no_outlier():
    white_line = mu_of(ENERGY) + 0.8 * np.exp(-(((ENERGY - E0 - 2.0) / 1.5) ** 2))
    assert outliers(ENERGY, white_line, E0, 1.3).size == 0


def with_second(at, step):
    mu = mu_of(ENERGY) + 1.3 * step * edge_of(ENERGY, at)
    one = scan(mu=mu)
    return normalise(one, E0).normalised(mu)


@pytest.mark.parametrize("step", [0.1, 0.5])
def test_a_second_edge_is_found_and_named(step):
    found = second_edge(ENERGY, with_second(8979.0, step), E0, "Ni")
    assert found is not None
    assert found.energy == pytest.approx(8979.0, abs=4.0)
    assert found.name == "Cu K"
    assert found.cut < 8979.0 - 5.0


def test_a_scan_without_a_second_edge_is_left_alone():
    assert second_edge(ENERGY, with_second(8979.0, 0.0), E0, "Ni") is None


def test_a_glitch_is_no_second_edge():
    mu = with_second(8979.0, 0.0)
    mu[280] += 0.2
    assert second_edge(ENERGY, mu, E0, "Ni") is None


def test_edges_of_the_absorber_are_thought_of_first():
    assert edge_near(8333.0) == "Ni K"
    assert edge_near(13273.0, "Pt") == "Pt L2"
    assert edge_near(55.0) == "Li K"
    assert edge_near(2e5) == ""


@pytest.mark.parametrize(
    "operation",
    [
        Shift(-0.12, "foil"),
        Deglitch((8400.5, 8401.0)),
        Rebin(8333.0),
        Truncate(None, 8969.0, "Cu K"),
        Truncate(8100.0),
    ],
)
def test_operations_come_back_from_a_file(operation):
    assert FORM.read(Codec().encode(operation), "operations[0]") == operation


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"kind": "explode"},
        {"kind": ["shift"]},
        {"kind": "shift", "by": 1e9},
        {"kind": "shift", "by": "much"},
        {"kind": "deglitch", "energies": []},
        {"kind": "truncate", "lower": 2.0, "upper": 1.0},
        None,
    ],
)
def test_operations_that_are_none_are_refused(content):
    with pytest.raises(DefinitionError):
        FORM.read(content, "operations[0]")


def opened(**changes):
    removal, reduction = started(scan(**changes))
    entry = SpectrumEntry("scan", "a.xmu", "0", removal.spectrum)
    return replace(entry, reduction=reduction)


def test_a_scan_with_a_second_edge_is_cut_before_it_when_opened():
    mu = mu_of(ENERGY) + 0.13 * edge_of(ENERGY, 8979.0)
    reduction = opened(mu=mu).reduction
    (cut,) = reduction.operations
    assert cut.edge == "Cu K"
    assert 8960.0 < cut.upper < 8979.0
    whole = without_operation(reduction, 0)
    assert carried_out(whole).absorption.energy[-1] == ENERGY[-1]


def test_chi_follows_from_the_reduction_alone():
    reduction = opened().reduction
    first, second = carried_out(reduction), carried_out(reduction)
    np.testing.assert_array_equal(first.spectrum.chi, second.spectrum.chi)
    np.testing.assert_array_equal(first.spectrum.chi, reduction.imported.chi)


def test_a_shift_leaves_chi_as_it_is():
    reduction = opened().reduction
    moved = calibrated(reduction, 8340.0)
    removal = carried_out(moved)
    assert removal.edge.e0 == pytest.approx(8340.0, abs=1e-3)
    np.testing.assert_allclose(removal.spectrum.chi, reduction.imported.chi, atol=2e-3)
    assert without_operation(moved, 0).settings == reduction.settings


def test_alignment_is_a_shift_that_names_its_standard():
    entry = opened()
    moved = with_operation(entry.reduction, Shift(0.8))
    back = aligned(moved, entry.reduction, "foil")
    assert back.operations[-1].by == pytest.approx(-0.8, abs=0.02)
    assert back.operations[-1].to == "foil"


def test_points_are_removed_by_a_click_near_them():
    reduction = opened().reduction
    at = nearest_point(reduction, float(ENERGY[250]) + 0.7)
    assert at == ENERGY[250]
    left = carried_out(deglitched(reduction, [at])).absorption.energy
    np.testing.assert_array_equal(left, np.delete(ENERGY, 250))
    assert glitches_of(reduction).size == 0


def test_only_dense_scans_are_rebinned():
    with pytest.raises(FormatError, match="not denser"):
        rebinned(opened().reduction)


def test_merged_entries_are_one_with_parts_and_noise():
    entries = [opened(mu=noisy(seed).mu) for seed in range(3)]
    one = merged_entry(entries, "sum")
    assert one.name == one.spectrum.name == "sum"
    assert one.spectrum.noise is not None
    assert one.reduction.absorption.parts == ("scan",) * 3
    assert one.source == ""
    with pytest.raises(FormatError, match="not μ"):
        merged_entry([entries[0], replace(entries[1], reduction=None)], "sum")


def test_the_other_end_of_a_range_stays_where_it_is():
    reduction = opened().reduction
    changed = with_setting(reduction, "norm1", 80.0)
    assert changed.settings.norm1 == 80.0
    assert changed.settings.norm2 == pytest.approx(ENERGY[-1] - E0, abs=5.0)
    assert with_setting(changed, "rbkg", 1.2).settings.rbkg == 1.2
    with pytest.raises(DefinitionError, match="rise"):
        with_setting(reduction, "norm1", 5e4)


def test_the_end_of_the_data_can_be_moved_and_taken_back():
    reduction = with_operation(opened().reduction, Shift(1.0))
    cut = ending_at(reduction, 9000.0)
    assert carried_out(cut).absorption.energy[-1] <= 9000.0
    moved = with_operation(cut, Shift(2.0))
    again = ending_at(moved, 9100.0)
    assert again.operations[1].upper == 9098.0
    assert 9095.0 < carried_out(again).absorption.energy[-1] <= 9100.0
    assert ending_at(again, 9e4).operations == (Shift(1.0), Shift(2.0))
    assert ending_at(reduction, 9e4) is reduction


def test_settings_go_back_to_those_of_the_file():
    first = opened().reduction
    moved = with_operation(with_setting(first, "rbkg", 1.3), Shift(0.5))
    changed = with_setting(moved, "e0", 8340.0)
    back = reset(changed, ("e0", "rbkg"))
    assert back.settings.rbkg == first.settings.rbkg
    assert back.settings.e0 == pytest.approx(first.settings.e0 + 0.5)
