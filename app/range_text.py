"""Ranges as text: how they are written, and what a user may write instead."""

import re

from app import wording
from onne_core.errors import DefinitionError
from onne_core.recipe import Bounds
from onne_core.structure import Range

_NUMBER = r"(\d+(?:[.,]\d*)?|[.,]\d+)"
_BETWEEN = r"(?:\s*(?:–|-|−|to|\.\.+|…|;)\s*|\s+)"
_RANGE = re.compile(rf"\s*{_NUMBER}(?:{_BETWEEN}{_NUMBER})?\s*(?:Å|A|Å⁻¹)?\s*")


def written(item: Range, decimals: int) -> str:
    """Return ``item`` as it stands in a field: 2.200–2.600, or 12.0 where it is fixed.

    At least ``decimals``, and more where the ends have them.
    """
    digits = max(decimals, *(_decimals(end) for end in (item.lower, item.upper)))
    if item.is_fixed:
        return wording.number(item.lower, digits)
    return wording.span(item.lower, item.upper, decimals=digits)


def read_range(text: str, bounds: Bounds) -> Range:
    """Return the range that the user wrote.

    Raises
    ------
    DefinitionError
        In words for the user: what is wrong, and what is allowed.
    """
    found = _RANGE.fullmatch(text.replace(wording.THIN, ""))
    allowed = f"Allowed: {bounds.words}."
    if found is None:
        raise DefinitionError(
            f"Give two numbers, such as {_example(bounds)}, or one. {allowed}"
        )
    ends = [float(end.replace(",", ".")) for end in found.groups() if end]
    lower, upper = ends[0], ends[-1]
    if lower > upper:
        raise DefinitionError(
            f"The lower end comes first: {lower:g} is above {upper:g}. {allowed}"
        )
    if lower < bounds.lowest:
        raise DefinitionError(f"{lower:g} is too small. {allowed}")
    if upper > bounds.highest:
        raise DefinitionError(f"{upper:g} is too large. {allowed}")
    return Range(lower, upper)


def shifted(item: Range, by: float, bounds: Bounds, decimals: int = 3) -> Range:
    """Return ``item`` moved ``by`` so much, as far as ``bounds`` allow."""
    by = min(max(by, bounds.lowest - item.lower), bounds.highest - item.upper)
    return Range(round(item.lower + by, decimals), round(item.upper + by, decimals))


def _decimals(value: float) -> int:
    """Return how many decimals ``value`` has, at most four."""
    text = f"{value:.4f}".rstrip("0")
    return len(text.partition(".")[2])


def _example(bounds: Bounds) -> str:
    middle = 0.2 * bounds.highest + 0.8 * bounds.lowest
    return wording.span(middle, 1.2 * middle)
