"""Legends: short strokes with a word, beside a plot's heading."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme

SWATCH = 22.0
GAP = 6.0
BETWEEN = 14.0

Form = Literal["line", "dashed", "long", "dotted", "dashdot", "band", "bands"]
PATTERNS: dict[str, list[float]] = {
    "dashed": [4.0, 2.5],
    "long": [9.0, 4.0],
    "dotted": [1.6, 2.6],
    "dashdot": [8.0, 3.0, 1.6, 3.0],
}


@dataclass(frozen=True)
class Key:
    """One entry: what is drawn, in which of the palette's roles, and its word."""

    text: str
    form: Form
    role: str = "text"


class Legend(QWidget):
    """A row of keys, right-aligned."""

    def __init__(self, *keys: Key) -> None:
        super().__init__()
        self._keys = keys
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._tell()

    def set_keys(self, *keys: Key) -> None:
        """Show ``keys``."""
        if keys != self._keys:
            self._keys = keys
            self._tell()
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """Return the width of all keys."""
        return QSize(round(sum(self._width(key) for key in self._keys)), 18)

    def minimumSizeHint(self) -> QSize:
        """Return the same: a cut legend misleads."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the keys."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.SIZE_SMALL))
        left = self.width() - self.sizeHint().width()
        for key in self._keys:
            swatch = QRectF(left, self.height() / 2 - 5, SWATCH, 10)
            paint_swatch(painter, key, swatch)
            painter.setPen(QColor(theme.current().second))
            painter.drawText(
                QRectF(left + SWATCH + GAP, 0, self._width(key), self.height()),
                Qt.AlignmentFlag.AlignVCenter,
                key.text,
            )
            left += self._width(key)
        painter.end()

    def _width(self, key: Key) -> float:
        metrics = QFontMetricsF(theme.font(theme.SIZE_SMALL))
        return SWATCH + GAP + metrics.horizontalAdvance(key.text) + BETWEEN

    def _tell(self) -> None:
        self.setAccessibleName("Legend: " + ", ".join(key.text for key in self._keys))


def paint_swatch(painter: QPainter, key: Key, swatch: QRectF) -> None:
    """Draw the stroke or patch of ``key`` into ``swatch``."""
    palette = theme.current()
    colour = (
        palette.series[0] if key.role == "series" else str(getattr(palette, key.role))
    )
    if key.form in ("band", "bands"):
        outer = palette.band95 if key.form == "bands" else 1.0
        painter.fillRect(swatch, theme.colour(colour, outer))
        if key.form == "bands":
            inner = swatch.adjusted(0, 2.5, 0, -2.5)
            painter.fillRect(inner, theme.colour(colour, palette.band68 + 0.25))
        return
    pen = QPen(QColor(colour), 1.8 if key.role == "accent" else 1.3)
    if key.form in PATTERNS:
        pen.setDashPattern(PATTERNS[key.form])
    painter.setPen(pen)
    middle = swatch.center().y()
    painter.drawLine(QPointF(swatch.left(), middle), QPointF(swatch.right(), middle))
