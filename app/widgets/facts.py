"""Facts in two columns: the name in grey, the value beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.widgets.basics import clear, label, set_text

Fact = tuple[str, str]


class Facts(QWidget):
    """A short list of names and values."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(1, 1)
        self._facts: tuple[Fact, ...] = ()
        self._values: list[QLabel] = []

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show ``facts``; values may hold rich text."""
        if tuple(facts) == self._facts:
            return
        names = [name for name, _ in facts]
        same = names == [name for name, _ in self._facts]
        self._facts = tuple(facts)
        if same:
            self._exchange_values()
            return
        clear(self._grid)
        self._values = []
        for row, (name, value) in enumerate(facts):
            left, right = label(name, "second"), label(value, "strong", wrap=True)
            right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            right.setAccessibleName(f"{name}: {value}")
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, row, 1)
            self._values.append(right)

    def _exchange_values(self) -> None:
        """Update the value texts in place: they may change every second."""
        for shown, (name, value) in zip(self._values, self._facts, strict=True):
            set_text(shown, value)
            shown.setAccessibleName(f"{name}: {value}")
