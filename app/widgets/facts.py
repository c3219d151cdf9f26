"""Facts in two columns: the name in grey, the value beside it."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from app.widgets.basics import clear, label

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

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show ``facts``; values may hold rich text."""
        if tuple(facts) == self._facts:
            return
        self._facts = tuple(facts)
        clear(self._grid)
        for row, (name, value) in enumerate(facts):
            left, right = label(name, "second"), label(value, "strong", wrap=True)
            right.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            right.setAccessibleName(f"{name}: {value}")
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._grid.addWidget(left, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(right, row, 1)
