"""The spectrum under the cursor: its g(r) with bands, and its chi(k)."""

import numpy as np

from app.look.wording import pair as written
from app.plots import titles
from app.plots.plot import Plot
from app.plots.theme import pen
from app.session.view import View
from app.widgets.basics import Card, apart, button, label
from app.widgets.chip import VerdictChip
from onne_core.values.prediction import Prediction
from onne_core.values.summary import Summary

LEAST_HEIGHT = 96


class SelectedCard(Card):
    """Card of one spectrum of the series."""

    def __init__(self, radial: Plot, chi: Plot) -> None:
        super().__init__("No spectrum")
        self.chip = VerdictChip()
        self.header.addWidget(self.chip)
        self.radial, self.chi = radial, chi
        for plot in (self.radial, self.chi):
            plot.setMinimumHeight(LEAST_HEIGHT)
            self.body.addWidget(plot, 1)
        self.open = button("Open in Analysis", icon="analysis")
        self.body.addLayout(apart(self.open, label("Enter", "small")))

    def show_view(self, view: View, pair: int, title: str) -> None:
        """Show the selected spectrum of ``view``, and one pair of its g(r)."""
        entry, outcome = view.entry, view.outcome
        self.set_heading(title or "No spectrum")
        self.chip.show_verdict(outcome.verdict if outcome.is_current else "")
        self.open.setEnabled(entry is not None)
        self._draw_radial(outcome.prediction, outcome.summary, pair)
        self._draw_chi(view)

    def _draw_radial(
        self, prediction: Prediction | None, summary: Summary | None, pair: int
    ) -> None:
        plot = self.radial
        palette = plot.begin(bottom=titles.R, left=titles.G)
        colour = palette.of_pair(pair)
        if prediction is not None and pair < len(prediction.pairs):
            name, band = list(prediction.pairs.items())[pair]
            r, top = prediction.r, float(band.upper95.max()) or 1.0
            plot.set_range((float(r[0]), float(r[-1])), (-0.02 * top, 1.04 * top))
            for lower, upper, opacity in (
                (band.lower95, band.upper95, palette.band95),
                (band.lower68, band.upper68, palette.band68),
            ):
                plot.fill_between(r, lower, upper, colour, opacity)
            plot.curve(r, band.g, pen(colour, 1.6), name=written(name))
            plot.tell(f"g(r) of {name} with its bands.")
        elif summary is not None and pair < len(summary.pairs):
            g, r = summary.g[pair].astype(float), summary.r
            top = float(g.max()) or 1.0
            plot.set_range((float(r[0]), float(r[-1])), (-0.02 * top, 1.04 * top))
            plot.curve(r, g, pen(colour, 1.6), name=written(summary.pairs[pair]))
            plot.tell(f"g(r) of {summary.pairs[pair]}; computing its bands.")
        else:
            plot.set_range((1.0, 6.0), (0.0, 1.0))
            plot.tell("No g(r) yet.")

    def _draw_chi(self, view: View) -> None:
        plot, prediction, power = self.chi, view.prediction, view.k_weight
        palette = plot.begin(bottom=titles.K, left=titles.chi_of_k(power))
        if view.entry is None:
            plot.set_range((0.0, 16.0), (-1.0, 1.0))
            plot.tell("No spectrum.")
            return
        shown = prediction.corrected if prediction else view.entry.spectrum
        lower, upper = view.window
        inside = (shown.k >= lower - 1.0) & (shown.k <= upper + 1.0)
        k, weight = shown.k[inside], shown.k[inside] ** power
        measured = weight * shown.chi[inside]
        top = 1.1 * float(np.abs(measured).max(initial=1e-9))
        plot.set_range((lower - 1.0, upper + 1.0), (-top, top))
        plot.curve(k, measured, pen(palette.second, 1.0), name="measured")
        if prediction is not None and prediction.back is not None:
            back = weight * prediction.back.chi[inside]
            style = pen(palette.accent, 1.3, dash=(5.0, 3.0))
            plot.curve(k, back, style, name="from g(r)")
        plot.tell("Measured and back-calculated chi(k).")
