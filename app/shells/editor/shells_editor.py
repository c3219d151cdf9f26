"""Shell table: rows of fields under titles, with buttons to add and copy."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.look import wording
from app.look.text_size import APPLIED
from app.shells.editor.range_text import written
from app.shells.editor.shell_row import (
    DECIMALS,
    ROW,
    TITLES,
    RowContent,
    ShellRow,
    put_in_columns,
)
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.layouts import column_of
from app.widgets.tables import copy_lines
from onne_core.values.structure import System

COPIED = (
    "Shell",
    "Mean distance (Å)",
    "σ (Å)",
    "CN",
    "Skewness",
    "Reported",
    "Reported as",
)
"""Titles of the table as text."""

MOST_ROWS = 7
"""How many rows are shown at once."""


class ShellsEditor(Card):
    """Editor that shows a system and reports edits with the index of their shell."""

    chosen = Signal(int)
    range_entered = Signal(int, str, object, bool)
    reported_set = Signal(int, bool)
    head_entered = Signal(int, str)
    wanted = Signal(int, str)

    def __init__(self) -> None:
        super().__init__("Shells")
        self._system: System | None = None
        self._selected = -1
        self.rows: list[ShellRow] = []
        self.duplicate = button("Duplicate", self._duplicate, icon="copy")
        self.add = button("Add shell", icon="plus")
        for tool in (
            icon_button("file", "Copy table", self.copy),
            self.duplicate,
            self.add,
        ):
            self.header.addWidget(tool)
        self._stack = QWidget()
        self._stack.setProperty("role", "scrolled")
        self._rows = column_of(None, within=self._stack, spacing=0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidget(self._stack)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.viewport().setAutoFillBackground(False)
        self.body.setSpacing(2)
        self.fill(self._titles(), self._area)

    def show_system(
        self, system: System, selected: int, marks: list[tuple[int, int]]
    ) -> None:
        """Show the shells of ``system``; ``marks`` are colour and dash of each."""
        self._system, self._selected = system, selected
        count = len(system.shells)
        while len(self.rows) < count:
            self._add_row()
        for i, row in enumerate(self.rows):
            row.setVisible(i < count)
            if i < count:
                row.show_content(
                    RowContent(
                        label=system.label(i),
                        shell=system.shells[i],
                        colour=marks[i][0],
                        dash=marks[i][1],
                        is_selected=i == selected,
                        can_go=count > 1,
                    )
                )
        self.duplicate.setEnabled(0 <= selected < count)
        self._fit()

    def say(self, shell: int, quantity: str, problem: str) -> None:
        """Show the problem of an edit of ``shell``."""
        if shell < len(self.rows):
            self.rows[shell].say(quantity, problem)
            self._fit()

    def focus_row(self, shell: int) -> None:
        """Give the focus to a row, and bring it into view."""
        if 0 <= shell < len(self.rows):
            self.rows[shell].name.setFocus()
            self._area.ensureWidgetVisible(self.rows[shell], 0, 4)

    def copy(self) -> None:
        """Put the table on the clipboard, tabs between the cells."""
        if self._system is None:
            return
        rows = []
        for i, shell in enumerate(self._system.shells):
            ranges = (
                written(getattr(shell, quantity), decimals)
                for quantity, decimals in DECIMALS.items()
            )
            name, reported = self._system.label(i), "yes" if shell.reported else "no"
            rows.append((wording.pair(name), *ranges, reported, shell.head))
        copy_lines(COPIED, rows)

    def _duplicate(self) -> None:
        if self._selected >= 0:
            self.wanted.emit(self._selected, "duplicate")

    def _fit(self) -> None:
        """Fit the height to the rows, up to a maximum."""
        shown = [row for row in self.rows if not row.isHidden()]
        # What has met the text size already is not multiplied once more.
        one = round(ROW * (self._area.property(APPLIED) or 1.0))
        height = sum(one + row.wanted_height - ROW for row in shown)
        self._area.setFixedHeight(min(height, one * MOST_ROWS) + 2)
        self._area.setMinimumWidth(self._stack.minimumSizeHint().width())

    def _titles(self) -> QWidget:
        row = QWidget()
        titles = [label(text, "note") for text, _ in TITLES]
        for title, (_, tip) in zip(titles, TITLES, strict=True):
            title.setToolTip(tip)
        for title in titles[1:5]:
            title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        put_in_columns(row, *titles)
        return row

    def _add_row(self) -> None:
        index, row = len(self.rows), ShellRow()
        self.rows.append(row)
        self._rows.insertWidget(index, row)
        row.chosen.connect(lambda: self.chosen.emit(index))
        row.range_entered.connect(partial(self.range_entered.emit, index))
        row.reported_set.connect(partial(self.reported_set.emit, index))
        row.head_entered.connect(partial(self.head_entered.emit, index))
        row.wanted.connect(partial(self.wanted.emit, index))
        for field in row.ranges.values():
            field.refused.connect(self._fit)
