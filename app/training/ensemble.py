"""The card of a finished ensemble: loss, calibration, networks, training errors."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.look import theme, wording
from app.session.page import scrolled_cards
from app.session.service import EnsembleInfo
from app.training.cards.loss_card import LossCard, LossView
from app.training.cards.reason_bars import ReasonBars
from app.widgets.basics import Card, button, icon_button, label
from app.widgets.facts import Facts
from app.widgets.layouts import column_of, row_of
from app.widgets.text_table import TextColumn, TextTable
from app.work.machine import size_of
from app.work.run_record import MemberRun
from onne_core.results.found_errors import errors_found
from onne_core.values.recipe import EPOCH

RIGHT = 304


class EnsembleCard(QWidget):
    """Card of one ensemble; its button lets the user ``choose`` it."""

    def __init__(
        self, loss: LossCard, choose: Callable[[EnsembleInfo], object]
    ) -> None:
        super().__init__()
        self._choose = choose
        self._info: EnsembleInfo | None = None
        self._picked, self._hovered = -1, -1
        self.loss = loss
        self.facts, self.nuisances = Facts(), Facts()
        self.rejected = ReasonBars()
        self.coverage = TextTable(
            "Calibration",
            TextColumn("Shell", is_number=False),
            TextColumn("Quantity", is_number=False),
            TextColumn("In 68 % band"),
            TextColumn("In 95 % band"),
        )
        self.members = TextTable(
            "Networks",
            TextColumn("#"),
            TextColumn("Best epoch"),
            TextColumn("Val. loss"),
        )
        self.errors = TextTable(
            "Errors on held-out spectra",
            TextColumn("Shell", is_number=False),
            TextColumn("CN"),
            TextColumn("<i>R</i> (Å)"),
            TextColumn("<i>σ</i>² (10⁻³ Å²)"),
        )
        self.use = button("Use in Analysis", self._use, icon="analysis")
        self._in_use = label("In use in Analysis", "note")
        self.setLayout(row_of((self._middle(), 1), self._right(), spacing=theme.MARGIN))
        self.loss.plot.hovered.connect(self._hover)
        self.loss.plot.picked.connect(self._pick)
        self.members.chosen.connect(self._pick)

    def show_ensemble(self, info: EnsembleInfo, *, is_used: bool) -> None:
        """Show ``info``."""
        self.use.setVisible(not is_used)
        self._in_use.setVisible(is_used)
        if info is not self._info:
            self._info, self._picked, self._hovered = info, -1, -1
            self.facts.set_facts(facts_of_ensemble(info))
            self.nuisances.set_facts(nuisances_of(info))
            self.rejected.show_reasons(info.card.description.get("rejected") or {})
            self.coverage.set_rows(coverage_of(info))
            found = errors_of(info)
            self.errors.set_rows(found)
            self.errors.fit_height(10)
            self._found.setVisible(bool(found))
            self.members.set_rows(_members(info))
            self.members.fit_height(10)
            self._about.set_heading(info.name)
        self.draw()

    def draw(self) -> None:
        """Redraw, for instance in other colours."""
        if self._info is not None:
            lifted = self._hovered if self._hovered >= 0 else self._picked
            self.loss.show_losses(LossView(runs_of(self._info), lifted=lifted))
            self.members.choose(self._picked)

    def _middle(self) -> QVBoxLayout:
        said = label("Share of true values inside the bands", "small")
        copy = icon_button("copy", "Copy table", self.coverage.copy)
        heading = "Calibration on held-out test macrostates"
        table = Card(heading, self.coverage, beside=(said, copy))
        said = label("rms, E₀ unknown (share in the 68 % band)", "small")
        copy = icon_button("copy", "Copy table", self.errors.copy)
        heading = "Errors on held-out spectra"
        self._found = Card(heading, self.errors, beside=(said, copy))
        return column_of((self.loss, 4), self._found, (table, 5), spacing=theme.MARGIN)

    def _right(self) -> QWidget:
        self._about = Card("Ensemble", self.facts, self.use, self._in_use)
        return scrolled_cards(
            RIGHT,
            self._about,
            Card("Networks", self.members),
            Card("Distortions used in training", self.nuisances),
            Card("Rejected clusters", self.rejected),
        )

    def _use(self) -> None:
        if self._info is not None:
            self._choose(self._info)

    def _hover(self, member: int) -> None:
        self._hovered = member
        self.draw()

    def _pick(self, member: int) -> None:
        self._picked = -1 if member == self._picked else member
        self.draw()


def runs_of(info: EnsembleInfo) -> dict[int, MemberRun]:
    """Return the loss curves stored in the card."""
    return {
        number: MemberRun(tuple((a, b, c) for a, b, c in member), has_ended=True)
        for number, member in enumerate(info.card.losses)
        if member
    }


COVERED = {
    "g(r)": "g(r), per bin",
    "whole g(r)": "g(r), whole curve",
    "sigma": "σ",
}
"""What the card calls otherwise than the window."""


def coverage_of(info: EnsembleInfo) -> list[tuple[str, ...]]:
    """Return the rows of the table of coverage."""
    return [
        (
            wording.pair(shell) if number == 0 else "",
            COVERED.get(quantity) or str(quantity),
            f"{wording.number(100.0 * narrow, 0)} %",
            f"{wording.number(100.0 * wide, 0)} %",
        )
        for shell, row in info.card.coverage.items()
        for number, (quantity, (narrow, wide)) in enumerate(row.items())
    ]


def errors_of(info: EnsembleInfo) -> list[tuple[str, ...]]:
    """Return the rows of the table of errors, none where the card has no errors."""
    return [
        (
            wording.pair(found.label),
            *(
                "fixed"
                if fixed
                else f"± {wording.number(error, digits)} ({wording.percent(share)})"
                for error, digits, share, fixed in zip(
                    (found.coordination, found.distance, 1e3 * found.sigma2),
                    (2, 3, 1),
                    found.coverage,
                    found.fixed,
                    strict=True,
                )
            ),
        )
        for found in errors_found(info.card)
    ]


def facts_of_ensemble(info: EnsembleInfo) -> list[tuple[str, str]]:
    """Return the main facts of the card."""
    card, training = info.card, info.card.training
    shells = ", ".join(wording.unbroken(head.label) for head in card.heads)
    window = wording.span(training.k_min, training.k_max, decimals=1)
    facts = [
        ("Edge", f"{card.absorber} {card.edge}"),
        ("Shells", shells),
        ("Spectra", wording.count(card.items)),
        ("Networks", str(info.members)),
        ("Window", f"{window} Å⁻¹"),
        ("<i>k</i>-weight", str(training.k_weight)),
        ("Fourier filter", f"{wording.span(*training.r_filter, decimals=1)} Å"),
        ("Size", wording.size(size_of(info.folder))),
        ("Digest", info.digest[:12]),
    ]
    base = card.tuning.get("base")
    return [*facts, ("Fine-tuned from", str(base))] if base else facts


def nuisances_of(info: EnsembleInfo) -> list[tuple[str, str]]:
    """Return the measurement errors simulated in training."""
    training = info.card.training
    return [
        ("<i>E</i>₀ shift", f"± {wording.number(training.e0_range, 1)} eV"),
        ("Amplitude", f"{wording.number(100 * training.amplitude, 0)} %"),
        (
            "Noise of <i>χ</i>",
            f"up to {wording.number(1e3 * training.noise, 1)} × 10⁻³",
        ),
        (
            "Theory error, amplitude",
            f"{wording.number(100 * training.theory_error[0], 0)} %",
        ),
        ("Theory error, phase", f"{wording.number(training.theory_error[1], 2)} rad"),
        ("Mixed spectra", f"{wording.number(100 * training.mixed_share, 0)} %"),
    ]


def _members(info: EnsembleInfo) -> list[tuple[str, ...]]:
    rows = []
    for number, run in runs_of(info).items():
        best = min(run.points, key=lambda point: point[2])
        rows.append(
            (
                str(number + 1),
                wording.count(round(best[0] / EPOCH)),
                wording.number(best[2], 3),
            )
        )
    return rows
