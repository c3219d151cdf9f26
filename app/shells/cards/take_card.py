"""Sources of ranges."""

from PySide6.QtCore import Signal

from app.widgets.basics import Card, button, label


class TakeCard(Card):
    """Card that offers a structure or the peaks of a spectrum."""

    structure_wanted = Signal()
    peaks_wanted = Signal()
    system_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Take ranges from")
        self.body.setSpacing(2)
        self.structure = button(
            "Structure file (CIF, XYZ, …)…",
            self.structure_wanted.emit,
            role="link",
            icon="take",
        )
        self.peaks = button(
            "Peaks in |χ(R)| of a spectrum…",
            self.peaks_wanted.emit,
            role="link",
            icon="take",
        )
        self.system = button(
            "System file…", self.system_wanted.emit, role="link", icon="take"
        )
        self._hint = label("Open a spectrum in Analysis to use its peaks.", "small")
        self.fill(self.structure, self.peaks, self._hint, self.system)

    def show_spectrum(self, name: str) -> None:
        """Offer the peaks of the spectrum ``name``, "" if there is none."""
        self.peaks.setEnabled(bool(name))
        self.peaks.setToolTip(name)
        self._hint.setVisible(not name)
