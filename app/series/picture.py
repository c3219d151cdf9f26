"""A series drawn: heat map of g(r), verdicts, and three trends over one axis."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPen,
    QPolygonF,
    QStaticText,
    QTextOption,
    QTransform,
)

from app.look import theme
from app.look.palette import Palette
from app.look.wording import number
from app.look.wording import pair as written
from app.plots.theme import pen
from app.series.colour_map import diverging, image_of, sequential
from onne_core.results.series import (
    EDGE,
    FAILED,
    INSIDE,
    OUTSIDE,
    STATES,
    Columns,
    Series,
    Trend,
    in_columns,
    trend_of,
)

LEFT, RIGHT = 66.0, 74.0
"""Room for the axes at the left and the colours' scale at the right, px."""

HEADING, STRIP, BOTTOM, GAP = 26.0, 16.0, 40.0, 12.0
MAP_SHARE = 0.42
"""Share of the height that the heat map gets."""

HEIGHTS = {INSIDE: 0.3, EDGE: 0.62, OUTSIDE: 1.0, FAILED: 1.0}
"""A worse verdict stands higher in the strip, so that it is seen without colours."""

TRENDS = (
    (0, "CN", 1.0),
    (1, "<i>R</i> (Å)", 1.0),
    (2, "<i>σ</i>² (10⁻³ Å²)", 1e3),
)
"""Quantity, title and factor of each trend."""

STEPS = (1.0, 2.0, 5.0, 10.0)

FEWEST_TICKS = 2
"""One number beside an axis gives no scale."""


@dataclass(frozen=True, eq=False)
class SeriesPicture:
    """What is drawn. ``pair`` and ``shell`` are numbers of the series' own.

    ``shown`` are the states of spectra that the trends take in. ``rows`` limits r (Å).
    ``trained`` holds the trained range of N, R (Å) and sigma^2 (Å^2) where it is known.
    """

    series: Series = field(repr=False)
    pair: int = 0
    shell: int = 0
    shown: frozenset[int] = frozenset((INSIDE, EDGE))
    rows: tuple[float, float] | None = None
    minus_first: bool = False
    trained: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Layout:
    """Where the parts are, in a widget of the given size."""

    heat: QRectF
    strip: QRectF
    trends: tuple[QRectF, QRectF, QRectF]

    @property
    def left(self) -> float:
        """Left end of the axis."""
        return self.heat.left()

    @property
    def width(self) -> float:
        """Width of the axis."""
        return self.heat.width()


def layout_of(width: float, height: float) -> Layout:
    """Return the places of all parts."""
    across = max(40.0, width - LEFT - RIGHT)
    rest = max(120.0, height - HEADING - STRIP - BOTTOM - 5.0 * GAP)
    tall = MAP_SHARE * rest
    low = (rest - tall) / 3.0
    top = HEADING
    heat = QRectF(LEFT, top, across, tall)
    strip = QRectF(LEFT, heat.bottom() + GAP, across, STRIP)
    first = strip.bottom() + GAP
    trends = [QRectF(LEFT, first + i * (low + GAP), across, low) for i in range(3)]
    return Layout(heat, strip, (trends[0], trends[1], trends[2]))


def draw(
    painter: QPainter,
    picture: SeriesPicture,
    layout: Layout,
    span: tuple[float, float],
    ratio: float,
) -> str:
    """Draw ``picture`` over ``span`` of its axis; return in words what is drawn.

    ``ratio`` is the number of device pixels per px.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    palette, series = theme.current(), picture.series
    rows = _rows(picture)
    count = max(1, round(layout.width * ratio))
    columns = in_columns(
        series,
        picture.pair,
        span=span,
        count=count,
        rows=rows,
        minus_first=picture.minus_first,
    )
    _draw_map(painter, picture, columns, layout.heat, rows, palette)
    _draw_strip(painter, columns, layout.strip, palette)
    sentence = _axis_sentence(series)
    for place, (quantity, title, factor) in zip(layout.trends, TRENDS, strict=True):
        trend = trend_of(
            series,
            picture.shell,
            quantity,
            shown=picture.shown,
            span=span,
            most=2 * round(layout.width),
        )
        bounds = picture.trained[quantity] if picture.trained else None
        sentence += _draw_trend(
            painter, trend, place, span, palette, title=title, factor=factor,
            bounds=bounds,
        )  # fmt: skip
    _draw_axis(painter, layout, span, series.title, palette)
    return sentence


def x_of(at: float, layout: Layout, span: tuple[float, float]) -> float:
    """Return where ``at`` of the axis lies, px."""
    return layout.left + (at - span[0]) / (span[1] - span[0]) * layout.width


def ticks(low: float, high: float, most: float) -> tuple[list[float], int]:
    """Return round numbers from ``low`` to ``high``, and the decimals they need."""
    raw = max((high - low) / max(most, 1.0), 1e-12)
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(s for s in STEPS if s * scale >= raw * (1.0 - 1e-9)) * scale
    first = math.ceil(low / step - 1e-9)
    values = [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]
    return values, max(0, -math.floor(math.log10(step) + 1e-9))


def scale_ticks(low: float, high: float, most: float) -> tuple[list[float], int]:
    """Return :func:`ticks`, closer together where there would be only one."""
    values, decimals = ticks(low, high, most)
    if len(values) < FEWEST_TICKS:
        return ticks(low, high, 2.0 * most)
    return values, decimals


def write(
    painter: QPainter,
    text: str,
    at: QPointF,
    colour: str,
    *,
    anchor: tuple[float, float] = (0.0, 0.5),
    size: int = theme.SIZE_SMALL,
    weight: QFont.Weight = QFont.Weight.Normal,
    turned: bool = False,
) -> None:
    """Write rich ``text`` at a point; ``anchor`` is the text's own point."""
    shown = QStaticText(text)
    shown.setTextFormat(Qt.TextFormat.RichText)
    unbroken = QTextOption()
    unbroken.setWrapMode(QTextOption.WrapMode.NoWrap)
    shown.setTextOption(unbroken)
    font = theme.font(size, weight)
    shown.prepare(QTransform(), font)
    extent = shown.size()
    painter.save()
    painter.setFont(font)
    painter.setPen(QColor(colour))
    painter.translate(at)
    if turned:
        painter.rotate(-90.0)
    left, top = -anchor[0] * extent.width(), -anchor[1] * extent.height()
    painter.drawStaticText(QPointF(left, top), shown)
    painter.restore()


def _rows(picture: SeriesPicture) -> slice:
    """Return the bins of r that are shown."""
    r = picture.series.r
    if picture.rows is None or not r.size:
        return slice(0, r.size)
    first, last = np.searchsorted(r, picture.rows)
    return slice(int(first), max(int(first) + 2, int(last)))


def _draw_map(
    painter: QPainter,
    picture: SeriesPicture,
    columns: Columns,
    place: QRectF,
    rows: slice,
    palette: Palette,
) -> None:
    series = picture.series
    name = written(series.pairs[picture.pair]) if series.pairs else ""
    delta = "Δ" if picture.minus_first else ""
    minus = " from the first spectrum" if picture.minus_first else ""
    title = f"{name} {delta}<i>g</i>(<i>r</i>)"
    write(
        painter,
        f'<span style="font-weight:600">{title}</span>{minus} (Å⁻¹)',
        QPointF(place.left(), place.top() - 0.5 * HEADING),
        palette.text,
        size=theme.SIZE_BODY,
    )
    painter.fillRect(place, QColor(palette.shade))
    if series.r[rows].size < 2 or not np.isfinite(columns.g).any():
        write(painter, "No results yet", place.center(), palette.second,
              anchor=(0.5, 0.5), size=theme.SIZE_BODY)  # fmt: skip
        return
    finite = columns.g[np.isfinite(columns.g)]
    if picture.minus_first:
        high = float(np.abs(finite).max()) or 1.0
        low, colours = -high, diverging(palette)
    else:
        low, high, colours = 0.0, float(finite.max()) or 1.0, sequential(palette)
    image = image_of(columns.g, colours, low=low, high=high, ground=palette.shade)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(place, image)
    _frame(painter, place, palette)
    r = series.r[rows]
    step = float(r[1] - r[0])
    _left_ticks(
        painter, place, float(r[0]) - step / 2, float(r[-1]) + step / 2,
        "<i>r</i> (Å)", palette,
    )  # fmt: skip
    scale = QRectF(place.right() + 18.0, place.top(), 12.0, place.height())
    bar = np.linspace(low, high, 256)[None]
    painter.drawImage(
        scale, image_of(bar, colours, low=low, high=high, ground=palette.shade)
    )
    _frame(painter, scale, palette)
    values, decimals = ticks(low, high, scale.height() / 40.0)
    for value in values:
        y = scale.bottom() - (value - low) / (high - low) * scale.height()
        text = number(value, decimals)
        write(painter, text, QPointF(scale.right() + 5.0, y), palette.second)


def _draw_strip(
    painter: QPainter, columns: Columns, place: QRectF, palette: Palette
) -> None:
    """Draw the worst verdict of every column; higher is worse."""
    width = place.width() / len(columns.states)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    changes = np.flatnonzero(np.diff(columns.states)) + 1
    edges = [0, *changes.tolist(), len(columns.states)]
    for first, last in pairwise(edges):
        state = int(columns.states[first])
        if state not in HEIGHTS:
            continue
        tall = HEIGHTS[state] * place.height()
        column = QRectF(
            place.left() + first * width, place.bottom() - tall, (last - first) * width,
            tall,
        )  # fmt: skip
        painter.fillRect(column, QColor(colour_of(state, palette)))
    painter.restore()
    middle = place.center().y()
    write(painter, "verdict", QPointF(place.left() - 8.0, middle), palette.second,
          anchor=(1.0, 0.5))  # fmt: skip
    write(painter, "worse ↑", QPointF(place.right() + 8.0, middle), palette.second)


def colour_of(state: int, palette: Palette) -> str:
    """Return the colour of a state."""
    if state == FAILED:
        return palette.text
    return str(getattr(palette, STATES[state], palette.second))


def _draw_trend(
    painter: QPainter,
    trend: Trend,
    place: QRectF,
    span: tuple[float, float],
    palette: Palette,
    *,
    title: str,
    factor: float,
    bounds: tuple[float, float] | None,
) -> str:
    value, std = factor * trend.value, factor * np.nan_to_num(trend.std)
    _frame(painter, place, palette)
    plain = title.replace("<i>", "").replace("</i>", "")
    if not np.isfinite(value).any():
        write(painter, title, QPointF(14.0, place.center().y()), palette.text,
              anchor=(0.5, 0.5), turned=True, size=theme.SIZE_NOTE)  # fmt: skip
        write(painter, "No values to show", place.center(), palette.second,
              anchor=(0.5, 0.5))  # fmt: skip
        return f" {plain}: no values."
    low, high = float(np.nanmin(value - std)), float(np.nanmax(value + std))
    # What is constant but for rounding must not look like a fall.
    margin = max(0.08 * (high - low), 0.01 * max(abs(low), abs(high))) or 0.5
    ends = [factor * end for end in bounds or () if math.isfinite(end)]
    near = 0.35 * (high - low + margin)
    ends = [end for end in ends if low - near <= end <= high + near]
    low, high = min([low, *ends]) - margin, max([high, *ends]) + margin
    _left_ticks(painter, place, low, high, title, palette)
    painter.save()
    painter.setClipRect(place)

    def to_y(values: np.ndarray) -> np.ndarray:
        return place.bottom() - (values - low) / (high - low) * place.height()

    x = place.left() + (trend.at - span[0]) / (span[1] - span[0]) * place.width()
    colour = palette.series[0]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.colour(colour, palette.band68))
    for run in _runs(value):
        _draw_band(painter, x[run], to_y(value[run] - std[run]),
                   to_y(value[run] + std[run]))  # fmt: skip
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(pen(colour, 1.3))
    painter.drawPath(pg.arrayToQPath(x, to_y(value), connect="finite"))
    _draw_lonely(painter, x, value, to_y, colour)
    painter.restore()
    _draw_bounds(painter, place, ends, to_y, factor, bounds, palette)
    return f" {plain} from {np.nanmin(value):.4g} to {np.nanmax(value):.4g}."


def _draw_band(
    painter: QPainter, x: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> None:
    """Fill between two curves, given in px."""
    if len(x) == 1:
        x, lower, upper = np.array([x[0] - 2, x[0] + 2]), lower[[0, 0]], upper[[0, 0]]
    there = np.concatenate([x, x[::-1]])
    edge = np.concatenate([upper, lower[::-1]])
    painter.drawPolygon(QPolygonF([QPointF(*p) for p in zip(there, edge, strict=True)]))


def _draw_lonely(
    painter: QPainter,
    x: np.ndarray,
    value: np.ndarray,
    to_y: Callable[[np.ndarray], np.ndarray],
    colour: str,
) -> None:
    """Mark points: all of a short series, else those without neighbours."""
    finite = np.isfinite(value)
    alone = finite & ~np.r_[False, finite[:-1]] & ~np.r_[finite[1:], False]
    marked = finite if finite.sum() <= 60 else alone
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    for point in zip(x[marked], to_y(value[marked]), strict=True):
        painter.drawEllipse(QPointF(*point), 2.6, 2.6)


def _draw_bounds(
    painter: QPainter,
    place: QRectF,
    ends: list[float],
    to_y: Callable[[np.ndarray], np.ndarray],
    factor: float,
    bounds: tuple[float, float] | None,
    palette: Palette,
) -> None:
    """Draw the ends of the trained range that lie near the values."""
    if bounds is None:
        return
    names = {factor * bounds[0]: "lower", factor * bounds[1]: "upper"}
    for end in ends:
        y = float(to_y(np.array(end)))
        painter.setPen(pen(palette.second, 1.0, dash=(5.0, 3.0)))
        painter.drawLine(QPointF(place.left(), y), QPointF(place.right(), y))
        below = names[end] == "upper"
        write(
            painter,
            f"{names[end]} end of the trained range",
            QPointF(place.left() + 6.0, y + (1.0 if below else -1.0)),
            palette.second,
            anchor=(0.0, 0.0 if below else 1.0),
        )


def _runs(values: np.ndarray) -> Iterator[slice]:
    """Yield the stretches of finite ``values``."""
    finite = np.r_[False, np.isfinite(values), False].astype(int)
    edges = np.flatnonzero(np.diff(finite))
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        yield slice(int(first), int(last))


def _left_ticks(
    painter: QPainter,
    place: QRectF,
    low: float,
    high: float,
    title: str,
    palette: Palette,
) -> None:
    write(painter, title, QPointF(14.0, place.center().y()), palette.text,
          anchor=(0.5, 0.5), turned=True, size=theme.SIZE_NOTE)  # fmt: skip
    values, decimals = scale_ticks(low, high, place.height() / 30.0)
    for value in values:
        y = place.bottom() - (value - low) / (high - low) * place.height()
        painter.setPen(pen(palette.border, 1.0))
        painter.drawLine(QPointF(place.left() - 4.0, y), QPointF(place.left(), y))
        text = number(value, decimals)
        write(painter, text, QPointF(place.left() - 7.0, y), palette.second,
              anchor=(1.0, 0.5))  # fmt: skip


def _draw_axis(
    painter: QPainter,
    layout: Layout,
    span: tuple[float, float],
    title: str,
    palette: Palette,
) -> None:
    last = layout.trends[-1]
    values, decimals = ticks(*span, layout.width / 80.0)
    for value in values:
        x = x_of(value, layout, span)
        painter.setPen(pen(palette.border, 1.0))
        for place in (layout.heat, *layout.trends):
            painter.drawLine(
                QPointF(x, place.bottom()), QPointF(x, place.bottom() + 4.0)
            )
        text = number(value, decimals)
        write(painter, text, QPointF(x, last.bottom() + 6.0), palette.second,
              anchor=(0.5, 0.0))  # fmt: skip
    centre = QPointF(last.center().x(), last.bottom() + BOTTOM - 3.0)
    write(painter, title, centre, palette.text, anchor=(0.5, 1.0), size=theme.SIZE_NOTE)


def _frame(painter: QPainter, place: QRectF, palette: Palette) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(palette.line), 1.0))
    painter.drawRect(place)


def _axis_sentence(series: Series) -> str:
    low, high = series.span
    states = ", ".join(
        f"{series.count(state)} {STATES[state]}"
        for state in HEIGHTS
        if series.count(state)
    )
    return (
        f"{series.size} spectra over {series.title}, {low:.4g} to {high:.4g}; {states}."
    )
