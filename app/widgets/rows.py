"""Rows of lists: two lines of text on a ground that shows what is selected."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle

from app.look import theme


def set_up_list(view: QListView, name: str) -> None:
    """Set up ``view``, called ``name``: it scrolls smoothly, downwards only."""
    view.setAccessibleName(name)
    view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def paint_ground(painter: QPainter, frame: QRectF, state: QStyle.StateFlag) -> None:
    """Draw the ground of a row: selected, below the mouse, with the focus."""
    palette = theme.current()
    inner = frame.adjusted(1, 1, -1, -1)
    if state & QStyle.StateFlag.State_Selected:
        paint_selected(painter, inner)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(inner, QColor(palette.hover))
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(palette.accent), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(inner.adjusted(1, 1, -1, -1), 3, 3)


def paint_selected(painter: QPainter, area: QRectF) -> None:
    """Fill the ground of what is selected, with a bar at its left end."""
    palette = theme.current()
    painter.fillRect(area, QColor(palette.accent_soft))
    bar = QRectF(area.left(), area.top(), 3, area.height())
    painter.fillRect(bar, QColor(palette.accent))


def write_line(painter: QPainter, text: str, area: QRectF, font: QFont) -> None:
    """Write ``text`` in ``area``, cut in the middle where it is too long."""
    painter.setFont(font)
    metrics = painter.fontMetrics()
    elided = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(area.width()))
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, elided)
