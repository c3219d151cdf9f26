"""Reports of a prediction: CSV, JSON, rows of a table, figures for papers."""

import io
from pathlib import Path
from typing import Any, Literal

import numpy as np

from onne_core import files
from onne_core.prediction import Estimate, Prediction, ShellEstimate
from onne_core.radial import RadialDistribution
from onne_core.spectrum import k_weighted, magnitude_in_r
from onne_core.versions import versions

SCHEMA = 1
"""Version of the JSON form of a prediction."""

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


def write_csv(prediction: Prediction, path: Path) -> None:
    """Write r and, per pair, g(r) with the ends of both bands to ``path``.

    The ``#`` header holds units, versions, digests and settings.
    """
    names, columns = ["r"], [prediction.r]
    for pair, band in prediction.pairs.items():
        names += [pair, f"{pair} lower", f"{pair} upper"]
        names += [f"{pair} lower95", f"{pair} upper95"]
        columns += [band.g, band.lower68, band.upper68, band.lower95, band.upper95]
    settings = prediction.settings
    header = [
        f"ONNE {versions()['onne']}: partial radial distributions of "
        f"{prediction.spectrum.name}",
        "units: r in Å, g in 1/Å; lower and upper enclose 68 %, "
        "lower95 and upper95 95 %",
        f"prediction {prediction.digest}",
        f"ensemble {prediction.ensemble_name} {prediction.ensemble_digest}, "
        f"{prediction.members} members",
        f"E0 shift {settings.e0_shift:.2f} eV ({settings.e0_source}), "
        f"S02 {settings.s02:.3f} +- {settings.s02_std:.3f} ({settings.s02_source})",
        f"verdict {prediction.verdict.name}",
        "versions " + ", ".join(f"{k} {v}" for k, v in versions().items()),
    ]
    buffer = io.StringIO()
    for line in header:
        # A name may hold a line break, which would end the comment.
        buffer.write(f"# {' '.join(line.split())}\n")
    buffer.write(",".join(names) + "\n")
    np.savetxt(buffer, np.column_stack(columns), delimiter=",", fmt="%.6g")
    files.write_text(path, buffer.getvalue())


def prediction_to_json(
    prediction: Prediction, *, file: str, sha256: str
) -> dict[str, Any]:
    """Return ``prediction`` as JSON types; ``file`` and ``sha256`` name its source.

    Units: r, distances Å; g Å^-1; sigma2 Å^2; c3 Å^3; e0_shift eV.
    """
    settings = prediction.settings
    return {
        "schema": SCHEMA,
        "file": file,
        "sha256": sha256,
        "digest": prediction.digest,
        "versions": versions(),
        "ensemble": {
            "name": prediction.ensemble_name,
            "digest": prediction.ensemble_digest,
            "members": prediction.members,
        },
        "settings": {
            "e0_shift": settings.e0_shift,
            "e0_shift_std": settings.e0_shift_std,
            "e0_source": settings.e0_source,
            "s02": settings.s02,
            "s02_std": settings.s02_std,
            "s02_source": settings.s02_source,
            "k_min": prediction.k_min,
            "k_max": prediction.k_max,
            "k_weight": prediction.k_weight,
        },
        "pairs": {
            pair: {
                "r": prediction.r.tolist(),
                "g": band.g.tolist(),
                "lower": band.lower68.tolist(),
                "upper": band.upper68.tolist(),
                "coverage": 0.68,
                "lower95": band.lower95.tolist(),
                "upper95": band.upper95.tolist(),
            }
            for pair, band in prediction.pairs.items()
        },
        "shells": [_shell_to_json(shell) for shell in prediction.shells],
        "domain": {
            "verdict": prediction.verdict.name,
            "reasons": [
                reason.text
                for reason in prediction.verdict.reasons
                if not reason.passed
            ],
            "passed": [
                reason.text for reason in prediction.verdict.reasons if reason.passed
            ],
        },
    }


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


def estimate_text(estimate: Estimate, *, factor: float = 1.0) -> str:
    """Return value and uncertainty with the decimals that the uncertainty deserves."""
    value, std = factor * estimate.value, factor * estimate.std
    if estimate.fixed:
        return f"{value:.4g} (fixed by training)"
    if not np.isfinite(value):
        return "none"
    decimals = decimals_of(std)
    return f"{value:z.{decimals}f} ± {std:.{decimals}f}"


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


def _shell_to_json(shell: ShellEstimate) -> dict[str, Any]:
    return {
        "label": shell.label,
        "pair": shell.pair,
        "r_min": shell.r_min,
        "r_max": shell.r_max,
        "coordination_number": _estimate_to_json(shell.coordination_number),
        "distance": _estimate_to_json(shell.distance),
        "sigma2": _estimate_to_json(shell.sigma2),
        "c3": _estimate_to_json(shell.c3),
    }


def _estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    return {
        "value": _finite(estimate.value),
        "std": _finite(estimate.std),
        "fixed_by_training": estimate.fixed,
        "prior": _finite(estimate.prior),
        "prior_std": _finite(estimate.prior_std),
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


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
        grid = figure.add_gridspec(2, 2, height_ratios=(1.0, 1.25))
        _draw_chi(figure.add_subplot(grid[0, 0]), prediction)
        _draw_magnitude(figure.add_subplot(grid[0, 1]), prediction)
        _draw_distribution(figure.add_subplot(grid[1, :]), prediction, known)
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


def _draw_magnitude(axes, prediction: Prediction) -> None:  # noqa: ANN001
    r, magnitude = magnitude_in_r(
        prediction.corrected,
        k_min=prediction.k_min,
        k_max=prediction.k_max,
        power=prediction.k_weight,
    )
    axes.plot(r, magnitude, color="#333333", lw=0.8)
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
