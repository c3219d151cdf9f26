"""A grip at the top of a plot that sets E0 by hand, by mouse or keys."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.look import theme
from app.plots.grip import Grip, paint_slider

HIT = 24
"""Width of the part that takes the mouse, px: 12 to each side of the line."""

HEIGHT = 24
LABEL = 96


class E0Grip(Grip):
    """Grip with its value at that side where there is room.

    ``reset_wanted`` after a double click.
    """

    fine, coarse = 0.1, 1.0
    reset_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_left = False
        self.setFixedSize(HIT + 2 * LABEL, HEIGHT)
        self.setToolTip(
            "Drag to set E₀ by hand. Arrow keys move it by 0.1 eV, with Shift by 1 eV; "
            "Esc cancels, a double click returns to automatic."
        )

    def place(self, x: float, top: float, *, is_left: bool) -> None:
        """Put the middle of the handle at ``x`` (px of the parent).

        The value stands at its right, or its left where ``is_left``.
        """
        self.move(round(x - self.width() / 2), round(top))
        self._is_left = is_left
        self.update()

    def handle(self) -> QRectF:
        """Return the part that takes the mouse."""
        return QRectF(LABEL, 0.0, HIT, HEIGHT)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the automatic value."""
        if self.handle().contains(event.position()):
            self.is_dragging = False
            self.reset_wanted.emit()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the handle and its value beside it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        handle = QRectF(LABEL + HIT / 2 - 5, 3, 10, HEIGHT - 6)
        paint_slider(painter, handle, self._colour, has_focus=self.hasFocus())
        painter.setPen(QColor(self._colour))
        painter.setFont(theme.font(theme.SIZE_SMALL, theme.SEMIBOLD))
        beside = QRectF(0 if self._is_left else LABEL + HIT, 0, LABEL, HEIGHT)
        side = (
            Qt.AlignmentFlag.AlignRight if self._is_left else Qt.AlignmentFlag.AlignLeft
        )
        painter.drawText(beside, side | Qt.AlignmentFlag.AlignVCenter, self._text)
        painter.end()
