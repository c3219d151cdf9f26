"""Wording of numbers, quantities and pairs on screen."""

import math
import re

from onne_core.results.report import decimals_of
from onne_core.values.prediction import (
    Estimate,
    Method,
    Origin,
    Prediction,
    Sample,
    VerdictName,
    Widening,
)

MINUS = "\N{MINUS SIGN}"
THIN = "\N{THIN SPACE}"
EN_DASH = "\N{EN DASH}"
WORD_JOINER = "\N{WORD JOINER}"
NO_BREAK = "\N{NO-BREAK SPACE}"
VERDICTS = {"inside": "Inside", "borderline": "Borderline", "outside": "Outside"}
HEADLINES = {
    "inside": "Well within the training range: the bands hold.",
    "borderline": "Close to a limit of the training range: read why before you use "
    "the numbers.",
    "outside": "Unlike anything in the training set: do not use the numbers. Choose "
    "another ensemble or widen its ranges.",
}

SAMPLES: dict[Sample, str] = {
    "unknown": "unknown",
    "bulk": "bulk crystal",
    "particle": "nanoparticle",
}
METHODS: dict[Method, str] = {"joint": "joint fit", "networks": "networks alone"}
"""What answers, in words."""

EXPLAINED, NEARLY_EXPLAINED = 0.02, 0.05
"""R-factors up to which an answer explains the spectrum, and most of it."""

_PAIR = re.compile(r"\b([A-Z][a-z]?)-([A-Z][a-z]?)\b")

_UNIT = re.compile(r"(?<=\d) (?=Å|eV|×)|(?<=limit) (?=\d)|(?<=×) (?=10)")
"""Spaces at which no line should end: between a number and its unit."""

_LATTICE = re.compile(r"\b([a-z]+):(\d+(?:\.\d+)?)")

QUANTITY_NAMES = {
    "coordination": "coordination number",
    "distance": "mean distance",
    "deviation": "standard deviation",
}

ORIGINS: tuple[Origin, ...] = ("data", "both", "prior", "assumed")
"""What can set a quantity that training varied, the surest first."""


def number(value: float, decimals: int) -> str:
    """Return ``value`` with a true minus sign and thin groups of thousands."""
    if not math.isfinite(value):
        return EN_DASH
    text = f"{value:,.{decimals}f}".replace(",", THIN)
    if float(f"{value:.{decimals}f}") == 0.0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def signed(value: float, decimals: int) -> str:
    """Return ``value`` as :func:`number` does, a plus sign before positive ones."""
    text = number(value, decimals)
    return f"+{text}" if value > 0.0 and float(f"{value:.{decimals}f}") else text


def count(value: int) -> str:
    """Return a whole number in thin groups of three."""
    return number(value, 0)


def value_and_std(estimate: Estimate, *, factor: float = 1.0) -> tuple[str, str]:
    """Return the value's and the uncertainty's text, in units of 1/``factor``."""
    std = estimate.std * factor
    digits = decimals_of(std)
    return number(estimate.value * factor, digits), number(std, digits)


def pair(name: str) -> str:
    """Return a pair or shell name with an en dash: Ni-Cl 1 becomes Ni–Cl 1."""
    return name.replace("-", EN_DASH)


def unbroken(name: str) -> str:
    """Return a pair or shell name without line-break opportunities."""
    return pair(name).replace(EN_DASH, f"{EN_DASH}{WORD_JOINER}").replace(" ", NO_BREAK)


def structure(title: str) -> str:
    """Return the title of a standard: fcc:3.524 becomes fcc, a = 3.524 Å."""
    return _LATTICE.sub(r"\1, a = \2 Å", title)


def strong(text: str) -> str:
    """Return ``text`` as rich text in the heaviest available weight."""
    return f'<span style="font-weight:600">{text}</span>'


def sentence(text: str) -> str:
    """Return a sentence of the core with its pairs formatted for the screen."""
    text = _PAIR.sub(rf"\1{EN_DASH}\2", text)
    return re.sub(r"\bE0\b", "E₀", re.sub(r"\bS0²|\bS02\b", "S₀²", text))


def in_one_line(text: str) -> str:
    """Return ``text`` whose numbers stay in one line with their units."""
    return _UNIT.sub(NO_BREAK, text)


def span(lower: float, upper: float, *, decimals: int = 2) -> str:
    """Return ``lower``–``upper``."""
    return f"{number(lower, decimals)}{EN_DASH}{number(upper, decimals)}"


def set_by(*estimates: Estimate) -> str:
    """Return the source of these quantities: one of ORIGINS, or "".

    The least certain of the quantities varied in training decides.
    """
    origins = [
        item.set_by
        for item in estimates
        if not item.fixed and math.isfinite(item.prior_std) and item.prior_std > 0.0
    ]
    return max(origins, key=ORIGINS.index, default="")


def spoken(
    name: str, estimate: Estimate, *, factor: float = 1.0, unit: str = ""
) -> str:
    """Return one quantity as a sentence for a screen reader."""
    value, std = value_and_std(estimate, factor=factor)
    unit = f" {unit}" if unit else ""
    if estimate.fixed:
        return f"{name} {value}{unit}, fixed by training"
    return f"{name} {value} ± {std}{unit}"


def duration(seconds: float) -> str:
    """Return a duration in words: 40 s, 12 min, 2 h 05 min."""
    if seconds < 90.0:
        return f"{max(5, 5 * round(seconds / 5.0))} s"
    minutes = round(seconds / 60.0)
    if minutes < 90:
        return f"{minutes} min"
    return f"{count(minutes // 60)} h {minutes % 60:02d} min"


def rate(per_second: float, unit: str) -> str:
    """Return a rate per s, min or h, whichever suits: 4.1 networks/min."""
    for period, seconds in (("s", 1.0), ("min", 60.0)):
        value = per_second * seconds
        if value >= 1.0:
            return f"{number(value, 0 if value >= 10.0 else 1)} {unit}/{period}"
    return f"{number(3600.0 * per_second, 1)} {unit}/h"


def r_factor(value: float) -> str:
    """Return an R-factor to a thousandth."""
    return f"<{THIN}0.001" if value < 5e-4 else number(value, 3)


def explained(value: float) -> tuple[VerdictName, str]:
    """Return what an R-factor says of an answer, as a verdict and in words."""
    if value <= EXPLAINED:
        return "inside", "explains the spectrum"
    if value <= NEARLY_EXPLAINED:
        return "borderline", "explains most of the spectrum"
    return "outside", "does not explain the spectrum"


def method_of(prediction: Prediction) -> str:
    """Return what has answered, in words."""
    return METHODS["networks" if prediction.joint is None else "joint"]


def percent(share: float) -> str:
    """Return a share as percent, with one decimal below ten."""
    value = 100.0 * share
    return f"{number(value, 1 if abs(value) < 10.0 else 0)} %"


def widening(wanted: Widening) -> str:
    """Return the range to widen and its new ends, as rich text."""
    decimals = 1 if wanted.quantity == "coordination" else 2
    unit = "" if wanted.quantity == "coordination" else " Å"
    ends = [
        f"{end} end {number(old, decimals)} → {number(new, decimals)}{unit}"
        for end, old, new in (
            ("lower", wanted.old_lower, wanted.lower),
            ("upper", wanted.old_upper, wanted.upper),
        )
        if new != old
    ]
    name = QUANTITY_NAMES[wanted.quantity]
    return f"Widen {strong(pair(wanted.label))}, {name}, {', '.join(ends)}"


def size(count: int) -> str:
    """Return a number of bytes in words: 310 MB, 1.8 GB."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6)):
        value = count / scale
        if value >= 1.0:
            return f"{number(value, 0 if value >= 10.0 else 1)} {unit}"
    return f"{number(max(count / 1e3, 0.0), 0)} kB"
