"""How well an answer explains its spectrum: sign, words and R-factor."""

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.look import icons, theme, wording
from onne_core.values.prediction import BackCalculation

SIGN, GAP, HEIGHT = 14.0, 6.0, 20


class ExplainedLabel(QWidget):
    """A line of text; in a narrow place only the R-factor behind the sign."""

    def __init__(self) -> None:
        super().__init__()
        self._name, self._words, self._r_factor = "", "", ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_back(self, back: BackCalculation | None) -> None:
        """Show what ``back`` says, or nothing."""
        self.setVisible(back is not None and math.isfinite(back.r_factor_r))
        if back is None:
            return
        before, size = self.text, self.sizeHint()
        self._name, self._words = wording.explained(back.r_factor_r)
        self._r_factor = f"R-factor {wording.r_factor(back.r_factor_r)}"
        if self.text == before:
            return
        self.setAccessibleName(self.text)
        self.setToolTip(
            f"{wording.sentence(self.text)}: the misfit of the back-calculated χ(R), "
            "relative to the signal."
        )
        self.update()
        if self.sizeHint() != size:
            self.updateGeometry()

    @property
    def text(self) -> str:
        """The whole line."""
        return f"{self._words}: {self._r_factor}"

    def sizeHint(self) -> QSize:
        """Return the size of the whole line."""
        return self._size(self.text)

    def minimumSizeHint(self) -> QSize:
        """Return the size of the R-factor alone."""
        return self._size(self._r_factor)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sign and as much text as there is room for."""
        whole = self.width() >= self.sizeHint().width()
        colour = QColor(theme.current().of_verdict(self._name)[0])
        painter = QPainter(self)
        sign = QRectF(0.0, (self.height() - SIGN) / 2.0, SIGN, SIGN)
        if self._name:
            icons.paint(painter, self._name, sign, colour)
        painter.setPen(colour)
        painter.setFont(_font())
        left = SIGN + GAP
        painter.drawText(
            QRectF(left, 0.0, self.width() - left, self.height()),
            Qt.AlignmentFlag.AlignVCenter,
            self.text if whole else self._r_factor,
        )
        painter.end()

    def _size(self, text: str) -> QSize:
        width = QFontMetricsF(_font()).horizontalAdvance(text)
        return QSize(math.ceil(SIGN + GAP + width) + 1, theme.scaled(HEIGHT))


def _font() -> QFont:
    return theme.font(theme.SIZE_NOTE, theme.SEMIBOLD)
