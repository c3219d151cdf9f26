"""One quantity of a shell along a series: line, uncertainty, trained range."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem

from app.look import theme
from app.plots.theme import pen

MOST_MARKED = 60
"""Number of spectra up to which each has a mark on the line."""

MARK = 5.2
"""Diameter of a mark, px."""


class TrendItems:
    """Items of a quantity in ``box``, which sets its range of heights."""

    def __init__(self, box: pg.ViewBox) -> None:
        self.box = box
        self._band, self._line = QGraphicsPathItem(), QGraphicsPathItem()
        self._marks = pg.ScatterPlotItem(size=MARK, pen=None)
        self._nothing = pg.TextItem("No values to show", anchor=(0.5, 0.5))
        self._ends = (_end("lower", above=1.0), _end("upper", above=0.0))
        for item in (self._band, self._line):
            item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        for item in (self._band, self._line, self._marks, self._nothing, *self._ends):
            box.addItem(item, ignoreBounds=True)

    def dress(self, ratio: float) -> None:
        """Take the colours of the theme; ``ratio`` is that of device pixels to px."""
        palette = theme.current()
        self._band.setPen(QPen(Qt.PenStyle.NoPen))
        self._band.setBrush(theme.colour(palette.series[0], palette.band68))
        self._line.setPen(pen(palette.series[0], 1.3 * ratio))
        self._marks.setBrush(QColor(palette.series[0]))
        for end in self._ends:
            end.setPen(pen(palette.second, ratio, dash=(5.0, 3.0)))
        for text in (self._nothing, *(end.label for end in self._ends)):
            text.setColor(palette.second)
            text.setFont(theme.font(theme.SIZE_SMALL))

    def draw(
        self,
        at: np.ndarray,
        value: np.ndarray,
        std: np.ndarray,
        trained: tuple[float, float],
        *,
        pixel: float,
    ) -> None:
        """Draw ``value`` ± ``std``, and the ends of ``trained`` that lie near.

        ``pixel`` is 1 px of the axis ``at``.
        """
        low, high, near = _heights(value, std, trained)
        self.box.setYRange(low, high, padding=0.0)
        for end, place, is_near in zip(self._ends, trained, near, strict=True):
            end.setVisible(is_near)
            if is_near:
                end.setValue(place)
        self._band.setPath(_band(at, value - std, value + std, pixel))
        self._line.setPath(pg.arrayToQPath(at, value, connect="finite"))
        finite = np.isfinite(value)
        alone = finite & ~np.r_[False, finite[:-1]] & ~np.r_[finite[1:], False]
        marked = finite if finite.sum() <= MOST_MARKED else alone
        self._marks.setData(at[marked], value[marked])
        self._nothing.setVisible(not finite.any())
        self._nothing.setPos(self.box.viewRect().center())


def _end(name: str, *, above: float) -> pg.InfiniteLine:
    """Return the line for an end of the trained range, its text above it or below."""
    place = {"position": 0.0, "anchors": [(0.0, above)] * 2}
    text = f"{name} end of the trained range"
    return pg.InfiniteLine(angle=0, label=text, labelOpts=place)


def _heights(
    value: np.ndarray, std: np.ndarray, trained: tuple[float, float]
) -> tuple[float, float, list[bool]]:
    """Return what is shown, from where to where, and which ends of ``trained`` are."""
    if not np.isfinite(value).any():
        return 0.0, 1.0, [False, False]
    low, high = float(np.nanmin(value - std)), float(np.nanmax(value + std))
    # What is constant but for rounding must not look like a fall.
    margin = max(0.08 * (high - low), 0.01 * max(abs(low), abs(high))) or 0.5
    reach = 0.35 * (high - low + margin)
    near = [low - reach <= end <= high + reach for end in trained]
    ends = [end for end, is_near in zip(trained, near, strict=True) if is_near]
    return min(low, *ends, high) - margin, max(low, *ends, high) + margin, near


def _band(
    at: np.ndarray, lower: np.ndarray, upper: np.ndarray, pixel: float
) -> QPainterPath:
    """Return the area between two curves, 4 px wide where a spectrum is alone."""
    path = QPainterPath()
    known = np.ma.masked_invalid(lower)
    for run in np.ma.clump_unmasked(known) if known.size else ():
        x, low, high = at[run], lower[run], upper[run]
        if x.size == 1:
            x, low, high = x + pixel * np.array([-2.0, 2.0]), low[[0, 0]], high[[0, 0]]
        there_and_back = np.concatenate([x, x[::-1]])
        edge = np.concatenate([low, high[::-1]])
        path.addPath(pg.arrayToQPath(there_and_back, edge))
    return path
