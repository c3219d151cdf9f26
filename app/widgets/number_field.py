"""Fields for numbers, with a true minus sign."""

from typing import Any

from PySide6.QtCore import Qt

from app.look import theme, wording
from app.widgets.fields import DoubleSpinBox


class NumberField(DoubleSpinBox):
    """A number with a true minus sign; the hyphen is understood too."""

    def textFromValue(self, val: float) -> str:
        """Return the number as it is written everywhere else."""
        return wording.number(val, self.decimals())

    def valueFromText(self, text: str) -> float:
        """Return the number that the user wrote."""
        return super().valueFromText(text.replace(wording.MINUS, "-"))

    def validate(self, text: str, position: int) -> object:
        """Accept either minus sign."""
        checked: Any = super().validate(text.replace(wording.MINUS, "-"), position)
        return checked[0], text, position


def number_field(
    name: str,
    ends: tuple[float, float],
    step: float,
    decimals: int,
    *,
    suffix: str = "",
    width: int = 0,
) -> NumberField:
    """Return a field called ``name`` for numbers between ``ends``."""
    result = NumberField()
    result.setAccessibleName(name)
    result.setDecimals(decimals)
    result.setRange(*ends)
    result.setSingleStep(step)
    result.setSuffix(suffix)
    result.setAlignment(Qt.AlignmentFlag.AlignRight)
    result.setKeyboardTracking(False)
    result.setFixedWidth(width or (92 if suffix else 76))
    result.setFont(theme.font())
    return result
