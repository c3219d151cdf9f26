"""The verdict: one sentence with what to do, failed checks, and the rest folded."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.analysis.cards.nearest_panel import NearestPanel
from app.look import theme, wording
from app.session.predictions import Outcome
from app.widgets.basics import Card, button, clear, label, set_text, set_tone
from app.widgets.chip import VerdictChip
from app.widgets.layouts import column_of
from app.widgets.signed import signed
from onne_core.values.prediction import Reason, Verdict, Widening


class VerdictCard(Card):
    """Card saying whether the spectrum lies inside the training range.

    ``widening_wanted`` carries the range to widen.
    """

    widening_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("Verdict")
        self._chip = VerdictChip()
        self.header.addWidget(self._chip)
        self._headline = label("", "strong", wrap=True)
        self._reasons = column_of(spacing=6)
        self._nearest = NearestPanel()
        self._widening: Widening | None = None
        self._to_widen = label("", wrap=True)
        self._to_widen.setFont(theme.font(theme.SIZE_NOTE))
        self.widen = button("Add to system and train…", self._want_widening)
        self.fill(self._headline, self._reasons, self._nearest)
        self.fill(self._to_widen, self.widen)
        self._shown: Verdict | None = None
        self._is_open = False

    def show_outcome(self, outcome: Outcome) -> None:
        """Show the verdict of ``outcome``, or a placeholder."""
        prediction = outcome.prediction
        verdict = prediction.verdict if prediction else None
        self._chip.show_verdict(verdict.name if verdict else "")
        set_tone(self._headline, "strong" if verdict else "second")
        if verdict is None:
            self._headline.setText(
                outcome.problem
                or "Inside, Borderline or Outside, and why, after the first prediction."
            )
        else:
            self._headline.setText(wording.HEADLINES[verdict.name])
        self._nearest.show_nearest(prediction.nearest if prediction else ())
        wanted = [r.widening for r in verdict.reasons if r.widening] if verdict else []
        self._widening = wanted[0] if wanted else None
        for widget in (self._to_widen, self.widen):
            widget.setVisible(self._widening is not None)
        if self._widening is not None:
            set_text(self._to_widen, wording.widening(self._widening))
        if verdict != self._shown:
            self._shown = verdict
            self._list(verdict)

    def _want_widening(self) -> None:
        if self._widening is not None:
            self.widening_wanted.emit(self._widening)

    def _list(self, verdict: Verdict | None) -> None:
        """List failed checks and assumptions; those that passed on demand."""
        clear(self._reasons)
        if verdict is None:
            return
        passed = [r for r in verdict.reasons if r.passed and not r.assumption]
        assumed = [r for r in verdict.reasons if r.passed and r.assumption]
        failed = [r for r in verdict.reasons if not r.passed]
        for reason in (*failed, *assumed):
            self._reasons.addWidget(_row(reason, verdict.name))
        if not passed:
            return
        self._passed = QWidget()
        rows = [_row(reason, "borderline") for reason in passed]
        column_of(*rows, within=self._passed, spacing=6)
        self._fold = button("", self._turn, role="link")
        self._reasons.addWidget(self._fold)
        self._reasons.addWidget(self._passed)
        self._count = len(passed)
        self._show_passed(is_open=self._is_open)

    def _turn(self) -> None:
        self._show_passed(is_open=not self._is_open)
        self._fold.setFocus()

    def _show_passed(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._passed.setVisible(is_open)
        count = f"{self._count} check{'s' if self._count > 1 else ''}"
        self._fold.setText(f"Hide {count} passed" if is_open else f"{count} passed")


def _row(reason: Reason, failed: str) -> QWidget:
    text = label(wording.in_one_line(wording.sentence(reason.text)), wrap=True)
    text.setFont(theme.font(theme.SIZE_NOTE))
    spoken = f"{'Passed' if reason.passed else 'Not passed'}: {reason.text}"
    if reason.passed and reason.assumption:
        return signed("note", text, reason.text)
    return signed("inside" if reason.passed else failed, text, spoken)
