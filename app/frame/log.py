"""Recent log lines, for the user to read and copy."""

import logging
from collections import deque

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QWidget

from app.widgets.basics import button, icon_button, label, reading_text
from app.widgets.layouts import column_of, row_of

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
        self.lines = reading_text("", "Log lines")
        self.lines.setMaximumBlockCount(MOST_LINES)
        above = row_of(
            label("Log", "heading"),
            None,
            button("Copy", self.copy, icon="copy"),
            icon_button("close", "Close log", self.hide),
        )
        self.setLayout(column_of(above, self.lines, margins=(12, 6, 12, 8)))
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
