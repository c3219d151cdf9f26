"""The verdict with its reasons in words, failed checks first."""

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

SHOWN = 3
"""Checks listed at once, unless more have failed."""


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
        """List failed checks, assumptions, first passed checks; the rest on demand."""
        clear(self._reasons)
        if verdict is None:
            return
        failed = [reason for reason in verdict.reasons if not reason.passed]
        sure = [reason for reason in verdict.reasons if reason.passed]
        assumed = [reason for reason in sure if reason.assumption]
        passed = [reason for reason in sure if not reason.assumption]
        shown = max(1, SHOWN - len(failed))
        for reason in (*failed, *assumed, *passed[:shown]):
            self._reasons.addWidget(_row(reason, verdict.name))
        if passed[shown:]:
            rest = len(passed[shown:])
            self._more = button(
                f"{rest} more check{'s' if rest > 1 else ''} passed",
                lambda: self._list_rest(tuple(passed[shown:])),
                role="link",
            )
            self._reasons.addWidget(self._more)

    def _list_rest(self, passed: tuple[Reason, ...]) -> None:
        self._more.hide()
        for reason in passed:
            self._reasons.addWidget(_row(reason, "borderline"))


def _row(reason: Reason, failed: str) -> QWidget:
    text = label(wording.in_one_line(wording.sentence(reason.text)), wrap=True)
    text.setFont(theme.font(theme.SIZE_NOTE))
    spoken = f"{'Passed' if reason.passed else 'Not passed'}: {reason.text}"
    if reason.passed and reason.assumption:
        return signed("note", text, reason.text)
    return signed("inside" if reason.passed else failed, text, spoken)
