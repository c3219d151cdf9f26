"""How all plots look: axes, grid, pens and labels from the palette."""

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QWidget

from app import theme
from app.palette import Palette
from app.wording import number

AXIS_WIDTH = 62
TICK_DISTANCE = {"left": 26.0, "bottom": 52.0}
"""Smallest distance of two labelled ticks, px."""

MOST_TICKS = 10.0
STEPS = (1.0, 2.0, 5.0, 10.0)
AXIS_HEIGHT = 38
LABEL_ROOM = 20.0
"""Room above the highest curve for its name, px."""

DASHES = (
    (),
    (7.0, 4.0),
    (1.6, 2.6),
    (7.0, 3.0, 1.6, 3.0),
    (12.0, 3.0),
)
"""Dash patterns: dash means the shell."""


def pen(
    colour: str,
    width: float = 1.2,
    *,
    dash: tuple[float, ...] = (),
    opacity: float = 1.0,
) -> QPen:
    """Return a cosmetic pen; ``width`` in points of the screen, whatever its ratio."""
    result = QPen(theme.colour(colour, opacity), width)
    result.setCosmetic(True)
    result.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash:
        result.setDashPattern(list(dash))
        result.setCapStyle(Qt.PenCapStyle.FlatCap)
    return result


class Axis(pg.AxisItem):
    """Ticks at one even step, all labelled, with a true minus sign."""

    def boundingRect(self) -> QRectF:  # noqa: N802 - Qt's name
        """Return room for the labels at both ends, which a grid would cut."""
        across = 8.0 if self.orientation == "left" else 0.0
        along = 0.0 if self.orientation == "left" else 18.0
        return super().boundingRect().adjusted(-along, -across, along, across)

    def tickSpacing(  # noqa: N802 - pyqtgraph's names
        self,
        minVal: float,  # noqa: N803
        maxVal: float,  # noqa: N803
        size: float,
    ) -> list[tuple[float, float]]:
        """Return the step: the smallest round one that keeps labels apart."""
        most = min(MOST_TICKS, max(2.0, size / TICK_DISTANCE[self.orientation]))
        raw = max((maxVal - minVal) / most, 1e-12)
        scale = 10.0 ** math.floor(math.log10(raw))
        step = next(s for s in STEPS if s * scale >= raw * (1.0 - 1e-9))
        return [(step * scale, 0.0)]

    def tickStrings(  # noqa: N802 - pyqtgraph's name
        self, values: list[float], scale: float, spacing: float
    ) -> list[str]:
        """Return the labels, all with as many decimals as the step needs."""
        decimals = max(0, -math.floor(math.log10(spacing) + 1e-9))
        return [number(value * scale, decimals) for value in values]


class Plot(pg.PlotWidget):
    """A plot in the program's style; still, focusable, and copied with Ctrl+C."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        axes = {side: Axis(side) for side in ("left", "bottom")}
        super().__init__(parent, axisItems=axes)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(160, 90)
        self.item: Any = self.getPlotItem()
        self.item.setMenuEnabled(False)
        self.item.hideButtons()
        self.item.setMouseEnabled(x=False, y=False)
        self.item.setContentsMargins(4, 6, 14, 3)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=4, tickTextOffset=5, hideOverlappingLabels=False)
        self.item.getAxis("left").setWidth(AXIS_WIDTH)
        self.item.getAxis("bottom").setHeight(AXIS_HEIGHT)
        self._x, self._lowest, self._highest = (0.0, 1.0), 0.0, 1.0
        self._room = 0.0
        self.item.getViewBox().sigResized.connect(self._refit)

    def begin(self, *, bottom: str, left: str) -> Palette:
        """Clear the plot, set its axes' titles (rich text), and return the palette."""
        palette = theme.current()
        self.item.clear()
        self.setBackground(QColor(palette.surface))
        for side, title in (("left", left), ("bottom", bottom)):
            axis = self.item.getAxis(side)
            axis.setPen(pen(palette.border, 1.0))
            axis.setTextPen(QColor(palette.second))
            axis.setTickFont(theme.font(theme.SIZE_SMALL))
            axis.setLabel(title, color=palette.text, **{"font-size": "12px"})
            # A new label keeps the old one's place until the axis is resized.
            axis.resizeEvent()
        self.item.showGrid(x=True, y=True, alpha=0.14)
        return palette

    def fill_between(
        self,
        x: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
        colour: str,
        opacity: float,
    ) -> None:
        """Fill the area between two curves."""
        edges = [pg.PlotDataItem(x, y) for y in (lower, upper)]
        brush = theme.colour(colour, opacity)
        self.item.addItem(pg.FillBetweenItem(*edges, brush=brush, pen=None))

    def shade(
        self, start: float, end: float, colour: str, opacity: float = 1.0
    ) -> None:
        """Shade the part of the x axis from ``start`` to ``end``."""
        region = pg.LinearRegionItem(
            (start, end), movable=False, brush=theme.colour(colour, opacity)
        )
        for line in region.lines:
            line.setPen(pg.mkPen(None))
        region.setZValue(-20)
        self.item.addItem(region, ignoreBounds=True)

    def note(
        self, html: str, x: float, y: float, colour: str, *, anchor: tuple[float, float]
    ) -> pg.TextItem:
        """Write ``html`` at a point of the plot; ``anchor`` is the text's own point."""
        item = pg.TextItem(anchor=anchor, color=QColor(colour))
        item.setFont(theme.font(theme.SIZE_BODY, theme.SEMIBOLD))
        item.setHtml(f'<span style="color:{colour}">{html}</span>')
        item.setPos(x, y)
        item.setZValue(30)
        self.item.addItem(item, ignoreBounds=True)
        return item

    def set_range(
        self, x: tuple[float, float], y: tuple[float, float], *, room: float = 0.0
    ) -> None:
        """Show this part of the plane, and ``room`` px above it for labels."""
        self._x, (self._lowest, self._highest), self._room = x, y, room
        self._fit()

    def _refit(self, _box: pg.ViewBox) -> None:
        self._fit()

    def _fit(self) -> None:
        height = float(self.item.getViewBox().height())
        share = min(0.5, self._room / height) if height > 1.0 else 0.0
        top = self._lowest + (self._highest - self._lowest) / (1.0 - share)
        self.item.setRange(
            xRange=self._x,
            yRange=(self._lowest, top),
            padding=0.0,
            disableAutoRange=True,
        )

    def to_pixel(self, x: float, y: float) -> QPointF:
        """Return the position in the widget of a point of the plot."""
        box = self.item.getViewBox()
        return QPointF(self.mapFromScene(box.mapViewToScene(QPointF(x, y))))

    def to_point(self, position: QPointF) -> QPointF:
        """Return the point of the plot at a position in the widget."""
        box = self.item.getViewBox()
        return box.mapSceneToView(self.mapToScene(position.toPoint()))

    def tell(self, sentence: str) -> None:
        """Set what a screen reader says of the plot's content."""
        self.setAccessibleDescription(sentence)

    def copy(self) -> None:
        """Put a picture of the plot on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.grab())

    def wheelEvent(self, ev: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to whatever scrolls."""
        ev.ignore()

    def keyPressEvent(self, ev: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the keys to the window: a plot scrolls nowhere."""
        ev.ignore()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: N802
        """Draw the focus ring."""
        super().drawForeground(painter, rect)
        if not self.hasFocus():
            return
        painter.save()
        painter.resetTransform()
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRoundedRect(self.viewport().rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.restore()
