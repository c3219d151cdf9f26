"""The last lines of the log, kept for the user to read and copy."""

import logging
from collections import deque

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.basics import button

MOST_LINES = 500
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class RecentLines(logging.Handler):
    """Keeps the last lines of everything that is logged."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter(FORMAT))
        self._lines: deque[str] = deque(maxlen=MOST_LINES)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep ``record``."""
        self._lines.append(self.format(record))

    def text(self) -> str:
        """Return the lines, oldest first."""
        return "\n".join(self._lines) or "Nothing has been logged."


class LogDialog(QDialog):
    """Shows the lines."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Log")
        self.resize(760, 420)
        layout = QVBoxLayout(self)
        self.lines = QPlainTextEdit(text)
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName("Log")
        layout.addWidget(self.lines)
        row = QHBoxLayout()
        copy = button(
            "Copy", lambda: QGuiApplication.clipboard().setText(text), icon="copy"
        )
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(button("Close", self.accept, role="primary"))
        layout.addLayout(row)
