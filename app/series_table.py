"""All spectra in one tidy table: one row per spectrum and shell."""

import csv
import io
import math

from app import wording
from app.view import View
from app.widgets.shell_table import QUANTITIES
from onne_core.prediction import Estimate, ShellEstimate

Row = tuple[str, ...]


def shown_rows(view: View) -> tuple[list[Row], list[int]]:
    """Return the rows on screen, and the index of the spectrum of each."""
    rows: list[Row] = []
    owners: list[int] = []
    for index, (entry, outcome) in enumerate(
        zip(view.project.spectra, view.outcomes, strict=True)
    ):
        prediction = outcome.prediction
        if prediction is None:
            state = outcome.problem or "not analysed yet"
            rows.append((entry.name, state, *[""] * len(QUANTITIES), ""))
            owners.append(index)
            continue
        verdict = wording.VERDICTS[prediction.verdict.name]
        for number, shell in enumerate(prediction.shells):
            first = number == 0
            rows.append(
                (
                    entry.name if first else "",
                    wording.pair(shell.label),
                    *(_shown(shell, i) for i in range(len(QUANTITIES))),
                    verdict if first else "",
                )
            )
            owners.append(index)
    return rows, owners


def as_csv(view: View) -> str:
    """Return every current prediction as CSV; numbers in Å, Å^2, Å^3."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    quantities = [column.attribute for column in QUANTITIES]
    writer.writerow(
        ["spectrum", "file", "sha256", "ensemble", "verdict", "e0_shift_eV", "s02"]
        + ["shell", "pair", "r_min", "r_max"]
        + [f"{name}{part}" for name in quantities for part in ("", "_std", "_fixed")]
        + ["prediction"]
    )
    for entry, outcome in zip(view.project.spectra, view.outcomes, strict=True):
        prediction = outcome.prediction
        if prediction is None or not outcome.is_current:
            continue
        head = [entry.name, entry.source, entry.sha256, prediction.ensemble_name]
        head += [prediction.verdict.name, f"{prediction.settings.e0_shift:.4g}"]
        head += [f"{prediction.settings.s02:.4g}"]
        for shell in prediction.shells:
            writer.writerow([*head, *_numbers(shell), prediction.digest])
    return buffer.getvalue()


def _shown(shell: ShellEstimate, index: int) -> str:
    column = QUANTITIES[index]
    estimate: Estimate = getattr(shell, column.attribute)
    value, std = wording.value_and_std(estimate, factor=column.factor)
    if estimate.fixed:
        return f"{wording.number(estimate.value * column.factor, 1)} fixed"
    return f"{value} ± {std}"


def _numbers(shell: ShellEstimate) -> list[str]:
    cells = [shell.label, shell.pair, f"{shell.r_min:.3f}", f"{shell.r_max:.3f}"]
    for column in QUANTITIES:
        estimate: Estimate = getattr(shell, column.attribute)
        fixed = "yes" if estimate.fixed else "no"
        cells += [_plain(estimate.value), _plain(estimate.std), fixed]
    return cells


def _plain(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
