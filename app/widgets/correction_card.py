"""E0 shift and S0^2: shown as found, changed by hand, reset to automatic."""

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QGridLayout, QWidget

from app import theme, wording
from app.view import View
from app.widgets.basics import Card, button, label, rule
from onne_core.prediction import MeasurementSettings

LARGEST_SHIFT = 20.0
S02_RANGE = (0.1, 2.0)
S02_STD_RANGE = (0.0, 0.5)


class NumberField(QDoubleSpinBox):
    """A number with a true minus sign; the hyphen is understood too."""

    def textFromValue(self, val: float) -> str:  # noqa: N802 - Qt's name
        """Return the number as it is written everywhere else."""
        return wording.number(val, self.decimals())

    def valueFromText(self, text: str) -> float:  # noqa: N802 - Qt's name
        """Return the number that the user wrote."""
        return super().valueFromText(text.replace(wording.MINUS, "-"))

    def validate(self, text: str, position: int) -> object:
        """Accept either minus sign."""
        checked: Any = super().validate(text.replace(wording.MINUS, "-"), position)
        return checked[0], text, position


class CorrectionCard(Card):
    """Reports the values that the user sets; ``None`` leaves one to the program."""

    e0_set = Signal(float)
    s02_set = Signal(float, float)
    reset_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Correction")
        self._reset = button("Reset to automatic", self.reset_wanted.emit, role="link")
        self.header.addWidget(self._reset)
        self.e0 = _spin("E0 shift", (-LARGEST_SHIFT, LARGEST_SHIFT), 0.1, 1, " eV")
        self.s02 = _spin("S0 squared", S02_RANGE, 0.01, 2)
        self.s02_std = _spin("Uncertainty of S0 squared", S02_STD_RANGE, 0.01, 2)
        self._e0_std = label("", "second")
        self._e0_source, self._s02_source = label("", "small"), label("", "small")
        self._window = label("", "note", wrap=True)
        self._waiting = label(
            "<i>E</i>₀ shift and <i>S</i>₀² appear with the first prediction.",
            "second",
            wrap=True,
        )
        self.body.addWidget(self._waiting)
        self._rows = self._grid()
        self.body.addLayout(self._rows)
        self._line = rule()
        self.body.addWidget(self._line)
        self.body.addWidget(self._window)
        self.e0.valueChanged.connect(self.e0_set)
        self.s02.valueChanged.connect(self._report_s02)
        self.s02_std.valueChanged.connect(self._report_s02)

    def show_view(self, view: View) -> None:
        """Show the settings behind the prediction of ``view``."""
        prediction, entry = view.prediction, view.entry
        has_answer = prediction is not None and entry is not None
        for widget in self._controls():
            widget.setVisible(has_answer)
        self._waiting.setVisible(not has_answer)
        self._reset.setVisible(
            entry is not None and (entry.e0 is not None or entry.s02 is not None)
        )
        if prediction is None or entry is None:
            return
        self._show_settings(
            prediction.settings,
            e0=entry.e0,
            s02=entry.s02,
        )
        window = wording.span(prediction.k_min, prediction.k_max, decimals=1)
        self._window.setText(
            f"Window {window} Å⁻¹, "
            f"<i>k</i>-weight {prediction.k_weight}: as the ensemble was trained."
        )

    def _show_settings(
        self,
        settings: MeasurementSettings,
        *,
        e0: float | None,
        s02: tuple[float, float] | None,
    ) -> None:
        """Fill the fields: what the user set at once, the rest as it was found."""
        value, std = s02 or (settings.s02, settings.s02_std)
        shift = settings.e0_shift if e0 is None else e0
        for field, number in ((self.e0, shift), (self.s02, value), (self.s02_std, std)):
            with QSignalBlocker(field):
                field.setValue(number)
        self._e0_std.setText(f"± {wording.number(settings.e0_shift_std, 1)} eV")
        self._e0_source.setText(_source(settings.e0_source, given=e0 is not None))
        self._s02_source.setText(_source(settings.s02_source, given=s02 is not None))

    def _report_s02(self) -> None:
        self.s02_set.emit(self.s02.value(), self.s02_std.value())

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(3)
        self._names = (label("<i>E</i>₀ shift"), label("<i>S</i>₀²"))
        self._plus_minus = label("±", "second")
        grid.addWidget(self._names[0], 0, 0)
        grid.addWidget(self.e0, 0, 1)
        grid.addWidget(self._e0_std, 0, 2, 1, 2)
        grid.addWidget(self._e0_source, 1, 0, 1, 4)
        grid.setRowMinimumHeight(2, 4)
        grid.addWidget(self._names[1], 3, 0)
        grid.addWidget(self.s02, 3, 1)
        grid.addWidget(self._plus_minus, 3, 2)
        grid.addWidget(self.s02_std, 3, 3)
        grid.addWidget(self._s02_source, 4, 0, 1, 4)
        grid.setColumnStretch(0, 1)
        return grid

    def _controls(self) -> tuple[QWidget, ...]:
        return (
            *self._names,
            self.e0,
            self.s02,
            self.s02_std,
            self._plus_minus,
            self._e0_std,
            self._e0_source,
            self._s02_source,
            self._line,
            self._window,
        )


def _spin(
    name: str, ends: tuple[float, float], step: float, decimals: int, suffix: str = ""
) -> QDoubleSpinBox:
    result = NumberField()
    result.setAccessibleName(name)
    result.setDecimals(decimals)
    result.setRange(*ends)
    result.setSingleStep(step)
    result.setSuffix(suffix)
    result.setAlignment(Qt.AlignmentFlag.AlignRight)
    result.setKeyboardTracking(False)
    result.setFixedWidth(92 if suffix else 76)
    result.setFont(theme.font())
    result.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return result


def _source(words: str, *, given: bool) -> str:
    return "Set by hand" if given else f"Automatic: {wording.sentence(words)}"
