"""Fields that react to the mouse wheel only while they have the focus.

Qt's own fields change under a pointer that only passes while the page scrolls, so every
field of the window is one of these (ruff refuses Qt's).
"""

from typing import Any

from PySide6.QtCore import Qt
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


class SpinBox(_WheelNeedsFocus, QSpinBox):
    """A whole number."""


class DoubleSpinBox(_WheelNeedsFocus, QDoubleSpinBox):
    """A number with decimals."""


class Slider(_WheelNeedsFocus, QSlider):
    """A position between two ends."""
