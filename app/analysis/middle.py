"""The middle of the Analysis tab: g(r) above chi(k) and chi(R) above the table."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QStackedWidget,
    QWidget,
)

from app.analysis.cards.compare_card import Overlays
from app.analysis.pictures import (
    chi_picture,
    keys_of,
    magnitude_picture,
    radial_picture,
)
from app.analysis.plots.amplitude_plot import AmplitudePlot
from app.analysis.plots.chi_plot import ChiPlot
from app.analysis.plots.magnitude_plot import MagnitudePlot
from app.analysis.plots.radial_plot import RadialPlot
from app.analysis.shells_card import ShellsCard
from app.analysis.stack_panel import StackPanel
from app.look import theme
from app.session.view import View
from app.widgets.basics import Card, icon_button, say
from app.widgets.layouts import column_of, row_of
from app.widgets.legend import Key, Legend
from onne_core.values.prediction import Prediction
from onne_core.values.project import SpectrumEntry

IMPORTED = Key("imported", "dotted", "second")
MEASURED = Key("as read", "line", "second")
CORRECTED = Key("corrected", "line", "accent")
NOISE = Key("noise", "band", "prior")
CALCULATED = Key("from g(r)", "dashed")
LEAST_RADIAL, LEAST_SPECTRUM = 214, 178
"""Heights below which the middle scrolls instead, px: all fits into 1280 x 800."""


class AnalysisMiddle(QWidget):
    """Plots of one spectrum and its prediction; remembers the selected shell."""

    def __init__(
        self,
        radial: RadialPlot,
        chi: ChiPlot,
        magnitude: MagnitudePlot,
        stacked: StackPanel,
        amplitude: AmplitudePlot,
    ) -> None:
        super().__init__()
        self.radial, self.chi, self.magnitude = radial, chi, magnitude
        self.stacked, self.shells = stacked, ShellsCard(amplitude)
        self._shell = 0
        self._shown: tuple[View, Overlays, tuple[int, ...]] | None = None
        self._spectrum_shown: tuple[object, ...] = ()
        self._state = QLabel(self.radial)
        self._state.setProperty("tone", "second")
        self._state.setWordWrap(True)
        self._state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._plots = QStackedWidget()
        self._plots.addWidget(self._single())
        self._plots.addWidget(self.stacked)
        column_of((self._plots, 1), self.shells, within=self, spacing=theme.MARGIN)
        self.radial.shell_chosen.connect(self.choose_shell)
        self.shells.chosen.connect(self.choose_shell)

    def show_view(
        self, view: View, beside: Overlays, marked: tuple[int, ...] = ()
    ) -> None:
        """Draw the selected spectrum of ``view`` with the overlays ``beside`` its g(r).

        Several ``marked`` spectra are stacked instead.
        """
        self._shown = (view, beside, marked)
        prediction, entry = view.prediction, view.entry
        if entry is None:
            return
        self._plots.setCurrentIndex(int(len(marked) > 1))
        if len(marked) > 1:
            self.stacked.show_view(view, marked)
        self._draw_spectrum(view, entry)
        self.shells.setVisible(prediction is not None)
        self._say(view)
        if prediction is None:
            self.radial.forget()
            return
        self._shell = min(self._shell, len(prediction.shells) - 1)
        picture = radial_picture(view, prediction, entry, beside, shell=self._shell)
        keys = keys_of(picture.overlays)
        # The least needed key goes where several curves want the room.
        last = (Key("outside model range", "band", "shade"),) if len(keys) < 3 else ()
        self._legend.set_keys(_bands(prediction), *keys, *last)
        self.radial.draw(picture)
        self.shells.show_shells(view, prediction, self._shell)

    def choose_shell(self, index: int) -> None:
        """Select shell ``index``: its row and its grips."""
        if self._shown is not None and index != self._shell:
            self._shell = index
            self.show_view(*self._shown)

    def resizeEvent(self, event) -> None:  # noqa: ANN001 - Qt's name
        """Keep the notice over the plot."""
        super().resizeEvent(event)
        self._state.setGeometry(self.radial.rect().adjusted(70, 8, -16, -40))

    def _say(self, view: View) -> None:
        """Show over the plot why there is no curve."""
        text = ""
        if view.prediction is None:
            if view.outcome.problem:
                text = view.outcome.problem
            elif view.ensemble is None and not view.is_looking:
                text = (
                    "No ensemble chosen. Open an ensemble folder, or train one "
                    "under Training."
                )
            else:
                text = "Predicting g(r)…"
                if not any(one.summary for one in view.outcomes):
                    text = (
                        "Loading the networks… Only the first prediction has to "
                        "wait for this."
                    )
        say(self._state, text)
        self._state.setGeometry(self.radial.rect().adjusted(70, 8, -16, -40))

    def _draw_spectrum(self, view: View, entry: SpectrumEntry) -> None:
        prediction = view.prediction
        # Limits change with every move of the mouse, and nothing here with them.
        shown = (
            entry.spectrum,
            prediction.settings if prediction else None,
            entry.standard,
            prediction.ensemble_digest if prediction else "",
            view.training,
            view.window,
            view.k_weight,
            theme.current(),
        )
        if shown == self._spectrum_shown:
            return
        self._spectrum_shown = shown
        calculated = (CALCULATED,) if prediction and prediction.back else ()
        picture = chi_picture(view, entry)
        # As many keys as have room beside the heading in the smallest window.
        first, last = ((IMPORTED,), ()) if picture.imported else ((), (NOISE,))
        self._chi_legend.set_keys(*first, MEASURED, CORRECTED, *calculated, *last)
        self._magnitude_legend.set_keys(CORRECTED, *calculated)
        self.chi.draw(picture)
        self.magnitude.draw(magnitude_picture(view, entry))

    def _single(self) -> QWidget:
        """Return the plots of one spectrum."""
        single = QWidget()
        radial, below = self._radial_card(), self._spectrum_row()
        radial.setMinimumHeight(LEAST_RADIAL)
        column_of((radial, 6), (below, 5), within=single, spacing=theme.MARGIN)
        return single

    def _radial_card(self) -> Card:
        self._legend = Legend()
        copy = icon_button("copy", "Copy g(r) figure", self.radial.copy)
        heading = "Partial radial distributions"
        return Card(heading, self.radial, beside=(self._legend, copy))

    def _spectrum_row(self) -> QHBoxLayout:
        row = row_of(spacing=theme.MARGIN)
        self._chi_legend = Legend(MEASURED, CORRECTED, NOISE)
        self._magnitude_legend = Legend(CORRECTED)
        for heading, plot, legend, stretch in (
            ("<i>χ</i>(<i>k</i>)", self.chi, self._chi_legend, 3),
            ("|<i>χ</i>(<i>R</i>)|", self.magnitude, self._magnitude_legend, 2),
        ):
            card = Card(heading, plot, beside=(legend,))
            card.setAccessibleName(plot.accessibleName())
            card.setMinimumHeight(LEAST_SPECTRUM)
            row.addWidget(card, stretch)
        return row


def _bands(prediction: Prediction) -> Key:
    """Return the key of the bands: the method that answers, and the levels."""
    name = "networks" if prediction.joint is None else "joint"
    return Key(f"{name}, 68 % / 95 %", "bands", "series")
