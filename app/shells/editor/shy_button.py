"""A tool button that is pressed by mouse and Space, and leaves other keys alone."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton


class ShyButton(QToolButton):
    """Arrows and Enter go on to what the button lies in."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press by Space only."""
        if event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()
