"""The shell table: every number above its own bar, prior beside posterior."""

import math
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView

from app.look import wording
from app.look.text_size import APPLIED
from app.widgets.rich_header import HEIGHT
from app.widgets.shell_cells import ROW, ShellDelegate
from app.widgets.tables import set_up
from onne_core.values.prediction import Estimate, ShellEstimate

Index = QModelIndex | QPersistentModelIndex
SHOWN = 5
"""Rows that the table always has room for."""


@dataclass(frozen=True)
class Column:
    """One quantity: its attribute, title, what is said aloud, unit and scale."""

    attribute: str
    title: str
    spoken: str
    unit: str
    factor: float = 1.0


QUANTITIES = (
    Column("coordination_number", "CN", "coordination number", ""),
    Column("distance", "<i>R</i> (Å)", "distance", "Å"),
    Column("sigma2", "<i>σ</i>² (10⁻³ Å²)", "sigma squared", "10⁻³ Å²", 1e3),
    Column("c3", "<i>C</i>₃ (10⁻³ Å³)", "third cumulant", "10⁻³ Å³", 1e3),
)
TITLES = ("Shell, limits", *(column.title for column in QUANTITIES), "Set by")


@dataclass(frozen=True)
class Cell:
    """A quantity of a shell, ready to be drawn."""

    estimate: Estimate
    factor: float
    pair: int
    is_prior: bool


class ShellModel(QAbstractTableModel):
    """The shells of a prediction."""

    def __init__(self) -> None:
        super().__init__()
        self._shells: tuple[ShellEstimate, ...] = ()
        self._pairs: tuple[str, ...] = ()

    def show_shells(
        self, shells: tuple[ShellEstimate, ...], pairs: tuple[str, ...]
    ) -> None:
        """Take over ``shells``; ``pairs`` gives the order of the colours."""
        same = len(shells) == len(self._shells)
        if not same:
            self.beginResetModel()
        self._shells, self._pairs = shells, pairs
        if not same:
            self.endResetModel()
        elif shells:
            last = self.index(len(shells) - 1, len(TITLES) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def shell(self, row: int) -> ShellEstimate:
        """Return the shell of ``row``."""
        return self._shells[row]

    def cell(self, index: Index) -> Cell:
        """Return the quantity at ``index``."""
        shell = self._shells[index.row()]
        column = QUANTITIES[index.column() - 1]
        estimate: Estimate = getattr(shell, column.attribute)
        is_prior = wording.set_by(estimate) == "prior"
        return Cell(estimate, column.factor, self.pair(index.row()), is_prior)

    def pair(self, row: int) -> int:
        """Return the number of the pair of ``row``, which decides its colour."""
        return self._pairs.index(self._shells[row].pair)

    def set_by(self, row: int) -> str:
        """Return what set the shell of ``row``: "data", "both", "prior" or ""."""
        shell = self._shells[row]
        # C3 is left out: training draws Gaussians, so its prior is sampling noise.
        return wording.set_by(shell.coordination_number, shell.distance, shell.sigma2)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of shells."""
        return 0 if parent is not None and parent.isValid() else len(self._shells)

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the number of columns."""
        return 0 if parent is not None and parent.isValid() else len(TITLES)

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        """Return a column's title and where it stands."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            centred = 0 < section < len(TITLES) - 1
            centre, left = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignLeft
            return centre if centred else left
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, as copied and as spoken."""
        if role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        shell = self._shells[index.row()]
        if index.column() == 0:
            limits = wording.span(shell.r_min, shell.r_max)
            return f"{wording.pair(shell.label)}, {limits} Å"
        if index.column() == len(TITLES) - 1:
            return self.set_by(index.row())
        column = QUANTITIES[index.column() - 1]
        estimate = getattr(shell, column.attribute)
        text = wording.spoken(
            column.spoken, estimate, factor=column.factor, unit=column.unit
        )
        if role == Qt.ItemDataRole.ToolTipRole and math.isfinite(estimate.prior):
            prior = Estimate(estimate.prior, estimate.prior_std)
            value, std = wording.value_and_std(prior, factor=column.factor)
            text += f"\nTraining range: {value} ± {std} {column.unit}"
        return text


class ShellTable(QTableView):
    """Shows the shells; reports which one the user wants to see."""

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._model = ShellModel()
        set_up(self, "Shell table", self._model)
        self.setItemDelegate(ShellDelegate(self))
        self.verticalHeader().setDefaultSectionSize(ROW)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for section, width in ((0, 128), (len(TITLES) - 1, 92)):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(section, width)
        self.selectionModel().currentChanged.connect(self._report)

    def show_shells(
        self,
        shells: tuple[ShellEstimate, ...],
        pairs: tuple[str, ...],
        selected: int,
    ) -> None:
        """Show ``shells``, the one at ``selected`` marked."""
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
        lines = [[*titles, "set by"]]
        for row in range(self._model.rowCount()):
            shell = self._model.shell(row)
            cells = [shell.label, f"{shell.r_min:.2f}", f"{shell.r_max:.2f}"]
            for column in QUANTITIES:
                estimate: Estimate = getattr(shell, column.attribute)
                std = (
                    "fixed" if estimate.fixed else f"{estimate.std * column.factor:.4g}"
                )
                cells += [f"{estimate.value * column.factor:.6g}", std]
            lines.append([*cells, self._model.set_by(row)])
        return "\n".join("\t".join(line) for line in lines)

    def _report(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid() and current.row() != previous.row():
            self.chosen.emit(current.row())
