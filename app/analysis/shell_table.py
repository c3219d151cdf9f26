"""The shell table: each number above a bar of prior and posterior."""

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView

from app.analysis.shell_cells import ROW, ShellDelegate
from app.look.text_size import APPLIED
from app.widgets.rich_header import HEIGHT
from app.widgets.shell_model import QUANTITIES, TITLES, ShellModel
from app.widgets.tables import set_up
from onne_core.values.prediction import Estimate, ShellEstimate

SHOWN = 5
"""Rows that the table always has room for."""


class ShellTable(QTableView):
    """Table of the shells; reports the one selected by the user."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._model, self._method = ShellModel(), ""
        set_up(self, "Shell table", self._model)
        self.setItemDelegate(ShellDelegate(self))
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for section, width in ((0, 120), (len(TITLES) - 1, 88)):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(section, width)
        self.selectionModel().currentChanged.connect(self._report)

    def show_shells(
        self,
        shells: tuple[ShellEstimate, ...],
        pairs: tuple[str, ...],
        selected: int,
        method: str,
    ) -> None:
        """Show ``shells`` as given by ``method``, the one at ``selected`` marked."""
        self._method = method
        blocked = self.selectionModel().blockSignals(True)
        self._model.show_shells(shells, pairs)
        column = max(0, self.currentIndex().column())
        self.setCurrentIndex(self._model.index(selected, column))
        self.selectionModel().blockSignals(blocked)
        rows = min(max(len(shells), 1), SHOWN)
        # What has met the text size already is not multiplied once more.
        size = self.property(APPLIED) or 1.0
        self.setFixedHeight(round(size * (HEIGHT + rows * ROW + 2)))
        self.viewport().update()

    def copy(self) -> None:
        """Put the table on the clipboard, tabs between the cells."""
        QGuiApplication.clipboard().setText(self.as_text())

    def as_text(self) -> str:
        """Return the table as tab-separated text, with plain titles and units."""
        titles = ["shell", "r_min (Å)", "r_max (Å)"]
        for column in QUANTITIES:
            unit = f" ({column.unit})" if column.unit else ""
            titles += [f"{column.spoken}{unit}", f"± {column.spoken}{unit}"]
        lines = [[*titles, "set by", "method"]]
        for row in range(self._model.rowCount()):
            shell = self._model.shell(row)
            cells = [shell.label, f"{shell.r_min:.2f}", f"{shell.r_max:.2f}"]
            for column in QUANTITIES:
                estimate: Estimate = getattr(shell, column.attribute)
                std = (
                    "fixed" if estimate.fixed else f"{estimate.std * column.factor:.4g}"
                )
                cells += [f"{estimate.value * column.factor:.6g}", std]
            lines.append([*cells, self._model.set_by(row), self._method])
        return "\n".join("\t".join(line) for line in lines)

    def _report(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and current.row() != previous.row():
            self.chosen.emit(current.row())
