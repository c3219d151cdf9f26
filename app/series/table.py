"""The table of a series: a row per spectrum, made when it comes on screen."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from app.look import theme, wording
from app.look.rich_text import safe_tip
from app.widgets.chip import ChipDelegate
from app.widgets.shell_model import QUANTITIES
from app.widgets.tables import (
    LEFT,
    RIGHT,
    Index,
    RowTable,
    TitledModel,
    copy_lines,
    mark_row,
)
from onne_core.results.series import FAILED, PENDING, STATES, Series
from onne_core.values.prediction import Estimate

NAME, PLACE, FIRST = 0, 1, 2
SHOWN = QUANTITIES[:3]
VERDICT = FIRST + len(SHOWN)
TITLES = ("Spectrum", "", *(column.title for column in SHOWN), "Verdict")
WIDTHS = {PLACE: 52, FIRST: 82, FIRST + 1: 112, FIRST + 2: 96, VERDICT: 112}
"""Widths of the columns with numbers, px; the name takes the rest."""

LEAST_WIDTH = 528
"""A table narrower than this leaves its last quantity out, px."""

SHORT = {
    "spectrum": "No.",
    "temperature (K)": "<i>T</i> (K)",
    "time (s)": "<i>t</i> (s)",
    "time since the first (min)": "<i>t</i> (min)",
}
"""Titles of axes that fit over a column."""

MOST_COPIED = 100_000
"""Rows that go to the clipboard."""


class SeriesModel(TitledModel):
    """The spectra of a series and one of their shells; ``edited`` changes a place."""

    edited = Signal(int, float)

    def __init__(self) -> None:
        super().__init__()
        self._series: Series | None = None
        self._shell: int | None = None
        self._left_out: frozenset[int] = frozenset()
        self._is_editable = False

    def show(
        self,
        series: Series,
        shell: int | None,
        *,
        left_out: frozenset[int],
        is_editable: bool,
    ) -> None:
        """Show ``series``; spectra in states of ``left_out`` are grey."""
        is_same_axis = self._series and self._series.title == series.title
        with self.exchanging(series.size):
            self._series, self._shell = series, shell
            self._left_out, self._is_editable = left_out, is_editable
        if not is_same_axis:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, PLACE, PLACE)

    def count(self) -> int:
        """Return the number of spectra."""
        return self._series.size if self._series else 0

    def titles(self) -> Sequence[str]:
        """Return the titles of the columns; the second one is that of the axis."""
        along = self._series.title if self._series else ""
        return (TITLES[NAME], SHORT.get(along, along), *TITLES[FIRST:])

    def side(self, column: int) -> Qt.AlignmentFlag:
        """Return where a column's numbers, or its text, stand."""
        return LEFT if column in (NAME, VERDICT) else RIGHT

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let places be edited unless they are spectrum numbers."""
        flags = super().flags(index)
        if index.column() == PLACE and self._is_editable:
            return flags | Qt.ItemFlag.ItemIsEditable
        return flags

    def setData(
        self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Report an edited place of a spectrum."""
        try:
            number = float(str(value).strip().replace(",", "."))
        except ValueError:
            return False
        if role != Qt.ItemDataRole.EditRole or not np.isfinite(number):
            return False
        self.edited.emit(index.row(), number)
        return True

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell, its colour, its tip."""
        if self._series is None:
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == Qt.ItemDataRole.EditRole:
            at = self._series.at[row]
            return f"{at:.6g}" if np.isfinite(at) else ""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self.side(column) | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ForegroundRole:
            is_grey = int(self._series.states[row]) in self._left_out
            return QColor(theme.current().second) if is_grey else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return safe_tip(self._tip(row, column) or "") or None
        return None

    def text(self, row: int, column: int) -> str:
        """Return what a cell says."""
        series = self._series
        assert series is not None  # there are no rows without one
        if column == NAME:
            return series.names[row]
        if column == PLACE:
            at = float(series.at[row])
            return f"{at:.6g}".replace("-", wording.MINUS) if np.isfinite(at) else ""
        state = int(series.states[row])
        if column == VERDICT:
            if state in (PENDING, FAILED):
                return {PENDING: "…", FAILED: "failed"}[state]
            return wording.VERDICTS[STATES[state]]
        quantity = column - FIRST
        if self._shell is None or not series.values.size:
            return ""
        value = float(series.values[row, self._shell, quantity])
        if not np.isfinite(value):
            return ""
        return _value_text(
            value,
            float(series.stds[row, self._shell, quantity]),
            SHOWN[quantity].factor,
            fixed=bool(series.fixed[row, self._shell, quantity]),
        )

    def _tip(self, row: int, column: int) -> str | None:
        series = self._series
        assert series is not None  # there are no rows without one
        if column == NAME:
            # A name may be cut in the middle.
            return f"{series.names[row]}\n{series.sources[row]}".strip()
        if column == VERDICT:
            problem = series.problems.get(row)
            reasons = series.reasons.get(row, ())
            return problem or "\n".join(map(wording.sentence, reasons)) or None
        return None


class SeriesList(RowTable):
    """The table; ``opened`` carries the spectrum to look at in Analysis."""

    opened = Signal(int)

    def __init__(self) -> None:
        self.table_model = SeriesModel()
        super().__init__("All spectra", self.table_model)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(30)
        for section, width in WIDTHS.items():
            header.resizeSection(section, width)
        upright = self.verticalHeader()
        # Fixed: Qt would else ask every one of thousands of rows for its height.
        upright.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        upright.setDefaultSectionSize(theme.ROW_HEIGHT)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self._chips = ChipDelegate(self)
        self.setItemDelegateForColumn(VERDICT, self._chips)
        self.doubleClicked.connect(self._open_at)

    def choose(self, row: int) -> None:
        """Select ``row`` and scroll to it, without a signal; -1 selects none."""
        if mark_row(self, row) and row >= 0:
            self.scrollTo(self.table_model.index(row, 0))

    def resizeEvent(self, event) -> None:  # noqa: ANN001 - Qt's name
        """Hide the last quantity if there is no space for it."""
        super().resizeEvent(event)
        self.setColumnHidden(VERDICT - 1, self.viewport().width() < LEAST_WIDTH)

    def keyPressEvent(self, event) -> None:  # noqa: ANN001 - Qt's name
        """Open the selected spectrum with Enter."""
        row = self.currentIndex().row()
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not event.modifiers() and row >= 0:
            self.opened.emit(row)
            return
        super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the table on the clipboard, tabs between the cells."""
        model = self.table_model
        columns = range(model.columnCount())
        copy_lines(
            model.titles(),
            (
                [model.text(row, column) for column in columns]
                for row in range(min(model.rowCount(), MOST_COPIED))
            ),
        )

    def _open_at(self, index: QModelIndex) -> None:
        if not self.table_model.flags(index) & Qt.ItemFlag.ItemIsEditable:
            self.opened.emit(index.row())


def _value_text(value: float, std: float, factor: float, *, fixed: bool) -> str:
    if fixed:
        return f"{wording.number(value * factor, 1)} fixed"
    shown, error = wording.value_and_std(Estimate(value, std), factor=factor)
    return f"{shown} ± {error}"
