"""List of spectra: name, file, k range, and the verdict or why there is none."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.look import theme
from app.look.rich_text import safe_tip
from app.look.wording import VERDICTS
from app.session.predictions import Outcome
from app.session.view import View
from app.widgets.chip import chip_size, paint_chip
from app.widgets.rows import paint_ground, set_up_list, write_line
from app.widgets.tables import Index
from onne_core.values.project import Project, SpectrumEntry

ROW = 48
MOST_MARKED = 12
"""Spectra that are laid over each other by one click."""


@dataclass(frozen=True, eq=False)
class Row:
    """One spectrum with the state of its prediction."""

    entry: SpectrumEntry
    outcome: Outcome
    has_ensemble: bool

    @property
    def state(self) -> str:
        """Text shown in place of a verdict."""
        if self.outcome.problem:
            return "not analysed"
        return "analysing…" if self.has_ensemble else "no ensemble"

    @property
    def second_line(self) -> str:
        """File name and reach."""
        last = self.entry.spectrum.k[-1]
        return f"{Path(self.entry.source).name} · k to {last:.1f} Å⁻¹"


class SpectraModel(QAbstractListModel):
    """The spectra of a view."""

    def __init__(self) -> None:
        super().__init__()
        self._view = View(Project())

    def show_view(self, view: View) -> None:
        """Show the spectra of ``view``."""
        count, before = len(view.project.spectra), self.rowCount()
        if count == before:
            self._view = view
            if count:
                self.dataChanged.emit(self.index(0), self.index(count - 1))
            return
        self.beginResetModel()
        self._view = view
        self.endResetModel()

    def row(self, index: Index) -> Row:
        """Return the row at ``index``."""
        view, row = self._view, index.row()
        has_ensemble = bool(view.choices) and view.choices[row].info is not None
        return Row(view.project.spectra[row], view.outcomes[row], has_ensemble)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of spectra."""
        is_root = parent is None or not parent.isValid()
        return len(self._view.project.spectra) if is_root else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return name, tip or spoken text of a spectrum."""
        row = self.row(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return safe_tip(row.outcome.problem or row.entry.source)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            verdict = VERDICTS.get(row.outcome.verdict, row.state)
            return f"{row.entry.name}, {verdict}, {row.second_line}"
        return None


class SpectraDelegate(QStyledItemDelegate):
    """Delegate that draws a spectrum in two lines with its chip."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, theme.scaled(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one row."""
        model = index.model()
        if not isinstance(model, SpectraModel):
            return
        row, palette = model.row(index), theme.current()
        frame = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, frame, state)
        right = self._paint_state(painter, row, frame)
        line = theme.scaled(20)
        text = QRectF(frame.left() + 12, frame.top() + 5, 0.0, line)
        text.setRight(right - 8)
        is_selected = state & QStyle.StateFlag.State_Selected
        weight = theme.SEMIBOLD if is_selected else theme.MEDIUM
        painter.setPen(QColor(palette.text))
        write_line(painter, row.entry.name, text, theme.font(13, weight))
        painter.setPen(QColor(palette.second))
        text.translate(0, line)
        text.setRight(frame.right() - 8)
        write_line(painter, row.second_line, text, theme.font(theme.SIZE_SMALL))
        painter.restore()

    def _paint_state(self, painter: QPainter, row: Row, frame: QRectF) -> float:
        """Draw the chip, or a word in its place; return its left end."""
        if row.outcome.verdict:
            left = frame.right() - chip_size(row.outcome.verdict).width() - 8
            paint_chip(painter, row.outcome.verdict, QPointF(left, frame.top() + 4))
            return left
        palette = theme.current()
        painter.setPen(
            QColor(palette.outside if row.outcome.problem else palette.second)
        )
        painter.setFont(theme.font(theme.SIZE_SMALL))
        width = painter.fontMetrics().horizontalAdvance(row.state)
        left = frame.right() - width - 10
        painter.drawText(
            QRectF(left, frame.top() + 4, width + 2, 22),
            Qt.AlignmentFlag.AlignVCenter,
            row.state,
        )
        return left


class SpectraList(QListView):
    """The list; reports the spectrum selected by the user."""

    chosen = Signal(int)
    removal_wanted = Signal(int)
    menu_wanted = Signal(QPoint)
    selection_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_up_list(self, "Spectra")
        self._is_reporting = False
        self._model = SpectraModel()
        self.setModel(self._model)
        self.setItemDelegate(SpectraDelegate(self))
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.selectionModel().currentChanged.connect(self._report)
        self.selectionModel().selectionChanged.connect(
            lambda _new, _old: self.selection_changed.emit()
        )

    def selection(self) -> tuple[int, ...]:
        """Return the indices of the selected spectra, in order."""
        return tuple(sorted(index.row() for index in self.selectedIndexes()))

    def mark_all(self) -> None:
        """Select as many spectra as can be distinguished in a stack."""
        first = max(0, self.currentIndex().row() - MOST_MARKED + 1)
        last = min(self._model.rowCount(), first + MOST_MARKED) - 1
        part = QItemSelection(self._model.index(first), self._model.index(last))
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(part, flag.ClearAndSelect)

    def mark_one(self) -> None:
        """Select only the current spectrum."""
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(self.currentIndex(), flag.ClearAndSelect)

    def show_view(self, view: View) -> None:
        """Show the spectra of ``view``, the selected one marked."""
        blocked = self.selectionModel().blockSignals(True)
        self._model.show_view(view)
        if view.entry is not None:
            self._mark(self._model.index(view.project.selected))
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def _mark(self, index: QModelIndex) -> None:
        """Make ``index`` the current one; others stay marked beside it.

        While a click is being reported, Qt itself marks what was clicked, afterwards.
        """
        flag = QItemSelectionModel.SelectionFlag
        is_marked = self._is_reporting or self.selectionModel().isSelected(index)
        how = flag.NoUpdate if is_marked else flag.ClearAndSelect
        self.selectionModel().setCurrentIndex(index, how)

    def _report(self, current: QModelIndex, previous: QModelIndex) -> None:
        if current.isValid():
            self._is_reporting = True
            self.chosen.emit(current.row())
            self._is_reporting = False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the spectrum under the mouse, which Qt has selected."""
        if self.indexAt(event.pos()).isValid():
            self.menu_wanted.emit(event.globalPos())

    def keyPressEvent(self, event) -> None:  # noqa: ANN001 - Qt's name
        """Let Delete remove the selected spectrum."""
        if event.key() == Qt.Key.Key_Delete and self.currentIndex().isValid():
            self.removal_wanted.emit(self.currentIndex().row())
            return
        super().keyPressEvent(event)
