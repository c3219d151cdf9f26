"""Standard that corrects the theory error: choose, learn, apply, remove."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from app.look import wording
from app.session.view import View
from app.widgets.basics import button, combo, icon_button, label
from app.widgets.layouts import column_of, row_of
from onne_core.values.project import AppliedStandard, SpectrumEntry

SCALES = ("other beamline: ± 0.2 %", "same as the standard")


class StandardPanel(QWidget):
    """Panel of the standard of the selected spectrum; reports requests."""

    scale_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._standard: AppliedStandard | None = None
        self.load = button("Load…", role="link")
        self.learn = button("Learn…", role="link")
        self.spread = button("Apply to all", role="link")
        self.remove = icon_button("close", "Remove standard")
        self._title = label("", "small", wrap=True)
        self._effect = label("", "small", wrap=True)
        self.scale = combo("k scale of the spectrum")
        self.scale.addItems(SCALES)
        tools = self.load, self.learn, self.spread, self.remove
        above = row_of(label("Standard"), None, *tools, spacing=8)
        self._scale_row = QWidget()
        title = label("<i>k</i> scale")
        row_of(title, (self.scale, 1), within=self._scale_row, spacing=8)
        parts = above, self._title, self._effect, self._scale_row
        column_of(*parts, within=self, spacing=3, margins=(0, 4, 0, 0))
        self.scale.activated.connect(self._report_scale)

    def show_view(self, view: View) -> None:
        """Show the standard of the selected spectrum of ``view``."""
        entry = view.entry
        standard = self._standard = entry.standard if entry else None
        for widget in (self.remove, self._scale_row, self._effect):
            widget.setVisible(standard is not None)
        self.load.setVisible(standard is None)
        self.learn.setVisible(standard is None)
        self.spread.setVisible(_can_spread(standard, view.project.spectra))
        if standard is None:
            self._title.setText("None: the bands include the full theory error.")
            return
        self._title.setText(wording.sentence(wording.structure(standard.title)))
        file = Path(standard.source).name or "learnt here, kept in this project"
        prediction = view.prediction
        text = file
        if prediction is not None and view.outcome.is_current:
            left = wording.percent(prediction.settings.theory)
            text += f" · {left} of the theory error remains"
        self._effect.setText(text)
        with QSignalBlocker(self.scale):
            self.scale.setCurrentIndex(int(standard.scale is not None))

    def _report_scale(self, index: int) -> None:
        if self._standard is not None:
            self.scale_chosen.emit(self._standard.own_scale if index else None)


def _can_spread(
    standard: AppliedStandard | None, spectra: Sequence[SpectrumEntry]
) -> bool:
    """Return whether other spectra lack this standard."""
    return standard is not None and any(item.standard != standard for item in spectra)
