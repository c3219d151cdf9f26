"""Zoom, pan and read-out of a plot, by mouse and by keys.

A drag draws the part to zoom to, with Shift or the middle button it moves the picture;
the wheel zooms at the mouse, with Shift only the horizontal axis. A double click or
Home shows all.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QRubberBand, QScrollArea

from app.plots.plane import Plane
from app.plots.readout import Readout
from app.widgets.basics import icon_button

ZOOM_STEP = 1.25

PAN_STEP = 0.1
"""Way of one key press, in widths of what is shown."""

SMALLEST_DRAG = 6
"""Drags shorter than this in both directions are clicks, px."""

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
PANS = {
    Qt.Key.Key_Left: (-PAN_STEP, 0.0),
    Qt.Key.Key_Right: (PAN_STEP, 0.0),
    Qt.Key.Key_Up: (0.0, PAN_STEP),
    Qt.Key.Key_Down: (0.0, -PAN_STEP),
}
ZOOMS = {
    Qt.Key.Key_Plus: 1.0 / ZOOM_STEP,
    Qt.Key.Key_Equal: 1.0 / ZOOM_STEP,
    Qt.Key.Key_Minus: ZOOM_STEP,
}


class Navigator(QObject):
    """Navigation of one plot: tells it which part to show."""

    def __init__(self, plot: Plane) -> None:
        super().__init__(plot)
        self._plot = plot
        self._pressed: QPoint | None = None
        self._button = LEFT
        self._last = QPoint()
        self._is_dragging = False
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, plot.viewport())
        self.readout = Readout(plot)
        self.reset = icon_button("zoom_out", "Show all (Home)", plot.show_all)
        self.reset.setParent(plot)
        self.reset.setFixedSize(26, 26)
        self.reset.hide()
        plot.viewport().setMouseTracking(True)
        plot.viewport().installEventFilter(self)
        plot.moved.connect(self._place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look at the mouse before the plot does; only wheel and drags end here."""
        kind = event.type()
        if kind == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._press(event)
        elif kind == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._move(event)
        elif kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            self._release(event)
        elif kind == QEvent.Type.MouseButtonDblClick:
            self._pressed = None
            self._plot.show_all()
        elif kind == QEvent.Type.Leave:
            self.readout.hide()
        elif kind == QEvent.Type.Wheel and isinstance(event, QWheelEvent):
            return self._wheel(event)
        return False

    def key(self, event: QKeyEvent) -> bool:
        """Zoom and pan by keys; return whether the key was used."""
        key, shown = Qt.Key(event.key()), self._plot.shown
        if event.modifiers() & CTRL:
            return False
        if key in PANS and self._plot.is_zoomed:
            right, up = PANS[key]
            self._plot.show_part(
                shown.translated(right * shown.width(), up * shown.height())
            )
        elif key in ZOOMS:
            self._zoom(ZOOMS[key], shown.center(), horizontal_only=False)
        elif key == Qt.Key.Key_Home:
            self._plot.show_all()
        elif key == Qt.Key.Key_Escape and self._is_dragging:
            self._forget_drag()
        else:
            return False
        return True

    def _place(self) -> None:
        """Put the Show all button into the upper right corner of the plot."""
        frame = self._plot.frame
        self.reset.setVisible(self._plot.is_zoomed)
        self.reset.move(round(frame.right()) - 28, round(frame.top()) + 2)
        self.reset.raise_()
        self.readout.hide()

    def _press(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if event.button() not in (LEFT, MIDDLE):
            return
        self._pressed, self._last = position, position
        pans = event.button() == MIDDLE or event.modifiers() & SHIFT
        self._button = MIDDLE if pans else LEFT
        self._is_dragging = False

    def _move(self, event: QMouseEvent) -> None:
        position = event.position().toPoint()
        if self._pressed is None or not event.buttons():
            self.readout.show_at(event.position())
            return
        way = position - self._pressed
        self._is_dragging |= max(abs(way.x()), abs(way.y())) >= SMALLEST_DRAG
        if not self._is_dragging:
            return
        self.readout.hide()
        if self._button == MIDDLE:
            self._pan(position)
        else:
            self._band.setGeometry(self._wanted(position))
            self._band.show()

    def _release(self, event: QMouseEvent) -> None:
        pressed, dragging = self._pressed, self._is_dragging
        area = self._wanted(event.position().toPoint()) if pressed else QRect()
        self._forget_drag()
        if pressed is None:
            return
        if not dragging:
            if event.button() == LEFT:
                self._plot.clicked.emit(self._plot.to_point(event.position()))
        elif self._button == LEFT:
            first = self._plot.to_point(QPointF(area.topLeft()))
            second = self._plot.to_point(QPointF(area.bottomRight()))
            self._plot.show_part(QRectF(first, second).normalized())

    def _forget_drag(self) -> None:
        self._band.hide()
        self._pressed, self._is_dragging = None, False

    def _wanted(self, position: QPoint) -> QRect:
        """Return the rectangle of the drag; a flat one takes the whole height."""
        if self._pressed is None:
            return QRect()
        frame = self._plot.frame.toRect()
        area = QRect(self._pressed, position).normalized()
        if area.height() < 4 * SMALLEST_DRAG:
            area = QRect(area.left(), frame.top(), area.width(), frame.height())
        elif area.width() < 4 * SMALLEST_DRAG:
            area = QRect(frame.left(), area.top(), frame.width(), area.height())
        return area.intersected(frame)

    def _pan(self, position: QPoint) -> None:
        before = self._plot.to_point(QPointF(self._last))
        after = self._plot.to_point(QPointF(position))
        self._last = position
        self._plot.show_part(self._plot.shown.translated(before - after))

    def _wheel(self, event: QWheelEvent) -> bool:
        """Zoom, unless the plot is in a column that the wheel scrolls."""
        if _scrolls(self._plot) and not event.modifiers() & CTRL:
            return False
        # With Shift some systems report the turn of the wheel as a horizontal one.
        turn = event.angleDelta().y() or event.angleDelta().x()
        only = bool(event.modifiers() & SHIFT)
        at = self._plot.to_point(event.position())
        self._zoom(ZOOM_STEP ** (-turn / 120.0), at, horizontal_only=only)
        return True

    def _zoom(self, factor: float, at: QPointF, *, horizontal_only: bool) -> None:
        """Change the size of what is shown by ``factor``; the point ``at`` stays."""
        shown = self._plot.shown
        upright = 1.0 if horizontal_only else factor
        self._plot.show_part(
            QRectF(
                at.x() - factor * (at.x() - shown.left()),
                at.y() - upright * (at.y() - shown.top()),
                factor * shown.width(),
                upright * shown.height(),
            )
        )


def _scrolls(plot: Plane) -> bool:
    """Return whether ``plot`` lies in a column that can be scrolled now."""
    parent = plot.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return parent.verticalScrollBar().maximum() > 0
        parent = parent.parentWidget()
    return False
