"""Forward preview: spectra that the ranges allow, with a measured spectrum."""

from PySide6.QtWidgets import QWidget

from app.session.view import View
from app.shells.cards.preview_pictures import pictures_of
from app.shells.forward import Forward
from app.shells.plots.band_plot import BandPlot
from app.widgets.basics import Card, apart, button, combo, label, set_text, set_tone
from app.widgets.chip import VerdictChip
from app.widgets.legend import Key, Legend

FIRST = (
    "Check before training whether a measurement lies inside the training range: 24 "
    "macrostates, with the phases of the future training set. Takes a few seconds."
)
OLD = "Curves are from earlier ranges."


class PreviewCard(Card):
    """Card of the preview of a system; starts and stops one, offers the spectra."""

    def __init__(self, chi: BandPlot, magnitude: BandPlot) -> None:
        super().__init__("Forward preview")
        self.chip = VerdictChip()
        self.header.addWidget(self.chip)
        self.spectra = combo("Measured spectrum to compare with the preview")
        self.chi, self.magnitude = chi, magnitude
        for plot in (self.chi, self.magnitude):
            plot.setMinimumHeight(112)
        self._legend = Legend(
            Key("macrostates", "band", "accent_soft"), Key("measured", "line")
        )
        self._words = label("", "note", wrap=True)
        self._state = label("", "note", wrap=True)
        self.start = button("Calculate", icon="play")
        self.stop = button("Cancel")
        self.fill(self.spectra, self._legend, (self.chi, 1), (self.magnitude, 1))
        self.fill(self._words, self._state, apart(self.start, self.stop))

    def show_view(self, view: View, forward: Forward) -> None:
        """Show the preview of the system of ``view``."""
        recipe = view.recipe
        if recipe is None:
            return
        self._show_spectra(view)
        current = forward.of(recipe)
        shown = current or forward.last
        if shown is not None and len(shown.chi):
            same = view.prediction if self._is_same_absorber(view) else None
            measured = view.entry.spectrum if view.entry else None
            made = pictures_of(shown, recipe, measured, same, is_old=current is None)
            self.chi.draw(made.chi)
            self.magnitude.draw(made.magnitude)
            self.chip.show_verdict(made.verdict or "")
            set_text(self._words, made.words)
        for widget in (self._legend, self.chi, self.magnitude, self._words):
            widget.setVisible(shown is not None)
        self.chip.setVisible(current is not None and view.entry is not None)
        self._show_state(forward, forward.problem_of(recipe), current is None)

    def _show_state(self, forward: Forward, problem: str, is_due: bool) -> None:
        job = forward.job
        text = FIRST if forward.last is None else OLD
        if job is not None:
            done = job.progress
            text = f"{done.message or 'Starting'}…"
            if done.done:
                text = f"{done.message}: {done.done} of {done.total}"
        elif problem:
            text = problem
        set_tone(self._state, "problem" if problem and job is None else "note")
        self._state.setText(text)
        self._state.setVisible(is_due or job is not None)
        again = "Calculate again" if forward.last is not None else "Calculate"
        self.start.setText(again)
        self.start.setVisible(is_due and job is None)
        self.stop.setVisible(job is not None)

    def _show_spectra(self, view: View) -> None:
        spectra = view.project.spectra
        items = [(entry.name, index) for index, entry in enumerate(spectra)]
        self.spectra.offer(items, view.project.selected)
        self.spectra.setVisible(bool(spectra))

    def _is_same_absorber(self, view: View) -> bool:
        recipe, ensemble = view.recipe, view.ensemble
        if recipe is None or ensemble is None or not view.outcome.is_current:
            return False
        return ensemble.card.absorber == recipe.system.absorber

    def focus_target(self) -> QWidget:
        """Return what F6 goes to."""
        return self.start if self.start.isVisible() else self.chi
