"""Numbers of a recipe within their limits, and the words about those that are not."""

from dataclasses import dataclass
from typing import Literal

from onne_core.codec import in_short
from onne_core.errors import DefinitionError
from onne_core.values.structure import LIMIT_OF_LENGTH, MOST_SKEWNESS

Quantity = Literal["distance", "deviation", "coordination", "skewness"]
Common = Literal[
    "distance_scale", "coordination_scale", "sigma_scale", "inverse_diameter"
]


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
    "distance_scale": Bounds(0.5, 2.0),
    "coordination_scale": Bounds(0.05, 2.0),
    "sigma_scale": Bounds(0.05, 5.0),
    "inverse_diameter": Bounds(0.0, 0.2, "Å^-1"),
}


def within(
    place: str, value: float, lowest: float, highest: float, unit: str = ""
) -> None:
    """Refuse a ``value`` beyond its limits; ``place`` names it."""
    unit = f" {unit}" if unit else ""
    if not lowest <= value <= highest:
        raise DefinitionError(
            f"{place}: {in_short(value)}{unit}; give {lowest:g} to {highest:g}{unit}."
        )


def at_least(place: str, value: float, least: float) -> None:
    """Refuse a ``value`` below ``least``; ``place`` names it."""
    if not value >= least:
        raise DefinitionError(f"{place}: {in_short(value)}; give at least {least:g}.")
