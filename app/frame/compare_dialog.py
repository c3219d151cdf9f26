"""Comparison of saved and recovered work, before the user chooses one."""

from collections.abc import Callable
from datetime import datetime

from PySide6.QtWidgets import QDialog, QWidget

from app.project.differences import ProjectComparison
from app.widgets.basics import button, label
from app.widgets.layouts import DIALOG, column_of, row_of
from app.widgets.text_table import TextColumn, TextTable

DATE = "%d %b, %H:%M"


class CompareDialog(QDialog):
    """Table of differences, and the choice."""

    def __init__(
        self, comparison: ProjectComparison, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Compare")
        self.resize(760, 420)
        number = len(comparison.differences)
        words = "The two are identical." if not number else f"{number} differences."
        self.table = _table(comparison)
        restore = self._then(comparison.restore)
        buttons = row_of(
            button("Decide later", self.reject),
            None,
            button("Discard", self._then(comparison.discard)),
            button("Restore", restore, role="primary"),
        )
        title = label("Saved and recovered work", "empty")
        parts = title, label(words, "second"), (self.table, 1), buttons
        self.setLayout(column_of(*parts, spacing=10, margins=DIALOG))

    def _then(self, action: Callable[[], object]) -> Callable[[], None]:
        def act() -> None:
            self.accept()
            action()

        return act


def _table(comparison: ProjectComparison) -> TextTable:
    saved = "Never saved"
    if comparison.saved_when is not None:
        saved = f"Saved, {_clock(comparison.saved_when)}"
    headings = ("", saved, f"Recovered, {_clock(comparison.recovered_when)}")
    table = TextTable(
        "Differences between saved and recovered work",
        *(TextColumn(heading, is_number=False) for heading in headings),
    )
    rows = [(item.what, item.before, item.after) for item in comparison.differences]
    table.set_rows(rows)
    table.table_model.set_tips(["\n".join(texts) for texts in rows])
    return table


def _clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():{DATE}}"
