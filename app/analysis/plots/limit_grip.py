"""A grip at the top of a plot that moves one limit of a shell, by mouse or keys."""

from typing import Literal

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.look import theme
from app.look.wording import number
from app.plots.grip import Grip, paint_slider

Side = Literal["lower", "upper"]

HIT = 24
"""Width of the part that takes the mouse, px: 12 to each side of the line."""

HEIGHT = 24
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


class LimitGrip(Grip):
    """Grip of one side; reports the wanted position, which its owner decides on."""

    def __init__(self, side: Side, parent: QWidget) -> None:
        super().__init__(parent)
        self.side: Side = side
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

    def place(self, x: float, top: float) -> None:
        """Put the middle of the handle at ``x`` (px of the parent)."""
        self.move(round(x - self._handle_left() - HIT / 2), round(top))

    def handle(self) -> QRectF:
        """Return the part that takes the mouse."""
        return QRectF(self._handle_left(), 0.0, HIT, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the handle and its value beside it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self._handle_left()
        handle = QRectF(left + HIT / 2 - 5, 3, 10, HEIGHT - 6)
        paint_slider(painter, handle, self._colour, has_focus=self.hasFocus())
        painter.setPen(QColor(self._colour))
        painter.setFont(theme.font(theme.SIZE_SMALL, theme.SEMIBOLD))
        on_left = self.side == "lower"
        beside = QRectF(0 if on_left else HIT, 0, LABEL, HEIGHT)
        align = Qt.AlignmentFlag.AlignRight if on_left else Qt.AlignmentFlag.AlignLeft
        painter.drawText(beside, align | Qt.AlignmentFlag.AlignVCenter, self._text)
        painter.end()

    def _handle_left(self) -> float:
        return float(LABEL) if self.side == "lower" else 0.0
