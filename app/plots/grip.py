"""Base of all grips on plots: mouse and arrow keys."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from app.look import theme

FINE, COARSE = 0.01, 0.10
"""Steps of the arrow keys without and with Shift, Å."""


class Grip(QWidget):
    """Grip that reports its wanted position (px of its parent); its owner decides.

    A subclass defines its handle, and paints it; ``fine`` and ``coarse`` are its steps
    by keys.
    """

    fine, coarse = FINE, COARSE

    pressed = Signal(float)
    dragged = Signal(float)
    dropped = Signal()
    restored = Signal()
    stepped = Signal(float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_dragging = False
        self._colour, self._text = "#000000", ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setMouseTracking(True)

    def handle(self) -> QRectF:
        """Return the part that takes the mouse."""
        raise NotImplementedError

    def show_text(self, text: str, colour: str, name: str) -> None:
        """Show ``text`` beside the handle of the grip called ``name``."""
        self._text, self._colour = text, colour
        self.setAccessibleName(name)
        self.setAccessibleDescription(text)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        left = event.button() == Qt.MouseButton.LeftButton
        if not left or not self.handle().contains(event.position()):
            event.ignore()
            return
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.is_dragging = True
        self.pressed.emit(self._at(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Report the wanted position of the grip."""
        on = self.is_dragging or self.handle().contains(event.position())
        self.setCursor(
            Qt.CursorShape.SplitHCursor if on else Qt.CursorShape.ArrowCursor
        )
        if self.is_dragging:
            self.dragged.emit(self._at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag."""
        if self.is_dragging and event.button() == Qt.MouseButton.LeftButton:
            self.is_dragging = False
            self.dropped.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by arrows; Esc during a drag restores."""
        direction = {Qt.Key.Key_Left: -1.0, Qt.Key.Key_Right: 1.0}.get(
            Qt.Key(event.key())
        )
        if event.key() == Qt.Key.Key_Escape and self.is_dragging:
            self.is_dragging = False
            self.restored.emit()
        elif direction is not None and not self.is_dragging:
            coarse = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.stepped.emit(direction * (self.coarse if coarse else self.fine))
        else:
            event.ignore()

    def _at(self, event: QMouseEvent) -> float:
        return float(self.mapToParent(event.position()).x())


def paint_slider(
    painter: QPainter, handle: QRectF, colour: str, *, has_focus: bool
) -> None:
    """Draw an upright handle with two grooves, ringed where it has the focus."""
    palette = theme.current()
    if has_focus:
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.drawRoundedRect(handle.adjusted(-2, -2, 2, 2), 5, 5)
    painter.setPen(QPen(QColor(colour), 1.6))
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(handle, 3.5, 3.5)
    painter.setPen(QPen(QColor(palette.surface), 1.2))
    for offset in (-1.5, 1.5):
        x = handle.center().x() + offset
        top, bottom = handle.top() + 6.0, handle.bottom() - 6.0
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
