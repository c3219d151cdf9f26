"""Popover with the periodic table to choose one element."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLineEdit,
    QToolButton,
    QWidget,
)

from app.look import theme
from app.look.wording import EN_DASH, number
from app.shells.editor.periodic_table import COLUMNS, GAP, found, places
from app.shells.editor.shy_button import ShyButton
from app.widgets.basics import apart, button, icon_button, label, rule, set_text
from app.widgets.layouts import column_of, row_of
from onne_core.values.elements import elements, usual_bond

CELL = 31
APART_ROW = 7
"""Row of the lanthanides; a little room above it."""

_STEPS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ElementPicker(QFrame):
    """Popover that reports the ``chosen`` symbol; a click outside or Esc closes it.

    ``absorber`` and ``neighbours`` are marked. A click marks an element, a second one,
    Enter or the button takes it. Where it ``stays`` it does not close then.
    """

    chosen = Signal(str)

    def __init__(
        self,
        title: str,
        verb: str,
        parent: QWidget,
        *,
        absorber: str = "",
        neighbours: tuple[str, ...] = (),
        marked: str = "",
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setProperty("role", "popover")
        self.setAccessibleName(title)
        self._absorber, self._verb = absorber, verb
        self.stays = False
        self._title = label(title, "heading")
        self._places = places()
        self.cells: dict[str, QToolButton] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText("Symbol, name or number")
        self.search.setAccessibleName("Symbol, name or number")
        self.search.setFixedWidth(210)
        self.take = button(verb, self._take, role="primary")
        self._words = label("", "second")
        self._lay_out(neighbours)
        self.search.textChanged.connect(self._find)
        self.marked = ""
        self.mark(marked or "Ni")

    def show_below(self, widget: QWidget) -> None:
        """Open below ``widget``, shifted to fit on the screen."""
        self.adjustSize()
        corner = widget.mapToGlobal(QPoint(0, widget.height() + 4))
        self._show_at(corner)

    def show_in(self, window: QWidget) -> None:
        """Open in the middle of ``window``."""
        self.adjustSize()
        middle = window.mapToGlobal(window.rect().center())
        self._show_at(middle - self.rect().center())

    def ask_again(self, title: str, verb: str, *, absorber: str, marked: str) -> None:
        """Ask for another element in the same place."""
        self._title.setText(title)
        self.setAccessibleName(title)
        self._absorber, self._verb = absorber, verb
        for name, cell in self.cells.items():
            cell.setProperty("element", "absorber" if name == absorber else "")
            cell.style().unpolish(cell)
            cell.style().polish(cell)
        self.search.clear()
        self.search.setFocus()
        self.mark(marked)

    def mark(self, symbol: str) -> None:
        """Select ``symbol`` and show its data."""
        if symbol not in self.cells:
            return
        before = self.cells.get(self.marked)
        if before is not None:
            before.setChecked(False)
        self.marked = symbol
        self.cells[symbol].setChecked(True)
        self.take.setText(f"{self._verb} {symbol}")
        set_text(self._words, self._said_of(symbol))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by arrows, choose with Enter, close with Esc."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None:
            self._walk(*step)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        elif event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _said_of(self, symbol: str) -> str:
        element = elements()[symbol]
        text = f"<b>{symbol}</b> {element.name}, <i>Z</i> = {element.number}"
        if self._absorber:
            lower, upper = usual_bond(self._absorber, symbol)
            pair = f"{self._absorber}{EN_DASH}{symbol}"
            ends = f"{number(lower, 1)}{EN_DASH}{number(upper, 1)}"
            text += f" &nbsp; typical bond {pair} {ends} Å"
        return text

    def _walk(self, down: int, right: int) -> None:
        """Move the mark to the next element in that direction, over gaps."""
        row, column = next(
            place for place, name in self._places.items() if name == self.marked
        )
        last = max(place[0] for place in self._places)
        while 0 <= row + down <= last and 0 <= column + right < COLUMNS:
            row, column = row + down, column + right
            name = self._places.get((row, column), GAP)
            if name != GAP:
                self.mark(name)
                self.cells[name].setFocus()
                return

    def _find(self, text: str) -> None:
        symbol = found(text)
        if symbol is not None:
            self.mark(symbol)

    def _take(self) -> None:
        symbol = self.marked
        if not self.stays:
            self.close()
        self.chosen.emit(symbol)

    def _press(self, symbol: str) -> None:
        if symbol == self.marked:
            self._take()
        else:
            self.mark(symbol)

    def _show_at(self, corner: QPoint) -> None:
        screen = QGuiApplication.screenAt(corner) or QGuiApplication.primaryScreen()
        area = screen.availableGeometry()
        x = min(max(corner.x(), area.left()), area.right() - self.width())
        y = min(max(corner.y(), area.top()), area.bottom() - self.height())
        self.move(x, y)
        self.show()
        self.search.setFocus()

    def _lay_out(self, neighbours: tuple[str, ...]) -> None:
        heading = apart(self._title, icon_button("close", "Close", self.close))
        legend = "filled: absorber; tinted: neighbours" if neighbours else ""
        search = apart(self.search, label(legend, "note"))
        grid = QGridLayout()
        grid.setSpacing(3)
        for (row, column), name in self._places.items():
            grid.addWidget(self._cell(name, neighbours), row, column)
        grid.setRowMinimumHeight(APART_ROW - 1, CELL)
        grid.setRowStretch(APART_ROW, 0)
        buttons = row_of((self._words, 1), button("Cancel", self.close), self.take)
        parts = heading, search, grid, rule(), buttons
        column_of(*parts, within=self, spacing=8, margins=(14, 12, 14, 12))

    def _cell(self, name: str, neighbours: tuple[str, ...]) -> QWidget:
        if name == GAP:
            dot = label(GAP, "second")
            dot.setAlignment(Qt.AlignmentFlag.AlignCenter)
            return dot
        cell = ShyButton()
        cell.setText(name)
        cell.setFixedSize(CELL, CELL - 3)
        cell.setCheckable(True)
        cell.setFont(theme.font())
        role = "neighbour" if name in neighbours else ""
        cell.setProperty("element", "absorber" if name == self._absorber else role)
        cell.setProperty("role", "element")
        cell.setAccessibleName(f"{elements()[name].name}, {name}")
        cell.setToolTip(elements()[name].name)
        cell.clicked.connect(lambda _checked=False: self._press(name))
        self.cells[name] = cell
        return cell
