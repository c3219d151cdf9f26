"""Figures of a prediction for papers: PNG, SVG and PDF, one or two columns wide."""

import io
from collections.abc import Callable
from typing import Any, Literal

from onne_core.results.curves import PlottedPrediction
from onne_core.values.prediction import BackCalculation
from onne_core.values.spectrum import k_weighted

Columns = Literal["one", "two", "slide"]

COLOURS = ("#0072B2", "#C65400", "#A8487F", "#00795A")
"""Okabe-Ito, two of them darkened for white paper; one per pair."""

DASHES = ("-", "--", ":", "-.")
BESIDE_DASHES = {
    "known": (0, (5, 2)),
    "known g(r)": (0, (5, 2)),
    "inversion": (0, (9, 4)),
    "cumulant fit": (0, (1, 1.4)),
    "networks alone": (0, (1, 1.4)),
    "joint fit": (0, (1, 1.4)),
}
"""Lines of the curves beside the prediction: those that the window draws."""

OTHER_DASHES = (0, (6, 1.5, 1, 1.5))
"""The line of anything else beside it, such as another ensemble."""

ACCENT = "#3F4BB0"
GREY = "#888888"
STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.linewidth": 0.6,
    "svg.hashsalt": "onne",
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "mathtext.fontset": "dejavusans",
}
"""matplotlib's settings: text stays text; the salt makes the names of an SVG's parts
the same."""

COLUMN_WIDTHS: dict[Columns, float] = {
    "one": 86.0 / 25.4,
    "two": 178.0 / 25.4,
    "slide": 178.0 / 25.4,
}
"""Widths of one and two journal columns, 86 and 178 mm, in inches; a slide is a wide
figure of two columns, drawn larger."""

HEIGHTS: dict[Columns, float] = {"one": 1.65, "two": 0.72, "slide": 9.0 / 16.0}
"""Heights as a share of the width."""

DOTS: dict[Columns, int] = {"one": 300, "two": 300, "slide": 540}
"""Dots per inch of a PNG; a slide has 3,780 across."""

UNDATED: dict[str, dict[str, None]] = {
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None},
}


def rendered(drawn: PlottedPrediction, suffix: str, columns: Columns) -> bytes:
    """Return the figure as a file of the kind ``suffix``: png, svg or pdf.

    Panels: k-weighted chi(k), abs(chi(R)), partial g(r) with bands, and thin what lies
    beside it. ``columns`` is the width, in columns of a journal, or a slide. The same
    prediction gives the same bytes.
    """
    width = COLUMN_WIDTHS[columns]
    size = (width, HEIGHTS[columns] * width)
    return saved(
        lambda figure: _draw(figure, drawn, columns), size, suffix, dots=DOTS[columns]
    )


def saved(
    draw: Callable[[Any], None],
    size: tuple[float, float],
    suffix: str,
    *,
    dots: int = 300,
) -> bytes:
    """Return the figure of ``size`` (inches) that ``draw`` fills as a file.

    ``dots`` are those per inch of a PNG.
    """
    from matplotlib import rc_context, rcdefaults, rcParams
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with rc_context():
        # What a user has set for plots of their own does not belong into a report.
        rcdefaults()
        rcParams.update(STYLE)
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        figure.savefig(buffer, format=suffix, dpi=dots, metadata=UNDATED.get(suffix))
    return buffer.getvalue()


def _draw(figure, drawn: PlottedPrediction, columns: Columns) -> None:
    if columns != "one":
        grid = figure.add_gridspec(3, 2, height_ratios=(0.75, 0.25, 1.25))
        upper, strip = grid[0, 0], grid[1, 0]
        both, right, below = grid[:2, 0], grid[:2, 1], grid[2, :]
    else:
        grid = figure.add_gridspec(4, 1, height_ratios=(0.75, 0.25, 0.8, 1.2))
        upper, strip = grid[0], grid[1]
        both, right, below = grid[:2], grid[2], grid[3]
    back = drawn.prediction.back
    if back is None:
        _draw_chi(figure.add_subplot(both), drawn)
    else:
        axes = figure.add_subplot(upper)
        _draw_back(axes, drawn, back)
        _draw_residual(figure.add_subplot(strip, sharex=axes), drawn, back)
    _draw_magnitude(figure.add_subplot(right), drawn)
    _draw_distribution(figure.add_subplot(below), drawn)


def _draw_chi(axes, drawn: PlottedPrediction) -> None:
    spectrum, power = drawn.as_read, drawn.k_weight
    axes.plot(spectrum.k, k_weighted(spectrum, power), color="#333333", lw=0.8)
    _shade_window(axes, drawn)
    axes.set_xlim(0.0, float(spectrum.k[-1]))
    axes.set_xlabel("$k$ (Å$^{-1}$)")
    axes.set_ylabel(_title_of_chi(power))
    axes.set_title(spectrum.name, fontsize=8, loc="left", parse_math=False)


def _title_of_chi(power: int) -> str:
    """Return the title of chi(k) weighted with k to the ``power``, with its unit."""
    return f"$k^{power}\\chi(k)$ (Å$^{{-{power}}}$)" if power else "$\\chi(k)$"


def _draw_back(axes, drawn: PlottedPrediction, back: BackCalculation) -> None:
    """Draw the corrected spectrum, and chi(k) of the predicted g(r) over it."""
    corrected, power = drawn.prediction.corrected, drawn.k_weight
    k, weight = corrected.k, corrected.k**power
    axes.plot(k, weight * corrected.chi, color="#333333", lw=0.8, label="corrected")
    axes.fill_between(
        k,
        weight * (back.chi - back.std),
        weight * (back.chi + back.std),
        color=COLOURS[1],
        alpha=0.30,
        lw=0,
    )
    axes.plot(k, weight * back.chi, color=COLOURS[1], lw=0.8, label="from g(r)")
    axes.set_xlim(float(k[0]), float(k[-1]))
    axes.set_ylabel(_title_of_chi(power))
    axes.tick_params(labelbottom=False)
    _legend_above(axes, at="right")
    name = drawn.prediction.spectrum.name
    axes.set_title(name, fontsize=8, loc="left", parse_math=False)


def _draw_residual(axes, drawn: PlottedPrediction, back: BackCalculation) -> None:
    """Draw measured minus back-calculated, on a scale of its own."""
    k, power = drawn.prediction.corrected.k, drawn.k_weight
    axes.axhline(0.0, color=GREY, lw=0.5)
    _shade_window(axes, drawn)
    axes.plot(k, k**power * back.residual, color="#333333", lw=0.8)
    settings = drawn.prediction.settings
    axes.set_xlabel(
        f"$k$ (Å$^{{-1}}$)\ncorrected: $E_0$ {settings.e0_shift:+.1f} eV, "
        f"$\\chi$ / $S_0^2$ = $\\chi$ / {settings.s02:.2f}"
    )
    axes.set_ylabel("residual")


def _draw_magnitude(axes, drawn: PlottedPrediction) -> None:
    r, magnitudes = drawn.magnitudes()
    axes.plot(r, magnitudes["corrected"], color="#333333", lw=0.8)
    if "back" in magnitudes:
        axes.plot(r, magnitudes["back"], color=COLOURS[1], lw=0.8)
    axes.set_xlim(0.0, float(r[-1]))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("$R$ (Å), not phase-corrected")
    axes.set_ylabel(f"$|\\chi(R)|$ (Å$^{{-{drawn.k_weight + 1}}}$)")


def _draw_distribution(axes, drawn: PlottedPrediction) -> None:
    prediction = drawn.prediction
    for i, (pair, band) in enumerate(prediction.pairs.items()):
        colour = COLOURS[i % len(COLOURS)]
        for lower, upper, alpha in (
            (band.lower95, band.upper95, 0.16),
            (band.lower68, band.upper68, 0.30),
        ):
            axes.fill_between(
                prediction.r, lower, upper, color=colour, alpha=alpha, lw=0
            )
        axes.plot(
            prediction.r,
            band.g,
            color=colour,
            lw=1.2,
            ls=DASHES[i % len(DASHES)],
            label=f"{pair}, 68 % and 95 % bands",
        )
        for name, other in drawn.beside.items():
            if pair in other.partials:
                line, label = BESIDE_DASHES.get(name, OTHER_DASHES), f"{pair}, {name}"
                g = other.partials[pair]
                axes.plot(other.r, g, color="black", lw=0.7, ls=line, label=label)
    axes.set_xlim(float(prediction.r[0]), float(prediction.r[-1]))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("$r$ (Å)")
    axes.set_ylabel("$g(r)$ (Å$^{-1}$)")
    _legend_above(axes, at="left")


def _legend_above(axes, *, at: Literal["left", "right"]) -> None:
    """Put the legend over the frame, where it hides no curve."""
    legend = axes.legend(
        frameon=False,
        loc=f"lower {at}",
        bbox_to_anchor=(0.0 if at == "left" else 1.0, 0.99),
        ncols=2,
        fontsize=6.5,
        borderaxespad=0.2,
        handlelength=2.4,
        columnspacing=1.2,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _shade_window(axes, drawn: PlottedPrediction) -> None:
    axes.axvspan(*drawn.k_range, color=ACCENT, alpha=0.07, lw=0)
