"""Tool button pressed by mouse and Space only."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton


class ShyButton(QToolButton):
    """Button that passes arrows and Enter on to its parent."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Press by Space only."""
        if event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()
