"""Fields that react to the mouse wheel only while they have the focus.

Qt's own fields change under a pointer that only passes while the page scrolls, so every
field of the window is one of these (ruff refuses Qt's). Undo and redo in them are those
of the project, except while something is typed that was not taken over yet.
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,  # noqa: TID251
    QDoubleSpinBox,  # noqa: TID251
    QLineEdit,
    QSlider,  # noqa: TID251
    QSpinBox,  # noqa: TID251
)


class _WheelNeedsFocus:
    """Mix-in that lets the wheel scroll the page unless the field has focus."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # type: ignore[attr-defined]

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the value if focused, otherwise scroll the page."""
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class _ProjectsUndo:
    """Mix-in that leaves the keys of undo and redo to the window."""

    def _is_typing(self) -> bool:
        """Return whether the text differs from what the program knows."""
        raise NotImplementedError

    def event(self, event: QEvent) -> bool:
        """Do not claim undo and redo, unless something is being typed."""
        is_claim = event.type() == QEvent.Type.ShortcutOverride
        if is_claim and _is_step(event) and not self._is_typing():
            event.ignore()
            return False
        return super().event(event)  # type: ignore[misc]


def _is_step(event: QEvent) -> bool:
    """Return whether ``event`` is a key of undo or redo."""
    steps = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)
    return isinstance(event, QKeyEvent) and any(event.matches(key) for key in steps)


class _Number(_ProjectsUndo, _WheelNeedsFocus):
    """What fields of numbers have in common."""

    def _is_typing(self) -> bool:
        field: Any = self
        written = field.textFromValue(field.value())
        return field.text() != f"{field.prefix()}{written}{field.suffix()}"


class LineEdit(_ProjectsUndo, QLineEdit):
    """A line of text."""

    def _is_typing(self) -> bool:
        return self.isModified()


class ComboBox(_WheelNeedsFocus, QComboBox):
    """A choice from a list."""

    def offer(self, items: Sequence[tuple[str, object]], chosen: object) -> None:
        """Offer ``items`` of text and value, ``chosen`` among them, without a signal.

        Where no item has that value the first one is shown.
        """
        shown = [(self.itemText(i), self.itemData(i)) for i in range(self.count())]
        with QSignalBlocker(self):
            if shown != list(items):
                self.clear()
                for text, value in items:
                    self.addItem(text, value)
            self.setCurrentIndex(max(0, self.findData(chosen)))


class SpinBox(_Number, QSpinBox):
    """A whole number."""


class DoubleSpinBox(_Number, QDoubleSpinBox):
    """A number with decimals."""


class Slider(_WheelNeedsFocus, QSlider):
    """A position between two ends."""


def whole_field(name: str, least: int, most: int, width: int) -> SpinBox:
    """Return a field called ``name`` for whole numbers, told of when it is left."""
    result = SpinBox()
    result.setAccessibleName(name)
    result.setRange(least, most)
    result.setFixedWidth(width)
    result.setKeyboardTracking(False)
    return result


def show_values(*values: tuple[SpinBox | DoubleSpinBox, float]) -> None:
    """Show numbers in their fields, without a signal."""
    for field, number in values:
        with QSignalBlocker(field):
            field.setValue(number)  # type: ignore[arg-type] - whole in a SpinBox
