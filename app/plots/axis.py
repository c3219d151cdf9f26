"""Axes with ticks at one even step, all of them labelled."""

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from app.look import theme
from app.look.wording import number
from app.plots.theme import pen

TICK_DISTANCE = {"left": 26.0, "right": 40.0, "bottom": 52.0}
"""Smallest distance of two labelled ticks, px."""

ROOM = {"left": 62.0, "right": 48.0, "bottom": 38.0}
"""Width, or height at the bottom, with labels and title, px."""

TICK = 4
"""Length of a tick, px; an axis without labels is as high."""

MOST_TICKS = 10.0
STEPS = (1.0, 2.0, 5.0, 10.0)


class Axis(pg.AxisItem):
    """Ticks at one even step, all labelled, with a true minus sign.

    No step is smaller than ``least_step``.
    """

    least_step = 0.0

    def __init__(self, side: str, *, is_labelled: bool = True) -> None:
        super().__init__(side, showValues=is_labelled)
        self._room = ROOM[side] if is_labelled else TICK
        self.enableAutoSIPrefix(False)
        self.setStyle(tickLength=TICK, tickTextOffset=5, hideOverlappingLabels=False)
        self._take_room()

    def dress(self, title: str) -> None:
        """Take colours, fonts and text size of the theme; ``title`` is rich text."""
        palette = theme.current()
        self.setPen(pen(palette.border, 1.0))
        self.setTextPen(QColor(palette.second))
        self.setTickFont(theme.font(theme.SIZE_SMALL))
        size = f"{theme.scaled(theme.SIZE_NOTE)}px"
        style: Any = {"color": palette.text, "font-size": size}
        self.setLabel(title, **style)
        # Larger text needs room, else a title lies over the numbers beside it.
        self._take_room()
        # A new label keeps the old one's place until the axis is resized.
        self.resizeEvent()

    def boundingRect(self) -> QRectF:
        """Return room for the labels at both ends, which a grid would cut."""
        is_bottom = self.orientation == "bottom"
        across, along = (0.0, 18.0) if is_bottom else (8.0, 0.0)
        return super().boundingRect().adjusted(-along, -across, along, across)

    def tickSpacing(
        self,
        minVal: float,
        maxVal: float,
        size: float,
    ) -> list[tuple[float, float]]:
        """Return the step: the smallest round one that keeps labels apart.

        It is halved where there would be only one label, which gives no scale.
        """
        most = min(MOST_TICKS, max(2.0, size / TICK_DISTANCE[self.orientation]))
        step = self._step((maxVal - minVal) / most)
        if math.floor(maxVal / step) - math.ceil(minVal / step) < 1:
            step = self._step(0.5 * (maxVal - minVal) / most)
        return [(step, 0.0)]

    def tickStrings(
        self, values: list[float], scale: float, spacing: float
    ) -> list[str]:
        """Return the labels, all with as many decimals as the step needs."""
        decimals = max(0, -math.floor(math.log10(spacing) + 1e-9))
        return [number(value * scale, decimals) for value in values]

    def set_room(self, room: float) -> None:
        """Take ``room`` px for labels and title, where short ones need less."""
        self._room = room
        self._take_room()

    def _take_room(self) -> None:
        """Be as wide, or as high at the bottom, as labels and title need."""
        is_bottom = self.orientation == "bottom"
        (self.setHeight if is_bottom else self.setWidth)(theme.scaled(self._room))

    def _step(self, wanted: float) -> float:
        """Return the smallest round step that is not below ``wanted``."""
        raw = max(wanted, self.least_step, 1e-12)
        scale = 10.0 ** math.floor(math.log10(raw))
        return scale * next(s for s in STEPS if s * scale >= raw * (1.0 - 1e-9))
