"""Common setup of all tables: whole rows are selected, nothing is edited."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QTableView

from app.widgets.rich_header import RichHeader


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
