"""Records of a prediction: CSV for plots, JSON for programs."""

from pathlib import Path
from typing import Any

import numpy as np

from onne_core.codec import RECORDS, Codec, Form
from onne_core.results.amplitude import amplitude, correlation_with_s02
from onne_core.results.csv_file import cell, write_rows
from onne_core.results.curves import PlottedPrediction
from onne_core.results.report import method_text, sample_text
from onne_core.values.prediction import (
    Estimate,
    Prediction,
)
from onne_core.values.spectrum import regridded
from onne_core.versions import versions

SCHEMA = 1
"""Version of the JSON form of a prediction."""


def write_csv(
    prediction: Prediction, path: Path, drawn: PlottedPrediction | None = None
) -> None:
    """Write r and, per pair, g(r) with the ends of both bands to ``path``.

    The ``#`` header holds units, versions, digests and settings. With ``drawn`` the
    members follow, and what lies beside the prediction, by straight lines between its
    points and empty where it has none.
    """
    r, columns = prediction.r, {"r": prediction.r}
    for pair, band in prediction.pairs.items():
        columns[pair] = band.g
        columns |= {f"{pair} lower": band.lower68, f"{pair} upper": band.upper68}
        columns |= {f"{pair} lower95": band.lower95, f"{pair} upper95": band.upper95}
        columns[f"{pair} lower95whole"] = band.lower_whole
        columns[f"{pair} upper95whole"] = band.upper_whole
        if drawn is None:
            continue
        for number, member in enumerate(band.members, 1):
            columns[f"{pair} member {number}"] = member
        for name, other in drawn.beside.items():
            if pair in other.partials:
                g = other.partials[pair]
                columns[f"{pair} {name}"] = np.interp(r, other.r, g, np.nan, np.nan)
    content = "partial radial distributions"
    units = (
        "units: r in Å, g in 1/Å; lower and upper enclose 68 % of the bins, "
        "lower95 and upper95 95 %; lower95whole and upper95whole enclose the "
        "whole curve of a shell for 95 % of spectra"
    )
    _write_columns(path, _header(prediction, content, units), columns)


def write_chi_csv(
    prediction: Prediction, path: Path, drawn: PlottedPrediction | None = None
) -> None:
    """Write the corrected chi(k) and that of the predicted g(r) to ``path``.

    Columns: k, chi, back-calculated chi, its standard deviation, residual; the last
    three only where the ensemble can calculate back. With ``drawn`` chi as it was read
    comes last, before E0 shift, S0^2 and standard.
    """
    corrected, back = prediction.corrected, prediction.back
    columns = {"k": corrected.k, "chi": corrected.chi}
    if back is not None:
        columns |= {"chi_back": back.chi, "chi_back_std": back.std}
        columns["residual"] = back.residual
    if drawn is not None:
        columns["chi_read"] = regridded(drawn.as_read, corrected.k).chi
    units = (
        "units: k in 1/Å; chi after the E0 shift and division by S02, chi_back is "
        "calculated from the predicted g(r), residual = chi - chi_back"
    )
    header = _header(prediction, "measured and back-calculated chi(k)", units)
    if back is not None:
        header.append(
            f"R-factor {back.r_factor_k:.4g} in k (weight {prediction.k_weight}), "
            f"{back.r_factor_r:.4g} in R"
        )
    _write_columns(path, header, columns)


def write_magnitude_csv(drawn: PlottedPrediction, path: Path) -> None:
    """Write R and abs(chi(R)) as read, corrected and back-calculated to ``path``."""
    r, magnitudes = drawn.magnitudes()
    k_min, k_max = drawn.k_range
    units = (
        "units: R in Å, not phase-corrected; magnitude in "
        f"1/Å^{drawn.k_weight + 1} with k-weight {drawn.k_weight}, Hanning window "
        f"{k_min:g} to {k_max:g} 1/Å, taper 2 1/Å"
    )
    header = _header(drawn.prediction, "magnitude of chi(R)", units)
    named = {f"chi_{name}": values for name, values in magnitudes.items()}
    _write_columns(path, header, {"R": r, **named})


def _header(prediction: Prediction, content: str, units: str) -> list[str]:
    settings = prediction.settings
    return [
        f"ONNE {versions()['onne']}: {content} of {prediction.spectrum.name}",
        units,
        f"prediction {prediction.digest}",
        f"ensemble {prediction.ensemble_name} {prediction.ensemble_digest}, "
        f"{prediction.members} networks",
        f"E0 shift {settings.e0_shift:.2f} eV ({settings.e0_source}), "
        f"S02 {settings.s02:.3f} +- {settings.s02_std:.3f} ({settings.s02_source})",
        f"theory error {settings.theory:.2f} of the trained value "
        f"({settings.theory_source}), k scale +- {settings.scale_std:.4f}",
        method_text(prediction),
        f"sample {sample_text(prediction)}",
        f"verdict {prediction.verdict.name}",
        *prediction.verdict.assumptions,
        *(f"read: {note}" for note in prediction.spectrum.notes),
        "versions " + ", ".join(f"{k} {v}" for k, v in versions().items()),
    ]


def _write_columns(
    path: Path, header: list[str], columns: dict[str, np.ndarray]
) -> None:
    values = np.column_stack(list(columns.values()))
    rows = [list(map(cell, row)) for row in values.tolist()]
    write_rows(path, [list(columns), *rows], header)


def prediction_to_json(
    prediction: Prediction, *, file: str, sha256: str
) -> dict[str, Any]:
    """Return ``prediction`` as JSON types; ``file`` and ``sha256`` name its source.

    Units: r, distances Å; g Å^-1; sigma2 Å^2; c3 Å^3; e0_shift eV.
    """
    return {
        "schema": SCHEMA,
        "file": file,
        "sha256": sha256,
        "digest": prediction.digest,
        "read": {
            "e0": prediction.spectrum.e0,
            "element": prediction.spectrum.element,
            "edge": prediction.spectrum.edge,
            "notes": list(prediction.spectrum.notes),
        },
        "versions": versions(),
        "ensemble": {
            "name": prediction.ensemble_name,
            "digest": prediction.ensemble_digest,
            "members": prediction.members,
        },
        "settings": {
            **RECORDS.encode(prediction.settings),
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
                "lower95_whole": band.lower_whole.tolist(),
                "upper95_whole": band.upper_whole.tolist(),
            }
            for pair, band in prediction.pairs.items()
        },
        "joint": _joint_to_json(prediction),
        "back_calculation": _back_to_json(prediction),
        "shells": CODEC.encode(prediction.shells),
        "domain": {
            "verdict": prediction.verdict.name,
            "reasons": [
                reason.text
                for reason in prediction.verdict.reasons
                if not reason.passed
            ],
            "passed": [
                reason.text
                for reason in prediction.verdict.reasons
                if reason.passed and not reason.assumption
            ],
            "assumptions": list(prediction.verdict.assumptions),
            "nearest": CODEC.encode(prediction.nearest),
        },
    }


def _joint_to_json(prediction: Prediction) -> dict[str, Any] | None:
    """Return E0, S0^2 and correlations of the joint fit, ``None`` where there is none.

    ``unknowns`` names rows and columns of the correlation: N, R, sigma and skewness of
    every shell, E0 and ln S0^2. ``n_s02`` has an item per shell: N S0^2 and the
    correlation of N and S0^2.
    """
    joint = prediction.joint
    if joint is None:
        return None
    shells = [
        f"{shell.label}: {name}"
        for shell in prediction.shells
        for name in ("N", "R", "sigma", "skewness")
    ]
    return {
        "e0_shift": joint.e0_shift,
        "e0_shift_std": joint.e0_shift_std,
        "s02": joint.s02,
        "s02_std": joint.s02_std,
        "n_s02": [
            _amplitude_to_json(prediction, index)
            for index in range(len(prediction.shells))
        ],
        "unknowns": [*shells, "E0", "ln S0^2"],
        "correlation": joint.correlation.tolist(),
        "e0_evidence": {
            "e0_shift": joint.shifts.tolist(),
            "probability": joint.evidence.tolist(),
        },
        "another_e0": joint.another,
        "differs_from_networks": joint.disagreement,
        "structure_distance": joint.structure,
    }


def _amplitude_to_json(prediction: Prediction, shell: int) -> dict[str, float] | None:
    """Return N S0^2 of a shell, ``None`` where N was not varied."""
    found = amplitude(prediction, shell)
    rho = correlation_with_s02(prediction, shell)
    if found is None or rho is None:
        return None
    return {"value": found.value, "std": found.std, "correlation": rho}


def _back_to_json(prediction: Prediction) -> dict[str, Any] | None:
    """Return measured and back-calculated chi(k), ``None`` where there is none."""
    back = prediction.back
    if back is None:
        return None
    return {
        "k": prediction.corrected.k.tolist(),
        "chi": prediction.corrected.chi.tolist(),
        "chi_back": back.chi.tolist(),
        "chi_back_std": back.std.tolist(),
        "chi_back_error": back.error.tolist(),
        "residual": back.residual.tolist(),
        "r_factor_k": back.r_factor_k,
        "r_factor_r": back.r_factor_r,
        "misfit": back.misfit,
        "largest": back.largest,
        "largest_at": back.largest_at,
    }


def _estimate_to_json(estimate: Estimate) -> dict[str, Any]:
    content = RECORDS.encode(estimate)
    content["fixed_by_training"] = content.pop("fixed")
    del content["assumed"]  # what has set it says so
    return {**content, "set_by": estimate.set_by}


CODEC = Codec({**RECORDS.forms, Estimate: Form(write=_estimate_to_json)})
