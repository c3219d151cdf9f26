"""A choice of few: buttons side by side, one of them pressed."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget


class Segments(QWidget):
    """Shows ``texts``; ``chosen`` carries the number of the one that is pressed."""

    chosen = Signal(int)

    def __init__(self, name: str, texts: Sequence[str]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self.buttons: list[QToolButton] = []
        for index, text in enumerate(texts):
            one = QToolButton()
            one.setText(text)
            one.setCheckable(True)
            one.setProperty("role", "segment")
            ends = {0: "first", len(texts) - 1: "last"}
            one.setProperty("place", ends.get(index, "middle"))
            one.setAccessibleName(f"{name}: {text}")
            one.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            one.setCursor(Qt.CursorShape.PointingHandCursor)
            self._group.addButton(one, index)
            self.buttons.append(one)
            layout.addWidget(one)
        self._group.idClicked.connect(self.chosen)

    def choose(self, index: int) -> None:
        """Press button ``index`` without a report."""
        with QSignalBlocker(self._group):
            self.buttons[index].setChecked(True)
