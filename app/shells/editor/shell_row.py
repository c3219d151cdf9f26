"""One shell as a row of fields: name, four ranges, reported name, more actions."""

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QIcon,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.look import theme, wording
from app.look.palette import Palette
from app.look.rich_text import safe_tip
from app.plots.theme import DASHES, pen
from app.shells.editor.range_field import RangeField
from app.shells.editor.shy_button import ShyButton
from app.widgets.basics import icon_button, problem_label, say
from app.widgets.fields import LineEdit
from app.widgets.layouts import column_of, row_of
from app.widgets.rows import paint_selected
from onne_core.values.recipe import SHELL_BOUNDS, Quantity
from onne_core.values.structure import Shell

NAME, SKEWNESS, REPORTED, MORE = 98, 94, 84, 26
RANGE, NUMBER = 84, 66
"""Widths of the columns, px; the other ranges share the rest."""

BOX = 20
"""Width of the box beside the name under which a shell is reported, px."""

ROW = 39
"""Height of a row without a problem, px."""

SWATCH = QSize(24, 12)
SHOWN: dict[Quantity, tuple[float, float]] = {
    "distance": (1.0, 6.0),
    "deviation": (0.0, 0.6),
    "coordination": (0.0, 24.0),
    "skewness": (-1.0, 1.0),
}
"""What the bars below the ranges show, from end to end."""

STEPS: dict[Quantity, float] = {
    "distance": 0.01,
    "deviation": 0.005,
    "coordination": 0.5,
    "skewness": 0.05,
}
DECIMALS: dict[Quantity, int] = {
    "distance": 2,
    "deviation": 2,
    "coordination": 0,
    "skewness": 1,
}
NAMES: dict[Quantity, str] = {
    "distance": "Mean distance",
    "deviation": "Standard deviation",
    "coordination": "Coordination number",
    "skewness": "Skewness",
}
TITLES = (
    ("Shell", ""),
    ("Distance (Å)", "Range of the mean distance"),
    ("σ (Å)", "Range of the standard deviation σ of the distances"),
    ("CN", "Range of the coordination number"),
    (
        "Skewness",
        "Range of the skewness C₃/σ³ of the distances: 0 is a Gaussian; positive "
        "means a tail to longer distances, as for anharmonic bonds. The σ factor "
        "multiplies it too",
    ),
    (
        "Reported as",
        "Name under which the networks report the shell; shells with the same name "
        "are reported together",
    ),
    ("", ""),
)
"""Titles of the columns, and what they mean."""


@dataclass(frozen=True)
class RowContent:
    """Content of a row: ``label`` as in the results, colour and dash of the pair."""

    label: str
    shell: Shell
    colour: int
    dash: int
    is_selected: bool
    can_go: bool
    """Return whether it can be removed: it is not the only one."""


class ShellRow(QFrame):
    """Row that reports edits of its shell; it holds no value of its own."""

    chosen = Signal()
    range_entered = Signal(str, object, bool)
    reported_set = Signal(bool)
    head_entered = Signal(str)
    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._content: RowContent | None = None
        self._palette: Palette | None = None
        self.name = ShyButton()
        self.name.setProperty("role", "shell")
        self.name.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.name.setIconSize(SWATCH)
        self.name.setFixedWidth(NAME)
        self.name.clicked.connect(lambda _checked=False: self.chosen.emit())
        self.ranges: dict[Quantity, RangeField] = {}
        for quantity in SHOWN:
            self.ranges[quantity] = RangeField(
                NAMES[quantity],
                SHELL_BOUNDS[quantity],
                step=STEPS[quantity],
                decimals=DECIMALS[quantity],
                shown=SHOWN[quantity],
            )
        self.reported = QCheckBox()
        self.reported.setToolTip("Report this shell")
        self.head = LineEdit()
        self.head.setProperty("role", "range")
        self.head.setPlaceholderText("its own")
        self.head.setToolTip(
            "Shells of one element with the same name are reported together, such "
            "as the near part and the tail of a skewed shell."
        )
        self.more = self._more_button()
        self._problem = problem_label()
        self._lay_out()
        self._connect()

    @property
    def wanted_height(self) -> int:
        """Height including the text about a problem, px."""
        words = 0 if self._problem.isHidden() else self._problem.sizeHint().height()
        return ROW + words

    def show_content(self, content: RowContent) -> None:
        """Show a shell."""
        if content == self._content and self._palette is theme.current():
            return
        self._content, self._palette = content, theme.current()
        shell, name = content.shell, wording.pair(content.label)
        colour = theme.current().of_pair(content.colour)
        self.name.setText(name)
        self.name.setToolTip(safe_tip(name))
        self.name.setIcon(_swatch(colour, content.dash, self.devicePixelRatioF()))
        self.name.setAccessibleName(
            f"{name}, selected" if content.is_selected else name
        )
        for quantity, field in self.ranges.items():
            field.show_range(getattr(shell, quantity), colour)
            field.text.setAccessibleName(f"{NAMES[quantity]} of {name}")
        with QSignalBlocker(self.reported):
            self.reported.setChecked(shell.reported)
        self.reported.setAccessibleName(f"{name} reported")
        if not self.head.isModified() or not self.head.hasFocus():
            self.head.setText(shell.head)
            self.head.setModified(False)
        self.head.setAccessibleName(f"Reported name of {name}")
        self.more.setAccessibleName(f"More actions for {name}")
        self._remove.setEnabled(content.can_go)
        self.update()

    def say(self, quantity: str, problem: str) -> None:
        """Show the problem of a field of this row."""
        field = self.ranges.get(quantity)  # type: ignore[call-overload]
        if field is not None:
            field.say(problem)
        else:
            say(self._problem, problem)
        if quantity == "reported" and self._content is not None:
            with QSignalBlocker(self.reported):
                self.reported.setChecked(self._content.shell.reported)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by Alt and arrows, remove by Delete on the name."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if alt and event.key() == Qt.Key.Key_Up:
            self.wanted.emit("up")
        elif alt and event.key() == Qt.Key.Key_Down:
            self.wanted.emit("down")
        elif event.key() == Qt.Key.Key_Delete and self.name.hasFocus():
            self.wanted.emit("remove")
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the shell."""
        self.chosen.emit()
        super().mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Mark the selected row."""
        if self._content is None or not self._content.is_selected:
            return
        painter = QPainter(self)
        paint_selected(painter, QRectF(self.rect()))
        painter.end()

    def _connect(self) -> None:
        for quantity, field in self.ranges.items():
            field.entered.connect(partial(self.range_entered.emit, quantity))
            field.refused.connect(self._gather_problems)
            field.focused.connect(self.chosen)
        self.reported.toggled.connect(self.reported_set)
        self.head.editingFinished.connect(self._report_head)
        self.head.textEdited.connect(lambda _text: say(self._problem, ""))

    def _report_head(self) -> None:
        if self.head.isModified():
            self.head.setModified(False)
            self.head_entered.emit(self.head.text().strip())

    def _gather_problems(self) -> None:
        found = [
            f"{NAMES[quantity]}: {field.problem}"
            for quantity, field in self.ranges.items()
            if field.problem
        ]
        say(self._problem, " ".join(found))

    def _more_button(self) -> QToolButton:
        more = icon_button("more", "More", lambda: None)
        more.setFixedWidth(MORE)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(more)
        for name, text in (
            ("element", "Change element…"),
            ("duplicate", "Duplicate"),
            ("up", "Move up\tAlt+Up"),
            ("down", "Move down\tAlt+Down"),
            ("remove", "Remove\tDelete"),
        ):
            action = menu.addAction(text)
            action.setObjectName(name)
            action.triggered.connect(
                lambda _checked=False, name=name: self.wanted.emit(name)
            )
            self._remove = action
        more.setMenu(menu)
        return more

    def _lay_out(self) -> None:
        box = QWidget()
        box.setFixedHeight(ROW)
        put_in_columns(
            box,
            self.name,
            *self.ranges.values(),
            beside(self.reported, self.head),
            self.more,
        )
        self._problem.setContentsMargins(8, 0, 8, 4)
        column_of(box, self._problem, within=self, spacing=0)


def put_in_columns(row: QWidget, *cells: QWidget) -> None:
    """Lay out seven ``cells`` in the columns that all rows and the titles share."""
    layout = QHBoxLayout(row)
    layout.setContentsMargins(6, 2, 2, 2)
    layout.setSpacing(2)
    widths = (NAME, RANGE, RANGE, NUMBER, SKEWNESS, REPORTED, MORE)
    shares = (0, 5, 5, 4, 0, 0, 0)  # numbers of neighbours are short
    for cell, width, share in zip(cells, widths, shares, strict=True):
        if share:
            cell.setMinimumWidth(width)
        else:
            cell.setFixedWidth(width)
        layout.addWidget(cell, share)


def beside(box: QWidget, text: QWidget) -> QWidget:
    """Return a cell with a check box and the text that belongs to it."""
    cell = QWidget()
    box.setFixedWidth(BOX)
    row_of(box, (text, 1), within=cell, spacing=2, margins=(4, 0, 0, 0))
    return cell


def _swatch(colour: str, dash: int, ratio: float) -> QIcon:
    """Return a piece of the line that stands for the shell in the plots."""
    pixmap = QPixmap(SWATCH * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    style = pen(colour, 2.6, dash=tuple(0.6 * x for x in DASHES[dash % len(DASHES)]))
    painter.setPen(style)
    painter.drawLine(1, SWATCH.height() // 2, SWATCH.width() - 1, SWATCH.height() // 2)
    painter.end()
    return QIcon(pixmap)
