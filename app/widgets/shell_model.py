"""The shells of a prediction as the rows of a table, and its columns."""

import math
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
)

from app.look import wording
from onne_core.values.prediction import Estimate, ShellEstimate

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class QuantityColumn:
    """One quantity: its attribute, title, spoken name, unit and scale."""

    attribute: str
    title: str
    spoken: str
    unit: str
    factor: float = 1.0


QUANTITIES = (
    QuantityColumn("coordination_number", "CN", "coordination number", ""),
    QuantityColumn("distance", "<i>R</i> (Å)", "distance", "Å"),
    QuantityColumn("sigma2", "<i>σ</i>² (10⁻³ Å²)", "sigma squared", "10⁻³ Å²", 1e3),
    QuantityColumn("c3", "<i>C</i>₃ (10⁻³ Å³)", "third cumulant", "10⁻³ Å³", 1e3),
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
        """Show ``shells``; ``pairs`` gives the order of the colours."""
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
        """Return the source of the shell of ``row``: "data", "both", "prior" or ""."""
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
