"""Fields that react to the mouse wheel only while they have the focus.

Qt's own fields change under a pointer that only passes while the page scrolls, so every
field of the window is one of these (ruff refuses Qt's).
"""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,  # noqa: TID251
    QDoubleSpinBox,  # noqa: TID251
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


class SpinBox(_WheelNeedsFocus, QSpinBox):
    """A whole number."""


class DoubleSpinBox(_WheelNeedsFocus, QDoubleSpinBox):
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
