"""The series on screen: drawn once, with a cursor that moves over it for nothing."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import theme
from app.look.palette import Palette
from app.series.picture import (
    HEADING,
    Layout,
    SeriesPicture,
    draw,
    layout_of,
    write,
    x_of,
)

PAGE = 10
"""Spectra that Page Up and Page Down move the cursor."""

ZOOM_STEP = 1.25
DEEPEST = 2_000.0
"""Largest magnification of the axis."""

SMALLEST = QSize(320, 380)


class SeriesCanvas(QWidget):
    """Draws a :class:`SeriesPicture` and reports which spectrum is wanted."""

    chosen = Signal(int)
    opened = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Heat map and trends of the series")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(SMALLEST)
        policy = QSizePolicy.Policy.Expanding
        self.setSizePolicy(policy, policy)
        self._picture: SeriesPicture | None = None
        self._selected, self._label = -1, ""
        self._span: tuple[float, float] | None = None
        self._drawn = QPixmap()
        self._palette: Palette | None = None
        self._sentence = ""

    @property
    def span(self) -> tuple[float, float]:
        """The part of the axis on screen."""
        if self._span is not None:
            return self._span
        return self._picture.series.span if self._picture else (0.0, 1.0)

    @property
    def places(self) -> Layout:
        """Where the parts are."""
        return layout_of(self.width(), self.height())

    def draw(self, picture: SeriesPicture) -> None:
        """Show ``picture``."""
        old = self._picture
        if old is not None and old.series.title != picture.series.title:
            self._span = None
        self._picture = picture
        self._drawn = QPixmap()
        self.update()

    def select(self, index: int, label: str) -> None:
        """Put the cursor on spectrum ``index``; ``label`` says which one that is."""
        if (index, label) == (self._selected, self._label):
            return
        self._selected, self._label = index, label
        self._show_selected()
        self._tell()
        self.update()

    def copy(self) -> None:
        """Put a picture of the plots on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.grab())

    def show_all(self) -> None:
        """Show the whole axis."""
        self._show(None)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plots if need be, then the cursor."""
        painter = QPainter(self)
        if self._picture is not None and self._picture.series.size:
            self._redraw()
            painter.drawPixmap(0, 0, self._drawn)
            self._draw_cursor(painter, self._picture)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme.current().accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew in the new size."""
        super().resizeEvent(event)
        self._drawn = QPixmap()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor, open the spectrum under it, zoom."""
        key = Qt.Key(event.key())
        if self._picture is None or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageUp: -PAGE,
            Qt.Key.Key_PageDown: PAGE,
            Qt.Key.Key_Home: -len(self._picture.series.order),
            Qt.Key.Key_End: len(self._picture.series.order),
        }
        if key in steps:
            self._step(steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if self._selected >= 0:
                self.opened.emit(self._selected)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom(1.0 / ZOOM_STEP, self._middle())
        elif key == Qt.Key.Key_Minus:
            self._zoom(ZOOM_STEP, self._middle())
        elif key == Qt.Key.Key_0:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the cursor where the mouse is."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._choose_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Take the cursor along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose_at(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the spectrum under the mouse."""
        if self._selected >= 0:
            self.opened.emit(self._selected)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom into the axis at the mouse."""
        turn = event.angleDelta().y() or event.angleDelta().x()
        if self._picture is None or not turn:
            event.ignore()
            return
        self._zoom(ZOOM_STEP ** (-turn / 120.0), self._at(event.position().x()))

    def nearest(self, at: float) -> int:
        """Return the number of the spectrum nearest to ``at`` of the axis, or -1."""
        if self._picture is None or not self._picture.series.order.size:
            return -1
        series = self._picture.series
        places = series.at[series.order]
        right = int(np.clip(np.searchsorted(places, at), 0, len(places) - 1))
        left = max(0, right - 1)
        is_left = abs(places[left] - at) <= abs(places[right] - at)
        return int(series.order[left if is_left else right])

    def _redraw(self) -> None:
        palette, ratio = theme.current(), self.devicePixelRatioF()
        if not self._drawn.isNull() and self._palette is palette:
            return
        assert self._picture is not None  # only called with one
        self._palette = palette
        self._drawn = QPixmap(self.size() * ratio)
        self._drawn.setDevicePixelRatio(ratio)
        self._drawn.fill(QColor(palette.surface))
        painter = QPainter(self._drawn)
        sentence = draw(painter, self._picture, self.places, self.span, ratio)
        painter.end()
        if sentence != self._sentence:
            self._sentence = sentence
            self._tell()

    def _draw_cursor(self, painter: QPainter, picture: SeriesPicture) -> None:
        if not 0 <= self._selected < picture.series.size:
            return
        at = float(picture.series.at[self._selected])
        if not self.span[0] <= at <= self.span[1]:
            return
        places, palette = self.places, theme.current()
        x = round(x_of(at, places, self.span))
        painter.setPen(QPen(QColor(palette.accent), 2))
        for part in (places.heat, places.strip, *places.trends):
            painter.drawLine(QPointF(x, part.top()), QPointF(x, part.bottom()))
        self._draw_label(painter, x, places, palette)

    def _draw_label(
        self, painter: QPainter, x: float, places: Layout, palette: Palette
    ) -> None:
        font = theme.font(theme.SIZE_SMALL, theme.SEMIBOLD)
        painter.setFont(font)
        text = painter.fontMetrics().elidedText(
            self._label, Qt.TextElideMode.ElideMiddle, 260
        )
        wide = painter.fontMetrics().horizontalAdvance(text) + 16
        # The heading keeps its place: the label stands right of it, or of the cursor.
        left = min(
            max(x - wide / 2, places.left + 190.0), places.left + places.width - wide
        )
        frame = QRectF(left, 3.0, wide, HEADING - 7.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.accent))
        painter.drawRoundedRect(frame, 3.0, 3.0)
        write(
            painter,
            _escaped(text),
            frame.center(),
            palette.on_accent,
            anchor=(0.5, 0.5),
            weight=theme.SEMIBOLD,
        )

    def _step(self, way: int) -> None:
        """Move the cursor by ``way`` spectra along the axis."""
        assert self._picture is not None  # keys are ignored without one
        order = self._picture.series.order
        if not order.size:
            return
        found = np.flatnonzero(order == self._selected)
        place = int(found[0]) + way if found.size else 0
        self.chosen.emit(int(order[int(np.clip(place, 0, len(order) - 1))]))

    def _choose_at(self, position: QPointF) -> None:
        index = self.nearest(self._at(position.x()))
        if index >= 0 and index != self._selected:
            self.chosen.emit(index)

    def _at(self, x: float) -> float:
        """Return the place on the axis at ``x`` px."""
        places, (low, high) = self.places, self.span
        return low + (x - places.left) / places.width * (high - low)

    def _middle(self) -> float:
        """Return the cursor's place, else the middle of what is shown."""
        low, high = self.span
        if self._picture and 0 <= self._selected < self._picture.series.size:
            at = float(self._picture.series.at[self._selected])
            if low <= at <= high:
                return at
        return 0.5 * (low + high)

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
            low = min(max(wanted[0], first), max(first, last - width))
            wanted = (low, min(low + width, last))
            if wanted[1] - wanted[0] >= 0.999 * (last - first):
                wanted = None
        if wanted != self._span:
            self._span = wanted
            self._drawn = QPixmap()
            self.update()

    def _show_selected(self) -> None:
        """Move a part of the axis so that it holds the cursor."""
        if self._span is None or self._picture is None or self._selected < 0:
            return
        if self._selected >= self._picture.series.size:
            return
        at, (low, high) = float(self._picture.series.at[self._selected]), self._span
        if np.isfinite(at) and not low <= at <= high:
            half = 0.5 * (high - low)
            self._show((at - half, at + half))

    def _tell(self) -> None:
        cursor = f" Cursor on {self._label}." if self._label else ""
        self.setAccessibleDescription(f"{self._sentence}{cursor}")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
