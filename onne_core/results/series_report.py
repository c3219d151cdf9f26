"""Files of a series: a tidy table, the heat map as numbers, and a figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onne_core import files
from onne_core.results.csv_file import cell, write_rows
from onne_core.results.figures import saved
from onne_core.results.series import (
    EDGE,
    FAILED,
    INSIDE,
    OUTSIDE,
    STATES,
    Series,
    in_columns,
)
from onne_core.results.series import trend_of as trend
from onne_core.values.summary import QUANTITIES
from onne_core.versions import versions

UNITS = {"coordination_number": "1", "distance": "Å", "sigma2": "Å^2", "c3": "Å^3"}
"""Unit of each quantity in the table."""

COLUMNS = (
    *("spectrum", "index", "axis", "axis_value", "pair", "shell", "r_min", "r_max"),
    *("quantity", "unit", "value", "std", "lower68", "upper68", "fixed_by_training"),
    *("verdict", "problem", "assumptions"),
    *("e0_shift_eV", "e0_shift_std_eV", "s02", "s02_std"),
    *("ensemble", "ensemble_digest", "prediction_digest", "file", "file_sha256"),
)
"""Columns of the tidy table: one row per spectrum, shell and quantity."""

ONE_COLUMN, TWO_COLUMNS = 3.39, 7.0
"""Widths of a figure, inches: 86 and 178 mm."""

COLUMNS_OF_MAP = 900
"""Columns of the heat map in a figure."""

VERDICT_COLOURS = {
    INSIDE: "#006B63",
    EDGE: "#8A5300",
    OUTSIDE: "#A3124F",
    FAILED: "#000000",
}
HEIGHTS = {INSIDE: 0.3, EDGE: 0.62, OUTSIDE: 1.0, FAILED: 1.0}
TRENDS = (
    (0, "CN", 1.0),
    (1, "$R$ (Å)", 1.0),
    (2, "$\\sigma^2$ (10$^{-3}$ Å$^2$)", 1e3),
)


@dataclass(frozen=True, eq=False)
class Shown:
    """Selection in a figure: indices of pair and shell, states in the trends."""

    pair: int = 0
    shell: int = 0
    states: frozenset[int] = frozenset((INSIDE, EDGE))
    minus_first: bool = False


def write_table(parts: Sequence[Series], path: Path) -> None:
    """Write one row per spectrum, shell and quantity; failed spectra get one row each.

    ``parts`` are the spectra of each ensemble; the table is in the order of all.

    lower68 and upper68 are value -+ one standard deviation.
    """
    places = sorted(
        (
            (part.number(index), part, index)
            for part in parts
            for index in range(part.size)
        ),
        key=lambda place: place[0],
    )
    rows = [row for _, part, index in places for row in _rows(part, index)]
    write_rows(path, [COLUMNS, *rows])


def write_map(series: Series, pair: int, path: Path) -> None:
    """Write g(r) of one pair: a row per spectrum, a column per bin of r."""
    name, digest = series.ensemble
    comments = (
        f"ONNE {versions()['onne']}: g(r) of {series.pairs[pair]} in 1/Å",
        f"ensemble {name} {digest}",
        "columns after verdict: r in Å",
    )
    rows = [["spectrum", series.title, "verdict", *(f"{r:.4g}" for r in series.r)]]
    for index, (curve, at) in enumerate(
        zip(series.g[:, pair], series.at.tolist(), strict=True)
    ):
        cells = [f"{g:.5g}" for g in curve] if np.isfinite(curve[0]) else []
        state = STATES[int(series.states[index])]
        rows.append([series.names[index], cell(at), state, *cells])
    write_rows(path, rows, comments)


def write_figure(
    series: Series, shown: Shown, path: Path, *, width: float = TWO_COLUMNS
) -> None:
    """Write heat map, verdicts and trends in the format of the suffix of ``path``.

    ``width`` in inches.
    """

    def draw(figure) -> None:
        grid = figure.add_gridspec(5, 1, height_ratios=(2.4, 0.16, 1.0, 1.0, 1.0))
        heat = figure.add_subplot(grid[0])
        _draw_map(figure, heat, series, shown)
        strip = figure.add_subplot(grid[1], sharex=heat)
        _draw_strip(strip, series, shown)
        rows = [figure.add_subplot(grid[2 + i], sharex=heat) for i in range(3)]
        for axes, (quantity, title, factor) in zip(rows, TRENDS, strict=True):
            _draw_trend(axes, series, shown, quantity, factor)
            axes.set_ylabel(title)
        for axes in (heat, *rows[:-1]):
            axes.tick_params(labelbottom=False)
        rows[-1].set_xlabel(series.title)
        rows[-1].set_xlim(*series.span)

    kind, size = path.suffix.removeprefix("."), (width, 3.6 + 0.52 * width)
    files.write_bytes(path, saved(draw, size, kind))


def _rows(series: Series, index: int) -> Iterator[list[object]]:
    at = float(series.at[index])
    head = [series.names[index], series.number(index) + 1, series.title, cell(at)]
    tail = [
        STATES[int(series.states[index])],
        series.problems.get(index, ""),
        " ".join(series.assumptions.get(index, ())),
        *map(cell, series.settings[index].tolist()),
        *series.ensemble,
        series.digests[index],
        series.sources[index],
        series.files[index],
    ]
    if not np.isfinite(series.settings[index]).any():
        yield [*head, *[""] * 11, *tail]
        return
    for number, (label, pair) in enumerate(series.shells):
        limits = [f"{end:.3f}" for end in series.limits[index, number]]
        for column, quantity in enumerate(QUANTITIES):
            value = float(series.values[index, number, column])
            std = float(series.stds[index, number, column])
            fixed = bool(series.fixed[index, number, column])
            spread = [] if fixed else [std, value - std, value + std]
            yield [
                *(*head, pair, label, *limits, quantity, UNITS[quantity], cell(value)),
                *(map(cell, spread) if spread else [""] * 3),
                "yes" if fixed else "no",
                *tail,
            ]


def _draw_map(figure, axes, series: Series, shown: Shown) -> None:
    columns = in_columns(
        series,
        shown.pair,
        span=series.span,
        count=COLUMNS_OF_MAP,
        minus_first=shown.minus_first,
    )
    step = float(series.r[1] - series.r[0])
    extent = (*series.span, series.r[0] - step / 2, series.r[-1] + step / 2)
    high = float(np.nanmax(np.abs(columns.g))) or 1.0
    image = axes.imshow(
        columns.g.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        cmap="RdBu" if shown.minus_first else "Blues",
        vmin=-high if shown.minus_first else 0.0,
        vmax=high,
        interpolation="nearest",
    )
    minus = ", difference from the first spectrum" if shown.minus_first else ""
    axes.set_title(
        f"{series.pairs[shown.pair]} g(r){minus} (Å$^{{-1}}$)", fontsize=8, loc="left"
    )
    axes.set_ylabel("$r$ (Å)")
    figure.colorbar(image, ax=axes, pad=0.01, aspect=30)


def _draw_strip(axes, series: Series, shown: Shown) -> None:
    """Draw the worst verdict of every column; higher is worse."""
    states = in_columns(
        series, shown.pair, span=series.span, count=COLUMNS_OF_MAP
    ).states
    edges = np.linspace(*series.span, COLUMNS_OF_MAP + 1)
    for state, colour in VERDICT_COLOURS.items():
        there = np.r_[False, states == state, False].astype(int)
        ends = np.flatnonzero(np.diff(there))
        runs = [
            (edges[first], edges[last] - edges[first])
            for first, last in zip(ends[::2], ends[1::2], strict=True)
        ]
        if runs:
            axes.broken_barh(
                runs, (0.0, HEIGHTS[state]), color=colour, lw=0, label=STATES[state]
            )
    axes.set_ylim(0.0, 1.0)
    axes.set_yticks([])
    axes.tick_params(labelbottom=False)
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.legend(
        frameon=False, fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5),
        handlelength=1.0,
    )  # fmt: skip


def _draw_trend(
    axes,
    series: Series,
    shown: Shown,
    quantity: int,
    factor: float,
) -> None:
    found = trend(
        series,
        shown.shell,
        quantity,
        shown=shown.states,
        span=series.span,
        most=2 * COLUMNS_OF_MAP,
    )
    value, std = factor * found.value, factor * np.nan_to_num(found.std)
    axes.fill_between(found.at, value - std, value + std, color="#0072B2", alpha=0.3,
                      lw=0)  # fmt: skip
    marker = "o" if found.at.size <= 60 else ""
    axes.plot(found.at, value, color="#0072B2", lw=0.9, marker=marker, ms=2.5)
    if quantity == 0:
        label = series.shells[shown.shell][0]
        axes.set_title(f"{label}, 68 % bands", fontsize=8, loc="left")
