"""The plots of a series over one axis: heat map, verdicts, three trends, one cursor."""

import math
from itertools import pairwise

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsItem

from app.look import theme
from app.plots.axis import Axis
from app.plots.theme import pen
from app.series.colour_map import diverging, sequential
from app.series.picture import HEIGHTS, SeriesPicture, colour_of, spoken, spoken_trend
from app.series.trend_items import TrendItems
from onne_core.results.series import in_columns, trend_of

HEADING, STRIP, GAP = 24, 16, 8
"""Heights of what lies between the plots, px."""

SCALE, SCALE_GAP = 12, 18
"""Widths of the scale of colours and of the gap before it, px."""

MARGINS = (8, 4, 10, 6)
ROWS, SHARES = (1, 4, 6, 8), (220.0, 100.0, 100.0, 100.0)
"""Rows of heat map and trends in the grid, and their heights relative to each other."""

TRENDS = (
    (0, "CN", 1.0),
    (1, "<i>R</i> (Å)", 1.0),
    (2, "<i>σ</i>² (10⁻³ Å²)", 1e3),
)
"""Quantity, title and factor of each trend."""

UNKNOWN = (math.nan, math.nan)
RAMP = np.linspace(0.0, 1.0, 256)[None]
KEPT = QGraphicsItem.CacheMode.DeviceCoordinateCache
"""Items keep what they have drawn, so that the cursor moves over them for nothing."""


class SeriesPlots:
    """Fills a ``grid`` with plots; what they show follows a :class:`SeriesPicture`."""

    def __init__(self, grid: QGraphicsGridLayout) -> None:
        self._grid = grid
        self._look: tuple[object, ...] = ()
        self._axes: dict[Axis, str] = {}
        self._sides: dict[pg.ViewBox, Axis] = {}
        boxes = [pg.ViewBox(enableMouse=False, enableMenu=False) for _ in range(6)]
        self.heat, self._strip, self._scale, *lower = boxes
        self._framed = (self.heat, *lower)
        self._heading = pg.LabelItem(justify="left")
        self._beside = {
            "verdict": pg.LabelItem(justify="right"),
            "worse ↑": pg.LabelItem(justify="left"),
        }
        self._bottom = Axis("bottom")
        self._lay_out()
        self._map, self._ramp = pg.ImageItem(), pg.ImageItem(RAMP)
        self._verdicts = pg.BarGraphItem(x0=[], x1=[], y0=0.0, height=[])
        self._nothing = pg.TextItem("No results yet", anchor=(0.5, 0.5))
        for box, item in (
            (self.heat, self._map),
            (self._scale, self._ramp),
            (self._strip, self._verdicts),
        ):
            item.setCacheMode(KEPT)
            box.addItem(item, ignoreBounds=True)
        self.heat.addItem(self._nothing, ignoreBounds=True)
        self._strip.setYRange(0.0, 1.0, padding=0.0)
        self._scale.setXRange(0.0, 1.0, padding=0.0)
        self._trends = [TrendItems(box) for box in lower]
        self._cursor = []
        for box in (self._strip, *self._framed):
            self._cursor.append(pg.InfiniteLine(angle=90))
            box.addItem(self._cursor[-1], ignoreBounds=True)

    def draw(
        self, picture: SeriesPicture, span: tuple[float, float], ratio: float
    ) -> str:
        """Draw ``picture`` over ``span`` of its axis; return in words what is drawn.

        ``ratio`` is the number of device pixels per px.
        """
        series = picture.series
        self._dress(series.title, ratio)
        for box in (self._strip, *self._framed):
            box.setXRange(*span, padding=0.0)
        width = max(1, round(self.heat.width()))
        columns = in_columns(
            series,
            picture.pair,
            span=span,
            count=round(width * ratio),
            rows=picture.bins,
            minus_first=picture.minus_first,
        )
        self._draw_map(picture, columns.g, span)
        self._draw_verdicts(columns.states, span)
        words = spoken(series)
        for (quantity, title, factor), items in zip(TRENDS, self._trends, strict=True):
            trend = trend_of(
                series,
                picture.shell,
                quantity,
                shown=picture.shown,
                span=span,
                most=2 * width,
            )
            value, std = factor * trend.value, factor * np.nan_to_num(trend.std)
            low, high = picture.trained[quantity] if picture.trained else UNKNOWN
            trained = (factor * low, factor * high)
            items.draw(trend.at, value, std, trained, pixel=(span[1] - span[0]) / width)
            words += spoken_trend(title, value)
            is_there = bool(np.isfinite(value).any())
            self._sides[items.box].setStyle(showValues=is_there)
        return words

    @property
    def heading_width(self) -> float:
        """Width of the heading of the heat map, px."""
        return float(self._heading.item.boundingRect().width())

    def mark(self, at: float) -> None:
        """Put the cursor at ``at`` of the axis; NaN hides it."""
        for line in self._cursor:
            line.setVisible(math.isfinite(at))
            if math.isfinite(at):
                line.setValue(at)

    def _lay_out(self) -> None:
        """Put heading, plots and axes into their places."""
        grid = self._grid
        grid.setContentsMargins(*MARGINS)
        grid.setSpacing(0.0)
        grid.addItem(self._heading, 0, 1, 1, 4)
        titles = ("<i>r</i> (Å)", *(title for _, title, _ in TRENDS))
        rows = zip(ROWS, self._framed, titles, SHARES, strict=True)
        for row, box, title, share in rows:
            grid.addItem(box, row, 1)
            self._sides[box] = self._axis(Axis("left"), box, title)
            grid.addItem(self._sides[box], row, 0)
            below = (
                self._bottom if row == ROWS[-1] else Axis("bottom", is_labelled=False)
            )
            grid.addItem(self._axis(below, box), row + 1, 1)
            grid.setRowPreferredHeight(row, share)
            grid.setRowSpacing(row + 1, GAP)
        verdict, worse = self._beside.values()
        grid.addItem(verdict, 3, 0)
        grid.addItem(self._strip, 3, 1)
        grid.addItem(worse, 3, 2, 1, 3)
        grid.addItem(self._scale, 1, 3)
        self._sides[self._scale] = self._axis(Axis("right"), self._scale)
        grid.addItem(self._sides[self._scale], 1, 4)
        grid.setColumnFixedWidth(2, SCALE_GAP)
        grid.setColumnFixedWidth(3, SCALE)
        grid.setRowSpacing(3, GAP)

    def _axis(self, axis: Axis, box: pg.ViewBox, title: str = "") -> Axis:
        axis.linkToView(box)
        axis.setCacheMode(KEPT)
        self._axes[axis] = title
        return axis

    def _dress(self, title: str, ratio: float) -> None:
        """Take colours and text size of the theme, and the ``title`` of the axis."""
        palette = theme.current()
        look = (palette, theme.text_size(), title, ratio)
        if look == self._look:
            return
        self._look = look
        self._grid.setRowFixedHeight(0, theme.scaled(HEADING))
        self._grid.setRowFixedHeight(3, theme.scaled(STRIP))
        self._axes[self._bottom] = title
        for axis, own in self._axes.items():
            axis.dress(own)
        for box in (*self._framed, self._scale):
            box.setBorder(pen(palette.line, 1.0))
        self.heat.setBackgroundColor(palette.shade)
        small = f"{theme.scaled(theme.SIZE_SMALL)}px"
        for text, item in self._beside.items():
            item.setText(text, color=palette.second, size=small)
        self._nothing.setColor(palette.second)
        for trend in self._trends:
            trend.dress(ratio)
        for line in self._cursor:
            line.setPen(pen(palette.accent, 2.0 * ratio))

    def _draw_map(
        self, picture: SeriesPicture, g: np.ndarray, span: tuple[float, float]
    ) -> None:
        """Draw g(r), a column per row of ``g``, and the scale of its colours."""
        palette, r = theme.current(), picture.series.r[picture.bins]
        size = f"{theme.scaled(theme.SIZE_BODY)}px"
        self._heading.setText(picture.heading, color=palette.text, size=size)
        is_there = r.size > 1 and bool(np.isfinite(g).any())
        for box, item in ((self.heat, self._map), (self._scale, self._ramp)):
            item.setVisible(is_there)
            self._sides[box].setStyle(showValues=is_there)
        self._nothing.setVisible(not is_there)
        self._nothing.setPos(self.heat.viewRect().center())
        if not is_there:
            return
        most = float(np.nanmax(np.abs(g))) or 1.0
        least = -most if picture.minus_first else 0.0
        colours = (diverging if picture.minus_first else sequential)(palette)
        half = 0.5 * float(r[1] - r[0])
        bottom, top = float(r[0]) - half, float(r[-1]) + half
        self._map.setImage(g, levels=(least, most), lut=colours)
        self._map.setRect(QRectF(span[0], bottom, span[1] - span[0], top - bottom))
        self.heat.setYRange(bottom, top, padding=0.0)
        self._ramp.setLookupTable(colours)
        self._ramp.setRect(QRectF(0.0, least, 1.0, most - least))
        self._scale.setYRange(least, most, padding=0.0)

    def _draw_verdicts(self, states: np.ndarray, span: tuple[float, float]) -> None:
        """Draw the worst verdict of every column; higher is worse."""
        changes = (np.flatnonzero(np.diff(states)) + 1).tolist()
        runs = [
            (first, last, int(states[first]))
            for first, last in pairwise([0, *changes, states.size])
            if states[first] in HEIGHTS
        ]
        first, last, kinds = zip(*runs, strict=True) if runs else ((), (), ())
        places = np.linspace(*span, states.size + 1)
        self._verdicts.setOpts(
            x0=places[list(first)],
            x1=places[list(last)],
            height=[HEIGHTS[kind] for kind in kinds],
            brushes=[colour_of(kind, theme.current()) for kind in kinds],
            pen=None,
        )
