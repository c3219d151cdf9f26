"""Find a command or a field of any tab by its name, and go there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QComboBox,  # noqa: TID251 - only asked for
    QDialog,
    QHeaderView,
    QLineEdit,
    QMenu,
    QScrollArea,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from app.frame.find_words import Findable, found
from app.look import theme
from app.session.page import Page
from app.widgets.basics import label
from app.widgets.layouts import DIALOG, column_of

FIELDS = (QAbstractSpinBox, QComboBox, QLineEdit, QAbstractButton)
LISTED = 60
"""Most rows; whoever wants more types another word."""

TO_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


@dataclass(frozen=True, eq=False)
class Target:
    """Something to be found, and what going there means."""

    findable: Findable
    go: Callable[[], object]


def targets_of(
    menus: Mapping[str, QMenu],
    pages: Mapping[str, Page],
    show_tab: Callable[[str], object],
) -> list[Target]:
    """Return the commands of ``menus`` and the fields and buttons of ``pages``."""
    found_here = [*_commands(menus)]
    for name, page in pages.items():
        found_here += _fields(name, page, show_tab)
    return [
        replace(target, findable=replace(target.findable, index=i))
        for i, target in enumerate(found_here)
    ]


def _commands(menus: Mapping[str, QMenu]) -> Iterator[Target]:
    for title, menu in menus.items():
        if title.startswith("&"):
            yield from _of_menu(title.replace("&", ""), menu)


def _of_menu(place: str, menu: QMenu) -> Iterator[Target]:
    for action in menu.actions():
        within = action.menu()
        text = action.text().replace("&", "")
        if isinstance(within, QMenu):
            yield from _of_menu(f"{place}, {text}", within)
        elif text:
            yield Target(_as_findable(action, text, place), action.trigger)


def _as_findable(action: QAction, text: str, place: str) -> Findable:
    keys = action.shortcut().toString()
    return Findable(text, place, keys, is_enabled=action.isEnabled())


def _fields(
    name: str, page: Page, show_tab: Callable[[str], object]
) -> Iterator[Target]:
    """Return what of ``page`` can be used, as far as it is on screen there."""
    place, seen = name.capitalize(), set()
    for widget in (*page.findChildren(QWidget), *page.tools.findChildren(QWidget)):
        if not isinstance(widget, FIELDS) or _is_part(widget):
            continue
        text = _text_of(widget)
        root = page.tools if page.tools.isAncestorOf(widget) else page
        if not text or text in seen or not widget.isVisibleTo(root):
            continue
        seen.add(text)

        def go(to: QWidget = widget) -> None:
            show_tab(name)
            reach(to)

        item = Findable(text, place, is_enabled=widget.isEnabled())
        yield Target(item, go)


def _is_part(widget: QWidget) -> bool:
    """Whether ``widget`` is the inner line of a field."""
    return isinstance(widget.parentWidget(), QAbstractSpinBox | QComboBox)


def _text_of(widget: QWidget) -> str:
    own = widget.text() if isinstance(widget, QAbstractButton) else ""
    return (widget.accessibleName() or own or widget.toolTip()).replace("&", "")


def reach(widget: QWidget) -> None:
    """Scroll to ``widget``, give it the focus, and select what it holds."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
    widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
    if isinstance(widget, QAbstractSpinBox | QLineEdit):
        widget.selectAll()


class Finder(QDialog):
    """A line to type in, and what matches; Return goes there."""

    def __init__(
        self, targets: Callable[[], list[Target]], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find a command or field")
        self.resize(theme.scaled(560), theme.scaled(420))
        self._ask = targets
        self._targets: dict[Findable, Target] = {}
        self._shown: list[Findable] = []
        self.query = QLineEdit()
        self.query.setAccessibleName("Command or field")
        self.query.setPlaceholderText("Type a word, such as rbkg, merge or E0")
        self.query.setClearButtonEnabled(True)
        self.query.installEventFilter(self)
        self.rows = _list_of_three()
        self.nothing = label("", "second", wrap=True)
        self.setLayout(
            column_of(self.query, (self.rows, 1), self.nothing, margins=DIALOG)
        )
        self.query.textChanged.connect(self._list)
        self.query.returnPressed.connect(self._go)
        self.rows.itemActivated.connect(lambda _: self._go())
        self.rows.itemClicked.connect(lambda _: self._go())
        self.refresh()

    def refresh(self) -> None:
        """Ask once more for what there is: a page has come."""
        self._targets = {target.findable: target for target in self._ask()}
        self._list(self.query.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys move in the list while one types."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in TO_LIST:
                self.rows.event(event)
                return True
        return super().eventFilter(watched, event)

    def _list(self, query: str) -> None:
        self._shown = found(query, self._targets)[:LISTED]
        self.rows.clear()
        for item in self._shown:
            place = item.place if item.is_enabled else f"{item.place}, not now"
            row = QTreeWidgetItem([item.text, place, item.keys])
            for column in (0, 1, 2) if not item.is_enabled else (1, 2):
                row.setForeground(column, theme.colour(theme.current().second))
            self.rows.addTopLevelItem(row)
        first = self.rows.topLevelItem(0)
        if first is not None:
            self.rows.setCurrentItem(first)
        self.nothing.setText(
            "" if self._shown else f"Nothing is called {query.strip()}."
        )
        self.nothing.setVisible(not self._shown)

    def _go(self) -> None:
        row = self.rows.indexOfTopLevelItem(self.rows.currentItem())
        if not 0 <= row < len(self._shown) or not self._shown[row].is_enabled:
            return
        target = self._targets[self._shown[row]]
        self.accept()
        target.go()


def _list_of_three() -> QTreeWidget:
    """Return an empty list with columns for name, place and keys."""
    rows = QTreeWidget()
    rows.setAccessibleName("Commands and fields that match")
    rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    rows.setColumnCount(3)
    rows.setHeaderHidden(True)
    rows.setRootIsDecorated(False)
    rows.setUniformRowHeights(True)
    rows.header().setStretchLastSection(False)
    rows.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in (1, 2):
        rows.header().setSectionResizeMode(
            column, QHeaderView.ResizeMode.ResizeToContents
        )
    return rows
