"""Choice of the ensemble: which one answers the spectrum, why, and its calibration."""

from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.look import wording
from app.session.choosing import Choice
from app.session.service import EnsembleInfo
from app.session.view import View
from app.widgets.basics import (
    button,
    combo,
    icon_button,
    label,
    plain_label,
    say,
)
from app.widgets.layouts import column_of, row_of
from onne_core.ensemble.suited import absorber_of, relation
from onne_core.verdict.soundness import shortcomings

UNKNOWN = "Absorber unknown"
NONE_SUITS = "None suits"


class EnsemblePicker(QWidget):
    """Combo box of the ensembles, and a button to open one from a folder.

    ``automatic_wanted`` leaves the choice to the program; ``absorber_named`` carries
    what the user says of a spectrum whose file does not tell its absorber.
    """

    chosen = Signal(object)
    automatic_wanted = Signal()
    absorber_named = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.combo = combo("Ensemble")
        self._lines = label("", "small", wrap=True)
        self._warning = plain_label("", "problem", wrap=True)
        self._why = plain_label("", "small", wrap=True)
        self.absorber = combo("Absorber")
        self.use = button("Use another ensemble", self._use)
        self.automatic = button(
            "Choose automatically", self.automatic_wanted.emit, role="link"
        )
        self.open = icon_button("open", "Open ensemble folder…")
        row = row_of((self.combo, 1), self.open, spacing=6)
        column_of(
            label("Ensemble", "heading"),
            row,
            self._why,
            self.absorber,
            self.use,
            self.automatic,
            self._lines,
            self._warning,
            within=self,
            spacing=6,
        )
        self._ensembles: tuple[EnsembleInfo, ...] = ()
        self._better: EnsembleInfo | None = None
        self.combo.activated.connect(self._report)
        self.absorber.activated.connect(self._name_absorber)

    def show_view(self, view: View) -> None:
        """Offer the ensembles of ``view``."""
        self._ensembles, self._better = view.ensembles, view.better
        items = [(f"{i.name} · {i.members} networks", i.key) for i in view.ensembles]
        if view.ensembles and view.ensemble is None:
            items.insert(0, (NONE_SUITS, ""))
        self.combo.offer(items, view.ensemble.key if view.ensemble else "")
        self.combo.setEnabled(bool(view.ensembles))
        say(self._why, why(view))
        self._offer_absorbers(view)
        self.use.setVisible(self._better is not None)
        if self._better is not None:
            self.use.setText(f"Use {self._better.name}")
        self.automatic.setVisible(view.choice.is_chosen)
        say(self._lines, _about(view))
        card = view.ensemble.card if view.ensemble else None
        say(self._warning, " ".join(shortcomings(card)) if card else "")

    def _offer_absorbers(self, view: View) -> None:
        """Ask for the absorber where the file of the spectrum does not tell it."""
        entry = view.entry
        is_asked = entry is not None and absorber_of(entry.spectrum) is None
        self.absorber.setVisible(is_asked and bool(view.ensembles))
        if entry is None or not is_asked:
            return
        names = {f"{i.card.absorber} {i.card.edge}": None for i in view.ensembles}
        if entry.absorber:
            names.setdefault(entry.absorber)
        items = [(f"Absorber {name}", name) for name in sorted(names)]
        self.absorber.offer([(UNKNOWN, ""), *items], entry.absorber)

    def _report(self, index: int) -> None:
        key = self.combo.itemData(index)
        for info in self._ensembles:
            if info.key == key:
                self.chosen.emit(info)
                return

    def _name_absorber(self, index: int) -> None:
        self.absorber_named.emit(self.absorber.itemData(index))

    def _use(self) -> None:
        if self._better is not None:
            self.chosen.emit(self._better)


def why(view: View) -> str:
    """Return why this ensemble answers the spectrum on screen, or what to do."""
    choice, entry, info = view.choice, view.entry, view.ensemble
    if entry is None or view.is_looking:
        return ""
    if info is None:
        return choice.problem
    lines = [_reason(view, choice, info)]
    if view.better is not None:
        lines.append(f"{view.better.name} fits this spectrum better.")
    if choice.is_assumed:
        lines.append(
            f"Nothing in the file tells the absorber: {info.card.absorber} "
            f"{info.card.edge} is assumed. Name it if you know it."
        )
    return " ".join(lines)


def _reason(view: View, choice: Choice, info: EnsembleInfo) -> str:
    entry = view.entry
    assert entry is not None  # why() has seen it
    edge = f"{info.card.absorber} {info.card.edge}"
    if relation(entry.named, info.card) == "other":
        own = absorber_of(entry.named)
        is_named = own is not None and own.element != info.card.absorber
        text = f"Your choice, though this spectrum is of {own}." if is_named else ""
        return text or f"Your choice, though its edge is not {edge}."
    if choice.is_chosen:
        return "Your choice."
    several = len(choice.candidates)
    if several > 1:
        return f"Chosen automatically of {several} for {edge}."
    return f"Chosen automatically: the only one for {edge}."


def _about(view: View) -> str:
    if view.is_looking:
        return "Looking for ensembles…"
    if view.ensemble is None and view.choice.problem:
        return ""
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
