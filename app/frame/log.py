"""Recent log lines, for the user to read and copy."""

import logging
from collections import deque

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.basics import button, icon_button, label

MOST_LINES = 500
FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
HEIGHT = 190


class News(QObject):
    """Signal of new lines, from any thread."""

    arrived = Signal(str)


class RecentLines(logging.Handler):
    """Keep the last lines of the log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.setFormatter(logging.Formatter(FORMAT, "%H:%M:%S"))
        self._lines: deque[str] = deque(maxlen=MOST_LINES)
        self.news = News()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep ``record``."""
        line = self.format(record)
        self._lines.append(line)
        try:
            self.news.arrived.emit(line)
        except RuntimeError:
            return  # the window is gone

    def text(self) -> str:
        """Return the lines, oldest first."""
        return "\n".join(self._lines) or "The log is empty."


class LogPanel(QWidget):
    """Panel under the page with the log lines as they arrive."""

    def __init__(self, lines: RecentLines) -> None:
        super().__init__()
        self.setObjectName("logPanel")
        self.setAccessibleName("Log")
        self._source = lines
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setMaximumBlockCount(MOST_LINES)
        self.lines.setAccessibleName("Log lines")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 8)
        row = QHBoxLayout()
        row.addWidget(label("Log", "heading"))
        row.addStretch(1)
        row.addWidget(button("Copy", self.copy, icon="copy"))
        row.addWidget(icon_button("close", "Close log", self.hide))
        layout.addLayout(row)
        layout.addWidget(self.lines)
        self.setFixedHeight(HEIGHT)
        self.hide()
        lines.news.arrived.connect(self._add)

    def toggle(self) -> None:
        """Show the lines, or hide them."""
        if self.isVisible():
            self.hide()
            return
        self.lines.setPlainText(self._source.text())
        self.lines.moveCursor(QTextCursor.MoveOperation.End)
        self.show()
        self.lines.setFocus()

    def copy(self) -> None:
        """Put all lines on the clipboard."""
        QGuiApplication.clipboard().setText(self._source.text())

    def _add(self, line: str) -> None:
        if self.isVisible():
            self.lines.appendPlainText(line)
