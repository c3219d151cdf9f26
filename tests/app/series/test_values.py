"""Pure parts of the window: words, limits, envelopes, preferences, palettes."""

import colorsys
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.analysis.plots.limit_grip import CLOSEST, constrained
from app.analysis.shell_cells import bar_range
from app.look import wording
from app.look.palette import DARK, LIGHT, Palette
from app.look.preferences import Preferences
from app.shells.envelopes import envelopes_of
from onne_core.values.prediction import Estimate
from onne_core.values.recipe import read_recipe
from tests.app.fakes import SYSTEM

ENDS = st.floats(1.6, 6.0)


@given(value=st.floats(-5.0, 15.0), first=ENDS, second=ENDS, upper=st.booleans())
def test_limits_keep_apart_and_on_the_grid(value, first, second, upper):
    limits = (min(first, second), max(first, second))
    assume(limits[1] - limits[0] >= CLOSEST + 0.01)
    side = "upper" if upper else "lower"
    found = constrained(value, side, limits=limits, grid=(1.6, 6.0))
    assert found[1] - found[0] >= CLOSEST - 0.011
    assert 1.59 <= found[0] < found[1] <= 6.01
    moved = found[upper]
    inside = limits[0] + CLOSEST if upper else 1.6
    outside = 6.0 if upper else limits[1] - CLOSEST
    assert moved == pytest.approx(min(max(value, inside), outside), abs=0.006)


def test_numbers_are_written_as_in_print():
    assert wording.number(-0.004, 2) == "0.00"
    assert wording.number(-1.5, 1) == "−1.5"
    assert wording.count(20_000) == "20\N{THIN SPACE}000"
    assert wording.number(math.nan, 2) == "–"
    assert wording.span(2.1, 3.0) == "2.10–3.00"
    assert wording.pair("Ni-Cl 1") == "Ni–Cl 1"
    kept = wording.in_one_line("5.3 eV at 4.8 Å; limit 7.3; 4 × 10⁻³")
    assert kept == "5.3\xa0eV at 4.8\xa0Å; limit\xa07.3; 4\xa0×\xa010⁻³"


def test_the_uncertainty_decides_the_decimals():
    assert wording.value_and_std(Estimate(2.4876, 0.0042)) == ("2.488", "0.004")
    assert wording.value_and_std(Estimate(12.13, 0.83)) == ("12.1", "0.8")
    assert wording.value_and_std(Estimate(0.0064, 0.0011), factor=1e3) == ("6.4", "1.1")


def test_sentences_of_the_core_are_set_as_on_screen():
    assert (
        wording.sentence("E0 of Ni-Ni 1: S0² is 0.8.") == "E₀ of Ni–Ni 1: S₀² is 0.8."
    )
    assert wording.sentence("first-shell fit") == "first-shell fit"


@pytest.mark.parametrize(
    ("share", "word"), [(0.1, "data"), (0.6, "both"), (0.95, "prior"), (0.8, "prior")]
)
def test_what_set_a_number_follows_from_the_variances(share, word):
    estimate = Estimate(1.0, share, prior=1.0, prior_std=1.0)
    fixed = Estimate(12.0, 5.0, fixed=True, prior=12.0, prior_std=0.0)
    assert wording.set_by(estimate, fixed) == word
    assert wording.set_by(fixed) == ""


@given(
    value=st.floats(-10, 10),
    std=st.floats(1e-6, 5.0),
    prior=st.floats(-10, 10) | st.just(math.nan),
    prior_std=st.floats(0.0, 5.0),
)
def test_a_bar_holds_what_it_shows(value, std, prior, prior_std):
    lower, upper = bar_range(value, std, prior, prior_std)
    assert lower <= value - 2 * std < value + 2 * std <= upper
    if math.isfinite(prior) and prior_std > 0.0:
        assert lower <= prior - 2 * prior_std <= prior + 2 * prior_std <= upper


def test_an_envelope_holds_most_draws_and_the_middle_has_area_one():
    system = read_recipe(SYSTEM).system
    r, envelopes = envelopes_of(system, points=300)
    assert len(envelopes) == 5
    for envelope in envelopes:
        area = envelope.middle.sum() * (r[1] - r[0])
        assert area == pytest.approx(1.0, abs=0.01)
        assert np.all(envelope.lower <= envelope.upper)
        assert 2.4 < envelope.distance < 5.7


def test_preferences_come_back_with_their_types(tmp_path, qapp):
    path = tmp_path / "p.ini"
    preferences = Preferences(path)
    assert preferences.scheme == "system"
    assert preferences.recent == ()
    preferences.scheme = "dark"
    preferences.folder = "/data/my folder, 2"
    for number in range(12):
        preferences.remember(tmp_path / f"p{number}.onne")
    preferences.remember(tmp_path / "p9.onne")
    again = Preferences(path)
    assert again.scheme == "dark"
    assert again.folder == "/data/my folder, 2"
    assert len(again.recent) == 8
    assert again.recent[0] == tmp_path / "p9.onne"
    again.forget(tmp_path / "p9.onne")
    assert again.recent[0] == tmp_path / "p11.onne"


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_controls_can_be_read(palette: Palette):
    for text, ground in (
        (palette.text, palette.surface),
        (palette.second, palette.surface),
        (palette.second, palette.window),
        (palette.accent, palette.surface),
        (palette.on_accent, palette.accent),
        (palette.accent, palette.accent_soft),
        *((palette.of_verdict(name)) for name in ("inside", "borderline", "outside")),
        *((colour, palette.surface) for colour in palette.series),
    ):
        assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(palette.border, palette.surface) >= 3.0
    hues = {colorsys.rgb_to_hls(*_rgb(c))[0] for c in palette.series}
    assert len(hues) == len(palette.series)


def _rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) / 255.0 for i in (1, 3, 5))
