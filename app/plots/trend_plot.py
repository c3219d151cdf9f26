"""One quantity of one shell along the spectra, with error bars."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF

from app.plots.plot import Plot
from app.plots.theme import pen

BEAM = 0.06
"""Half the width of the ends of an error bar, in spectra."""


@dataclass(frozen=True)
class TrendPoint:
    """Value and standard deviation at the spectrum of number ``index`` (from 0).

    One of an ``is_outside`` spectrum is grey, and no line goes through it.
    """

    index: int
    value: float
    std: float
    is_outside: bool = False


@dataclass(frozen=True)
class TrendPicture:
    """The points of ``count`` spectra; the ``selected`` one is marked."""

    points: tuple[TrendPoint, ...]
    count: int
    selected: int


class TrendPlot(Plot):
    """Draws a :class:`TrendPicture`."""

    def __init__(self, title: str, *, bottom: str = "") -> None:
        super().__init__(f"Trend of {title.replace('<i>', '').replace('</i>', '')}")
        self._title, self._bottom = title, bottom

    def draw(self, picture: TrendPicture) -> None:
        """Draw ``picture``."""
        palette = self.begin(bottom=self._bottom, left=self._title)
        if not picture.points:
            self.tell("No values yet.")
            return
        x = np.array([point.index + 1 for point in picture.points], dtype=float)
        y = np.array([point.value for point in picture.points])
        std = np.array([point.std for point in picture.points])
        colour = palette.series[0]
        margin = 0.15 * float(np.ptp(y)) + 1.6 * float(std.max()) or 0.5
        self.set_range(
            (0.5, picture.count + 0.5),
            (float(y.min()) - margin, float(y.max()) + margin),
        )
        self.shade(picture.selected + 0.6, picture.selected + 1.4, palette.accent_soft)
        inside = ~np.array([point.is_outside for point in picture.points])
        for shown, tint in ((~inside, palette.border), (inside, colour)):
            bars = _error_bars(x[shown], y[shown], std[shown])
            self.segments(list(bars), pen(tint, 1.3))
            for point in zip(x[shown], y[shown], strict=True):
                self.dot(*point, tint)
        self.curve(x[inside], y[inside], pen(colour, 1.0, opacity=0.5))
        step = max(1, picture.count // 8)
        ticks = [(i, str(i)) for i in range(1, picture.count + 1, step)]
        self.item.getAxis("bottom").setTicks([ticks])
        outside = f" Outside: {(~inside).sum()}." if not inside.all() else ""
        self.tell(f"Values from {y.min():.4g} to {y.max():.4g}.{outside}")


def _error_bars(
    x: np.ndarray, y: np.ndarray, std: np.ndarray
) -> Iterator[tuple[QPointF, QPointF]]:
    """Yield an upright and its two ends for every point that has an error."""
    for at, value, error in zip(x, y, std, strict=True):
        if error > 0.0:
            yield QPointF(at, value - error), QPointF(at, value + error)
            for end in (value - error, value + error):
                yield QPointF(at - BEAM, end), QPointF(at + BEAM, end)
