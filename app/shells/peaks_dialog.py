"""Dialog to turn peaks of |chi(R)| into shells, each with its element."""

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QLabel,
    QWidget,
)

from app.look import wording
from app.widgets.basics import button, closing_row, label
from app.widgets.fields import ComboBox
from app.widgets.layouts import DIALOG, column_of
from onne_core.values.peaks import TYPICAL_SHIFT, Peak
from onne_core.values.structure import Range, Shell

AROUND = 0.15
"""The mean distance may lie so far (Å) from where the peak has it."""

DEVIATION, NUMBERS = Range(0.04, 0.2), Range(0.0, 12.0)
SHELLS = 3
"""Peaks that are ticked at first: farther ones are often multiple scattering."""


@dataclass(frozen=True)
class Guess:
    """A peak read as a shell of ``element`` at ``distance`` (Å)."""

    peak: Peak
    element: str
    distance: float

    @property
    def shell(self) -> Shell:
        """The shell, with a margin around each value."""
        ends = (round(self.distance + by, 2) for by in (-AROUND, AROUND))
        return Shell(self.element, Range(*ends), DEVIATION, NUMBERS)


class PeaksDialog(QDialog):
    """Dialog that reports ``chosen`` shells; ``shifts`` (Å) are those calculated."""

    chosen = Signal(object)

    def __init__(
        self,
        name: str,
        peaks: tuple[Peak, ...],
        elements: tuple[str, ...],
        shifts: dict[str, float],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Ranges from peaks of {name}")
        self._peaks, self._shifts = peaks, shifts
        self.ticks: list[QCheckBox] = []
        self.elements: list[ComboBox] = []
        self._distances: list[QLabel] = []
        words = label(_explained(shifts), "second", wrap=True)
        note = label(
            f"Each shell gets its distance ± {AROUND:g} Å, σ of "
            f"{wording.span(DEVIATION.lower, DEVIATION.upper)} Å and up to "
            f"{NUMBERS.upper:g} neighbours. They replace the current shells; Undo "
            "restores those. Farther peaks may be multiple scattering.",
            "note",
            wrap=True,
        )
        self.take = button("Replace shells", self._accept, role="primary")
        parts = words, self._grid(elements), note, closing_row(self, self.take)
        column_of(*parts, within=self, spacing=10, margins=DIALOG)
        self.setMinimumWidth(520)
        self._refresh()

    def guesses(self) -> tuple[Guess, ...]:
        """Return the ticked peaks as shells."""
        return tuple(
            self._guess(i) for i, tick in enumerate(self.ticks) if tick.isChecked()
        )

    def _guess(self, index: int) -> Guess:
        element, peak = self.elements[index].currentText(), self._peaks[index]
        shift = self._shifts.get(element, TYPICAL_SHIFT)
        return Guess(peak, element, peak.r + shift)

    def _refresh(self) -> None:
        for i, shown in enumerate(self._distances):
            guess = self._guess(i)
            by = wording.number(guess.distance - guess.peak.r, 2)
            how = "calculated" if guess.element in self._shifts else "typical"
            shown.setText(f"{wording.number(guess.distance, 2)} Å  (+{by}, {how})")
        self.take.setEnabled(bool(self.guesses()))

    def _accept(self) -> None:
        self.chosen.emit(tuple(guess.shell for guess in self.guesses()))
        self.accept()

    def _grid(self, elements: tuple[str, ...]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        for column, title in enumerate(("Peak", "Height", "Element", "Distance")):
            grid.addWidget(label(title, "note"), 0, column)
        for row, peak in enumerate(self._peaks, 1):
            where = wording.number(peak.r, 2)
            tick = QCheckBox(f"R = {where} Å")
            tick.setAccessibleName(f"Peak at {where} Å")
            tick.setChecked(row <= SHELLS)
            tick.toggled.connect(self._refresh)
            combo = ComboBox()
            combo.addItems(elements)
            combo.setAccessibleName(f"Element of the peak at {where} Å")
            combo.currentIndexChanged.connect(self._refresh)
            distance = label("")
            self.ticks.append(tick)
            self.elements.append(combo)
            self._distances.append(distance)
            grid.addWidget(tick, row, 0)
            grid.addWidget(label(f"{100 * peak.height:.0f} %", "second"), row, 1)
            grid.addWidget(combo, row, 2)
            grid.addWidget(distance, row, 3)
        return grid


def _explained(shifts: dict[str, float]) -> str:
    text = (
        "Peaks in |χ(R)| lie below the true distance by the phase shift of the pair. "
    )
    if shifts:
        return text + "Calculated from the phases of the last preview."
    return text + (
        f"Typical: {TYPICAL_SHIFT:g} Å (usually 0.3–0.4 Å, at most 0.5 Å). Run Check "
        "ranges first to use calculated shifts."
    )
