"""The middle of the Analysis tab: g(r) above chi(k) and chi(R) above the table."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.plots.chi_plot import ChiPicture, ChiPlot
from app.plots.magnitude_plot import MagnitudePicture, MagnitudePlot
from app.plots.radial_plot import RadialPicture, RadialPlot, ShellMark
from app.view import View
from app.widgets.basics import Card, icon_button, label, set_tone
from app.widgets.legend import Key, Legend
from app.widgets.shell_table import ShellTable
from onne_core.prediction import Prediction
from onne_core.project import SpectrumEntry
from onne_core.recipe import TrainingRecipe

MEASURED = Key("as read", "line", "second")
CORRECTED = Key("corrected", "line", "accent")
KEY_OF_BARS = "grey: training set · colour: 68 % and 95 % · tick: mean"
NO_MEASUREMENT = "Outside the training set: these numbers are no measurement."
NOISE = Key("noise", "band", "prior")
CALCULATED = Key("from g(r)", "dashed")


class AnalysisMiddle(QWidget):
    """Draws one spectrum and its prediction; remembers which shell is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.radial = RadialPlot()
        self.chi = ChiPlot()
        self.magnitude = MagnitudePlot()
        self.table = ShellTable()
        self._shell = 0
        self._shown: tuple[View, bool, bool] | None = None
        self._spectrum_shown: tuple[object, ...] = ()
        self._state = QLabel(self.radial)
        self._state.setProperty("tone", "second")
        self._state.setWordWrap(True)
        self._state.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        layout.addWidget(self._radial_card(), 6)
        layout.addLayout(self._spectrum_row(), 5)
        layout.addWidget(self._table_card())
        self.radial.shell_chosen.connect(self.choose_shell)
        self.table.chosen.connect(self.choose_shell)

    def show_view(self, view: View, *, show_members: bool, show_known: bool) -> None:
        """Draw the selected spectrum of ``view`` and what is known of it."""
        self._shown = (view, show_members, show_known)
        prediction, entry = view.prediction, view.entry
        if entry is None:
            return
        training = view.ensemble.card.training if view.ensemble else TrainingRecipe()
        self._draw_spectrum(entry, prediction, training)
        self._table_card_widget.setVisible(prediction is not None)
        self._say(view)
        if prediction is None:
            self.radial.forget()
            return
        self._shell = min(self._shell, len(prediction.shells) - 1)
        is_outside = prediction.verdict.name == "outside"
        self._table_note.setText(NO_MEASUREMENT if is_outside else KEY_OF_BARS)
        set_tone(self._table_note, "problem" if is_outside else "small")
        has_known = show_known and entry.known is not None
        self._legend.set_keys(
            Key("68 % / 95 %", "bands", "series"),
            *((Key("known g(r)", "dashed"),) if has_known else ()),
            Key("no answer", "band", "shade"),
        )
        self.radial.draw(
            RadialPicture(
                r=prediction.r,
                pairs=prediction.pairs,
                shells=shell_marks(prediction, entry),
                reach=_reach(view, prediction),
                selected=self._shell,
                known=entry.known.distribution if entry.known and show_known else None,
                show_members=show_members,
            )
        )
        self.table.show_shells(prediction.shells, tuple(prediction.pairs), self._shell)

    def choose_shell(self, index: int) -> None:
        """Look at shell ``index``: mark its row, give it the grips."""
        if self._shown is not None and index != self._shell:
            self._shell = index
            view, members, known = self._shown
            self.show_view(view, show_members=members, show_known=known)

    def resizeEvent(self, event) -> None:  # noqa: ANN001, N802 - Qt's name
        """Keep the notice over the plot."""
        super().resizeEvent(event)
        self._state.setGeometry(self.radial.rect().adjusted(70, 8, -16, -40))

    def _say(self, view: View) -> None:
        """Say over the plot why there is no curve."""
        text = ""
        if view.prediction is None:
            if view.outcome.problem:
                text = view.outcome.problem
            elif view.ensemble is None and not view.is_looking:
                text = (
                    "No ensemble is chosen. Open an ensemble's folder, or train one "
                    "under Training."
                )
            else:
                text = "Reading g(r) from the spectrum…"
        self._state.setText(text)
        self._state.setVisible(bool(text))
        self._state.setGeometry(self.radial.rect().adjusted(70, 8, -16, -40))

    def _draw_spectrum(
        self,
        entry: SpectrumEntry,
        prediction: Prediction | None,
        training: TrainingRecipe,
    ) -> None:
        corrected = prediction.corrected if prediction else None
        # Limits change with every move of the mouse, and nothing here with them.
        shown = (
            id(entry.spectrum),
            prediction.settings if prediction else None,
            prediction.ensemble_digest if prediction else "",
            training,
            theme.current(),
        )
        if shown == self._spectrum_shown:
            return
        self._spectrum_shown = shown
        back = prediction.back if prediction else None
        calculated = (CALCULATED,) if back else ()
        self._chi_legend.set_keys(MEASURED, CORRECTED, *calculated, NOISE)
        self.chi.draw(
            ChiPicture(
                measured=entry.spectrum,
                corrected=corrected,
                k_min=training.k_min,
                k_max=training.k_max,
                k_weight=training.k_weight,
                noise=prediction.noise if prediction else 0.0,
                back=back,
            )
        )
        self.magnitude.draw(
            MagnitudePicture(
                measured=entry.spectrum,
                corrected=corrected,
                k_min=training.k_min,
                k_max=training.k_max,
                k_weight=training.k_weight,
                r_filter=training.r_filter,
            )
        )

    def _radial_card(self) -> Card:
        card = Card("Partial radial distributions")
        self._legend = Legend(Key("68 % / 95 %", "bands", "series"))
        card.header.addWidget(self._legend)
        card.header.addWidget(
            icon_button("copy", "Copy the figure of g(r)", self.radial.copy)
        )
        card.body.addWidget(self.radial)
        return card

    def _spectrum_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(theme.MARGIN)
        self._chi_legend = Legend(MEASURED, CORRECTED, NOISE)
        other = Legend(MEASURED, CORRECTED)
        for heading, plot, legend, stretch in (
            ("<i>χ</i>(<i>k</i>)", self.chi, self._chi_legend, 3),
            ("|<i>χ</i>(<i>R</i>)|", self.magnitude, other, 2),
        ):
            card = Card(heading)
            card.setAccessibleName(plot.accessibleName())
            card.header.addWidget(legend)
            card.body.addWidget(plot)
            row.addWidget(card, stretch)
        return row

    def _table_card(self) -> Card:
        card = Card("Shells")
        self._table_note = label(KEY_OF_BARS, "small")
        card.header.addWidget(self._table_note)
        card.header.addWidget(icon_button("copy", "Copy the table", self.table.copy))
        card.body.addWidget(self.table)
        self._table_card_widget = card
        return card


def _reach(view: View, prediction: Prediction) -> tuple[float, float]:
    """Return the part of r (Å) for which the networks of ``view`` answer.

    It ends with the outermost shell that is reported: farther ones scatter too, and
    the zero that is predicted there does not say that nothing is.
    """
    outermost = max(shell.r_max for shell in prediction.shells)
    if view.ensemble is None:
        return (0.0, outermost)
    card = view.ensemble.card
    return float(card.radial.edges[min(h.first_bin for h in card.heads)]), outermost


def shell_marks(prediction: Prediction, entry: SpectrumEntry) -> tuple[ShellMark, ...]:
    """Return the shells to label; limits under the mouse come before the predicted."""
    return tuple(
        ShellMark(
            label=shell.label,
            pair=shell.pair,
            limits=entry.limits.get(shell.label, (shell.r_min, shell.r_max)),
            distance=shell.distance.value,
        )
        for shell in prediction.shells
    )
