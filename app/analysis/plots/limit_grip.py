"""A grip at the top of a plot that moves one limit of a shell, by mouse or keys."""

from typing import Literal

from PySide6.QtWidgets import QWidget

from app.look.wording import number
from app.plots.labelled_grip import HEIGHT, HIT, LabelledGrip

Side = Literal["lower", "upper"]

LABEL = 52
CLOSEST = 0.1
"""Smallest distance of two limits, Å."""


def constrained(
    value: float,
    side: Side,
    *,
    limits: tuple[float, float],
    grid: tuple[float, float],
) -> tuple[float, float]:
    """Return ``limits`` (Å) with one side moved towards ``value``.

    Limits never cross, keep CLOSEST apart and stay within the ends of the ``grid``;
    they lie on hundredths of an Å.
    """
    lower, upper = limits
    if side == "lower":
        lower = min(max(value, grid[0]), upper - CLOSEST)
    else:
        upper = max(min(value, grid[1]), lower + CLOSEST)
    return round(lower, 2), round(upper, 2)


class LimitGrip(LabelledGrip):
    """Grip of one side; reports the wanted position, which its owner decides on."""

    label = LABEL

    def __init__(self, side: Side, parent: QWidget) -> None:
        super().__init__(parent)
        self.side: Side = side
        self.is_left = side == "lower"
        self.setFixedSize(HIT + LABEL, HEIGHT)
        self.setToolTip(
            "Drag to move this shell limit. Arrow keys move it by 0.01 Å, with "
            "Shift by 0.1 Å; Esc cancels."
        )

    def show_value(self, value: float, colour: str, shell: str) -> None:
        """Show the limit ``value`` (Å) of ``shell``."""
        name = f"{self.side.capitalize()} limit of {shell}"
        self.show_text(f"{number(value, 2)} Å", colour, name)
        self.setAccessibleDescription(f"{value:.2f} ångström")

    def handle_left(self) -> float:
        """Return where the handle begins, px; the value is on the outer side."""
        return float(LABEL) if self.is_left else 0.0
