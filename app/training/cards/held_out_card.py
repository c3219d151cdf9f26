"""Held-out examples: true and predicted g(r) after any stored epoch."""

from PySide6.QtWidgets import QLabel, QSizePolicy

from app.look import wording
from app.training.cards.held_out_plot import HeldOutCurve, HeldOutPicture, HeldOutPlot
from app.widgets.basics import Card, label, set_text
from app.widgets.layouts import column_of, fill, row_of
from app.widgets.legend import Key, Legend
from app.widgets.segments import Segments
from onne_core.values.training_progress import (
    RANKS,
    Watched,
    WatchedExample,
    WatchedHead,
)

NAMES = tuple(f"Held-out example, {rank}" for rank in RANKS)
HOW = (
    "The easiest, median and hardest of 48 validation examples by current loss, "
    "with random noise and E₀ offset. Not hand-picked."
)


class HeldOutCard(Card):
    """Three examples of one member, side by side, in ``plots`` called NAMES."""

    def __init__(self, plots: tuple[HeldOutPlot, ...]) -> None:
        super().__init__("Held-out spectra")
        self._seen: Watched | None = None
        self._member = -1
        self._epoch = -1
        self._titles: list[QLabel] = []
        self.plots = plots
        self.epochs = Segments("After epoch")
        self._legend = Legend(
            Key("true", "band", "second"), Key("predicted", "line", "series")
        )
        fill(self.header, self._legend, self.epochs)
        columns = row_of(spacing=8)
        for rank, plot in zip(RANKS, plots, strict=True):
            title = label(rank.capitalize(), "note")
            title.setToolTip("CN of the first shell: true and predicted")
            plot.axis("left").setWidth(46)
            plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
            self._titles.append(title)
            fill(columns, (column_of(title, (plot, 1), spacing=0), 1))
        self.setToolTip(HOW)
        self.body.addLayout(columns)
        self.epochs.chosen.connect(self._choose)

    def show_member(self, member: int, seen: Watched | None) -> None:
        """Show the examples of ``member``."""
        if member != self._member:
            self._epoch = -1
        self._seen, self._member = seen, member
        self.draw()

    def draw(self) -> None:
        """Redraw, for instance in other colours."""
        seen = self._seen
        if seen is None or not seen.examples:
            self.set_heading("Held-out spectra")
            self.epochs.set_texts(())
            for rank, title, plot in zip(RANKS, self._titles, self.plots, strict=True):
                title.setText(f"{rank.capitalize()} · after the first epoch")
                plot.forget()
            return
        kept = sorted(seen.examples[0].answers)
        self.epochs.set_texts((f"Epoch {kept[0]}", *map(str, kept[1:])))
        epoch = self._epoch if self._epoch in kept else kept[-1]
        self.epochs.choose(kept.index(epoch))
        self.set_heading(f"Held-out: network {self._member + 1}, epoch {epoch}")
        top = max(
            float(curve.max())
            for example in seen.examples
            for curve in (*example.truth, *example.answers[kept[-1]])
        )
        for example, title, plot in zip(
            seen.examples, self._titles, self.plots, strict=True
        ):
            sentence = _sentence(example, seen.heads, epoch)
            set_text(title, sentence)
            picture = HeldOutPicture(
                _curves(example, seen.heads, epoch), top, _plain(sentence)
            )
            plot.draw(picture)

    def _choose(self, index: int) -> None:
        """Show an epoch; the last one follows the training."""
        if self._seen is not None:
            kept = sorted(self._seen.examples[0].answers)
            self._epoch = -1 if index == len(kept) - 1 else kept[index]
            self.draw()


def _curves(
    example: WatchedExample, heads: tuple[WatchedHead, ...], epoch: int
) -> tuple[HeldOutCurve, ...]:
    pairs = list(dict.fromkeys(head.pair for head in heads))
    return tuple(
        HeldOutCurve(head.r, truth, answer, pairs.index(head.pair))
        for head, truth, answer in zip(
            heads, example.truth, example.answers[epoch], strict=True
        )
    )


def _sentence(
    example: WatchedExample, heads: tuple[WatchedHead, ...], epoch: int
) -> str:
    """Return rank, and N of the first shell: true and predicted."""
    head, truth, answer = heads[0], example.truth[0], example.answers[epoch][0]
    step = float(head.r[1] - head.r[0])
    true, got = (wording.number(step * float(g.sum()), 1) for g in (truth, answer))
    rank = wording.strong(example.rank.capitalize())
    return f"{rank} · <i>N</i> {true}, predicted {got}"


def _plain(text: str) -> str:
    """Return ``text`` without its tags."""
    for tag in ('<span style="font-weight:600">', "</span>", "<i>", "</i>"):
        text = text.replace(tag, "")
    return text
