"""Cross hairs under the mouse, and the values of the curves there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QWidget

from app.look import theme
from app.look.rich_text import safe
from app.look.wording import number
from app.plots.plane import Plane

BESIDE = 14
"""Distance of the values from the mouse, px."""


@dataclass(frozen=True, eq=False)
class Named:
    """A curve that is read out under the mouse; ``values`` may differ from its y."""

    name: str
    x: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    colour: QColor


class Readout:
    """Three small widgets over a plot: only what they cover is repainted."""

    def __init__(self, plot: Plane) -> None:
        self._plot = plot
        self._upright, self._level = _line(plot), _line(plot)
        self._values = QLabel(plot.viewport())
        self._values.setObjectName("readout")
        self._values.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._values.setTextFormat(Qt.TextFormat.RichText)
        self._values.hide()

    @property
    def text(self) -> str:
        """Text on screen, or nothing."""
        return self._values.text() if self._values.isVisible() else ""

    def show_at(self, position: QPointF) -> None:
        """Show what the plot holds at a position of the widget."""
        frame = self._plot.frame
        if not frame.contains(position):
            self.hide()
            return
        text = self._plot.values_at(self._plot.to_point(position))
        if not text:
            self.hide()
            return
        x, y = round(position.x()), round(position.y())
        self._upright.setGeometry(x, round(frame.top()), 1, round(frame.height()))
        self._level.setGeometry(round(frame.left()), y, round(frame.width()), 1)
        self._dress()
        self._values.setText(safe(text))
        self._values.adjustSize()
        left, top = x + BESIDE, y - BESIDE - self._values.height()
        if left + self._values.width() > frame.right():
            left = x - BESIDE - self._values.width()
        if top < frame.top():
            top = y + BESIDE
        self._values.move(max(left, 2), top)
        for widget in (self._upright, self._level, self._values):
            widget.show()

    def hide(self) -> None:
        """Show nothing."""
        for widget in (self._upright, self._level, self._values):
            widget.hide()

    def _dress(self) -> None:
        palette = theme.current()
        for line in (self._upright, self._level):
            colours = line.palette()
            colours.setColor(
                QPalette.ColorRole.Window, theme.colour(palette.second, 0.55)
            )
            line.setPalette(colours)
        self._values.setFont(theme.font(theme.SIZE_SMALL))
        self._values.setStyleSheet(
            f"QLabel#readout {{ background: {palette.surface}; color: {palette.text}; "
            f"border: 1px solid {QColor(palette.line).name()}; border-radius: 4px; "
            "padding: 3px 6px; }"
        )


def _line(plot: Plane) -> QWidget:
    line = QWidget(plot.viewport())
    line.setAutoFillBackground(True)
    line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    line.hide()
    return line


def readings(
    curves: Sequence[Named], point: QPointF, titles: Sequence[str], shown: QRectF
) -> str:
    """Return abscissa and values of the ``curves`` at ``point``, as rich text.

    ``titles`` are those of the two axes; ``shown`` decides the number of decimals.
    Without curves the height of the point itself is given.
    """
    if len(titles) < 2:
        return ""
    symbol, unit = _parted(titles[0])
    text = (
        f"{symbol} = {number(point.x(), decimals_for(shown.width()))} {unit}".rstrip()
    )
    symbol, unit = _parted(titles[1])
    decimals = decimals_for(shown.height())
    if not curves:
        text += f"<br>{symbol} = {number(point.y(), decimals)} {unit}".rstrip()
    for curve in curves:
        if not curve.x[0] <= point.x() <= curve.x[-1]:
            continue
        value = float(np.interp(point.x(), curve.x, curve.values))
        mark = f'<span style="color:{curve.colour.name()}">●</span>'
        text += f"<br>{mark} {curve.name} {number(value, decimals)}"
    return text


def decimals_for(extent: float) -> int:
    """Return the decimals that tell a five hundredth of ``extent``."""
    if extent <= 0.0:
        return 2
    return max(0, min(6, math.ceil(-math.log10(extent / 500.0))))


def _parted(title: str) -> tuple[str, str]:
    """Return symbol and unit of an axis' title: what stands before and in brackets."""
    head, bracket, rest = title.rpartition(" (")
    if not bracket:
        return title, ""
    return head, rest.partition(")")[0]
