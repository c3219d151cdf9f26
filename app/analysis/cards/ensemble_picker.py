"""Choice of the ensemble, with its coverage and calibration."""

from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.look import wording
from app.session.service import EnsembleInfo
from app.session.view import View
from app.widgets.basics import combo, icon_button, label, plain_label, say
from app.widgets.layouts import column_of, row_of
from onne_core.verdict.soundness import shortcomings


class EnsemblePicker(QWidget):
    """Combo box of the ensembles, and a button to open one from a folder."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.combo = combo("Ensemble")
        self._lines = label("", "small", wrap=True)
        self._warning = plain_label("", "problem", wrap=True)
        self.open = icon_button("open", "Open ensemble folder…")
        row = row_of((self.combo, 1), self.open, spacing=6)
        column_of(
            label("Ensemble", "heading"),
            row,
            self._lines,
            self._warning,
            within=self,
            spacing=6,
        )
        self._ensembles: tuple[EnsembleInfo, ...] = ()
        self.combo.activated.connect(self._report)

    def show_view(self, view: View) -> None:
        """Offer the ensembles of ``view``."""
        self._ensembles = view.ensembles
        items = [(f"{i.name} · {i.members} networks", i.key) for i in view.ensembles]
        self.combo.offer(items, view.ensemble.key if view.ensemble else "")
        self.combo.setEnabled(bool(view.ensembles))
        self._lines.setText(_about(view))
        card = view.ensemble.card if view.ensemble else None
        say(self._warning, " ".join(shortcomings(card)) if card else "")

    def _report(self, index: int) -> None:
        if 0 <= index < len(self._ensembles):
            self.chosen.emit(self._ensembles[index])


def _about(view: View) -> str:
    if view.is_looking:
        return "Looking for ensembles…"
    if view.ensemble is None:
        return (
            "No ensemble found. Open an ensemble folder, or train one under Training."
        )
    card = view.ensemble.card
    window = wording.span(card.training.k_min, card.training.k_max, decimals=0)
    return (
        f"<i>k</i> {window} Å⁻¹, trained on {wording.count(card.items)} spectra<br>"
        f"{_calibration_of_answer(view, view.ensemble)}"
    )


def _calibration_of_answer(view: View, info: EnsembleInfo) -> str:
    """Return the calibration of what answers the spectrum on screen."""
    if not info.has_joint or view.entry is None or view.entry.method == "networks":
        return calibration(info)
    text = _held(info.card.joint.get("coverage", {}))
    return text.replace("Calibration", "Calibration of the joint fit", 1)


def calibration(info: EnsembleInfo) -> str:
    """Return the coverage of the networks' bands of g(r) in tests, as a sentence."""
    return _held(info.card.coverage)


def _held(coverage: dict[str, Any]) -> str:
    held = [row["g(r)"] for row in coverage.values() if "g(r)" in row]
    if not held:
        return "Calibration not tested"
    narrow, wide = 100.0 * np.mean(held, axis=0)
    return f"Calibration: 68 % bands contain {narrow:.0f} %, 95 % bands {wide:.0f} %"
