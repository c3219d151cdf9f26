"""Grips on the curve of a shell: for each end of a range, for both, and for σ."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.look import theme
from app.plots.grip import Grip

Kind = Literal["lower", "both", "upper", "deviation"]
KINDS: tuple[Kind, ...] = ("lower", "both", "upper", "deviation")

HIT, HEIGHT, LABEL = 20, 24, 76
"""Width of the part that takes the mouse, height, width of the text beside it, px."""

NAMES: dict[Kind, str] = {
    "lower": "Lower end of the mean distance",
    "both": "Mean distance, both ends",
    "upper": "Upper end of the mean distance",
    "deviation": "Standard deviation, both ends",
}


class RangeGrip(Grip):
    """A square moves one end, the circle both, the diamond the standard deviation."""

    def __init__(self, kind: Kind, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind: Kind = kind
        width = HIT if kind == "both" else HIT + LABEL
        self.setFixedSize(width, HEIGHT)
        steps = "0.005 Å, with Shift by 0.05 Å"
        if kind != "deviation":
            steps = "0.01 Å, with Shift by 0.1 Å"
        self.setToolTip(f"{NAMES[kind]}: drag, or arrow keys by {steps}; Esc restores.")

    def place(self, x: float, y: float) -> None:
        """Put the middle of the handle at a point (px of the parent)."""
        self.move(round(x - self.handle().center().x()), round(y - HEIGHT / 2))

    def handle(self) -> QRectF:
        """Return the part that takes the mouse."""
        left = float(LABEL) if self.kind == "lower" else 0.0
        return QRectF(left, 0.0, HIT, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the handle and its value beside it."""
        palette, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = self.handle().center()
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette.accent), 2))
            painter.drawEllipse(centre, 10.0, 10.0)
        painter.setPen(QPen(QColor(self._colour), 2.0))
        painter.setBrush(QColor(palette.surface))
        self._draw_handle(painter, centre)
        if self._text and self.kind != "both":
            painter.setPen(QColor(self._colour))
            painter.setFont(theme.font(theme.SIZE_SMALL, theme.SEMIBOLD))
            on_left = self.kind == "lower"
            beside = QRectF(0 if on_left else HIT, 0, LABEL, HEIGHT)
            self._clear_below_text(painter, on_left=on_left)
            side = (
                Qt.AlignmentFlag.AlignRight if on_left else Qt.AlignmentFlag.AlignLeft
            )
            painter.drawText(beside, side | Qt.AlignmentFlag.AlignVCenter, self._text)
        painter.end()

    def _clear_below_text(self, painter: QPainter, *, on_left: bool) -> None:
        """Let the value be read where curves and names lie behind it."""
        width = painter.fontMetrics().horizontalAdvance(self._text) + 4
        left = LABEL - width + 2 if on_left else HIT - 2
        ground = theme.colour(theme.current().surface, 0.8)
        painter.fillRect(QRectF(left, 5, width, HEIGHT - 10), ground)

    def _draw_handle(self, painter: QPainter, centre: QPointF) -> None:
        if self.kind == "both":
            painter.drawEllipse(centre, 6.0, 6.0)
        elif self.kind == "deviation":
            x, y = centre.x(), centre.y()
            corners = ((x, y - 7), (x + 7, y), (x, y + 7), (x - 7, y))
            painter.drawPolygon(QPolygonF([QPointF(a, b) for a, b in corners]))
        else:
            box = QRectF(centre.x() - 5, centre.y() - 8, 10, 16)
            painter.drawRoundedRect(box, 2.5, 2.5)
            painter.drawLine(
                QPointF(centre.x(), centre.y() - 3), QPointF(centre.x(), centre.y() + 3)
            )
