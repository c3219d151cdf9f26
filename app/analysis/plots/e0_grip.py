"""A grip at the top of a plot that sets E0 by hand, by mouse or keys."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from app.plots.labelled_grip import HEIGHT, HIT, LabelledGrip

LABEL = 96
"""Room for the value at either side, px."""


class E0Grip(LabelledGrip):
    """Grip with its value at that side where there is room.

    ``reset_wanted`` after a double click.
    """

    fine, coarse = 0.1, 1.0
    label = LABEL
    reset_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedSize(HIT + 2 * LABEL, HEIGHT)
        self.setToolTip(
            "Drag to set E₀ by hand. Arrow keys move it by 0.1 eV, with Shift by 1 eV; "
            "Esc cancels, a double click returns to automatic."
        )

    def place(self, x: float, top: float, *, is_left: bool) -> None:
        """Put the middle of the handle at ``x`` (px of the parent).

        The value stands at its right, or its left where ``is_left``.
        """
        self.move_to(x, top)
        self.is_left = is_left
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the automatic value."""
        if self.handle().contains(event.position()):
            self.is_dragging = False
            self.reset_wanted.emit()
        else:
            event.ignore()
