"""Results as tables and lines in a terminal."""

from pathlib import Path

from onne_core.cli.terminal import say, table
from onne_core.pipeline.ensembles.validation import (
    QuantityErrors,
    ShellErrors,
    Validation,
)
from onne_core.results import conventional_report, report
from onne_core.training_set.training_set import read_manifest
from onne_core.values.conventional import Comparison
from onne_core.values.prediction import Prediction

VALIDATED = (
    ("coordination_number", "", 1.0),
    ("distance", "Å", 1.0),
    ("sigma2", "10⁻³ Å²", 1e3),
    ("c3", "10⁻³ Å³", 1e3),
)
"""Validated quantities of a shell: field, unit, and factor to that unit."""


def show_prediction(prediction: Prediction) -> None:
    """Print shells, settings, verdict and nearest spectra of ``prediction``."""
    settings = prediction.settings
    say(report.back_text(prediction.back))
    table(prediction.spectrum.name, report.TABLE_HEAD, report.table_rows(prediction))
    say(report.method_text(prediction))
    say(
        f"E0 shift {settings.e0_shift:+.1f} ± {settings.e0_shift_std:.1f} eV "
        f"({settings.e0_source}), S0² {settings.s02:.3f} ± {settings.s02_std:.3f} "
        f"({settings.s02_source})"
    )
    say(
        f"Theory error: {100 * settings.theory:.0f} % of the trained value "
        f"({settings.theory_source}); k scale ± {100 * settings.scale_std:.2f} %"
    )
    say(f"Sample: {report.sample_text(prediction)}")
    say(f"Verdict: {prediction.verdict.name}")
    for reason in prediction.verdict.reasons:
        say(f"  {report.reason_sign(reason)} {reason.text}")
    if prediction.nearest:
        rows = report.nearest_rows(prediction)
        table("Nearest training spectra", report.NEAREST_HEAD, rows)


def show_comparison(comparison: Comparison) -> None:
    """Print all methods shell by shell, with their quality below."""
    table(
        f"{comparison.prediction.spectrum.name}: comparison of methods",
        conventional_report.TABLE_HEAD,
        conventional_report.table_rows(comparison),
    )
    for line in conventional_report.lines(comparison):
        say(line)


def show_validation(validation: Validation) -> None:
    """Print the errors and coverages of ``validation``."""
    head = ("shell", "quantity", "true, mean", "mean error", "rms")
    rows = [row for shell in validation.shells for row in _shell_rows(shell)]
    table(
        f"{validation.ensemble}: {validation.spectra} spectra, "
        f"{report.ANSWERED[validation.answer]}",
        (*head, "in 68 % band", "in 95 % band"),
        rows,
    )
    for pair, value in validation.l1.items():
        say(
            f"{pair}: relative L1 error of g(r) {value:.3f}; the 68 % band covers "
            f"{100 * validation.coverage68[pair]:.0f} % of the bins, the 95 % band "
            f"{100 * validation.coverage95[pair]:.0f} %"
        )
    say(", ".join(f"{n} {name}" for name, n in validation.verdicts.items()))
    if validation.note:
        say(validation.note)


def show_manifest(folder: Path) -> None:
    """Print a summary of the training set in ``folder`` and its rejected clusters."""
    manifest = read_manifest(folder)
    say(f"{manifest['items']} spectra in {folder}, digest {manifest['digest'][:16]}")
    for reason, count in manifest["rejected"].items():
        say(f"  set aside: {count} x {reason}")
    phases = manifest["description"].get("phases", {})
    if radii := phases.get("muffin_tin_radii"):
        found = ", ".join(f"{name} {radius:.2f}" for name, radius in radii.items())
        say(f"  phases of {phases['of']}; muffin tins {found} Å")
    check = manifest.get("spot_check", {"count": 0})
    filters = manifest["description"].get("filter")
    if check["count"]:
        same = f", {_thresholds(filters['spot_check'])}" if filters else ""
        say(
            f"  {check['count']} spectra checked against FEFF8L{same}: difference "
            f"in k²χ {100 * check['median']:.1f} % (median), "
            f"{100 * check['largest']:.1f} % (largest)"
        )
    correction = manifest.get("correction", {"count": 0})
    if filters and filters["correction"] and correction["count"]:
        fine = _thresholds(filters["correction"])
        say(
            f"  path filters corrected by spectra {fine}: standard error "
            f"of k²χ {correction['median']:.1f} % (median), "
            f"{correction['largest']:.1f} % (largest)"
        )


def _thresholds(filters: dict[str, float]) -> str:
    return (
        f"at thresholds of {filters['plane_wave']:g} % (plane wave) "
        f"and {filters['curved_wave']:g} % (curved wave)"
    )


def _shell_rows(shell: ShellErrors) -> list[tuple[str, ...]]:
    rows = [
        (shell.label, *_quantity_cells(getattr(shell, name), name, unit, size))
        for name, unit, size in VALIDATED
    ]
    distance = f"{shell.wasserstein:.4f} Å"
    return [*rows, (shell.label, "Wasserstein", distance, "", "", "", "")]


def _quantity_cells(
    item: QuantityErrors, name: str, unit: str, size: float
) -> tuple[str, ...]:
    """Return the cells of one quantity; a fixed one has no coverage."""
    words = name.replace("_", " ")
    return (
        f"{words} (fixed)" if item.fixed else words,
        f"{size * item.true:.4g} {unit}",
        f"{size * item.mean:+.3g}",
        f"{size * item.rms:.3g}",
        "" if item.fixed else f"{100 * item.coverage68:.0f} %",
        "" if item.fixed else f"{100 * item.coverage95:.0f} %",
    )
