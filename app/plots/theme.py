"""Pens and sizes that all plots share."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPen

from app.look import theme

AXIS_WIDTH, AXIS_HEIGHT = 62, 38
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
