"""Legend of the elements of a cluster: ball, symbol and number of atoms."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme
from app.structures.drawing import sprites

RADIUS = 7.0
GAP, BETWEEN = 6.0, 16.0
HEIGHT = 22


class ElementKeys(QWidget):
    """A row of keys; the first one is the absorber, ringed as in the view."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[tuple[str, str], ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_elements(self, absorber: str, elements: tuple[str, ...]) -> None:
        """Show the absorber and the numbers of its neighbours by element."""
        counts = [(name, elements.count(name)) for name in dict.fromkeys(elements)]
        keys = [(absorber, f"{absorber} absorber")]
        keys += [(name, f"{name} {number}") for name, number in counts]
        if tuple(keys) != self._keys:
            self._keys = tuple(keys)
            self.setAccessibleName("Elements: " + ", ".join(text for _, text in keys))
            self.update()

    def sizeHint(self) -> QSize:
        """Return the size of one row."""
        return QSize(120, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the keys."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = theme.font(theme.SIZE_NOTE)
        metrics, palette = QFontMetricsF(font), theme.current()
        left, middle = RADIUS + 4.0, 0.5 * self.height()
        for i, (element, text) in enumerate(self._keys):
            centre = QPointF(left, middle)
            sprites.paint_ball(
                painter, element, centre, RADIUS, sprites.LEVELS, label=False
            )
            if i == 0:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(palette.text), 1.5))
                painter.drawEllipse(centre, RADIUS + 2.5, RADIUS + 2.5)
            left += RADIUS + GAP
            painter.setFont(font)
            painter.setPen(QColor(palette.second))
            width = metrics.horizontalAdvance(text)
            box = QRectF(left, 0.0, width + 2.0, self.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
            left += width + BETWEEN + RADIUS
        painter.end()
