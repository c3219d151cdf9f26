"""Whether the neighbours have room: sentences with a sign, the worst first."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.look import icons, theme, wording
from app.widgets.basics import Card, clear, column_of, label, row_of
from onne_core.clusters.crowding import Finding, Level

SIGNS: dict[Level, str] = {"good": "inside", "doubt": "edge", "bad": "outside"}
SPOKEN: dict[Level, str] = {"good": "Fine", "doubt": "Doubtful", "bad": "Impossible"}


class FitCard(Card):
    """Shows findings."""

    def __init__(self) -> None:
        super().__init__("Does it fit?")
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
            self._rows.addWidget(_row(finding))


class _Sign(QWidget):
    """Tick, triangle or cross: shape and colour together."""

    def __init__(self, level: Level) -> None:
        super().__init__()
        self._name = SIGNS[level]
        self.setFixedSize(QSize(16, 16))
        self.setAccessibleName(SPOKEN[level])

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sign."""
        painter = QPainter(self)
        colour = QColor(theme.current().of_verdict(self._name)[0])
        icons.paint(painter, self._name, QRectF(1, 1, 14, 14), colour)
        painter.end()


def _row(finding: Finding) -> QWidget:
    row = QWidget()
    layout = row_of(within=row, spacing=8)
    layout.addWidget(_Sign(finding.level), 0, Qt.AlignmentFlag.AlignTop)
    words = label(wording.sentence(finding.text), "note", wrap=True)
    words.setAccessibleName(f"{SPOKEN[finding.level]}: {finding.text}")
    layout.addWidget(words, 1)
    return row
