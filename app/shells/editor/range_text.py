"""Ranges as text: formatting and parsing."""

import re

from app.look import wording
from onne_core.errors import DefinitionError
from onne_core.values.recipe import Bounds
from onne_core.values.structure import Range

_NUMBER = r"(\d+(?:[.,]\d*)?|[.,]\d+)"
_SIGNED = rf"([-−]?{_NUMBER[1:]}"
_BETWEEN = r"(?:\s*(?:–|-|−|to|\.\.+|…|;)\s*|\s+)"
_UNIT = r"\s*(?:Å|A|Å⁻¹)?\s*"
_RANGE = re.compile(rf"\s*{_NUMBER}(?:{_BETWEEN}{_NUMBER})?{_UNIT}")
# After a space a sign belongs to the number behind it, unless a space follows, too.
_SIGNED_RANGE = re.compile(
    rf"\s*{_SIGNED}(?:(?:\s+(?=[-−]\S)|{_BETWEEN}){_SIGNED})?\s*"
)


def written(item: Range, decimals: int) -> str:
    """Return ``item`` as field text: 2.200–2.600, or 12.0 if fixed.

    At least ``decimals``, and more where the ends have them; −0.1…0.5 below zero.
    """
    digits = max(decimals, *(_decimals(end) for end in (item.lower, item.upper)))
    if item.is_fixed:
        return wording.number(item.lower, digits)
    if item.lower < 0.0:
        ends = (wording.number(end, digits) for end in (item.lower, item.upper))
        return "…".join(ends)
    return wording.span(item.lower, item.upper, decimals=digits)


def read_range(text: str, bounds: Bounds) -> Range:
    """Return the range that the user entered.

    Raises
    ------
    DefinitionError
        In words for the user: what is wrong, and what is allowed.
    """
    shape = _SIGNED_RANGE if bounds.lowest < 0.0 else _RANGE
    found = shape.fullmatch(text.replace(wording.THIN, ""))
    allowed = f"Allowed: {allowed_in(bounds)}."
    if found is None:
        raise DefinitionError(
            f"Enter two numbers, such as {_example(bounds)}, or one. {allowed}"
        )
    ends = [
        float(end.replace(",", ".").replace(wording.MINUS, "-"))
        for end in found.groups()
        if end
    ]
    lower, upper = ends[0], ends[-1]
    if lower > upper:
        raise DefinitionError(
            f"Enter the lower end first: {lower:g} is above {upper:g}. {allowed}"
        )
    if lower < bounds.lowest:
        raise DefinitionError(f"{lower:g} is too small. {allowed}")
    if upper > bounds.highest:
        raise DefinitionError(f"{upper:g} is too large. {allowed}")
    return Range(lower, upper)


def shifted(item: Range, by: float, bounds: Bounds, decimals: int = 3) -> Range:
    """Return ``item`` shifted ``by`` an amount, as far as ``bounds`` allow."""
    by = min(max(by, bounds.lowest - item.lower), bounds.highest - item.upper)
    return Range(round(item.lower + by, decimals), round(item.upper + by, decimals))


def allowed_in(bounds: Bounds) -> str:
    """Return ``bounds`` as text for the screen: −1 to 1, 0 to 0.2 Å⁻¹."""
    ends = f"{bounds.lowest:g} to {bounds.highest:g}".replace("-", wording.MINUS)
    return f"{ends} {bounds.unit.replace('^-1', '⁻¹')}".rstrip()


def _decimals(value: float) -> int:
    """Return the number of decimals of ``value``, at most four."""
    text = f"{value:.4f}".rstrip("0")
    return len(text.partition(".")[2])


def _example(bounds: Bounds) -> str:
    if bounds.lowest < 0.0:
        return written(Range(0.1 * bounds.lowest, 0.5 * bounds.highest), 1)
    middle = 0.2 * bounds.highest + 0.8 * bounds.lowest
    return wording.span(middle, 1.2 * middle)
