"""The prediction and other methods as table rows, shell by shell."""

import math
from dataclasses import dataclass

from app.look import wording
from app.session.view import View
from onne_core.results.amplitude import amplitude
from onne_core.results.conventional_report import INVERSION, answered_by, entries
from onne_core.values.conventional import Comparison
from onne_core.values.prediction import Estimate, Prediction
from onne_core.values.project import KnownDistribution
from onne_core.values.radial import moments

FACTORS = (1.0, 1.0, 1.0, 1e3, 1e3)
"""Units of the columns CN, N S0^2, R, sigma^2, C3, as shown."""

Values = tuple[Estimate | None, ...]


@dataclass(frozen=True)
class MethodRow:
    """One method's result for one shell; ``remark`` says why to doubt it.

    ``values`` are CN, N S0^2, R (Å), sigma^2 (Å^2), C3 (Å^3), as far as the method
    gives them; ``misfit`` is its R-factor, NaN where it has none.
    """

    shell: str
    method: str
    values: Values
    misfit: float
    remark: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The numbers as text, and the R-factor."""
        texts = [
            "" if value is None else _text(value, factor)
            for value, factor in zip(self.values, FACTORS, strict=True)
        ]
        return (*texts, _quality(self.misfit))

    @property
    def texts(self) -> tuple[str, ...]:
        """All cells, the shell first."""
        mark = " !" if self.remark else ""
        return (wording.pair(self.shell), f"{self.method}{mark}", *self.cells)


def values_of(view: View) -> tuple[MethodRow, ...]:
    """Return the results of every method for every predicted shell of ``view``."""
    prediction, entry = view.prediction, view.entry
    if prediction is None or entry is None:
        return ()
    rows = _of_prediction(prediction, answered_by(prediction))
    beside, other = view.beside.prediction, view.other.prediction
    if beside is not None and answered_by(beside) != answered_by(prediction):
        rows += _of_prediction(beside, answered_by(beside))
    if view.comparison is not None:
        own = answered_by(view.comparison.prediction)
        rows += [row for row in _compared(view.comparison) if row.method != own]
    if other is not None:
        rows += _of_prediction(other, other.ensemble_name)
    if entry.known is not None:
        rows += _known(entry.known, prediction)
    order = [shell.label for shell in prediction.shells]
    known = [row for row in rows if row.shell in order]
    return tuple(sorted(known, key=lambda row: order.index(row.shell)))


def _of_prediction(prediction: Prediction, method: str) -> list[MethodRow]:
    misfit = prediction.back.r_factor_r if prediction.back else math.nan
    verdict = prediction.verdict.name
    remark = "" if verdict == "inside" else f"the verdict is {verdict}"
    return [
        MethodRow(
            shell.label,
            method,
            (
                shell.coordination_number,
                amplitude(prediction, index),
                shell.distance,
                shell.sigma2,
                shell.c3,
            ),
            misfit,
            remark,
        )
        for index, shell in enumerate(prediction.shells)
    ]


def _compared(comparison: Comparison) -> list[MethodRow]:
    names = {INVERSION: "regularised inversion"}
    return [
        MethodRow(
            label, wording.pair(names.get(method, method)), values, misfit, remark
        )
        for label, method, values, misfit, remark in entries(comparison)
    ]


def _known(known: KnownDistribution, prediction: Prediction) -> list[MethodRow]:
    """Return the moments of a known g(r) between the limits of the shells."""
    distribution, rows = known.distribution, []
    for shell in prediction.shells:
        if shell.pair not in distribution.partials:
            continue
        found = moments(
            distribution.r,
            distribution.partials[shell.pair],
            r_min=shell.r_min,
            r_max=shell.r_max,
        )
        n, r, sigma2, c3 = (
            Estimate(value, math.nan)
            for value in (found.coordination, found.distance, found.sigma2, found.c3)
        )
        values = (n, None, r, sigma2, c3)
        rows.append(MethodRow(shell.label, "known g(r)", values, math.nan, ""))
    return rows


def _quality(misfit: float) -> str:
    """Return an R-factor to a thousandth."""
    return "" if math.isnan(misfit) else wording.r_factor(misfit)


def _text(estimate: Estimate, factor: float) -> str:
    if not math.isfinite(estimate.value):
        return wording.EN_DASH
    if estimate.fixed:
        return f"{wording.number(estimate.value * factor, 1)} (fixed)"
    if not math.isfinite(estimate.std):
        value = estimate.value * factor
        size = abs(value)
        return wording.number(value, 3 if size < 10.0 else 2 if size < 100.0 else 1)
    value, std = wording.value_and_std(estimate, factor=factor)
    return f"{value} ± {std}"
