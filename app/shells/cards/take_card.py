"""Sources of ranges."""

from PySide6.QtWidgets import QPushButton

from app.look.rich_text import safe_tip
from app.widgets.basics import Card, button, label


class TakeCard(Card):
    """Card that offers a structure or the peaks of a spectrum."""

    def __init__(self) -> None:
        super().__init__("Take ranges from")
        self.body.setSpacing(2)
        self.structure = _link("Structure file (CIF, XYZ, …)…")
        self.peaks = _link("Peaks in |χ(R)| of a spectrum…")
        self.system = _link("System file…")
        self._hint = label("Open a spectrum in Analysis to use its peaks.", "small")
        self.fill(self.structure, self.peaks, self._hint, self.system)

    def show_spectrum(self, name: str) -> None:
        """Offer the peaks of the spectrum ``name``, "" if there is none."""
        self.peaks.setEnabled(bool(name))
        self.peaks.setToolTip(safe_tip(name))
        self._hint.setVisible(not name)


def _link(text: str) -> QPushButton:
    return button(text, role="link", icon="take")
