"""Comparison of a prediction with conventional analyses: table rows, CSV, JSON."""

from pathlib import Path
from typing import Any

import numpy as np

from onne_core.codec import RECORDS, Codec, Form
from onne_core.results.csv_file import cell, write_rows
from onne_core.results.report import estimate_text
from onne_core.values.conventional import (
    Comparison,
    CumulantFit,
    FittedShell,
    InvertedDistribution,
    InvertedShell,
)
from onne_core.values.prediction import Estimate, Prediction
from onne_core.versions import versions

TABLE_HEAD = (
    *("shell", "method", "CN", "N S0²", "R (Å)"),
    *("σ² (10⁻³ Å²)", "C₃ (10⁻³ Å³)", "R-factor"),
)

NETWORKS, JOINT, INVERSION = "networks", "joint fit", "Tikhonov"

CSV_QUANTITIES = ("CN", "N S02", "R", "sigma2", "C3")

DOUBTED = " !"
"""Mark of a method that cannot be trusted for a shell."""

Row = tuple[str, ...]
Values = tuple[Estimate | None, ...]
Entry = tuple[str, str, Values, float, str]


def method_of(fit: CumulantFit) -> str:
    """Return the name of ``fit`` in tables."""
    if len(fit.shells) == 1:
        return f"fit of {fit.shells[0].label}"
    return f"fit of {len(fit.shells)} shells"


def answered_by(prediction: Prediction) -> str:
    """Return the name in tables of what has answered."""
    return NETWORKS if prediction.joint is None else JOINT


def table_rows(comparison: Comparison) -> list[Row]:
    """Return rows of text in the order of TABLE_HEAD, shell by shell."""
    rows = []
    for label, method, values, r_factor, remark in entries(comparison):
        scales = (1.0, 1.0, 1.0, 1e3, 1e3)
        cells = [
            "" if value is None else _text(value, scale)
            for value, scale in zip(values, scales, strict=True)
        ]
        misfit = "" if np.isnan(r_factor) else f"{r_factor:.2g}"
        rows.append((label, method + DOUBTED * bool(remark), *cells, misfit))
    return rows


def lines(comparison: Comparison) -> list[str]:
    """Return what belongs below the table: E0, quality of the fits, what to doubt."""
    found = [_fit_line(fit) for fit in comparison.analyses.fits]
    if comparison.analyses.inversion is not None:
        found.append(_inversion_line(comparison.analyses.inversion))
    doubts: dict[str, list[str]] = {}
    for label, method, _, _, remark in entries(comparison):
        if remark:
            doubts.setdefault(f"! {method}: {remark}", []).append(label)
    found += [f"{text} ({', '.join(labels)})" for text, labels in doubts.items()]
    return [*found, *comparison.analyses.remarks]


def write_csv(comparison: Comparison, path: Path) -> None:
    """Write one row per shell and method to ``path``.

    Units: R in Å, sigma2 in Å^2, C3 in Å^3. What a method lacks is empty.
    """
    prediction = comparison.prediction
    comments = [
        f"ONNE {versions()['onne']}: methods beside each other, "
        f"{prediction.spectrum.name}",
        f"prediction {prediction.digest}",
        "units: R in Å, sigma2 in Å^2, C3 in Å^3; std of one deviation",
        *lines(comparison),
    ]
    head = [text for name in CSV_QUANTITIES for text in (name, f"{name} std")]
    rows = [["shell", "method", *head, "R-factor", "trusted", "remark"]]
    for label, method, values, r_factor, remark in entries(comparison):
        cells = [text for value in values for text in _csv_cells(value)]
        trusted = "no" if remark else "yes"
        rows.append([label, method, *cells, cell(r_factor), trusted, remark])
    write_rows(path, rows, comments)


def comparison_to_json(comparison: Comparison) -> dict[str, Any]:
    """Return the conventional analyses as JSON types, without the prediction.

    Units: distances Å, sigma2 Å^2, c3 Å^3, e0_shift eV, g Å^-1.
    """
    inversion = comparison.analyses.inversion
    return {
        "fits": [_fit_to_json(fit) for fit in comparison.analyses.fits],
        "inversion": None if inversion is None else _inversion_to_json(inversion),
        "remarks": list(comparison.analyses.remarks),
    }


def entries(comparison: Comparison) -> list[Entry]:
    """Return label, method, N | N S0^2 | R | sigma^2 | C3, R-factor and remark.

    The R-factors of the prediction and the inversion are those of the whole filter.
    """
    found: list[Entry] = []
    prediction, analyses = comparison.prediction, comparison.analyses
    back, verdict = prediction.back, prediction.verdict.name
    misfit = float("nan") if back is None else back.r_factor_r
    remark = "" if verdict == "inside" else f"the verdict is {verdict}"
    for shell in prediction.shells:
        own = (shell.coordination_number, None, shell.distance, shell.sigma2, shell.c3)
        found.append((shell.label, answered_by(prediction), own, misfit, remark))
    for fit in analyses.fits:
        method = method_of(fit)
        found += [
            (shell.label, method, _fitted(shell), shell.r_factor, shell.remark)
            for shell in fit.shells
        ]
    if (inversion := analyses.inversion) is not None:
        found += [
            (shell.label, INVERSION, _inverted(shell), inversion.r_factor, shell.remark)
            for shell in inversion.shells
        ]
    order = [shell.label for shell in prediction.shells]
    known = [entry for entry in found if entry[0] in order]
    return sorted(known, key=lambda entry: order.index(entry[0]))


def _fitted(shell: FittedShell) -> Values:
    number, amplitude = shell.coordination_number, shell.amplitude
    return number, amplitude, shell.distance, shell.sigma2, shell.c3


def _inverted(shell: InvertedShell) -> Values:
    """Return the moments of an inversion, which knows no uncertainties."""
    moments = (shell.coordination_number, shell.distance, shell.sigma2, shell.c3)
    number, *others = (Estimate(value, float("nan")) for value in moments)
    return number, None, *others


def _text(estimate: Estimate, scale: float) -> str:
    """Return value and uncertainty, or the value alone if it has none."""
    if estimate.fixed or np.isfinite(estimate.std) or np.isnan(estimate.value):
        return estimate_text(estimate, factor=scale)
    return f"{scale * estimate.value:.4g}"


def _fit_line(fit: CumulantFit) -> str:
    strongest = fit.strongest_correlation
    words = ""
    if strongest is not None:
        words = f"; strongest correlation {strongest[2]:+.2f} ({strongest[0]}, "
        words += f"{strongest[1]})"
    return (
        f"{method_of(fit)}: E0 shift {estimate_text(fit.e0_shift)} eV, R-factor "
        f"{fit.r_factor:.2g}, reduced chi-square {fit.reduced_chi_square:.3g}, "
        f"{fit.independent_points:.1f} independent points for {len(fit.names)} "
        f"variables, k {fit.k_min:g}-{fit.k_max:g} Å⁻¹, R {fit.r_min:.2f}-"
        f"{fit.r_max:.2f} Å{words}"
    )


def _inversion_line(inversion: InvertedDistribution) -> str:
    return (
        f"{INVERSION}: R-factor {inversion.r_factor:.2g}, noise "
        f"{inversion.noise:.2g} including 3 % of the signal for theory error; its "
        "g(r) is broadened, so CN and σ² come out too large; no uncertainties"
    )


def _csv_cells(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "", ""
    return cell(estimate.value), "" if estimate.fixed else cell(estimate.std)


def _fit_to_json(fit: CumulantFit) -> dict[str, Any]:
    content = CODEC.encode(fit)
    return {"method": method_of(fit), "variables": content.pop("names"), **content}


def _inversion_to_json(inversion: InvertedDistribution) -> dict[str, Any]:
    content = CODEC.encode(inversion)
    return {"g": content.pop("partials"), **content}


def _estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    return RECORDS.encode({"value": estimate.value, "std": estimate.std})


CODEC = Codec({**RECORDS.forms, Estimate: Form(write=_estimate_to_json)})
