"""List of the groups of a project, with marks: what the tools act on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.look import theme, wording
from app.look.rich_text import safe_tip
from app.widgets.rows import paint_ground, set_up_list, write_line
from app.widgets.tables import Index
from onne_core.values.project import SpectrumEntry
from onne_core.values.treatment import Shift

ROW = 46
BOX = 16.0
BOX_LEFT = 12.0
TEXT_LEFT = 38.0

SIGN, SHIFT = Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier


def key_of(entry: SpectrumEntry) -> tuple[str, str, str]:
    """Return what a group is known by while its settings change."""
    return entry.source, entry.name, entry.sha256


def edge_name(entry: SpectrumEntry) -> str:
    """Return element and edge of a group as it is shown, "" where unknown."""
    found = entry.named
    return f"{found.element} {found.edge}".strip()


def second_line(entry: SpectrumEntry) -> str:
    """Return in a few words what was done to a group, or its file."""
    reduction = entry.reduction
    if reduction is None:
        return f"χ(k) · {Path(entry.source).name}"
    shifts = [one for one in reduction.operations if isinstance(one, Shift)]
    parts = []
    if reduction.absorption.parts:
        parts.append(f"merged of {len(reduction.absorption.parts)}")
    if shifts:
        word = "aligned" if shifts[-1].to else "calibrated"
        total = sum(one.by for one in shifts)
        parts.append(f"{word}, {wording.signed(total, 2)} eV")
    others = len(reduction.operations) - len(shifts)
    if others and not parts:
        parts.append(Path(entry.source).name)
    if others:
        parts.append(f"{others} step{'s' if others > 1 else ''}")
    return " · ".join(parts) or Path(entry.source).name


@dataclass(frozen=True, eq=False)
class Row:
    """One group, whether it is marked, and whether Analysis shows it."""

    entry: SpectrumEntry
    is_marked: bool


class GroupsModel(QAbstractListModel):
    """The groups and their marks."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[SpectrumEntry, ...] = ()
        self._marked: set[tuple[str, str, str]] = set()

    def show(self, entries: tuple[SpectrumEntry, ...]) -> None:
        """Show ``entries``; marks of groups that are gone are forgotten."""
        same = len(entries) == len(self._entries)
        if not same:
            self.beginResetModel()
        self._entries = entries
        self._marked &= {key_of(entry) for entry in entries}
        if not same:
            self.endResetModel()
        elif entries:
            self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))

    def mark(self, wanted: Callable[[bool], bool], rows: Sequence[int]) -> None:
        """Set the mark of each of ``rows`` to what ``wanted`` makes of it."""
        for row in rows:
            key = key_of(self._entries[row])
            if wanted(key in self._marked):
                self._marked.add(key)
            else:
                self._marked.discard(key)
        if self._entries:
            self.dataChanged.emit(self.index(0), self.index(len(self._entries) - 1))

    @property
    def marked(self) -> tuple[int, ...]:
        """Indices of the marked groups."""
        found = enumerate(self._entries)
        return tuple(i for i, entry in found if key_of(entry) in self._marked)

    def row(self, index: Index) -> Row:
        """Return the row at ``index``."""
        entry = self._entries[index.row()]
        return Row(entry, key_of(entry) in self._marked)

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of groups."""
        is_root = parent is None or not parent.isValid()
        return len(self._entries) if is_root else 0

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return name, tip, mark or spoken text of a group."""
        row = self.row(index)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.entry.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return safe_tip(row.entry.source or second_line(row.entry))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            mark = "marked" if row.is_marked else "not marked"
            return f"{row.entry.name}, {mark}, {second_line(row.entry)}"
        return None


class GroupsDelegate(QStyledItemDelegate):
    """Delegate that draws a group in two lines, with its mark and its edge."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, theme.scaled(ROW))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one row."""
        model = index.model()
        if not isinstance(model, GroupsModel):
            return
        row, palette = model.row(index), theme.current()
        frame = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, frame, state)
        _paint_box(painter, box_of(frame), is_marked=row.is_marked)
        line = theme.scaled(19)
        text = QRectF(frame.left() + TEXT_LEFT, frame.top() + 4, 0.0, line)
        text.setRight(_paint_edge(painter, edge_name(row.entry), frame) - 6)
        chosen = state & QStyle.StateFlag.State_Selected
        weight = theme.SEMIBOLD if chosen else theme.MEDIUM
        painter.setPen(QColor(palette.text))
        write_line(painter, row.entry.name, text, theme.font(13, weight))
        painter.setPen(QColor(palette.second))
        text.translate(0, line)
        text.setRight(frame.right() - 8)
        write_line(painter, second_line(row.entry), text, theme.font(theme.SIZE_SMALL))
        painter.restore()


def box_of(frame: QRectF) -> QRectF:
    """Return the place of the mark in a row."""
    top = frame.top() + 0.5 * (frame.height() - BOX)
    return QRectF(frame.left() + BOX_LEFT, top, BOX, BOX)


def _paint_box(painter: QPainter, box: QRectF, *, is_marked: bool) -> None:
    palette = theme.current()
    painter.setPen(QPen(QColor(palette.accent if is_marked else palette.border), 1.2))
    painter.setBrush(QColor(palette.accent if is_marked else palette.surface))
    painter.drawRoundedRect(box, 4, 4)
    if is_marked:
        painter.setPen(QPen(QColor(palette.on_accent), 1.8))
        x, y = box.left(), box.top()
        painter.drawPolyline(
            [QPointF(x + 4, y + 8.4), QPointF(x + 7, y + 11.4), QPointF(x + 12, y + 5)]
        )


def _paint_edge(painter: QPainter, name: str, frame: QRectF) -> float:
    """Draw element and edge in the corner of a row; return their left end."""
    if not name:
        return frame.right()
    palette = theme.current()
    painter.setFont(theme.font(theme.SIZE_SMALL, theme.SEMIBOLD))
    width = painter.fontMetrics().horizontalAdvance(name) + 12
    tag = QRectF(frame.right() - width - 8, frame.top() + 6, width, theme.scaled(18))
    painter.setPen(QPen(QColor(palette.line), 1.0))
    painter.setBrush(QColor(palette.surface))
    painter.drawRoundedRect(tag, 4, 4)
    painter.setPen(QColor(palette.second))
    painter.drawText(tag, Qt.AlignmentFlag.AlignCenter, name)
    return tag.left()


class GroupsList(QListView):
    """The list; reports the group that the user selects, and changes of the marks."""

    chosen = Signal(int)
    marks_changed = Signal()
    removal_wanted = Signal(int)
    use_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        set_up_list(self, "Groups")
        self.groups = GroupsModel()
        self.setModel(self.groups)
        self.setItemDelegate(GroupsDelegate(self))
        self.setUniformItemSizes(True)
        self.selectionModel().currentChanged.connect(self._report)

    def show_entries(self, entries: tuple[SpectrumEntry, ...], selected: int) -> None:
        """Show ``entries``, one of them selected."""
        blocked = self.selectionModel().blockSignals(True)
        self.groups.show(entries)
        if 0 <= selected < len(entries):
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(self.groups.index(selected), flag)
        self.selectionModel().blockSignals(blocked)
        self.viewport().update()

    def mark_all(self) -> None:
        """Mark every group."""
        self._mark(lambda _: True)

    def mark_none(self) -> None:
        """Remove all marks."""
        self._mark(lambda _: False)

    def invert_marks(self) -> None:
        """Mark what is not marked, and the other way round."""
        self._mark(lambda is_marked: not is_marked)

    def toggle(self, row: int) -> None:
        """Mark a group, or remove its mark."""
        self._mark(lambda is_marked: not is_marked, (row,))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Mark by a click on the box; elsewhere a click selects."""
        at = event.position().toPoint()
        index = self.indexAt(at)
        is_left = event.button() == Qt.MouseButton.LeftButton
        if index.isValid() and is_left:
            box = box_of(QRectF(self.visualRect(index)))
            if box.adjusted(-8, -8, 8, 8).contains(event.position()):
                self.toggle(index.row())
                return
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark with Space, use with Enter, remove with Delete; Ctrl+A, Ctrl+I."""
        row, key = self.currentIndex().row(), Qt.Key(event.key())
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if row >= 0 and key == SIGN:
            self.toggle(row)
        elif control and key == Qt.Key.Key_A:
            (self.mark_none if event.modifiers() & SHIFT else self.mark_all)()
        elif control and key == Qt.Key.Key_I:
            self.invert_marks()
        elif row >= 0 and key == Qt.Key.Key_Delete:
            self.removal_wanted.emit(row)
        elif row >= 0 and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            self.use_wanted.emit()
        else:
            super().keyPressEvent(event)

    def _mark(
        self, wanted: Callable[[bool], bool], rows: Sequence[int] | None = None
    ) -> None:
        count = self.groups.rowCount()
        self.groups.mark(wanted, range(count) if rows is None else rows)
        self.marks_changed.emit()

    def _report(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())
