"""The base of all plots: focusable, zoomed, copied with Ctrl+C, quick to draw anew.

Curves are plain graphics items in the coordinates of the view box. The ranges are
always set, so that pyqtgraph's own items, which watch for them, would only cost time.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsSimpleTextItem,
    QWidget,
)

from app.look import theme
from app.look.palette import Palette
from app.plots.axis import Axis
from app.plots.clipboard import copy_plot
from app.plots.navigation import Navigator, within
from app.plots.readout import readings
from app.plots.theme import AXIS_HEIGHT, AXIS_WIDTH, pen

BEHIND, CURVES, TEXT = -20.0, 0.0, 30.0
"""Layers of the items."""


@dataclass(frozen=True, eq=False)
class Named:
    """A curve that is read out under the mouse; ``values`` may differ from its y."""

    name: str
    x: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    colour: QColor


class Plot(pg.PlotWidget):
    """A plot in the program's style; subclasses draw a picture into it.

    ``clicked`` carries the point of the plane under a click that was no drag.
    """

    clicked = Signal(QPointF)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        axes = {side: Axis(side) for side in ("left", "bottom")}
        # Menus that nobody opens would take a quarter of the time of a new plot.
        super().__init__(parent, axisItems=axes, enableMenu=False)
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(160, 90)
        self.setAntialiasing(True)
        self.item: Any = self.getPlotItem()
        # One menu is made nevertheless, and without a parent: it would stay for as
        # long as Python keeps anything of a plot that Qt has deleted.
        menu = self.item.ctrlMenu
        menu.setParent(self, menu.windowFlags())
        self.item.hideButtons()
        self.item.setMouseEnabled(x=False, y=False)
        self.item.setContentsMargins(4, 6, 14, 3)
        for side in ("left", "bottom"):
            axis = self.item.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setStyle(tickLength=4, tickTextOffset=5, hideOverlappingLabels=False)
        self.item.getAxis("left").setWidth(AXIS_WIDTH)
        self.item.getAxis("bottom").setHeight(AXIS_HEIGHT)
        self.item.showGrid(x=True, y=True, alpha=0.14)
        self._palette: Palette | None = None
        self._titles: tuple[str, ...] = ()
        self._drawn: list[QGraphicsItem] = []
        self._x, self._lowest, self._highest = (0.0, 1.0), 0.0, 1.0
        self._room = 0.0
        self._part: QRectF | None = None
        self._named: list[Named] = []
        self.navigator = Navigator(self)
        self.item.getViewBox().sigResized.connect(self._refit)

    @property
    def curves(self) -> int:
        """Number of curves, bands and marks on screen."""
        return sum(isinstance(item, QGraphicsPathItem) for item in self._drawn)

    @property
    def named(self) -> tuple[Named, ...]:
        """The curves that are read out under the mouse."""
        return tuple(self._named)

    def begin(self, *, bottom: str, left: str) -> Palette:
        """Clear the plot, set its axes' titles (rich text), and return the palette."""
        palette = theme.current()
        for item in self._drawn:
            self.scene().removeItem(item)
        self._drawn, self._named = [], []
        if (bottom, left) != self._titles:
            self._part = None
        if (palette, bottom, left) != (self._palette, *self._titles):
            self._palette, self._titles = palette, (bottom, left)
            self._dress(palette, {"left": left, "bottom": bottom})
        return palette

    def axis(self, side: str) -> Axis:
        """Return the axis at the ``left`` or ``bottom``."""
        return self.item.getAxis(side)

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
            self._named.append(Named(name, x, read, style.color()))

    def fill_between(
        self,
        x: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
        colour: str,
        opacity: float,
    ) -> None:
        """Fill the area between two curves."""
        there_and_back = np.concatenate([x, x[::-1]]).astype(float)
        edge = np.concatenate([lower, upper[::-1]]).astype(float)
        path = pg.arrayToQPath(there_and_back, edge)
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
        self, text: str, x: float, y: float, colour: str, *, anchor: tuple[float, float]
    ) -> None:
        """Write ``text`` at a point of the plot; ``anchor`` is the text's own point."""
        item = QGraphicsSimpleTextItem(text)
        item.setFont(theme.font(theme.SIZE_BODY, theme.SEMIBOLD))
        item.setBrush(QColor(colour))
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)
        size = item.boundingRect().size()
        shift = (-anchor[0] * size.width(), -anchor[1] * size.height())
        item.setTransform(QTransform.fromTranslate(*shift))
        item.setPos(x, y)
        item.setZValue(TEXT)
        self._add(item)

    def set_range(
        self, x: tuple[float, float], y: tuple[float, float], *, room: float = 0.0
    ) -> None:
        """Show this part of the plane, and ``room`` px above it for labels."""
        self._x, (self._lowest, self._highest), self._room = x, y, room
        self._fit()

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

    @property
    def is_zoomed(self) -> bool:
        """Whether only a part is shown."""
        return self._part is not None

    @property
    def shown(self) -> QRectF:
        """The part of the plane on screen; its height counts upwards."""
        return QRectF(self._part) if self._part is not None else self._home()

    @property
    def frame(self) -> QRectF:
        """Where the curves are, in the widget."""
        box = self.item.getViewBox()
        corners = self.mapFromScene(box.sceneBoundingRect())
        return QRectF(corners.boundingRect())

    def show_part(self, part: QRectF) -> None:
        """Show ``part`` of the plane, as far as there is something to see."""
        self._part = within(part, self._home())
        self._fit()

    def show_all(self) -> None:
        """Show everything."""
        self._part = None
        self._fit()

    def claims(self, position: QPointF) -> bool:
        """Whether a drag from ``position`` of the widget means something of its own."""
        return False

    def values_at(self, point: QPointF) -> str:
        """Return what stands at the abscissa of ``point``, as rich text."""
        return readings(self._named, point, self._titles, self.shown)

    def copy(self) -> None:
        """Put a picture of the plot on the clipboard, as PNG and as SVG."""
        copy_plot(self)

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        """Zoom and move; leave the other keys to the window."""
        ev.setAccepted(self.navigator.key(ev))

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw the focus ring."""
        super().drawForeground(painter, rect)
        if not self.hasFocus():
            return
        painter.save()
        painter.resetTransform()
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRoundedRect(self.viewport().rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.restore()

    def _dress(self, palette: Palette, titles: dict[str, str]) -> None:
        """Give ground and axes the colours of ``palette``, and the axes titles."""
        self.setBackground(QColor(palette.surface))
        # Larger text needs room, else a title lies over the numbers beside it.
        self.item.getAxis("left").setWidth(theme.scaled(AXIS_WIDTH))
        self.item.getAxis("bottom").setHeight(theme.scaled(AXIS_HEIGHT))
        for side, title in titles.items():
            axis = self.item.getAxis(side)
            axis.setPen(pen(palette.border, 1.0))
            axis.setTextPen(QColor(palette.second))
            axis.setTickFont(theme.font(theme.SIZE_SMALL))
            axis.setLabel(
                title, color=palette.text, **{"font-size": f"{theme.scaled(12)}px"}
            )
            # A new label keeps the old one's place until the axis is resized.
            axis.resizeEvent()

    def _add(self, item: QGraphicsItem) -> None:
        item.setParentItem(self.item.getViewBox().childGroup)
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

    def _refit(self, _box: pg.ViewBox) -> None:
        self._fit()

    def _home(self) -> QRectF:
        """Return everything: the ranges that were set, with the room for labels."""
        height = float(self.item.getViewBox().height())
        share = min(0.5, self._room / height) if height > 1.0 else 0.0
        tall = (self._highest - self._lowest) / (1.0 - share)
        return QRectF(self._x[0], self._lowest, self._x[1] - self._x[0], tall)

    def _fit(self) -> None:
        shown = self.shown
        self.item.setRange(
            xRange=(shown.left(), shown.right()),
            yRange=(shown.top(), shown.bottom()),
            padding=0.0,
            disableAutoRange=True,
        )
        self.navigator.place()
        self._moved()

    def _moved(self) -> None:
        """Follow what is shown; for what lies over the curves."""
