"""Losses, errors and learning rate of the members over their training."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtWidgets import QSizePolicy

from app.look import wording
from app.training.cards.training_plot import TrainingLine, TrainingPicture, TrainingPlot
from app.widgets.basics import Card, icon_button
from app.widgets.legend import Key, Legend
from app.widgets.segments import Segments
from app.work.run_record import MemberRun
from onne_core.values.recipe import EPOCH

QUANTITIES = ("Loss", "N", "R", "σ", "Learning rate")
HEADINGS = ("Loss", "Error of CN", "Error of R", "Error of σ", "Learning rate")
TITLES = (
    "loss",
    "rms error of <i>N</i>",
    "rms error of <i>R</i> (Å)",
    "rms error of <i>σ</i> (Å)",
    "learning rate",
)
LOSS, RATE = 0, 4


@dataclass(frozen=True, eq=False)
class LossView:
    """Content of the card: members, length of training, highlighted and running."""

    members: Mapping[int, MemberRun] = field(repr=False)
    epochs: float = 0.0
    running: tuple[int, ...] = ()
    lifted: int = -1


class LossCard(Card):
    """A plot, and the choice of what it shows."""

    def __init__(self, *, has_errors: bool = True) -> None:
        super().__init__("Loss")
        self._view = LossView({})
        self.plot = TrainingPlot("Loss of the networks")
        self.quantity = Segments("Shown quantity", QUANTITIES)
        self.quantity.choose(0)
        if not has_errors:  # shown before it has a parent it would be a window
            self.quantity.hide()
        self.quantity.setToolTip(
            "Loss; root-mean-square errors on validation examples; learning rate"
        )
        self.plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._legend = Legend()
        self.header.addWidget(self._legend)
        self.header.addWidget(self.quantity)
        self.header.addWidget(icon_button("copy", "Copy figure", self.plot.copy))
        self.body.addWidget(self.plot)
        self.quantity.chosen.connect(lambda _index: self.draw())

    def show_losses(self, view: LossView) -> None:
        """Show ``view``."""
        self._view = view
        self.draw()

    def draw(self) -> None:
        """Redraw, for instance in other colours."""
        view, chosen = self._view, max(self.quantity.index, 0)
        self._legend.set_keys(*_keys(view, chosen))
        self.set_heading(HEADINGS[chosen])
        self.plot.draw(
            TrainingPicture(
                tuple(_lines(view, chosen)),
                left=TITLES[chosen],
                running=view.running,
                lifted=view.lifted,
                epochs=view.epochs,
                starts_at_zero=chosen != LOSS,
            )
        )


def _keys(view: LossView, chosen: int) -> list[Key]:
    keys = [Key("running", "line", "accent")] if view.running else []
    if chosen == LOSS:
        pair = [
            Key("validation", "line", "second"),
            Key("training", "dashed", "second"),
        ]
        return [*pair, *keys]
    return keys


def _lines(view: LossView, chosen: int) -> list[TrainingLine]:
    lines: list[TrainingLine] = []
    for member, run in sorted(view.members.items()):
        name = f"network {member + 1}"
        if chosen == LOSS and run.points:
            table = np.array(run.points, dtype=float)
            epoch = table[:, 0] / EPOCH
            lines.append(TrainingLine(member, epoch, table[:, 1], dashed=True))
            lines.append(TrainingLine(member, epoch, table[:, 2], name=name))
        elif run.watched is not None and chosen != LOSS:
            seen = run.watched
            epoch = seen.steps / EPOCH
            if chosen == RATE:
                lines.append(TrainingLine(member, epoch, seen.rates, name=name))
                continue
            for head, values in enumerate(seen.errors[:, :, chosen - 1].T):
                label = wording.pair(seen.heads[head].label)
                lines.append(TrainingLine(member, epoch, values, head=head, name=label))
    return lines
