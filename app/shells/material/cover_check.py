"""A measured spectrum over what the proposed ranges allow, calculated while one looks.

Until that is done, the ranges of the distances are shown behind the spectrum.
"""

from itertools import groupby

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.look import wording
from app.shells.cards.preview_pictures import pictures_of
from app.shells.forward import Forward
from app.shells.material.cover_plot import WORDS, CoverPlot
from app.shells.plots.band_plot import BandPicture, BandPlot
from app.widgets.basics import label
from app.widgets.chip import VerdictChip
from app.widgets.layouts import column_of, row_of
from onne_core.proposals.proposal import Proposal
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import Spectrum

PAUSE = 800
"""Time for which a proposal must stay before its spectra are calculated, ms."""

TOLERANCE = 0.08
"""Share of the highest peak by which a spectrum may leave the extremes of so few."""


class CoverCheck(QWidget):
    """Plot with words; it starts the preview of a proposal by itself.

    The preview is that of the tab Shells, where it need not be calculated again.
    """

    def __init__(self, forward: Forward) -> None:
        super().__init__()
        self._forward = forward
        self._proposal: Proposal | None = None
        self._spectrum: Spectrum | None = None
        self.cover = CoverPlot("Measured spectrum and proposed shells")
        self.band = BandPlot("Measured spectrum and calculated spectra")
        self.words = label("", "note", wrap=True)
        self.chip = VerdictChip()
        self._plots = QStackedWidget()
        self._plots.setMinimumHeight(200)
        for plot in (self.cover, self.band):
            self._plots.addWidget(plot)
        heading = label("Does it cover your spectrum?", "heading")
        column_of(
            row_of(heading, None, self.chip),
            (self._plots, 1),
            self.words,
            within=self,
            spacing=8,
        )
        self._timer = QTimer(self, singleShot=True, interval=PAUSE)
        self._timer.timeout.connect(self._start)
        forward.changed.connect(self._draw)

    def show_for(self, proposal: Proposal, spectrum: Spectrum) -> None:
        """Show ``spectrum`` over ``proposal``, whose spectra follow."""
        self._proposal, self._spectrum = proposal, spectrum
        self.cover.draw(spectrum, proposal)
        if self._forward.of(proposal.recipe) is None:
            self._timer.start()
        self._draw()

    def stop(self) -> None:
        """Start and show nothing any more; what is under way is of use in Shells."""
        self._timer.stop()
        self._forward.changed.disconnect(self._draw)
        self._proposal = None

    def _start(self) -> None:
        if self._proposal is not None:
            self._forward.start(self._proposal.recipe)

    def _draw(self) -> None:
        if self._proposal is None or self._spectrum is None:
            return
        recipe = self._proposal.recipe
        preview = self._forward.of(recipe)
        self.chip.setVisible(preview is not None)
        self._plots.setCurrentWidget(self.cover if preview is None else self.band)
        if preview is None:
            self.words.setText(f"{self._progress(recipe)} {WORDS}".strip())
            return
        made = pictures_of(preview, recipe, self._spectrum, None, is_old=False)
        self.band.draw(made.magnitude)
        self.chip.show_verdict(made.verdict or "")
        place = where_it_leaves(made.magnitude)
        if not place and made.verdict == "inside":
            place = "Your spectrum lies inside the calculated range."
        self.words.setText(f"{place} {made.words}".strip())

    def _progress(self, recipe: Recipe) -> str:
        problem = self._forward.problem_of(recipe)
        job = self._forward.job
        if job is None:
            return f"Not calculated: {problem}" if problem else ""
        step = job.progress
        if not step.total:
            return "Calculating spectra of these ranges…"
        return f"{step.message}: {step.done} of {step.total}."


def where_it_leaves(picture: BandPicture) -> str:
    """Return at which R (Å) a measurement leaves the calculated curves, if it does."""
    if picture.measured is None:
        return ""
    places = _outside(picture)
    if not places:
        return ""
    named = ", ".join(wording.span(low, high, decimals=1) for low, high in places)
    return f"Your spectrum leaves the calculated range at <i>R</i> = {named} Å."


def _outside(picture: BandPicture) -> list[tuple[float, float]]:
    """Return the stretches of the window where the measurement is outside."""
    assert picture.measured is not None
    start, end = picture.window
    inside = (picture.x >= start) & (picture.x <= end)
    x, measured = picture.x[inside], picture.measured[inside]
    margin = TOLERANCE * float(measured.max())
    lower = picture.curves[:, inside].min(axis=0) - margin
    upper = picture.curves[:, inside].max(axis=0) + margin
    outside = (measured < lower) | (measured > upper)
    runs = groupby(range(x.size), key=lambda i: bool(outside[i]))
    stretches = [list(run) for is_outside, run in runs if is_outside]
    return [(float(x[run[0]]), float(x[run[-1]])) for run in stretches]
