"""Pens and sizes that all plots share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsView

from app.look import theme

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
    """Return a pen of ``width`` px that does not grow with the plot's scale."""
    result = QPen(theme.colour(colour, opacity), width)
    result.setCosmetic(True)
    result.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    if dash:
        result.setDashPattern(list(dash))
        result.setCapStyle(Qt.PenCapStyle.FlatCap)
    return result


def draw_focus(plot: QGraphicsView, painter: QPainter) -> None:
    """Draw a ring inside the edge of ``plot`` if it has the focus."""
    if not plot.hasFocus():
        return
    painter.save()
    painter.resetTransform()
    painter.setPen(QPen(QColor(theme.current().accent), 2))
    painter.drawRoundedRect(plot.viewport().rect().adjusted(1, 1, -1, -1), 4, 4)
    painter.restore()
