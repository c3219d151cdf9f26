"""A choice of few whose texts change: joined buttons, one of them pressed."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QToolButton, QWidget


class ChoiceRow(QWidget):
    """A choice between few things; ``chosen`` carries the number of the button."""

    chosen = Signal(int)

    def __init__(self, name: str, *texts: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._group = QButtonGroup(self)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._texts: tuple[str, ...] = ()
        self._group.idClicked.connect(self.chosen)
        self.set_texts(*texts)

    @property
    def index(self) -> int:
        """The number of the pressed button."""
        return self._group.checkedId()

    def set_texts(self, *texts: str) -> None:
        """Offer ``texts``; the same number of them stay the same buttons."""
        if texts == self._texts:
            return
        if len(texts) == len(self._texts):
            for button, text in zip(self._group.buttons(), texts, strict=True):
                button.setText(text)
                button.setAccessibleName(f"{self.accessibleName()}: {text}")
            self._texts = texts
            return
        for button in self._group.buttons():
            self._group.removeButton(button)
            button.hide()
            button.deleteLater()
        for number, text in enumerate(texts):
            self._add(number, text, last=len(texts) - 1)
        self._texts = texts

    def press(self, index: int) -> None:
        """Press a button without a report."""
        button = self._group.button(index)
        if button is not None:
            button.setChecked(True)

    def button(self, index: int) -> QToolButton:
        """Return one of the buttons."""
        found = self._group.button(index)
        assert isinstance(found, QToolButton)  # noqa: S101 - it was made here
        return found

    def _add(self, number: int, text: str, *, last: int) -> None:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setChecked(number == 0)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setProperty("role", "segment")
        place = "first" if number == 0 else "last" if number == last else "middle"
        button.setProperty("place", place if last else "only")
        button.setAccessibleName(f"{self.accessibleName()}: {text}")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        self._group.addButton(button, number)
        self._layout.addWidget(button)
