"""Stacked curves of several spectra, one colour per spectrum."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyqtgraph as pg

from app.look import theme
from app.plots.plot import Plot
from app.plots.theme import DASHES, pen

TOGETHER = 0.12
"""Offset, in heights of the tallest spectrum, below which names stand in a list."""

LINE = 0.1
"""Height of a name, of the whole plot; 13 px in the smallest window."""


@dataclass(frozen=True, eq=False)
class StackLine:
    """One curve, with the ends of its band where it has one."""

    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    lower: np.ndarray | None = field(default=None, repr=False)
    upper: np.ndarray | None = field(default=None, repr=False)


@dataclass(frozen=True, eq=False)
class StackEntry:
    """One spectrum: its name and its curves, each with a dash of its own."""

    name: str
    lines: tuple[StackLine, ...]
    is_selected: bool = False


@dataclass(frozen=True, eq=False)
class StackPicture:
    """Content of the plot.

    ``offset`` is the distance of two spectra in heights of the tallest one; ``x`` the
    part of the abscissa; ``bottom`` and ``left`` are the titles of the axes. Names are
    written where ``has_names``; one plot of several needs them.
    """

    entries: tuple[StackEntry, ...]
    offset: float
    x: tuple[float, float]
    bottom: str
    left: str
    has_names: bool = False


class StackPlot(Plot):
    """Plot of a :class:`StackPicture`, the first spectrum at the bottom."""

    def draw(self, picture: StackPicture) -> None:
        """Draw ``picture``."""
        self.begin(bottom=picture.bottom, left=picture.left)
        heights = [_extent(entry, picture.x) for entry in picture.entries]
        tallest = max((high - low for low, high in heights), default=1.0) or 1.0
        step = picture.offset * tallest
        lowest = min((low for low, _ in heights), default=0.0)
        highest = max(
            (high + i * step for i, (_, high) in enumerate(heights)), default=1.0
        )
        margin = 0.06 * (highest - lowest or 1.0)
        self.set_range(picture.x, (lowest - margin, highest + margin))
        colours = _colours(len(picture.entries))
        for number, (entry, colour) in enumerate(
            zip(picture.entries, colours, strict=True)
        ):
            self._draw_entry(entry, number * step, colour)
        whole = highest - lowest + 2.0 * margin
        in_list = picture.offset < TOGETHER
        every = _named_every(len(colours), 0.0 if in_list else step / whole)
        named = range(0, len(colours), every or 1)
        for line, number in enumerate(named if picture.has_names else ()):
            y = heights[number][1] * 0.25 + number * step
            if in_list:
                y = highest + margin - (len(named) - line) * LINE * whole
            name, colour = picture.entries[number].name, colours[number]
            self.note(name, picture.x[1], y, colour, anchor=(1.05, 1.0))
        names = ", ".join(entry.name for entry in picture.entries)
        self.tell(f"{len(picture.entries)} stacked spectra: {names}.")

    def _draw_entry(self, entry: StackEntry, base: float, colour: str) -> None:
        for number, line in enumerate(entry.lines):
            if line.lower is not None and line.upper is not None:
                self.fill_between(
                    line.x, base + line.lower, base + line.upper, colour, 0.16
                )
            style = pen(
                colour,
                2.0 if entry.is_selected else 1.3,
                dash=DASHES[number % len(DASHES)],
            )
            name = entry.name if number == 0 else ""
            self.curve(line.x, base + line.y, style, name=name, values=line.y)


def _named_every(count: int, step: float) -> int:
    """Return 1 where ``count`` names fit in the plot, n where every nth does.

    ``step`` is the distance of two names in heights of the plot; without one, they
    stand in a list.
    """
    return math.ceil(LINE / step if step else count * LINE)


def _extent(entry: StackEntry, x: tuple[float, float]) -> tuple[float, float]:
    """Return the lowest and the highest value of ``entry`` within ``x``."""
    lows, highs = [0.0], [0.0]
    for line in entry.lines:
        inside = (line.x >= x[0]) & (line.x <= x[1])
        if inside.any():
            lows.append(float(line.y[inside].min()))
            highs.append(float(line.y[inside].max()))
    return min(lows), max(highs)


def _colours(count: int) -> Sequence[str]:
    """Return a colour per spectrum; many of them pass from the first to the second."""
    series = theme.current().series
    if count <= len(series):
        return series[:count]
    passing: Any = pg.ColorMap(None, series[:2])
    shares = np.linspace(0.0, 1.0, count)
    return [colour.name() for colour in passing.map(shares, "qcolor")]
