"""Comparison of saved and recovered work, before the user chooses one."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.project.differences import ProjectComparison
from app.widgets.basics import button, label

DATE = "%d %b, %H:%M"


class CompareDialog(QDialog):
    """Table of differences, and the choice."""

    def __init__(
        self, comparison: ProjectComparison, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("What differs")
        self.resize(760, 420)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label("Saved and recovered work", "empty"))
        number = len(comparison.differences)
        words = "The two are identical." if not number else f"{number} differences."
        layout.addWidget(label(words, "second"))
        self.table = _table(comparison)
        layout.addWidget(self.table, 1)
        row = QHBoxLayout()
        row.addWidget(button("Decide later", self.reject))
        row.addStretch(1)
        row.addWidget(button("Discard", self._then(comparison.discard)))
        restore = self._then(comparison.restore)
        row.addWidget(button("Restore", restore, role="primary"))
        layout.addLayout(row)

    def _then(self, action: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            self.accept()
            action()

        return act


def _table(comparison: ProjectComparison) -> QTableWidget:
    saved = "Never saved"
    if comparison.saved_when is not None:
        saved = f"Saved, {_clock(comparison.saved_when)}"
    headings = ("", saved, f"Recovered, {_clock(comparison.recovered_when)}")
    table = QTableWidget(len(comparison.differences), len(headings))
    table.setAccessibleName("What differs between saved and recovered work")
    table.setHorizontalHeaderLabels(headings)
    table.verticalHeader().hide()
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setWordWrap(True)
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    for row, item in enumerate(comparison.differences):
        for column, text in enumerate((item.what, item.before, item.after)):
            cell = QTableWidgetItem(text)
            cell.setToolTip(text)
            table.setItem(row, column, cell)
    return table


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():{DATE}}"
