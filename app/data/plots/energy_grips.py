"""Grips on mu(E): E0 and the end of the data at the top, ends of ranges at the foot."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.look import theme
from app.plots.grip import Grip
from app.plots.labelled_grip import HEIGHT, HIT, LabelledGrip

LABEL = 132
"""Room for the value at either side of a grip at the top, px."""

WIDTH, TALL = 20, 22


class EnergyGrip(LabelledGrip):
    """Grip at the top, with its value where there is room."""

    label = LABEL

    def __init__(self, parent: QWidget, tip: str, fine: float, coarse: float) -> None:
        super().__init__(parent)
        self.fine, self.coarse = fine, coarse
        self.setFixedSize(HIT + 2 * LABEL, HEIGHT)
        self.setToolTip(tip)
        self.hide()

    def place(self, x: float, top: float, *, is_left: bool) -> None:
        """Put the middle of the handle at ``x`` (px of the parent)."""
        self.move_to(x, top)
        self.is_left = is_left
        self.update()


class RangeGrip(Grip):
    """One end of a range: a small upright box at the foot of the plot."""

    fine, coarse = 1.0, 10.0

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.setFixedSize(WIDTH, TALL)
        self.setToolTip(
            f"{name}. Drag it, or use the arrow keys: 1 eV, with Shift 10 eV; Esc "
            "cancels a drag."
        )
        self.hide()

    def handle(self) -> QRectF:
        """Return the part that takes the mouse."""
        return QRectF(0.0, 0.0, WIDTH, TALL)

    def place(self, x: float, middle: float) -> None:
        """Put the middle of the box at a point (px of the parent)."""
        self.move(round(x - WIDTH / 2), round(middle - TALL / 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the box, ringed where it has the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = theme.current()
        colour = palette.accent if self.hasFocus() else palette.second
        painter.setPen(QPen(QColor(colour), 2.0 if self.hasFocus() else 1.4))
        painter.setBrush(QColor(palette.surface))
        painter.drawRoundedRect(QRectF(WIDTH / 2 - 4, 3, 8, TALL - 6), 2.5, 2.5)
        painter.end()
