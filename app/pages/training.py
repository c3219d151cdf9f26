"""The Training tab: making a training set, training on it, what an ensemble is."""

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import theme, wording
from app.analysis_service import EnsembleInfo
from app.job_runner import RunningJob
from app.making import MakingState, SystemChoice
from app.pages.page import WIDE, Page, scrolled, split_in
from app.plots.loss_plot import LossCurve, LossPicture, LossPlot
from app.view import View
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.empty import EmptyState
from app.widgets.ensemble_picker import EnsemblePicker
from app.widgets.facts import Facts
from app.widgets.legend import Key, Legend
from app.widgets.making_card import MakingCard
from app.widgets.reason_bars import ReasonBars
from app.widgets.text_table import TextColumn, TextTable

LEFT, RIGHT = 326, 304


class TrainingPage(Page):
    """Makes training sets and ensembles; shows the card of the chosen ensemble."""

    ensemble_chosen = Signal(object)
    ensemble_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("Training")
        self._info: EnsembleInfo | None = None
        self._shown: tuple[object, ...] = ()
        self._member = -1
        self.picker = EnsemblePicker()
        self.making = MakingCard()
        self.facts, self.nuisances = Facts(), Facts()
        self.rejected = ReasonBars()
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
        self._next = button("", self._press_next, role="primary", icon="training")
        self._add_tools(
            button("Open an ensemble…", self.ensemble_wanted.emit, icon="open"),
            self._next,
        )
        self.picker.chosen.connect(self.ensemble_chosen)
        self.picker.folder_wanted.connect(self.ensemble_wanted)
        self.members.chosen.connect(self._lift)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._content())
        self._stack.addWidget(
            EmptyState(
                "No ensemble yet",
                "Make a training set at the left and train an ensemble from it, or "
                "open the folder of a trained one.",
                button("Open an ensemble…", self.ensemble_wanted.emit, icon="open"),
            )
        )
        split_in(self, "training", self._left(), self._stack, wide=1).setSizes(
            [LEFT, WIDE]
        )

    def show_view(self, view: View) -> None:
        """Show the ensemble of ``view``."""
        self.picker.show_view(view)
        self._stack.setCurrentIndex(0 if view.ensemble is not None else 1)
        if view.ensemble is not None and view.ensemble is not self._info:
            self._info, self._member = view.ensemble, -1
            self.facts.set_facts(_facts(view.ensemble))
            self.nuisances.set_facts(_nuisances(view.ensemble))
            self.rejected.show_reasons(
                view.ensemble.card.description.get("rejected") or {}
            )
            self.coverage.set_rows(_coverage(view.ensemble))
            self.members.set_rows(_members(view.ensemble))
            self.members.fit_height(10)
        self._draw()

    def show_making(
        self,
        state: MakingState,
        systems: tuple[SystemChoice, ...],
        job: RunningJob | None,
    ) -> None:
        """Show where the making of a training set stands."""
        self.making.show_state(state, systems, job)
        text, can = _next_step(state)
        self._next.setText(text)
        self._next.setEnabled(can)

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        first = self.making.first_field()
        return (first, self.loss, self.members) if self._info else (first,)

    def _press_next(self) -> None:
        """Press the button of the card that goes on."""
        if self.making.plan.isVisible():
            self.making.plan.start.click()
        else:
            self.making.made.train.click()

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
        layout.addLayout(self._middle(), 1)
        layout.addWidget(self._right())
        return content

    def _left(self) -> QWidget:
        chosen = Card()
        chosen.body.addWidget(self.picker)
        chosen.body.addWidget(self.facts)
        return _column(LEFT, self.making, chosen)

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

    def _right(self) -> QWidget:
        members = Card("Members")
        members.body.addWidget(self.members)
        nuisances = Card("Errors seen in training")
        nuisances.body.addWidget(self.nuisances)
        aside = Card("Clusters set aside")
        aside.body.addWidget(self.rejected)
        return _column(RIGHT, members, nuisances, aside)


def _column(width: int, *cards: Card) -> QWidget:
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.MARGIN)
    for card in cards:
        column.addWidget(card)
    column.addStretch(1)
    return scrolled(content, width)


def _next_step(state: MakingState) -> tuple[str, bool]:
    """Return what the filled button says, and whether it can be pressed."""
    if state.step == "making":
        return "Making…", False
    if state.step == "training":
        return "Training…", False
    if state.step in ("made", "trained"):
        return "Train an ensemble…", True
    return "Make training set", not state.hindrance


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
            f"{wording.number(100 * training.theory_error[0], 0)} %",
        ),
        ("Theory, phase", f"{wording.number(training.theory_error[1], 2)} rad"),
        ("Mixed spectra", f"{wording.number(100 * training.mixed_share, 0)} %"),
    ]
