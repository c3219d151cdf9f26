"""Segmented choice: buttons side by side, one of them pressed."""

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QWidget

from app.widgets.layouts import row_of


class Segments(QWidget):
    """Segmented choice of texts; ``chosen`` carries the index of the pressed one."""

    chosen = Signal(int)

    def __init__(self, name: str, texts: Sequence[str] = ()) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._layout = row_of(within=self, spacing=0)
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self.buttons: list[QToolButton] = []
        self.set_texts(texts)

    @property
    def index(self) -> int:
        """Index of the pressed button, -1 for none."""
        return self._group.checkedId()

    def set_texts(self, texts: Sequence[str]) -> None:
        """Offer ``texts``, reusing the buttons if their number is the same."""
        if len(texts) != len(self.buttons):
            self._make(len(texts))
        for button, text in zip(self.buttons, texts, strict=True):
            button.setText(text)
            button.setAccessibleName(f"{self.accessibleName()}: {text}")

    def choose(self, index: int) -> None:
        """Press button ``index`` without a signal."""
        with QSignalBlocker(self._group):
            self.buttons[index].setChecked(True)

    def _make(self, count: int) -> None:
        """Replace the buttons by ``count`` others, of which none is pressed."""
        for button in self.buttons:
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for number in range(count):
            button = QToolButton()
            button.setCheckable(True)
            button.setProperty("role", "segment")
            ends = {0: "first", count - 1: "last"} if count > 1 else {0: "only"}
            button.setProperty("place", ends.get(number, "middle"))
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            self._group.addButton(button, number)
            self.buttons.append(button)
            self._layout.addWidget(button)
