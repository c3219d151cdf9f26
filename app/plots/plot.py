"""Base of all plots: focusable, zoomable, copied with Ctrl+C, quick to redraw.

Curves are plain graphics items in the coordinates of the view box. The ranges are
always set, so that pyqtgraph's own items, which watch for them, would only cost time.
"""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
    QTextDocumentFragment,
    QTransform,
)
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsSimpleTextItem,
    QMenu,
    QWidget,
)

from app.look import theme
from app.look.palette import Palette
from app.plots.clipboard import columns_text, copy_plot
from app.plots.navigation import Navigator
from app.plots.plane import Plane
from app.plots.readout import Named, readings
from app.plots.theme import draw_focus, pen
from app.widgets.basics import add_entry

BEHIND, CURVES, TEXT = -20.0, 0.0, 30.0
"""Layers of the items."""


class Plot(Plane):
    """A plot in the program's style; subclasses draw a picture into it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._palette: Palette | None = None
        self._titles: tuple[str, ...] = ()
        self._drawn: list[QGraphicsItem] = []
        self._asked: tuple[object, ...] = ()
        self.named: list[Named] = []
        self._peaks: list[tuple[float, float]] = []
        self.navigator = Navigator(self)

    @property
    def curves(self) -> int:
        """Number of curves, bands and marks on screen."""
        return sum(isinstance(item, QGraphicsPathItem) for item in self._drawn)

    def is_drawn(self, *content: object) -> bool:
        """Whether ``content`` was the last asked for, in these colours; it is noted.

        Drawing the same once more would paint the page once more.
        """
        asked = (*content, theme.current())
        is_same, self._asked = asked == self._asked, asked
        return is_same

    def begin(self, *, bottom: str, left: str) -> Palette:
        """Clear the plot, set its axes' titles (rich text), and return the palette."""
        palette = theme.current()
        for item in self._drawn:
            self.scene().removeItem(item)
        self._drawn, self.named, self._peaks = [], [], []
        if (bottom, left) != self._titles:
            self._part = None
        if (palette, bottom, left) != (self._palette, *self._titles):
            self._palette, self._titles = palette, (bottom, left)
            self.setBackground(QColor(palette.surface))
            self.axis("left").dress(left)
            self.axis("bottom").dress(bottom)
        return palette

    def curve(
        self,
        x: np.ndarray,
        y: np.ndarray,
        style: QPen,
        *,
        name: str = "",
        values: np.ndarray | None = None,
    ) -> None:
        """Draw a line through the points.

        A curve with a ``name`` is read out under the mouse; ``values`` are what is read
        where the curve does not lie at its own height.
        """
        path = pg.arrayToQPath(np.asarray(x, float), np.asarray(y, float))
        self._add_path(path, style)
        if name:
            read = y if values is None else values
            self.named.append(Named(name, x, read, style.color()))

    def fill_between(
        self,
        x: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
        colour: str,
        opacity: float,
    ) -> None:
        """Fill the area between two curves."""
        self.area(
            np.concatenate([x, x[::-1]]),
            np.concatenate([lower, upper[::-1]]),
            colour,
            opacity,
        )

    def area(
        self, x: np.ndarray, y: np.ndarray, colour: str, opacity: float = 1.0
    ) -> None:
        """Fill the area within the line through the points."""
        path = pg.arrayToQPath(np.asarray(x, float), np.asarray(y, float))
        self._add_path(path, None, fill=theme.colour(colour, opacity))

    def bars(self, edges: np.ndarray, heights: np.ndarray, colour: QColor) -> None:
        """Draw a histogram."""
        path = QPainterPath()
        for left, right, height in zip(edges[:-1], edges[1:], heights, strict=True):
            path.addRect(QRectF(left, 0.0, 0.92 * (right - left), height))
        self._add_path(path, None, fill=colour)

    def segments(self, points: list[tuple[QPointF, QPointF]], style: QPen) -> None:
        """Draw separate straight lines."""
        path = QPainterPath()
        for start, end in points:
            path.moveTo(start)
            path.lineTo(end)
        self._add_path(path, style)

    def dot(self, x: float, y: float, colour: str, radius: float = 3.5) -> None:
        """Draw a round mark of ``radius`` px."""
        path = QPainterPath()
        path.addEllipse(QPointF(0.0, 0.0), radius, radius)
        mark = self._add_path(path, pen(theme.current().surface, 1.0))
        mark.setBrush(QColor(colour))
        mark.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        mark.setPos(x, y)
        mark.setZValue(CURVES + 1.0)

    def upright(self, x: float, style: QPen) -> None:
        """Draw a vertical line over the whole height."""
        self.segments([(QPointF(x, self._lowest), QPointF(x, self._far_top()))], style)

    def shade(
        self, start: float, end: float, colour: str, opacity: float = 1.0
    ) -> None:
        """Shade the part of the x axis from ``start`` to ``end``."""
        low, high = self._lowest - abs(self._lowest), self._far_top()
        region = QGraphicsRectItem(QRectF(start, low, end - start, high - low))
        region.setPen(QPen(Qt.PenStyle.NoPen))
        region.setBrush(theme.colour(colour, opacity))
        region.setZValue(BEHIND)
        self._add(region)

    def note(
        self,
        text: str,
        x: float,
        y: float,
        colour: str,
        *,
        anchor: tuple[float, float],
        size: int = theme.SIZE_BODY,
    ) -> None:
        """Write ``text`` at a point of the plot; ``anchor`` is the text's own point."""
        item = QGraphicsSimpleTextItem(text)
        item.setFont(theme.font(size, theme.SEMIBOLD))
        item.setBrush(QColor(colour))
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        box = item.boundingRect()
        shift = (-anchor[0] * box.width(), -anchor[1] * box.height())
        item.setTransform(QTransform.fromTranslate(*shift))
        item.setPos(x, y)
        item.setZValue(TEXT)
        self._add(item)

    def name_peak(
        self,
        text: str,
        at: tuple[float, float],
        colour: str,
        *,
        apart: tuple[float, float],
        most: float = math.inf,
    ) -> None:
        """Write ``text`` above a point, higher where another name is not ``apart``.

        No name stands above ``most``.
        """
        (x, y), (across, up) = at, apart
        while any(abs(x - a) < across and abs(y - b) < up for a, b in self._peaks):
            y += up
        self._peaks.append((x, y))
        self.note(text, x, min(y, most), colour, anchor=(0.5, 1.0))

    def tell(self, sentence: str) -> None:
        """Set the description of the plot for screen readers."""
        self.setAccessibleDescription(sentence)

    def values_at(self, point: QPointF) -> str:
        """Return what stands at the abscissa of ``point``, as rich text."""
        return readings(self.named, point, self._titles, self.shown)

    def copy(self) -> None:
        """Put a picture of the plot on the clipboard, as PNG and as SVG."""
        copy_plot(self)

    def copy_data(self) -> None:
        """Put the curves that have names on the clipboard, as columns."""
        curves = [(curve.name, curve.x, curve.values) for curve in self.named]
        text = columns_text(_plain(self._titles[0]), curves)
        QGuiApplication.clipboard().setText(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer the figure, the data, and the whole of the plot."""
        menu = QMenu(self)
        add_entry(menu, "Copy figure", self.copy)
        add_entry(menu, "Copy data", self.copy_data, can=bool(self.named))
        menu.addSeparator()
        add_entry(menu, "Show all", self.show_all, can=self.is_zoomed)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        """Zoom and move; leave the other keys to the window."""
        ev.setAccepted(self.navigator.key(ev))

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw the focus ring."""
        super().drawForeground(painter, rect)
        draw_focus(self, painter)

    def _add(self, item: QGraphicsItem) -> None:
        item.setParentItem(self.body.box.childGroup)
        self._drawn.append(item)

    def _add_path(
        self, path: QPainterPath, style: QPen | None, *, fill: QColor | None = None
    ) -> QGraphicsPathItem:
        item = QGraphicsPathItem(path)
        item.setZValue(CURVES)
        item.setPen(self._sharp(style) if style else QPen(Qt.PenStyle.NoPen))
        if fill is not None:
            item.setBrush(fill)
        self._add(item)
        return item

    def _sharp(self, style: QPen) -> QPen:
        """Return ``style`` in device pixels, which is what such pens count in."""
        result = QPen(style)
        result.setWidthF(style.widthF() * self.devicePixelRatioF())
        return result

    def _far_top(self) -> float:
        """Return a height above everything that can be seen."""
        return self._highest + 4.0 * (self._highest - self._lowest)


def _plain(rich: str) -> str:
    """Return rich text without its tags."""
    return QTextDocumentFragment.fromHtml(rich).toPlainText()
