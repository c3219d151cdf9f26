"""Nearest training spectra of the measured one, on demand."""

import math

from PySide6.QtWidgets import QWidget

from app.look import theme, wording
from app.widgets.basics import button, label, set_text
from app.widgets.layouts import column_of
from onne_core.values.prediction import NearestSpectrum, TrainedShell

SHOWN = 3


class NearestPanel(QWidget):
    """Disclosure of the shells of the nearest training spectra."""

    def __init__(self) -> None:
        super().__init__()
        self._nearest: tuple[NearestSpectrum, ...] = ()
        self.toggle = button("Nearest training spectra", self._turn, role="link")
        self._text = label("", wrap=True)
        self._text.setFont(theme.font(theme.SIZE_SMALL))
        self._text.hide()
        column_of(self.toggle, self._text, within=self, spacing=2)

    def show_nearest(self, nearest: tuple[NearestSpectrum, ...]) -> None:
        """Show ``nearest``; nothing if the ensemble has no training spectra stored."""
        self.setVisible(bool(nearest))
        if nearest != self._nearest:
            self._nearest = nearest
            set_text(self._text, table_of(nearest[:SHOWN]))

    def _turn(self) -> None:
        self._text.setVisible(self._text.isHidden())


def table_of(nearest: tuple[NearestSpectrum, ...]) -> str:
    """Return the shells of ``nearest`` as rich text."""
    lines = []
    for number, spectrum in enumerate(nearest, 1):
        apart = wording.number(spectrum.separation, 1)
        lines.append(f"<b>{number}.</b> {apart} × the typical distance")
        lines += [_line(shell) for shell in spectrum.shells]
    return "<br>".join(lines)


def _line(shell: TrainedShell) -> str:
    name = wording.pair(shell.label)
    if not math.isfinite(shell.distance):
        return f"{name}: none"
    return (
        f"{name}: CN {wording.number(shell.coordination_number, 1)}, <i>R</i> "
        f"{wording.number(shell.distance, 3)} Å, <i>σ</i>² "
        f"{wording.number(1e3 * shell.sigma2, 1)} × 10⁻³ Å²"
    )
