"""A finished training set: what it holds, and the training on it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.made_facts import facts_of
from app.making import MakingState
from app.widgets.basics import apart, button, label, set_text, set_tone
from app.widgets.facts import Facts
from app.widgets.reason_bars import ReasonBars


class MadePanel(QWidget):
    """What the finished set holds, and the training on it."""

    train_wanted = Signal()
    another_wanted = Signal()
    folder_wanted = Signal(object)
    ensemble_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._state = MakingState()
        self._place = label("", "small", wrap=True)
        self.facts, self.reasons = Facts(), ReasonBars()
        self._note = label("", "note", wrap=True)
        self.train = button("Train an ensemble from it…", self.train_wanted.emit)
        self._use = button("Use this ensemble", self._report_ensemble, icon="tick")
        self._show = button("Show folder", self._report_folder, role="link")
        another = button("Make another", self.another_wanted.emit, role="link")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for widget in (
            self._place,
            self.facts,
            label("Clusters set aside", "heading"),
            self.reasons,
            self._note,
            self._use,
            self.train,
        ):
            layout.addWidget(widget)
        layout.addLayout(apart(self._show, another))

    def show_state(self, state: MakingState) -> None:
        """Show what was made."""
        self._state = state
        made = state.made
        if made is None:
            return
        self._place.setText(str(made.folder))
        self.facts.set_facts(facts_of(made))
        self.reasons.show_reasons(made.manifest.get("rejected") or {})
        text = state.note
        if state.step == "trained" and state.ensemble is not None:
            text = f"Ensemble <b>{state.ensemble.name}</b> is trained."
        set_tone(self._note, "problem" if state.is_problem else "note")
        set_text(self._note, text)
        self._note.setVisible(bool(text))
        self._use.setVisible(state.step == "trained")

    def _report_ensemble(self) -> None:
        if self._state.ensemble is not None:
            self.ensemble_wanted.emit(self._state.ensemble)

    def _report_folder(self) -> None:
        if self._state.made is not None:
            self.folder_wanted.emit(self._state.made.folder)
