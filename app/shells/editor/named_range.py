"""Range field with its name before it and any problem below."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.shells.editor.range_field import RangeField
from app.widgets.basics import label, problem_label, say
from app.widgets.layouts import column_of, row_of
from onne_core.values.recipe import Bounds
from onne_core.values.structure import Range

WIDTH = 104


class NamedRange(QWidget):
    """A :class:`RangeField` in a column of settings."""

    entered = Signal(object, bool)

    def __init__(
        self, name: str, bounds: Bounds, *, step: float, decimals: int, tip: str = ""
    ) -> None:
        super().__init__()
        self.field = RangeField(name, bounds, step=step, decimals=decimals)
        self.field.setFixedWidth(WIDTH)
        self._problem = problem_label()
        self._title = label(name, "second")
        self.set_tip(tip)
        row = row_of((self._title, 1), self.field)
        column_of(row, self._problem, within=self, spacing=2)
        self.setFocusProxy(self.field)
        self.field.entered.connect(self.entered)
        self.field.refused.connect(partial(say, self._problem))

    def show_range(self, item: Range) -> None:
        """Show ``item``."""
        self.field.show_range(item)

    def say(self, problem: str) -> None:
        """Mark the field as invalid, for a given reason."""
        self.field.say(problem)

    def set_tip(self, tip: str) -> None:
        """Explain the range."""
        self._title.setToolTip(tip)
