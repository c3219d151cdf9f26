"""Numbers of a recipe within their limits, and the words about those that are not."""

from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from onne_core.errors import DefinitionError
from onne_core.values.structure import LIMIT_OF_LENGTH, MOST_SKEWNESS

Quantity = Literal["distance", "deviation", "coordination", "skewness"]
Common = Literal["scale", "filling", "spread", "particle"]


@dataclass(frozen=True)
class Bounds:
    """What a range may reach: ``lowest`` and ``highest`` in ``unit``, "" for none."""

    lowest: float
    highest: float
    unit: str = ""

    @property
    def words(self) -> str:
        """The bounds as they are said: 0.8 to 12 Å."""
        return f"{self.lowest:g} to {self.highest:g} {self.unit}".rstrip()


SHELL_BOUNDS: dict[Quantity, Bounds] = {
    "distance": Bounds(0.8, LIMIT_OF_LENGTH, "Å"),
    "deviation": Bounds(1e-3, 1.0, "Å"),
    "coordination": Bounds(0.0, 60.0),
    "skewness": Bounds(-MOST_SKEWNESS, MOST_SKEWNESS),
}
COMMON_BOUNDS: dict[Common, Bounds] = {
    "scale": Bounds(0.5, 2.0),
    "filling": Bounds(0.05, 2.0),
    "spread": Bounds(0.05, 5.0),
    "particle": Bounds(0.0, 0.2, "Å^-1"),
}
COMMON_DEFAULTS: dict[Common, float] = {
    "scale": 1.0,
    "filling": 1.0,
    "spread": 1.0,
    "particle": 0.0,
}

LARGEST_NUMBER = 1e300


def is_number(value: Any) -> TypeGuard[float]:
    """Whether ``value`` is a number that can be calculated with."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return abs(value) < LARGEST_NUMBER  # false for NaN too


def within(
    place: str, value: float, lowest: float, highest: float, unit: str = ""
) -> None:
    """Refuse a ``value`` beyond its limits; ``place`` names it."""
    unit = f" {unit}" if unit else ""
    if not lowest <= value <= highest:
        raise DefinitionError(
            f"{place}: {shown(value)}{unit}; give {lowest:g} to {highest:g}{unit}."
        )


def at_least(place: str, value: float, least: float) -> None:
    """Refuse a ``value`` below ``least``; ``place`` names it."""
    if not value >= least:
        raise DefinitionError(f"{place}: {shown(value)}; give at least {least:g}.")


def shown(value: float) -> str:
    """Return ``value`` as text, be it a whole number of any length."""
    try:
        return f"{value:g}"
    except OverflowError:
        return "a number of hundreds of digits"
