"""The series on screen: its plots, and a cursor that moves over them for nothing."""

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QLabel

from app.look import theme
from app.plots.navigation import ZOOM_STEP, ZOOMS
from app.plots.theme import draw_focus
from app.series.picture import SeriesPicture
from app.series.plots import SeriesPlots

PAGE, ALL = 10, 10**9
STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_PageUp: -PAGE,
    Qt.Key.Key_PageDown: PAGE,
    Qt.Key.Key_Home: -ALL,
    Qt.Key.Key_End: ALL,
}
"""Spectra that a key moves the cursor."""

DEEPEST = 2_000.0
"""Largest magnification of the axis."""

SMALLEST = QSize(320, 380)
LONGEST, APART = 260, 8
"""Largest width of the cursor's label, and its distance from the heading, px."""


class SeriesCanvas(pg.GraphicsLayoutWidget):
    """Canvas of a :class:`SeriesPicture`; reports the spectrum selected by the user."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Heat map and trends of the series")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(SMALLEST)
        self.setAntialiasing(True)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._picture: SeriesPicture | None = None
        self._selected, self._label = -1, ""
        self._span: tuple[float, float] | None = None
        self._sentence = ""
        cells: Any = self.ci
        self._plots = SeriesPlots(cells.layout)
        self._tag = QLabel(self.viewport())
        self._tag.setTextFormat(Qt.TextFormat.PlainText)
        self._tag.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._tag.hide()
        self._plots.heat.sigResized.connect(self._redraw)

    @property
    def span(self) -> tuple[float, float]:
        """The part of the axis on screen."""
        if self._span is not None:
            return self._span
        return self._picture.series.span if self._picture else (0.0, 1.0)

    def draw(self, picture: SeriesPicture) -> None:
        """Show ``picture``."""
        old = self._picture
        if old is not None and old.series.title != picture.series.title:
            self._span = None
        self._picture = picture
        self._redraw()

    def select(self, index: int, label: str) -> None:
        """Put the cursor on spectrum ``index``, named ``label``."""
        if (index, label) == (self._selected, self._label):
            return
        self._selected, self._label = index, label
        self._show_selected()
        self._place_cursor()
        self._tell()

    def copy(self) -> None:
        """Put a picture of the plots on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.grab())

    def show_all(self) -> None:
        """Show the whole axis."""
        self._show(None)

    def to_pixel(self, at: float) -> QPointF:
        """Return the position in the widget of ``at`` of the axis, on the heat map."""
        heat = self._plots.heat
        middle = QPointF(at, heat.viewRect().center().y())
        return QPointF(self.mapFromScene(heat.mapViewToScene(middle)))

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        """Move the cursor, open the spectrum under it, zoom."""
        key, modifiers = Qt.Key(ev.key()), ev.modifiers()
        if self._picture is None or modifiers & Qt.KeyboardModifier.AltModifier:
            ev.ignore()
        elif key in STEPS:
            self._step(self._picture.series.order, STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers:
            self._open()
        elif key in ZOOMS:
            self._zoom(ZOOMS[key], self._middle())
        elif key == Qt.Key.Key_0:
            self.show_all()
        else:
            ev.ignore()

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        """Put the cursor where the mouse is."""
        if ev.button() == Qt.MouseButton.LeftButton:
            self._choose_at(ev.position())

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        """Move the cursor with the mouse."""
        if ev.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(ev.position())

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        """Open the spectrum under the mouse."""
        self._open()

    def wheelEvent(self, ev: QWheelEvent) -> None:
        """Zoom into the axis at the mouse."""
        turn = ev.angleDelta().y() or ev.angleDelta().x()
        self._zoom(ZOOM_STEP ** (-turn / 120.0), self._at(ev.position()))

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Draw the focus ring."""
        super().drawForeground(painter, rect)
        draw_focus(self, painter)

    def _redraw(self) -> None:
        """Draw the part of the axis that is on screen."""
        if self._picture is None:
            return
        palette, ratio = theme.current(), self.devicePixelRatioF()
        self.setBackground(palette.surface)
        self._tag.setFont(theme.font(theme.SIZE_SMALL, theme.SEMIBOLD))
        self._tag.setStyleSheet(
            f"background: {palette.accent}; color: {palette.on_accent}; "
            "border-radius: 3px; padding: 2px 8px;"
        )
        self._sentence = self._plots.draw(self._picture, self.span, ratio)
        self._place_cursor()
        self._tell()

    def _place_cursor(self) -> None:
        """Put the line and its label on the selected spectrum, if that is on screen."""
        at, (low, high) = self._cursor(), self.span
        is_there = low <= at <= high
        self._plots.mark(at if is_there else math.nan)
        self._tag.setVisible(is_there)
        if is_there:
            self._place_tag(at)

    def _place_tag(self, at: float) -> None:
        """Write which spectrum is selected above the line at ``at``."""
        tag, middle = self._tag, Qt.TextElideMode.ElideMiddle
        tag.setText(tag.fontMetrics().elidedText(self._label, middle, LONGEST))
        tag.adjustSize()
        heat = self._plots.heat.sceneBoundingRect()
        # The heading keeps its place: the label stands right of it, or of the cursor.
        free = heat.left() + self._plots.heading_width + APART
        left = max(self.to_pixel(at).x() - 0.5 * tag.width(), free)
        tag.move(round(min(left, heat.right() - tag.width())), 5)

    def _open(self) -> None:
        if self._selected >= 0:
            self.opened.emit(self._selected)

    def _step(self, order: np.ndarray, way: int) -> None:
        """Move the cursor by ``way`` spectra along the axis."""
        if order.size:
            found = np.flatnonzero(order == self._selected)
            place = int(found[0]) + way if found.size else 0
            self.chosen.emit(int(order[min(max(place, 0), order.size - 1)]))

    def _choose_at(self, position: QPointF) -> None:
        """Select the spectrum nearest to a position in the widget."""
        if self._picture is None or not self._picture.series.order.size:
            return
        series = self._picture.series
        distance = np.abs(series.at[series.order] - self._at(position))
        index = int(series.order[np.argmin(distance)])
        if index != self._selected:
            self.chosen.emit(index)

    def _at(self, position: QPointF) -> float:
        """Return the place on the axis at a position in the widget."""
        return float(
            self._plots.heat.mapSceneToView(self.mapToScene(position.toPoint())).x()
        )

    def _cursor(self) -> float:
        """Return where the cursor is on the axis, NaN where that is not known."""
        if self._picture is None or not 0 <= self._selected < self._picture.series.size:
            return math.nan
        return float(self._picture.series.at[self._selected])

    def _middle(self) -> float:
        """Return the cursor's place, else the middle of what is shown."""
        at, (low, high) = self._cursor(), self.span
        return at if low <= at <= high else 0.5 * (low + high)

    def _zoom(self, factor: float, at: float) -> None:
        low, high = self.span
        self._show((at - factor * (at - low), at + factor * (high - at)))

    def _show(self, wanted: tuple[float, float] | None) -> None:
        """Show the part ``wanted`` of the axis, cut to what there is."""
        if self._picture is None:
            return
        first, last = self._picture.series.span
        if wanted is not None:
            width = max(wanted[1] - wanted[0], (last - first) / DEEPEST)
            low = max(first, min(wanted[0], last - width))
            wanted = (low, low + width) if width < 0.999 * (last - first) else None
        if wanted != self._span:
            self._span = wanted
            self._redraw()

    def _show_selected(self) -> None:
        """Move a part of the axis so that it holds the cursor."""
        at, (low, high) = self._cursor(), self.span
        if self._span is not None and math.isfinite(at) and not low <= at <= high:
            half = 0.5 * (high - low)
            self._show((at - half, at + half))

    def _tell(self) -> None:
        cursor = f" Cursor on {self._label}." if self._label else ""
        self.setAccessibleDescription(f"{self._sentence}{cursor}")
