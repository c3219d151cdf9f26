"""Checks of steric fit: sentences with a sign, the worst first."""

from app.look import wording
from app.widgets.basics import Card, clear, label
from app.widgets.layouts import column_of
from app.widgets.signed import signed
from onne_core.clusters.crowding import Finding, Level

SIGNS: dict[Level, str] = {"good": "inside", "doubt": "borderline", "bad": "outside"}
SPOKEN: dict[Level, str] = {"good": "Fine", "doubt": "Doubtful", "bad": "Impossible"}


class FitCard(Card):
    """Card of findings."""

    def __init__(self) -> None:
        super().__init__("Checks")
        self.findings: tuple[Finding, ...] = ()
        self._rows = column_of(spacing=7)
        self.body.addLayout(self._rows)

    def show_findings(self, findings: tuple[Finding, ...]) -> None:
        """Show ``findings``."""
        if findings == self.findings:
            return
        self.findings = findings
        clear(self._rows)
        for finding in findings:
            words = label(wording.sentence(finding.text), "note", wrap=True)
            spoken = f"{SPOKEN[finding.level]}: {finding.text}"
            self._rows.addWidget(signed(SIGNS[finding.level], words, spoken))
