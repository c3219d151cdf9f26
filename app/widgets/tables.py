"""Common setup of all tables: whole rows are selected, nothing is edited."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QTableView

from app.widgets.rich_header import RichHeader

Index = QModelIndex | QPersistentModelIndex
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight


class TitledModel(QAbstractTableModel):
    """Rows under titles; a subclass says how many there are, and what they hold."""

    def titles(self) -> Sequence[str]:
        """Return the titles of the columns, as rich text."""
        raise NotImplementedError

    def count(self) -> int:
        """Return the number of rows."""
        raise NotImplementedError

    def side(self, column: int) -> Qt.AlignmentFlag:
        """Return where the title of a column stands."""
        raise NotImplementedError

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of rows."""
        return 0 if parent is not None and parent.isValid() else self.count()

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(self.titles())

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a title and where it stands."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles()[section]
        return self.side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    @contextmanager
    def exchanging(self, count: int) -> Iterator[None]:
        """Exchange the rows for ``count`` others; as many stay the same for a view."""
        is_same = count == self.rowCount()
        if not is_same:
            self.beginResetModel()
        yield
        if not is_same:
            self.endResetModel()
        elif count:
            last = self.index(count - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)


class RowTable(QTableView):
    """Table of whole rows; ``chosen`` carries the one selected by the user."""

    chosen = Signal(int)

    def __init__(self, name: str, model: QAbstractItemModel) -> None:
        super().__init__()
        set_up(self, name, model)
        self.selectionModel().selectionChanged.connect(self._report)

    def _report(self) -> None:
        # Selected, not current: a table that only gets the focus chooses nothing.
        rows = self.selectionModel().selectedRows()
        if rows:
            self.chosen.emit(rows[0].row())


def set_up(table: QTableView, name: str, model: QAbstractItemModel) -> None:
    """Set up ``table`` with ``model``: whole rows are selected, Tab leaves it."""
    table.setAccessibleName(name)
    table.setModel(model)
    table.setHorizontalHeader(RichHeader())
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def mark_row(table: QTableView, row: int) -> bool:
    """Select ``row`` without a signal, -1 none; return whether that changed."""
    shown = [index.row() for index in table.selectionModel().selectedRows()]
    if shown == [row] or (row < 0 and not shown):
        return False
    blocked = table.selectionModel().blockSignals(True)
    if row < 0:
        table.clearSelection()
    else:
        table.selectRow(row)
    table.selectionModel().blockSignals(blocked)
    table.viewport().update()
    return True


def copy_lines(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Put a table on the clipboard, tabs between the cells, titles without italics."""
    plain = [title.replace("<i>", "").replace("</i>", "") for title in titles]
    lines = ["\t".join(row) for row in (plain, *rows)]
    QGuiApplication.clipboard().setText("\n".join(lines))
