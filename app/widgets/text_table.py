"""Text table: right-aligned numbers, one selected row, copied with Ctrl+C."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView

from app.look import theme
from app.look.rich_text import safe_tip
from app.look.text_size import OWN
from app.widgets.tables import (
    LEFT,
    RIGHT,
    Index,
    RowTable,
    TitledModel,
    copy_lines,
    mark_row,
)


@dataclass(frozen=True)
class TextColumn:
    """A column's title (rich text), and whether it holds numbers."""

    title: str
    is_number: bool = True


class TextModel(TitledModel):
    """Rows of text under titles."""

    def __init__(self, columns: tuple[TextColumn, ...]) -> None:
        super().__init__()
        self.columns = columns
        self.rows: tuple[tuple[str, ...], ...] = ()
        self._muted: frozenset[int] = frozenset()
        self._tips: tuple[str, ...] = ()

    def set_tips(self, tips: Sequence[str]) -> None:
        """Say ``tips`` of the rows under the mouse."""
        self._tips = tuple(tips)

    def set_rows(
        self, rows: Sequence[tuple[str, ...]], muted: Collection[int] = ()
    ) -> None:
        """Show ``rows``; those with indices in ``muted`` are grey."""
        if tuple(rows) == self.rows and frozenset(muted) == self._muted:
            return
        self.beginResetModel()
        self.rows, self._muted = tuple(rows), frozenset(muted)
        self.endResetModel()

    def set_columns(self, columns: tuple[TextColumn, ...]) -> None:
        """Show other columns, and no rows until they are set."""
        if columns != self.columns:
            self.beginResetModel()
            self.columns, self.rows = columns, ()
            self.endResetModel()

    def count(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    def titles(self) -> Sequence[str]:
        """Return the titles of the columns."""
        return [column.title for column in self.columns]

    def side(self, column: int) -> Qt.AlignmentFlag:
        """Return where a column's numbers, or its text, stand."""
        return RIGHT if self.columns[column].is_number else LEFT

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell."""
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.row() < len(self._tips):
            return safe_tip(self._tips[index.row()]) or None
        if role == Qt.ItemDataRole.ForegroundRole and index.row() in self._muted:
            return QColor(theme.current().second)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(index.column()) | Qt.AlignmentFlag.AlignVCenter
        return None


class TextTable(RowTable):
    """The table of text."""

    def __init__(self, name: str, *columns: TextColumn) -> None:
        self.table_model = TextModel(columns)
        self._most = 0
        super().__init__(name, self.table_model)
        self.setProperty(OWN, True)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(theme.scaled(theme.ROW_HEIGHT))

    def set_rows(
        self, rows: Sequence[tuple[str, ...]], muted: Collection[int] = ()
    ) -> None:
        """Show ``rows``; those with indices in ``muted`` are grey."""
        self.table_model.set_rows(rows, muted)

    def choose(self, row: int) -> None:
        """Select ``row`` without a signal; -1 selects none."""
        mark_row(self, row)

    def fit_height(self, most: int) -> None:
        """Fit the height to the rows, at most ``most`` of them."""
        self._most = most
        rows = min(max(self.table_model.rowCount(), 1), most)
        self.setFixedHeight(theme.scaled(30 + rows * theme.ROW_HEIGHT + 4))

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            height = theme.scaled(theme.ROW_HEIGHT)
            self.verticalHeader().setDefaultSectionSize(height)
            if self._most:
                self.fit_height(self._most)

    def copy(self) -> None:
        """Put the table on the clipboard, tabs between the cells."""
        model = self.table_model
        copy_lines(model.titles(), model.rows)
