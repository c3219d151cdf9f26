"""List of two-line entries, each with a sign and optional progress."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from app.look import icons, theme
from app.look.rich_text import safe_tip
from app.widgets.rows import paint_ground, set_up_list, write_line
from app.widgets.tables import Index

ROW, BAR = 44, 4
ICON = 15.0


@dataclass(frozen=True)
class Entry:
    """One row: its key, its sign in a palette colour, two lines.

    ``share`` is how far it is (0 to 1), None where nothing goes on. ``state`` is what
    the sign says, for those who hear it.
    """

    key: str
    icon: str
    title: str
    note: str
    role: str = "second"
    state: str = ""
    tip: str = ""
    share: float | None = None


class EntryModel(QAbstractListModel):
    """The entries."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[Entry, ...] = ()

    def set_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show ``entries``; the selection stays where the keys do."""
        same = [e.key for e in entries] == [e.key for e in self.entries]
        if entries == self.entries:
            return
        if same:
            self.entries = entries
            self.dataChanged.emit(self.index(0), self.index(len(entries) - 1))
            return
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the number of entries."""
        return 0 if parent is not None and parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return title, tip or spoken text."""
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return safe_tip(entry.tip or entry.note)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(p for p in (entry.title, entry.state, entry.note) if p)
        return None


class EntryDelegate(QStyledItemDelegate):
    """Delegate that draws an entry."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of a row."""
        return QSize(120, ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Draw one row."""
        model = index.model()
        if not isinstance(model, EntryModel):
            return
        entry, palette = model.entries[index.row()], theme.current()
        frame = QRectF(option.rect)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, frame, state)
        sign = QRectF(frame.left() + 10, frame.top() + 5, ICON, ICON)
        icons.paint(painter, entry.icon, sign, QColor(getattr(palette, entry.role)))
        text = QRectF(frame.left() + 34, frame.top() + 3, frame.width() - 42, 19)
        painter.setPen(QColor(palette.text))
        write_line(
            painter, entry.title, text, theme.font(theme.SIZE_BODY, theme.MEDIUM)
        )
        text.translate(0.0, 18.0)
        painter.setPen(QColor(palette.second))
        write_line(painter, entry.note, text, theme.font(theme.SIZE_SMALL))
        if entry.share is not None:
            _paint_share(painter, entry.share, text.adjusted(0.0, 18.0, 0.0, 0.0))
        painter.restore()


class RowList(QListView):
    """The list; ``chosen`` names the selected entry, ``moved`` one to move."""

    chosen = Signal(str)
    moved = Signal(str, int)
    removal_wanted = Signal(str)
    menu_wanted = Signal(str, QPoint)

    def __init__(self, name: str) -> None:
        super().__init__()
        set_up_list(self, name)
        self._model = EntryModel()
        self.setModel(self._model)
        self.setItemDelegate(EntryDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.clicked.connect(lambda _index: self._report())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Content on screen."""
        return self._model.entries

    @property
    def key(self) -> str:
        """Key of the selected entry, or nothing."""
        index = self.currentIndex()
        return self.entries[index.row()].key if index.isValid() else ""

    def show_entries(self, entries: tuple[Entry, ...], marked: str, most: int) -> None:
        """Show ``entries``, one of them ``marked``, ``most`` without scrolling."""
        blocked = self.selectionModel().blockSignals(True)
        self._model.set_entries(entries)
        row = next((i for i, e in enumerate(entries) if e.key == marked), -1)
        if row != self.currentIndex().row():
            self.setCurrentIndex(self._model.index(row) if row >= 0 else QModelIndex())
        self.selectionModel().blockSignals(blocked)
        self.setFixedHeight(ROW * min(max(len(entries), 1), most) + 2)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with Alt and the arrows, remove with Delete."""
        keys = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        has_alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if self.key and has_alt and event.key() in keys:
            self.moved.emit(self.key, keys[Qt.Key(event.key())])
            return
        if self.key and event.key() == Qt.Key.Key_Delete:
            self.removal_wanted.emit(self.key)
            return
        before = self.key
        super().keyPressEvent(event)
        if self.key != before:
            self._report()

    def changeEvent(self, event: QEvent) -> None:
        """Redraw in other colours."""
        super().changeEvent(event)
        self.viewport().update()

    def _report(self) -> None:
        if self.key:
            self.chosen.emit(self.key)

    def _ask_menu(self, at: QPoint) -> None:
        index = self.indexAt(at)
        if index.isValid():
            self.setCurrentIndex(index)
            self._report()
            key = self.entries[index.row()].key
            self.menu_wanted.emit(key, self.viewport().mapToGlobal(at))


def _paint_share(painter: QPainter, share: float, area: QRectF) -> None:
    palette = theme.current()
    bar = QRectF(area.left(), area.top(), area.width(), BAR - 1.0)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(palette.prior))
    painter.drawRoundedRect(bar, 1.5, 1.5)
    bar.setWidth(max(3.0, min(1.0, share) * bar.width()))
    painter.setBrush(QColor(palette.accent))
    painter.drawRoundedRect(bar, 1.5, 1.5)
