"""From mu(E) to chi(k): a known chi comes back, and what has no EXAFS is refused."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onne_core.errors import DefinitionError, FormatError
from onne_core.formats import read_measured
from onne_core.reduction.background import ReductionSettings, reduce, tabulated_edge
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    K_STEP,
    Absorption,
    Spectrum,
    magnitude_in_r,
)

SHARED = Path(__file__).parents[3].parent / "shared" / "data"

E0 = 8333.0
ENERGY = np.concatenate(
    [
        np.arange(8133.0, 8313.0, 5.0),
        np.arange(8313.0, 8363.0, 0.5),
        E0 + HBAR2_OVER_2M * np.arange(2.85, 16.0, 0.05) ** 2,
    ]
)


def chi_of(k):
    """Return 6 sin(2kR - 0.4k) exp(-2 k^2 sigma^2) / (k R^2), R 2.5 Å, 0.005 Å^2.

    The last factor switches it on between 1 and 3 Å^-1.
    """
    damping = np.exp(-2.0 * k**2 * 0.005) * (1.0 - np.exp(-((k / 2.0) ** 4)))
    return 6.0 * np.sin(2.0 * k * 2.5 - 0.4 * k) * damping / (k * 2.5**2)


def mu_of(energy, step=1.3):
    """Return a line, an edge of 1.5 eV half width at E0 and ``chi_of`` above it."""
    k = np.sqrt(np.clip(energy - E0, 1e-6, None) / HBAR2_OVER_2M)
    edge = 0.5 + np.arctan((energy - E0) / 1.5) / np.pi
    return 1.1 - 3e-4 * (energy - E0) + step * (edge + chi_of(k))


def absorption(energy=ENERGY, mu=None, **changes):
    scan = Absorption(energy.copy(), mu_of(energy) if mu is None else mu, "Ni", "K")
    return replace(scan, source="folder/scan.xdi", name="scan", **changes)


def test_a_known_chi_comes_back():
    spectrum = reduce(absorption())
    inside = (spectrum.k > 3.0) & (spectrum.k < 14.0)
    k = spectrum.k[inside]
    expected = k**2 * chi_of(k)
    difference = k**2 * spectrum.chi[inside] - expected
    # The post-edge curve follows the single strong wave a little: step 1.25, not 1.3.
    assert np.std(difference) < 0.05 * np.std(expected)


def test_e0_is_the_inflection_point_of_the_edge():
    assert reduce(absorption()).e0 == pytest.approx(E0, abs=0.6)


def test_the_grid_is_uniform_from_zero_to_the_end_of_the_data():
    spectrum = reduce(absorption())
    np.testing.assert_allclose(spectrum.k, K_STEP * np.arange(spectrum.k.size))
    assert spectrum.k[-1] == pytest.approx(15.95, abs=0.11)
    assert (spectrum.name, spectrum.source) == ("scan", "folder/scan.xdi")


def test_settings_for_e0_and_k_max_are_honoured():
    spectrum = reduce(absorption(), ReductionSettings(e0=8335.0, k_max=12.0))
    assert spectrum.e0 == 8335.0
    assert spectrum.k[-1] == pytest.approx(12.0)


def test_a_large_rbkg_takes_the_shell_away():
    near = reduce(absorption(), ReductionSettings(rbkg=1.0))
    far = reduce(absorption(), ReductionSettings(rbkg=3.0))
    inside = (near.k > 3.0) & (near.k < 14.0)
    assert np.std(far.chi[inside]) < 0.3 * np.std(near.chi[inside])


def test_the_scale_of_mu_does_not_matter():
    plain, scaled = absorption(), absorption(mu=1e-4 * mu_of(ENERGY))
    np.testing.assert_allclose(reduce(plain).chi, reduce(scaled).chi, atol=2e-4)


def test_reduction_is_silent_and_repeatable(capfd):
    first, second = reduce(absorption()), reduce(absorption())
    np.testing.assert_array_equal(first.chi, second.chi)
    assert capfd.readouterr() == ("", "")


def without(lower, upper):
    return absorption(ENERGY[~((lower <= ENERGY) & (upper >= ENERGY))])


SMOOTH = 2e4 / ENERGY * (1.0 + 1e-9 * (ENERGY - 9000.0) ** 2)
NOISE = 1.0 + 0.1 * np.random.default_rng(5).normal(size=ENERGY.size)
GLITCH = SMOOTH + 3.0 * (np.abs(ENERGY - E0) < 2.0)


@pytest.mark.parametrize(
    ("scan", "words"),
    [
        (absorption(mu=SMOOTH, element=""), "no absorption edge found"),
        (absorption(mu=SMOOTH), "the Ni K edge is at 8333.0 eV"),
        (absorption(mu=NOISE, element=""), "no absorption edge found"),
        (absorption(mu=GLITCH), "no absorption edge found"),
        (absorption(mu=-mu_of(ENERGY), element=""), "no absorption edge found"),
        (
            absorption(mu=0.0 * ENERGY + 1.0, element=""),
            "starts further below the edge",
        ),
        (absorption(element="Cu"), r"E0 found at 8333\.\d eV.*Cu K edge is at 8979"),
        (absorption(element="Xx"), "'Xx K' is not an edge of an element"),
        (absorption(edge="Q"), "'Ni Q' is not an edge of an element"),
        (absorption(ENERGY[::9]), "only 45 points; mu"),
        (without(8500.0, 1e5), r"the data end at .* k = 6\.\d .*at least 85\d\d eV"),
        (without(8700.0, 8800.0), "no points between"),
        (without(0.0, 8320.0), "below E0 = .* starts further below the edge"),
    ],
)
def test_what_has_no_exafs_is_refused_with_the_reason(scan, words):
    with pytest.raises(FormatError, match=words) as caught:
        reduce(scan)
    assert str(caught.value).startswith("scan.xdi: ")
    assert "\n" not in str(caught.value)


def test_e0_outside_the_data_is_refused():
    with pytest.raises(FormatError, match="E0 = 7112 eV is outside the data"):
        reduce(absorption(), ReductionSettings(e0=7112.0))


@pytest.mark.parametrize(
    "settings",
    [{"rbkg": 0.0}, {"k_weight": 4}, {"e0": float("nan")}, {"k_max": 5.0}],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(DefinitionError, match=f"^{next(iter(settings))}: .*give"):
        ReductionSettings(**settings)


def test_tabulated_edges():
    """Ni K and Cu K of Elam, Ravel and Sieber (2002)."""
    assert tabulated_edge("Ni", "K") == 8333.0
    assert tabulated_edge("Cu", "K") == 8979.0
    assert tabulated_edge("", "K") is None


@given(
    glitches=st.lists(
        st.tuples(st.integers(0, ENERGY.size - 1), st.floats(-1e6, 1e6)), max_size=4
    ),
    noise=st.floats(0.0, 1.0),
    first=st.integers(0, 200),
    last=st.integers(40, ENERGY.size),
)
@settings(max_examples=25, deadline=None)
def test_damaged_scans_give_finite_chi_or_a_format_error(glitches, noise, first, last):
    mu = mu_of(ENERGY) + noise * np.random.default_rng(3).normal(size=ENERGY.size)
    for index, value in glitches:
        mu[index] = value
    scan = absorption(ENERGY[first : first + last], mu[first : first + last])
    try:
        spectrum = reduce(scan)
    except FormatError:
        return
    assert isinstance(spectrum, Spectrum)
    assert np.all(np.isfinite(spectrum.chi))


def test_larch_is_not_imported_before_it_is_needed():
    code = (
        "import sys, onne_core.reduction.background, onne_core.formats; "
        "sys.exit('larch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"no shared data at {SHARED}")
class TestSharedData:
    @pytest.mark.parametrize(
        ("name", "e0", "k_max"),
        [
            ("measured/Ni_metal_rt_01.xdi", 8331.5, 18.0),
            ("measured/NiOH2_rt_01.xdi", 8346.0, 17.0),
            ("measured/cu_metal_10K.xdi", 8977.6, 25.0),
            ("measured/cu_metal_rt.xdi", 8980.5, 17.45),
            ("formats/cu_10k.xmu", 8977.6, 25.0),
            ("formats/fe3c_rt.xdi", 7122.0, 14.9),
        ],
    )
    def test_edge_and_range(self, name, e0, k_max):
        spectrum = reduce(read_measured(SHARED / name))
        assert spectrum.e0 == pytest.approx(e0, abs=0.1)
        assert spectrum.k[-1] == pytest.approx(k_max, abs=0.051)

    def test_the_first_shell_of_nickel_is_the_highest_peak(self):
        """2.49 Å less the 0.3 Å of the phase shift; nothing below rbkg."""
        spectrum = reduce(read_measured(SHARED / "measured/Ni_metal_rt_01.xdi"))
        r, magnitude = magnitude_in_r(spectrum, k_min=3.0, k_max=12.0, power=2)
        assert r[np.argmax(magnitude)] == pytest.approx(2.18, abs=0.06)
        assert magnitude[r < 1.0].max() < 0.05 * magnitude.max()

    def test_cold_copper_oscillates_more_than_warm(self):
        peaks = [
            magnitude_in_r(
                reduce(read_measured(SHARED / f"measured/cu_metal_{name}.xdi")),
                k_min=3.0,
                k_max=12.0,
                power=2,
            )[1].max()
            for name in ("10K", "rt")
        ]
        assert peaks[0] > 1.5 * peaks[1]
