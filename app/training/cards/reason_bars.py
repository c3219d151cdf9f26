"""Rejections by reason: a number and a bar each, the most frequent first."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.look import theme, wording
from app.widgets.basics import clear, label
from app.widgets.layouts import column_of

BAR = 4


class Bar(QWidget):
    """A thin bar, filled to ``share``."""

    def __init__(self, share: float) -> None:
        super().__init__()
        self._share = share
        self.setFixedHeight(BAR)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the height; the width is that of the column."""
        return QSize(40, BAR)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar."""
        painter = QPainter(self)
        palette = theme.current()
        frame = QRectF(self.rect())
        painter.fillRect(frame, QColor(palette.prior))
        frame.setWidth(max(2.0, self._share * frame.width()))
        painter.fillRect(frame, QColor(palette.of_pair(1)))
        painter.end()


class ReasonBars(QWidget):
    """List of reasons, or a line saying that there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = column_of(spacing=6)
        self.setLayout(self._layout)
        self._shown: tuple[tuple[str, int], ...] | None = None

    def show_reasons(self, reasons: Mapping[str, int], *, of: int = 0) -> None:
        """List ``reasons``; ``of`` is the number tried, 0 if unknown."""
        ordered = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
        total = sum(reasons.values())
        if ordered != self._shown:
            self._shown = ordered
            clear(self._layout)
            self._total = label("", "note", wrap=True)
            self._layout.addWidget(self._total)
            for reason, number in ordered:
                self._layout.addWidget(_row(reason, number, ordered[0][1]))
        self._total.setText(_summary(total, of))


def _summary(total: int, of: int) -> str:
    if not total:
        return "None rejected."
    number = wording.strong(wording.count(total))
    if not of:
        return f"{number} in all"
    return f"{number} of {wording.count(of)} ({wording.percent(total / of)})"


def _row(reason: str, number: int, most: int) -> QWidget:
    row = QWidget()
    grid = QGridLayout(row)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(2)
    grid.setColumnStretch(0, 1)
    text = wording.sentence(reason)
    grid.addWidget(label(text, "note", wrap=True), 0, 0)
    grid.addWidget(label(wording.count(number), "strong"), 0, 1)
    grid.addWidget(Bar(number / most), 1, 0, 1, 2)
    row.setAccessibleName(f"{number} {text}")
    return row
