"""Dialog that sets a condition of all spectra: a first value and a step."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QWidget

from app.widgets.basics import button, closing_row, label
from app.widgets.fields import ComboBox, DoubleSpinBox
from app.widgets.layouts import DIALOG, column_of
from onne_core.formats.conditions import TEMPERATURE, TIME, title_of

LARGEST = 1e7


@dataclass(frozen=True)
class Ramp:
    """The condition ``name``: ``first`` for the first spectrum, ``step`` more each."""

    name: str
    first: float
    step: float


class ValuesDialog(QDialog):
    """Dialog of a :class:`Ramp`; ``chosen`` carries it."""

    chosen = Signal(object)

    def __init__(self, along: str, count: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Values along the series")
        self.name = ComboBox()
        self.name.setEditable(True)
        self.name.setAccessibleName("Name, with its unit")
        self.name.addItems([TEMPERATURE, TIME, "pressure (GPa)", "potential (V)"])
        self.name.setCurrentText(along or TEMPERATURE)
        self.first, self.step = _number("First value"), _number("Step")
        self.step.setValue(1.0)
        self._unit = label("", "small")
        grid = QGridLayout()
        for row, (text, field) in enumerate(
            (("Name", self.name), ("First value", self.first), ("Step", self.step))
        ):
            grid.addWidget(label(text, "second"), row, 0)
            grid.addWidget(field, row, 1)
        note = label(
            "Assigned in list order. Double-click a cell in the table to edit a "
            "single value.",
            "note",
            wrap=True,
        )
        self.set = button("Set values", self._finish, role="primary")
        title = label(f"Values of {count} spectra", "empty")
        parts = title, grid, self._unit, note, closing_row(self, self.set)
        column_of(*parts, within=self, spacing=10, margins=DIALOG)
        self.name.currentTextChanged.connect(self._tell)
        self._tell()

    def _tell(self) -> None:
        name = self.name.currentText().strip()
        self._unit.setText(f"Axis: {title_of(name)}" if name else "Enter a name.")
        self.set.setEnabled(bool(name))

    def _finish(self) -> None:
        name = self.name.currentText().strip()
        self.accept()
        self.chosen.emit(Ramp(name, self.first.value(), self.step.value()))


def _number(name: str) -> DoubleSpinBox:
    field = DoubleSpinBox()
    field.setAccessibleName(name)
    field.setDecimals(4)
    field.setRange(-LARGEST, LARGEST)
    return field
