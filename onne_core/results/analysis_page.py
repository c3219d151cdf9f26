"""Self-contained HTML page of one prediction."""

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from onne_core.results import conventional_report
from onne_core.results.amplitude import amplitude_text
from onne_core.results.curves import PlottedPrediction
from onne_core.results.figures import rendered
from onne_core.results.methods_text import methods_text
from onne_core.results.report import (
    TABLE_HEAD,
    back_text,
    estimate_text,
    method_text,
    reason_sign,
    sample_text,
    table_rows,
)
from onne_core.values.conventional import Comparison
from onne_core.values.prediction import Estimate, Prediction, Reason, ShellEstimate
from onne_core.versions import versions

HEADLINES = {
    "inside": "Inside: well within the training range",
    "borderline": "Borderline: close to a limit of the training range",
    "outside": "Outside: unlike anything in the training set; these numbers are not "
    "measurements",
}
SIGNS = {"+": "✓", "!": "!", "~": "○"}
ORIGINS = {
    "data": "data",
    "both": "data and training set",
    "prior": "training set: not determined by this spectrum",
    "assumed": "assumed by the user",
    "training": "fixed by training",
}

STYLE = """
body { font: 10pt/1.4 "Inter", "Segoe UI", "Helvetica Neue", Arial, sans-serif;
  color: #171B24; margin: 0 auto; max-width: 186mm; padding: 8mm; }
h1 { font-size: 15pt; font-weight: 600; margin: 0; }
h2 { font-size: 10.5pt; font-weight: 600; margin: 4mm 0 1mm; }
p, ul { margin: 1mm 0; } ul { padding-left: 5mm; }
.verdict { display: inline-block; padding: 0.5mm 3mm; border-radius: 3mm;
  font-weight: 600; }
.inside { color: #006B63; background: #DFF3F1; }
.borderline { color: #8A5300; background: #FDF1DC; }
.outside { color: #A3124F; background: #FBE8EF; }
.failed { font-weight: 600; } .passed, .note, caption { color: #565F6E; }
.note, .passed, td, th { font-size: 8.5pt; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: #565F6E; }
td, th { border-bottom: 0.2mm solid #D9DDE5; padding: 0.5mm 2mm 0.5mm 0; }
td.prior { color: #565F6E; }
.key { word-break: break-all; font-family: ui-monospace, monospace; font-size: 7.5pt; }
svg { width: 100%; height: auto; }
@page { size: A4; margin: 10mm; } @media print { body { padding: 0; } }
""".strip()


@dataclass(frozen=True, eq=False)
class PageContent:
    """Content of the page.

    ``source`` and ``sha256`` are those of the measured file; ``settings`` are further
    lines of name and text, such as the standard or the reduction; ``when`` is a date.
    """

    drawn: PlottedPrediction = field(repr=False)
    source: str
    sha256: str
    when: str
    settings: tuple[tuple[str, str], ...] = ()
    comparison: Comparison | None = field(default=None, repr=False)


def page_of(content: PageContent) -> str:
    """Return the page as HTML."""
    prediction = content.drawn.prediction
    name = escape(prediction.spectrum.name or Path(content.source).stem)
    verdict = prediction.verdict.name
    ensemble = f"{prediction.ensemble_name} ({prediction.members} networks)"
    parts = (
        f"<h1>{name}</h1>",
        f"<p>Partial radial distributions by the ensemble {escape(ensemble)}, "
        f"{conventional_report.answered_by(prediction)}, {escape(content.when)}</p>",
        f'<p><span class="verdict {verdict}">{HEADLINES[verdict]}</span></p>',
        _figure(content.drawn),
        _shells(prediction),
        _methods(content.comparison),
        "<h2>Verdict</h2>",
        _reasons(prediction.verdict.reasons),
        f"<p>{escape(back_text(prediction.back))}</p>",
        f"<p>{escape(amplitude_text(prediction))}</p>",
        "<h2>For the experimental section</h2>",
        f"<p>{escape(methods_text(prediction, dict(content.settings)))}</p>",
        "<h2>Settings and provenance</h2>",
        _pairs(_settings(content)),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{name}: g(r)</title><style>{STYLE}</style></head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body></html>\n"
    )


def _figure(drawn: PlottedPrediction) -> str:
    svg = rendered(drawn, "svg", "two").decode()
    picture = svg[svg.index("<svg") :]
    return (
        f"{picture}<p class='note'>The bands hold g(r) of each bin for 68 % and "
        "95 % of the calibration spectra. |χ(R)| is not phase-corrected.</p>"
    )


def _shells(prediction: Prediction) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in (*TABLE_HEAD, "set by"))
    rows = [
        _row((*texts, _origin(shell)), is_prior=_is_prior(shell))
        for texts, shell in zip(table_rows(prediction), prediction.shells, strict=True)
    ]
    priors = "; ".join(
        f"{shell.label}: CN {_prior(shell.coordination_number)}, "
        f"R {_prior(shell.distance)} Å, σ² {_prior(shell.sigma2, 1e3)}"
        for shell in prediction.shells
    )
    return (
        f"<h2>Shells</h2><table><tr>{head}</tr>{''.join(rows)}</table>"
        f"<p class='note'>Training set within the same limits (σ² in 10⁻³ Å²): "
        f"{escape(priors)}. One standard deviation after ±.</p>"
    )


def _methods(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    head = "".join(
        f"<th>{escape(cell)}</th>" for cell in conventional_report.TABLE_HEAD
    )
    rows = [
        _row(texts, is_prior=texts[1].endswith(conventional_report.DOUBTED))
        for texts in conventional_report.table_rows(comparison)
    ]
    lines = "".join(
        f"<li>{escape(line)}</li>" for line in conventional_report.lines(comparison)
    )
    return (
        "<h2>Comparison with other methods</h2>"
        f"<table><tr>{head}</tr>{''.join(rows)}</table>"
        f'<ul class="note">{lines}</ul>'
    )


def _reasons(reasons: tuple[Reason, ...]) -> str:
    items = [
        f'<li class="{"passed" if reason.passed else "failed"}">'
        f"{SIGNS[reason_sign(reason)]} {escape(reason.text)}</li>"
        for reason in reasons
    ]
    return f'<ul style="list-style:none;padding-left:0">{"".join(items)}</ul>'


def _settings(content: PageContent) -> list[tuple[str, str]]:
    drawn, prediction = content.drawn, content.drawn.prediction
    settings, (k_min, k_max) = prediction.settings, drawn.k_range
    limits = "; ".join(
        f"{shell.label} {shell.r_min:.2f}–{shell.r_max:.2f} Å"
        for shell in prediction.shells
    )
    return [
        ("Answer", method_text(prediction)),
        ("Sample", sample_text(prediction)),
        (
            "E0 shift",
            f"{settings.e0_shift:.2f} ± {settings.e0_shift_std:.2f} eV, "
            f"{settings.e0_source}",
        ),
        ("S0²", f"{settings.s02:.3f} ± {settings.s02_std:.3f}, {settings.s02_source}"),
        (
            "Theory error",
            f"{100.0 * settings.theory:.0f} % of the trained value, "
            f"{settings.theory_source}",
        ),
        ("Shell limits", limits),
        (
            "Networks",
            f"k {prediction.k_min:g}–{prediction.k_max:g} Å⁻¹, k-weight "
            f"{prediction.k_weight}, noise of χ(k) {prediction.noise:.2g}",
        ),
        ("Plots", f"k {k_min:g}–{k_max:g} Å⁻¹, k-weight {drawn.k_weight}"),
        *content.settings,
        ("Measured file", content.source),
        ("SHA-256 of the file", content.sha256),
        ("Prediction", prediction.digest),
        ("Ensemble", f"{prediction.ensemble_name}, {prediction.ensemble_digest}"),
        ("Versions", ", ".join(f"{k} {v}" for k, v in versions().items())),
    ]


def _pairs(lines: list[tuple[str, str]]) -> str:
    long = ("SHA-256 of the file", "Prediction", "Ensemble")
    rows = "".join(
        f"<tr><th>{escape(name)}</th>"
        f'<td class="{"key" if name in long else ""}">{escape(text)}</td></tr>'
        for name, text in lines
    )
    return f"<table>{rows}</table>"


def _row(texts: tuple[str, ...], *, is_prior: bool) -> str:
    role = ' class="prior"' if is_prior else ""
    return (
        "<tr>" + "".join(f"<td{role}>{escape(cell)}</td>" for cell in texts) + "</tr>"
    )


def _origin(shell: ShellEstimate) -> str:
    """Return what set the shell; the least sure of what training varied decides."""
    order = list(ORIGINS)
    varied = [
        item.set_by
        for item in (shell.coordination_number, shell.distance, shell.sigma2)
        if not item.fixed
    ]
    return ORIGINS[max(varied, key=order.index, default="training")]


def _is_prior(shell: ShellEstimate) -> bool:
    return _origin(shell) in (
        ORIGINS["prior"],
        ORIGINS["assumed"],
        ORIGINS["training"],
    )


def _prior(estimate: Estimate, factor: float = 1.0) -> str:
    prior = Estimate(factor * estimate.prior, factor * estimate.prior_std)
    return "fixed" if estimate.fixed else estimate_text(prior)
