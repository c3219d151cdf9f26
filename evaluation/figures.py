"""Figures of the report (the only importer of matplotlib in this package)."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from evaluation.section import Figure
from onne_core.results.figures import COLOURS, STYLE
from onne_core.values.prediction import Prediction

WIDTH, HEIGHT, PIXELS_PER_INCH = 4.0, 2.6, 130
"""Size of a panel, inches, and its resolution."""

HEADROOM = 1.15
"""How far the axis of g(r) reaches, times the largest value that must be seen."""

MARKS = "os^Dv"


@dataclass(frozen=True)
class Points:
    """Values with bars of one standard deviation, one per name on the axis."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    stds: tuple[float, ...]


@dataclass(frozen=True)
class Lines:
    """Curves over common values of x, by what they show."""

    title: str
    x: tuple[float, ...]
    curves: Mapping[str, Sequence[float]]


def distributions(
    caption: str, panels: Mapping[str, tuple[Prediction, Mapping[str, np.ndarray]]]
) -> Figure:
    """Draw predicted g(r) with bands and the true ones, a panel per prediction."""
    with rc_context(STYLE):
        canvas, axes = _panels(len(panels))
        for axis, (name, (prediction, truths)) in zip(
            axes, panels.items(), strict=True
        ):
            for colour, (pair, band) in zip(
                COLOURS, prediction.pairs.items(), strict=False
            ):
                for lower, upper, alpha in (
                    (band.lower95, band.upper95, 0.16),
                    (band.lower68, band.upper68, 0.3),
                ):
                    axis.fill_between(
                        prediction.r, lower, upper, color=colour, alpha=alpha, lw=0
                    )
                axis.plot(prediction.r, band.g, color=colour, lw=1.0, label=pair)
                if pair in truths:
                    axis.plot(prediction.r, truths[pair], color="black", lw=0.7)
            axis.set_title(name, fontsize=8, loc="left")
            axis.set_xlabel("$r$ (Å)")
            axis.set_ylabel("$g(r)$ (Å$^{-1}$)")
            axis.set_ylim(0.0, _top(prediction, truths))
            axis.legend(frameon=False)
        return Figure(caption, _png(canvas))


def _top(prediction: Prediction, truths: Mapping[str, np.ndarray]) -> float:
    """Return the end of the axis: wide 95 % bands are cut off, curves are not."""
    curves = [band.g for band in prediction.pairs.values()]
    curves += [band.upper68 for band in prediction.pairs.values()]
    curves += [truths[pair] for pair in prediction.pairs if pair in truths]
    return HEADROOM * max(float(np.max(curve)) for curve in curves) or 1.0


def deviations(
    caption: str, label: str, methods: Mapping[str, Points], *, goal: float | None
) -> Figure:
    """Draw deviations from a known value with their bars, methods side by side.

    ``goal`` is half the width of the range that is wanted, shaded.
    """
    with rc_context(STYLE):
        canvas, (axis,) = _panels(1)
        if goal is not None:
            axis.axhspan(-goal, goal, color="#3F4BB0", alpha=0.08, lw=0)
        axis.axhline(0.0, color="#888888", lw=0.6)
        for i, (method, points) in enumerate(methods.items()):
            place = np.arange(len(points.names)) + 0.12 * (i - (len(methods) - 1) / 2)
            axis.errorbar(
                place,
                points.values,
                yerr=points.stds,
                fmt=MARKS[i % len(MARKS)],
                color=COLOURS[i % len(COLOURS)],
                ms=4,
                lw=1.0,
                label=method,
            )
            axis.set_xticks(range(len(points.names)), points.names)
        axis.set_ylabel(label)
        axis.legend(frameon=False)
        return Figure(caption, _png(canvas))


def lines(caption: str, x_label: str, panels: Sequence[Lines]) -> Figure:
    """Draw curves, a panel per value that they show."""
    with rc_context(STYLE):
        canvas, axes = _panels(len(panels))
        for axis, panel in zip(axes, panels, strict=True):
            for i, (name, values) in enumerate(panel.curves.items()):
                axis.plot(
                    panel.x,
                    values,
                    marker=MARKS[i % len(MARKS)],
                    color=COLOURS[i % len(COLOURS)],
                    ms=4,
                    lw=1.0,
                    label=name,
                )
            axis.set_title(panel.title, fontsize=8, loc="left")
            axis.set_xlabel(x_label)
            axis.set_ylim(bottom=0.0)
        axes[0].legend(frameon=False)
        return Figure(caption, _png(canvas))


def _panels(count: int) -> tuple[Canvas, list[Axes]]:
    """Return a canvas with ``count`` panels, three in a row at most, four in two."""
    columns = 2 if count == 4 else min(3, count)
    rows = -(-count // columns)
    canvas = Canvas(figsize=(WIDTH * columns, HEIGHT * rows), layout="constrained")
    axes = [canvas.add_subplot(rows, columns, i + 1) for i in range(count)]
    return canvas, axes


def _png(canvas: Canvas) -> bytes:
    buffer = io.BytesIO()
    canvas.savefig(
        buffer, format="png", dpi=PIXELS_PER_INCH, metadata={"Software": None}
    )
    return buffer.getvalue()
