"""Words behind a sign: tick, triangle or cross, shape and colour together."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.look import icons, theme
from app.widgets.layouts import row_of


class Sign(QWidget):
    """The small icon of a verdict."""

    def __init__(self, verdict: str) -> None:
        super().__init__()
        self._verdict = verdict
        self.setFixedSize(16, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        painter = QPainter(self)
        colour, _ = theme.current().of_verdict(self._verdict)
        icons.paint(painter, self._verdict, QRectF(1, 2, 14, 14), QColor(colour))
        painter.end()


def signed(verdict: str, words: QLabel, spoken: str) -> QWidget:
    """Return ``words`` behind the sign of ``verdict``; they are read as ``spoken``."""
    row, sign = QWidget(), Sign(verdict)
    words.setAccessibleName(spoken)
    layout = row_of(sign, (words, 1), within=row, spacing=8)
    layout.setAlignment(sign, Qt.AlignmentFlag.AlignTop)
    return row
