"""Colours can be read and told apart, by colour-blind people too.

Contrast after WCAG 2.2; colour vision after Machado, Oliveira and Fernandes (2009,
doi:10.1109/TVCG.2009.113), severity 1, in linear light; differences in CIE 1976 Lab.
"""

import itertools

import numpy as np
import pytest

from app.look.palette import DARK, LIGHT, Palette

TEXT, CONTROL = 4.5, 3.0
TOLD_APART, FOURTH = 15.0, 10.0
"""Smallest difference of two colours that mean different things. The fourth series
comes with its own dash and label."""

PALETTES = pytest.mark.parametrize(
    "palette", [LIGHT, DARK], ids=lambda p: "dark" if p.dark else "light"
)

TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
VISION = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(TO_XYZ[1] @ linear(colour))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, vision: str) -> np.ndarray:
    seen = np.clip(VISION[vision] @ linear(colour), 0.0, 1.0)
    ratio = TO_XYZ @ seen / (TO_XYZ @ np.ones(3))
    cubic = np.where(
        ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116
    )
    x, y, z = cubic
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(colours: tuple[str, ...], vision: str) -> float:
    seen = [lab(colour, vision) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


def texts(palette: Palette) -> list[tuple[str, str]]:
    """Return text colours with what they stand on."""
    grounds = (palette.surface, palette.window)
    return [
        *((palette.text, ground) for ground in (*grounds, palette.hover)),
        *((palette.second, ground) for ground in grounds),
        (palette.accent, palette.surface),
        (palette.accent, palette.accent_soft),
        (palette.on_accent, palette.accent),
        (palette.on_accent, palette.accent_hover),
        (palette.text, palette.accent_soft),
        *(palette.of_verdict(name) for name in ("inside", "borderline", "outside")),
        *(
            (palette.text, palette.of_verdict(name)[1])
            for name in ("inside", "borderline")
        ),
    ]


@PALETTES
def test_text_can_be_read(palette):
    poor = [
        (*pair, contrast(*pair)) for pair in texts(palette) if contrast(*pair) < TEXT
    ]
    assert poor == []


@PALETTES
def test_borders_of_controls_and_curves_can_be_seen(palette):
    for colour in (palette.border, palette.accent, *palette.series):
        assert contrast(colour, palette.surface) >= CONTROL, colour
    assert contrast(palette.border, palette.window) >= 2.8


@PALETTES
@pytest.mark.parametrize("vision", VISION)
def test_series_and_verdicts_are_told_apart_by_everybody(palette, vision):
    verdicts = (palette.inside, palette.borderline, palette.outside)
    assert apart(palette.series[:3], vision) >= TOLD_APART
    assert apart(verdicts, vision) >= TOLD_APART
    assert apart(palette.series, vision) >= FOURTH


def test_the_formulas_give_known_values():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21.0)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert lab("#FFFFFF", "normal") == pytest.approx([100.0, 0.0, 0.0], abs=0.01)
    assert lab("#FF0000", "normal") == pytest.approx([53.24, 80.09, 67.20], abs=0.05)
    for vision in VISION:
        assert lab("#FFFFFF", vision) == pytest.approx([100.0, 0.0, 0.0], abs=0.1)
