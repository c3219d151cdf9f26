"""Reports of a prediction: rows of a table, figures for papers, CSV and JSON."""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from onne_core import files
from onne_core.prediction import BackCalculation, Estimate, Prediction
from onne_core.radial import RadialDistribution
from onne_core.record import prediction_to_json, write_chi_csv, write_csv
from onne_core.spectrum import k_weighted, magnitude_in_r

__all__ = [
    "back_text",
    "decimals_of",
    "estimate_text",
    "nearest_rows",
    "prediction_to_json",
    "table_rows",
    "write_chi_csv",
    "write_csv",
    "write_figures",
]

MOST_DECIMALS = 6
COLOURS = ("#0072B2", "#C65400", "#A8487F", "#00795A")
"""Okabe-Ito, two of them darkened for white paper; one per pair."""

DASHES = ("-", "--", ":", "-.")
ACCENT = "#3F4BB0"
STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.linewidth": 0.6,
    "svg.hashsalt": "onne",
    "mathtext.fontset": "dejavusans",
}
"""matplotlib's settings; the salt makes the names of an SVG's parts the same."""

COLUMN_WIDTHS = {"one": 3.37, "two": 6.69}
"""Widths of one and two journal columns, inches."""

TABLE_HEAD = ("shell", "limits (Å)", "CN", "R (Å)", "σ² (10⁻³ Å²)", "C₃ (10⁻³ Å³)")

NEAREST_HEAD = ("distance / usual", "shell", "CN", "R (Å)", "σ² (10⁻³ Å²)")

UNDETERMINED = "not determined"
"""Said of a number that the spectrum hardly narrows."""


def table_rows(prediction: Prediction) -> list[tuple[str, ...]]:
    """Return one row of text per shell, in the order of TABLE_HEAD."""
    return [
        (
            shell.label,
            f"{shell.r_min:.2f}-{shell.r_max:.2f}",
            estimate_text(shell.coordination_number),
            estimate_text(shell.distance),
            estimate_text(shell.sigma2, factor=1e3),
            estimate_text(shell.c3, factor=1e3),
        )
        for shell in prediction.shells
    ]


def nearest_rows(prediction: Prediction) -> list[tuple[str, ...]]:
    """Return one row of text per shell of the nearest training spectra.

    In the order of NEAREST_HEAD; none where the ensemble keeps no training spectra.
    """
    return [
        (
            f"{nearest.separation:.2f}" if first else "",
            shell.label,
            f"{shell.coordination_number:.1f}",
            *(
                f"{value:.{decimals}f}" if np.isfinite(value) else "none"
                for value, decimals in (
                    (shell.distance, 3),
                    (1e3 * shell.sigma2, 1),
                )
            ),
        )
        for nearest in prediction.nearest
        for first, shell in ((not i, shell) for i, shell in enumerate(nearest.shells))
    ]


def back_text(back: BackCalculation | None) -> str:
    """Return what the back-calculation says, in one line."""
    if back is None:
        return "Back-calculated χ(k): none; this ensemble was made without it."
    return (
        f"Back-calculated χ(k): R-factor {back.r_factor_k:.3f} in k, "
        f"{back.r_factor_r:.3f} in R; residual {back.misfit:.1f} times what noise, "
        f"theory and back-calculation allow, at most {back.largest:.1f} "
        f"at R = {back.largest_at:.1f} Å (no phase shift added)"
    )


def estimate_text(estimate: Estimate, *, factor: float = 1.0) -> str:
    """Return value and uncertainty with the decimals that the uncertainty deserves."""
    value, std = factor * estimate.value, factor * estimate.std
    if estimate.fixed:
        return f"{value:.4g} (fixed by training)"
    if not np.isfinite(value):
        return "none"
    decimals = decimals_of(std)
    text = f"{value:z.{decimals}f} ± {std:.{decimals}f}"
    return text if estimate.determined else f"{text} ({UNDETERMINED})"


def decimals_of(std: float) -> int:
    """Return the decimals that show two digits of ``std`` if it begins with 1 or 2.

    One digit if it begins with 3 to 9; 3 decimals where ``std`` says nothing.
    """
    if not np.isfinite(std) or std <= 0.0:
        return 3
    mantissa, _, exponent = f"{std:.1e}".partition("e")
    decimals = (1 if float(mantissa) < 3.0 else 0) - int(exponent)
    return max(0, min(MOST_DECIMALS, decimals))


def write_figures(
    prediction: Prediction,
    stem: Path,
    *,
    known: RadialDistribution | None = None,
    columns: Literal["one", "two"] = "two",
    formats: tuple[str, ...] = ("png", "svg"),
) -> tuple[Path, ...]:
    """Write the figure of ``prediction`` as ``stem`` with each suffix; return paths.

    Panels: k-weighted chi(k), abs(chi(R)), partial g(r) with bands. ``known`` is
    drawn as a thin black line. ``columns`` is the width, in columns of a journal. The
    same prediction gives the same bytes.

    Raises
    ------
    StorageError
        If a file cannot be written.
    """
    paths = []
    for suffix in formats:
        path = stem.with_name(f"{stem.name}.{suffix}")
        content = _rendered(prediction, known, suffix, COLUMN_WIDTHS[columns])
        files.write_bytes(path, content)
        paths.append(path)
    return tuple(paths)


def _rendered(
    prediction: Prediction, known: RadialDistribution | None, suffix: str, width: float
) -> bytes:
    """Return the figure of ``width`` inches as a file of the kind ``suffix``."""
    from matplotlib import rc_context, rcdefaults, rcParams
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with rc_context():
        # What a user has set for plots of their own does not belong into a report.
        rcdefaults()
        rcParams.update(STYLE)
        figure = Figure(figsize=(width, 0.72 * width), layout="constrained")
        grid = figure.add_gridspec(3, 2, height_ratios=(0.75, 0.25, 1.25))
        if prediction.back is None:
            _draw_chi(figure.add_subplot(grid[:2, 0]), prediction)
        else:
            upper = figure.add_subplot(grid[0, 0])
            lower = figure.add_subplot(grid[1, 0], sharex=upper)
            _draw_back(upper, prediction, prediction.back)
            _draw_residual(lower, prediction, prediction.back)
        _draw_magnitude(figure.add_subplot(grid[:2, 1]), prediction)
        _draw_distribution(figure.add_subplot(grid[2, :]), prediction, known)
        undated = {"Date": None} if suffix == "svg" else None
        figure.savefig(buffer, format=suffix, dpi=300, metadata=undated)
    return buffer.getvalue()


def _draw_chi(axes, prediction: Prediction) -> None:  # noqa: ANN001
    spectrum, power = prediction.spectrum, prediction.k_weight
    axes.plot(spectrum.k, k_weighted(spectrum, power), color="#333333", lw=0.8)
    axes.axvspan(prediction.k_min, prediction.k_max, color=ACCENT, alpha=0.07, lw=0)
    axes.set_xlim(0.0, float(spectrum.k[-1]))
    axes.set_xlabel("$k$ (Å$^{-1}$)")
    axes.set_ylabel(f"$k^{power}\\chi(k)$ (Å$^{{-{power}}}$)")
    axes.set_title(spectrum.name, fontsize=8, loc="left", parse_math=False)


def _draw_back(
    axes,  # noqa: ANN001
    prediction: Prediction,
    back: BackCalculation,
) -> None:
    """Draw the corrected spectrum, and chi(k) of the predicted g(r) over it."""
    corrected, power = prediction.corrected, prediction.k_weight
    k, weight = corrected.k, corrected.k**power
    axes.plot(k, weight * corrected.chi, color="#333333", lw=0.8, label="measured")
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
    axes.set_ylabel(f"$k^{power}\\chi(k)$ (Å$^{{-{power}}}$)")
    axes.tick_params(labelbottom=False)
    axes.legend(frameon=False, loc="upper right", ncols=2, fontsize=6)
    axes.set_title(prediction.spectrum.name, fontsize=8, loc="left", parse_math=False)


def _draw_residual(
    axes,  # noqa: ANN001
    prediction: Prediction,
    back: BackCalculation,
) -> None:
    """Draw measured minus back-calculated, on a scale of its own."""
    k, power = prediction.corrected.k, prediction.k_weight
    axes.axhline(0.0, color="#888888", lw=0.5)
    axes.axvspan(prediction.k_min, prediction.k_max, color=ACCENT, alpha=0.07, lw=0)
    axes.plot(k, k**power * back.residual, color="#333333", lw=0.8)
    axes.set_xlabel("$k$ (Å$^{-1}$)")
    axes.set_ylabel("residual")


def _draw_magnitude(axes, prediction: Prediction) -> None:  # noqa: ANN001
    r, magnitude = magnitude_in_r(
        prediction.corrected,
        k_min=prediction.k_min,
        k_max=prediction.k_max,
        power=prediction.k_weight,
    )
    axes.plot(r, magnitude, color="#333333", lw=0.8)
    if prediction.back is not None:
        _, magnitude = magnitude_in_r(
            replace(prediction.corrected, chi=prediction.back.chi),
            k_min=prediction.k_min,
            k_max=prediction.k_max,
            power=prediction.k_weight,
        )
        axes.plot(r, magnitude, color=COLOURS[1], lw=0.8)
    axes.set_xlim(0.0, 6.0)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("$R$ (Å), no phase shift added")
    axes.set_ylabel(f"$|\\chi(R)|$ (Å$^{{-{prediction.k_weight + 1}}}$)")


def _draw_distribution(
    axes,  # noqa: ANN001
    prediction: Prediction,
    known: RadialDistribution | None,
) -> None:
    for i, (pair, band) in enumerate(prediction.pairs.items()):
        colour = COLOURS[i % len(COLOURS)]
        axes.fill_between(
            prediction.r, band.lower95, band.upper95, color=colour, alpha=0.16, lw=0
        )
        axes.fill_between(
            prediction.r, band.lower68, band.upper68, color=colour, alpha=0.30, lw=0
        )
        axes.plot(
            prediction.r,
            band.g,
            color=colour,
            lw=1.2,
            ls=DASHES[i % len(DASHES)],
            label=f"{pair}, 68 % and 95 % bands",
        )
        if known is not None and pair in known.partials:
            curve = known.partials[pair]
            axes.plot(known.r, curve, color="black", lw=0.7, label=f"{pair}, known")
    axes.set_xlim(float(prediction.r[0]), float(prediction.r[-1]))
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel("$r$ (Å)")
    axes.set_ylabel("$g(r)$ (Å$^{-1}$)")
    axes.legend(frameon=False)
