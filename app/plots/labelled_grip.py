"""A grip at the top of a plot with its value beside the handle."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from app.look import theme
from app.plots.grip import Grip, paint_slider

HIT = 24
"""Width of the part that takes the mouse, px: 12 to each side of the line."""

HEIGHT = 24


class LabelledGrip(Grip):
    """Grip whose value has ``label`` px at its left where ``is_left``, else its right.

    A subclass decides on both, and on where in it the handle begins.
    """

    label: int
    is_left = False

    def handle_left(self) -> float:
        """Return where the handle begins, px."""
        return float(self.label)

    def move_to(self, x: float, top: float) -> None:
        """Put the middle of the handle at ``x`` (px of the parent)."""
        self.move(round(x - self.handle_left() - HIT / 2), round(top))

    def handle(self) -> QRectF:
        """Return the part that takes the mouse."""
        return QRectF(self.handle_left(), 0.0, HIT, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the handle and its value beside it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = self.handle_left()
        handle = QRectF(left + HIT / 2 - 5, 3, 10, HEIGHT - 6)
        paint_slider(painter, handle, self._colour, has_focus=self.hasFocus())
        painter.setPen(QColor(self._colour))
        painter.setFont(theme.font(theme.SIZE_SMALL, theme.SEMIBOLD))
        start = left - self.label if self.is_left else left + HIT
        side = (
            Qt.AlignmentFlag.AlignRight if self.is_left else Qt.AlignmentFlag.AlignLeft
        )
        beside = QRectF(start, 0, self.label, HEIGHT)
        painter.drawText(beside, side | Qt.AlignmentFlag.AlignVCenter, self._text)
        painter.end()
