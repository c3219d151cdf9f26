"""Axes with ticks at one even step, all of them labelled."""

import math

import pyqtgraph as pg
from PySide6.QtCore import QRectF

from app.look.wording import number

TICK_DISTANCE = {"left": 26.0, "bottom": 52.0}
"""Smallest distance of two labelled ticks, px."""

MOST_TICKS = 10.0
STEPS = (1.0, 2.0, 5.0, 10.0)


class Axis(pg.AxisItem):
    """Ticks at one even step, all labelled, with a true minus sign.

    No step is smaller than ``least_step``.
    """

    least_step = 0.0

    def boundingRect(self) -> QRectF:
        """Return room for the labels at both ends, which a grid would cut."""
        across = 8.0 if self.orientation == "left" else 0.0
        along = 0.0 if self.orientation == "left" else 18.0
        return super().boundingRect().adjusted(-along, -across, along, across)

    def tickSpacing(
        self,
        minVal: float,
        maxVal: float,
        size: float,
    ) -> list[tuple[float, float]]:
        """Return the step: the smallest round one that keeps labels apart."""
        most = min(MOST_TICKS, max(2.0, size / TICK_DISTANCE[self.orientation]))
        raw = max((maxVal - minVal) / most, self.least_step, 1e-12)
        scale = 10.0 ** math.floor(math.log10(raw))
        step = next(s for s in STEPS if s * scale >= raw * (1.0 - 1e-9))
        return [(step * scale, 0.0)]

    def tickStrings(
        self, values: list[float], scale: float, spacing: float
    ) -> list[str]:
        """Return the labels, all with as many decimals as the step needs."""
        decimals = max(0, -math.floor(math.log10(spacing) + 1e-9))
        return [number(value * scale, decimals) for value in values]
