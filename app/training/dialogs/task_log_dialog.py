"""Dialog with the log of one task."""

from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from app.widgets.basics import button, reading_text
from app.widgets.layouts import fill, row_of


class TaskLogDialog(QDialog):
    """The end of the log, with Copy."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Log of {title}")
        self.resize(760, 420)
        self.lines = reading_text(text or "The log is empty.", "Log")
        self.lines.moveCursor(QTextCursor.MoveOperation.End)
        copy = button(
            "Copy",
            lambda: QGuiApplication.clipboard().setText(self.lines.toPlainText()),
            icon="copy",
        )
        close = button("Close", self.accept, role="primary")
        fill(QVBoxLayout(self), self.lines, row_of(copy, None, close))
        self.finished.connect(self.deleteLater)
