"""The Training tab: what the chosen ensemble is, and how well it is calibrated."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import theme, wording
from app.analysis_service import EnsembleInfo
from app.pages.page import Page, columns_in
from app.plots.loss_plot import LossCurve, LossPicture, LossPlot
from app.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.empty import EmptyState
from app.widgets.ensemble_picker import EnsemblePicker
from app.widgets.facts import Facts
from app.widgets.legend import Key, Legend
from app.widgets.text_table import TextColumn, TextTable

LEFT, RIGHT = 272, 304
HOW = (
    "Training runs in a terminal: <b>onne train DIR --out ENSEMBLE</b> on a training "
    "set that <b>onne generate</b> made. Then open the folder here."
)


class TrainingPage(Page):
    """Shows the card of the chosen ensemble."""

    ensemble_chosen = Signal(object)
    ensemble_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Training")
        self._info: EnsembleInfo | None = None
        self._shown: tuple[object, ...] = ()
        self._member = -1
        self.picker = EnsemblePicker()
        self.facts, self.nuisances = Facts(), Facts()
        self.rejected = label("", "note", wrap=True)
        self.loss = LossPlot()
        self.coverage = TextTable(
            "Calibration",
            TextColumn("Shell", is_number=False),
            TextColumn("Quantity", is_number=False),
            TextColumn("In the 68 % band"),
            TextColumn("In the 95 % band"),
        )
        self.members = TextTable(
            "Members",
            TextColumn("Member"),
            TextColumn("Best step"),
            TextColumn("Validation loss"),
        )
        self._add_tools(
            button(
                "Open an ensemble…",
                self.ensemble_wanted.emit,
                role="primary",
                icon="open",
            )
        )
        self.picker.chosen.connect(self.ensemble_chosen)
        self.picker.folder_wanted.connect(self.ensemble_wanted)
        self.members.chosen.connect(self._lift)
        layout = columns_in(self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._content())
        self._stack.addWidget(
            EmptyState(
                "No ensemble yet",
                "Train one in a terminal with onne generate and onne train, or open "
                "the folder of a trained one.",
                button("Open an ensemble…", self.ensemble_wanted.emit, icon="open"),
            )
        )
        layout.addWidget(self._stack)

    def show_view(self, view: View) -> None:
        """Show the ensemble of ``view``."""
        self.picker.show_view(view)
        self._stack.setCurrentIndex(0 if view.ensemble is not None else 1)
        if view.ensemble is not None and view.ensemble is not self._info:
            self._info, self._member = view.ensemble, -1
            self.facts.set_facts(_facts(view.ensemble))
            self.nuisances.set_facts(_nuisances(view.ensemble))
            self.rejected.setText(_rejected(view.ensemble))
            self.coverage.set_rows(_coverage(view.ensemble))
            self.members.set_rows(_members(view.ensemble))
            self.members.fit_height(10)
        self._draw()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        return (self.picker.combo, self.loss, self.members)

    def _lift(self, member: int) -> None:
        self._member = member
        self._draw()

    def _draw(self) -> None:
        shown = (self._info, self._member, theme.current())
        if self._info is not None and shown != self._shown:
            self._shown = shown
            self.loss.draw(LossPicture(_curves(self._info), self._member))

    def _content(self) -> QWidget:
        content = QWidget()
        layout = QHBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.MARGIN)
        for column, stretch in (
            (self._left(), 0),
            (self._middle(), 1),
            (self._right(), 0),
        ):
            layout.addLayout(column, stretch)
        return content

    def _left(self) -> QVBoxLayout:
        chosen = Card()
        chosen.body.addWidget(self.picker)
        facts = Card("This ensemble")
        facts.body.addWidget(self.facts)
        how = Card("Train another")
        how.body.addWidget(label(HOW, "note", wrap=True))
        return _column(LEFT, chosen, facts, how)

    def _middle(self) -> QVBoxLayout:
        loss = Card("Loss")
        loss.header.addWidget(
            Legend(
                Key("validation", "line", "second"), Key("training", "dashed", "second")
            )
        )
        loss.header.addWidget(icon_button("copy", "Copy the figure", self.loss.copy))
        loss.body.addWidget(self.loss)
        table = Card("Calibration on macrostates set apart for testing")
        table.header.addWidget(label("share of the truth inside the bands", "small"))
        table.header.addWidget(
            icon_button("copy", "Copy the table", self.coverage.copy)
        )
        table.body.addWidget(self.coverage)
        column = QVBoxLayout()
        column.setSpacing(theme.MARGIN)
        column.addWidget(loss, 4)
        column.addWidget(table, 5)
        return column

    def _right(self) -> QVBoxLayout:
        members = Card("Members")
        members.body.addWidget(self.members)
        nuisances = Card("Errors seen in training")
        nuisances.body.addWidget(self.nuisances)
        aside = Card("Clusters set aside")
        aside.body.addWidget(self.rejected)
        return _column(RIGHT, members, nuisances, aside)


def _column(width: int, *cards: Card) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(theme.MARGIN)
    for card in cards:
        card.setFixedWidth(width)
        column.addWidget(card)
    column.addStretch(1)
    return column


def _curves(info: EnsembleInfo) -> tuple[LossCurve, ...]:
    tables = [np.array(member, dtype=float) for member in info.card.losses if member]
    return tuple(LossCurve(t[:, 0], t[:, 1], t[:, 2]) for t in tables)


def _members(info: EnsembleInfo) -> list[tuple[str, ...]]:
    rows = []
    for number, curve in enumerate(_curves(info), 1):
        best = int(np.argmin(curve.validation))
        rows.append(
            (
                str(number),
                wording.count(int(curve.step[best])),
                wording.number(float(curve.validation[best]), 3),
            )
        )
    return rows


def _coverage(info: EnsembleInfo) -> list[tuple[str, ...]]:
    return [
        (
            wording.pair(shell) if number == 0 else "",
            wording.sentence(quantity),
            f"{wording.number(100.0 * narrow, 0)} %",
            f"{wording.number(100.0 * wide, 0)} %",
        )
        for shell, row in info.card.coverage.items()
        for number, (quantity, (narrow, wide)) in enumerate(row.items())
    ]


def _facts(info: EnsembleInfo) -> list[tuple[str, str]]:
    card, training = info.card, info.card.training
    shells = ", ".join(wording.pair(head.label) for head in card.heads)
    window = wording.span(training.k_min, training.k_max, decimals=1)
    return [
        ("Edge", f"{card.absorber} {card.edge}"),
        ("Shells", shells),
        ("Spectra", wording.count(card.items)),
        ("Members", str(info.members)),
        ("Window", f"{window} Å⁻¹"),
        ("<i>k</i>-weight", str(training.k_weight)),
        ("Fourier filter", f"{wording.span(*training.r_filter, decimals=1)} Å"),
        ("Digest", info.digest[:12]),
    ]


def _nuisances(info: EnsembleInfo) -> list[tuple[str, str]]:
    training = info.card.training
    return [
        ("<i>E</i>₀ shift", f"± {wording.number(training.e0_range, 1)} eV"),
        ("Amplitude", f"{wording.number(100 * training.amplitude, 0)} %"),
        (
            "Noise of <i>χ</i>",
            f"up to {wording.number(1e3 * training.noise, 1)} × 10⁻³",
        ),
        (
            "Theory, amplitude",
            f"{wording.number(100 * training.theory_amplitude, 0)} %",
        ),
        ("Theory, phase", f"{wording.number(training.theory_phase, 2)} rad"),
        ("Mixed spectra", f"{wording.number(100 * training.mixed_share, 0)} %"),
    ]


def _rejected(info: EnsembleInfo) -> str:
    rejected = info.card.description.get("rejected") or {}
    if not rejected:
        return "None was set aside."
    return "<br>".join(
        f"{wording.strong(wording.count(n))} {wording.sentence(why)}"
        for why, n in rejected.items()
    )
