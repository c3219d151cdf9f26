"""Signs, and words behind them: shape and colour say the same."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.look import icons, theme
from app.widgets.layouts import row_of


class Sign(QWidget):
    """An icon of ``side`` px in a colour of the palette, in the middle of its room."""

    def __init__(self, icon: str, role: str, *, room: QSize, side: float) -> None:
        super().__init__()
        self._icon, self._role, self._side = icon, role, side
        self.setFixedSize(room)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        painter = QPainter(self)
        area = QRectF(0.0, 0.0, self._side, self._side)
        area.moveCenter(QRectF(self.rect()).center())
        colour = QColor(getattr(theme.current(), self._role))
        icons.paint(painter, self._icon, area, colour)
        painter.end()


ROLES = {"note": "second"}
"""Colours of signs that are no verdicts."""


def signed(name: str, words: QLabel, spoken: str) -> QWidget:
    """Return ``words`` behind the sign of a verdict, or of what is assumed.

    They are read as ``spoken``.
    """
    role = ROLES.get(name, name)
    row, sign = QWidget(), Sign(name, role, room=QSize(16, 18), side=14.0)
    words.setAccessibleName(spoken)
    layout = row_of(sign, (words, 1), within=row, spacing=8)
    layout.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
    return row
