"""Dialog with the log of one task."""

from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.basics import button


class TaskLogDialog(QDialog):
    """The end of the log, with Copy."""

    def __init__(self, title: str, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Log of {title}")
        self.resize(760, 420)
        layout = QVBoxLayout(self)
        self.lines = QPlainTextEdit(text or "The log is empty.")
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName("Log")
        self.lines.moveCursor(QTextCursor.MoveOperation.End)
        layout.addWidget(self.lines)
        row = QHBoxLayout()
        copy = button(
            "Copy",
            lambda: QGuiApplication.clipboard().setText(self.lines.toPlainText()),
            icon="copy",
        )
        row.addWidget(copy)
        row.addStretch(1)
        row.addWidget(button("Close", self.accept, role="primary"))
        layout.addLayout(row)
        self.finished.connect(self.deleteLater)
