"""Export requests made from the view; pure functions."""

import math
from datetime import datetime
from typing import cast

from app.analysis.cards.compare_card import Overlays
from app.analysis.export_stage import ExportRequest
from app.analysis.method_rows import values_of
from app.analysis.pictures import overlays_of
from app.session.view import View
from app.widgets.export_dialog import ExportChoice
from onne_core.results.analysis_page import PageContent
from onne_core.results.curves import PlottedPrediction
from onne_core.results.figures import Columns
from onne_core.values.prediction import Estimate, Prediction
from onne_core.values.project import SpectrumEntry

QUANTITIES = ("CN", "N S02", "R", "sigma2", "C3")
UNITS = ("", "", " (Å)", " (Å^2)", " (Å^3)")


def request_of(
    view: View,
    prediction: Prediction,
    entry: SpectrumEntry,
    choice: ExportChoice,
    when: datetime,
) -> ExportRequest:
    """Return the export request for the spectrum of ``view``."""
    return ExportRequest(
        PageContent(
            drawn=drawn_of(view, prediction, entry),
            source=entry.source,
            sha256=entry.sha256,
            when=f"{when:%d %B %Y, %H:%M}",
            settings=settings_of(entry),
            comparison=view.comparison,
        ),
        stem=str(choice.stem),
        suffixes=choice.suffixes,
        columns=cast("Columns", choice.columns),
        rows=table_of(view),
    )


def drawn_of(
    view: View, prediction: Prediction, entry: SpectrumEntry
) -> PlottedPrediction:
    """Return the prediction with its overlays."""
    overlays = overlays_of(view, Overlays())
    return PlottedPrediction(
        prediction=prediction,
        measured=entry.spectrum,
        beside={overlay.name: overlay.distribution for overlay in overlays},
        window=view.project.window,
        power=view.project.k_weight,
    )


def settings_of(entry: SpectrumEntry) -> tuple[tuple[str, str], ...]:
    """Return the settings of ``entry`` other than E0 and S0^2, line by line."""
    lines = []
    if entry.standard is not None:
        scale = entry.standard.scale
        known = "unknown" if scale is None else f"{scale:.4f}"
        file = entry.standard.source or "learnt in ONNE"
        lines.append(("Standard", f"{entry.standard.title} ({file}); k scale {known}"))
    if entry.reduction is not None:
        made = entry.reduction.settings
        e0 = "larch's choice" if made.e0 is None else f"{made.e0:.2f} eV"
        lines.append(
            (
                "Background removal",
                f"AUTOBK by larch: E0 {e0}, rbkg {made.rbkg:g} Å, k-weight "
                f"{made.k_weight}",
            )
        )
    if entry.known is not None:
        lines.append(("Known g(r)", entry.known.source))
    return tuple(lines)


def table_of(view: View) -> tuple[tuple[str, ...], ...]:
    """Return shells and methods with plain numbers, titles first."""
    titles = [
        cell
        for name, unit in zip(QUANTITIES, UNITS, strict=True)
        for cell in (f"{name}{unit}", f"{name} std{unit}")
    ]
    head = ("shell", "r_min (Å)", "r_max (Å)", "method", *titles, "R-factor", "remark")
    limits = {s.label: s for s in view.prediction.shells} if view.prediction else {}
    rows = [
        (
            row.shell,
            f"{limits[row.shell].r_min:.2f}",
            f"{limits[row.shell].r_max:.2f}",
            row.method,
            *(cell for value in row.values for cell in _cells(value)),
            _number(row.misfit),
            row.remark,
        )
        for row in values_of(view)
    ]
    return (head, *rows)


def _cells(estimate: Estimate | None) -> tuple[str, str]:
    if estimate is None:
        return "", ""
    return _number(estimate.value), "fixed" if estimate.fixed else _number(estimate.std)


def _number(value: float) -> str:
    return f"{value:.6g}" if math.isfinite(value) else ""
