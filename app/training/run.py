"""A running or ended training: losses, examples, networks."""

from PySide6.QtWidgets import QHeaderView, QWidget

from app.look import theme, wording
from app.training.cards.held_out_card import HeldOutCard
from app.training.cards.loss_card import LossCard, LossView
from app.training.cards.reason_bars import ReasonBars
from app.training.set_plan import MadeSet
from app.widgets.basics import Card, label, set_tone
from app.widgets.layouts import column_of, row_of
from app.widgets.text_table import TextColumn, TextTable
from app.work.queueing import Task
from app.work.run_record import MemberState, RunRecord
from onne_core.values.recipe import EPOCH
from onne_core.values.training_progress import TRAINING

RIGHT = 292
WIDTHS = (34, 0, 62, 78)
"""Widths of the columns of the members, 0 for what is left."""

WORDS: dict[MemberState, str] = {
    "done": "✓ done",
    "running": "▸ running",
    "waiting": "waiting",
}


class TrainingRun(QWidget):
    """View of one task and its record; highlights the network under the mouse."""

    def __init__(self, loss: LossCard, held_out: HeldOutCard) -> None:
        super().__init__()
        self._task: Task | None = None
        self._record = RunRecord()
        self._picked, self._hovered = -1, -1
        self.loss, self.held_out = loss, held_out
        self.members = TextTable(
            "Networks",
            TextColumn("#"),
            TextColumn("State", is_number=False),
            TextColumn("Epoch"),
            TextColumn("Val. loss"),
        )
        header = self.members.horizontalHeader()
        for number, width in enumerate(WIDTHS):
            if width:
                header.setSectionResizeMode(number, QHeaderView.ResizeMode.Fixed)
                header.resizeSection(number, width)
        self.rejected = ReasonBars()
        self._aside = Card("Rejected clusters", self.rejected)
        self._note = label("", "note", wrap=True)
        members = Card("Networks", self.members, self._note)
        middle = column_of((self.loss, 5), (self.held_out, 4), spacing=theme.MARGIN)
        side = QWidget()
        side.setFixedWidth(RIGHT)
        side.setLayout(column_of(members, self._aside, None, spacing=theme.MARGIN))
        self.setLayout(row_of((middle, 1), side, spacing=theme.MARGIN))
        self.loss.plot.hovered.connect(self._hover)
        self.loss.plot.picked.connect(self._pick)
        self.members.chosen.connect(self._pick)

    def show_task(self, task: Task, record: RunRecord, made: MadeSet | None) -> None:
        """Show ``task``; ``made`` is its training set, if finished."""
        if self._task is None or task.key != self._task.key:
            self._picked = self._hovered = -1
        self._task, self._record = task, record
        rejected = made.manifest.get("rejected") if made else None
        self._aside.setVisible(made is not None)
        self.rejected.show_reasons(rejected or {})
        self.draw()

    def draw(self) -> None:
        """Redraw, for instance in other colours."""
        task, record = self._task, self._record
        if task is None:
            return
        running = self._running()
        lifted = self._hovered if self._hovered >= 0 else self._picked
        self.loss.show_losses(LossView(record.members, self._epochs(), running, lifted))
        shown = lifted if lifted in record.members else self._latest()
        run = record.members.get(shown)
        self.held_out.show_member(shown, run.watched if run else None)
        self._show_members()
        self._show_note(task)

    def _show_members(self) -> None:
        rows = []
        for member in range(self._count()):
            run = self._record.members.get(member)
            state = self._state(member)
            points = run.points if run else ()
            epoch = wording.count(round(points[-1][0] / EPOCH)) if points else ""
            loss = wording.number(min(p[2] for p in points), 3) if points else ""
            cells = (str(member + 1), WORDS[state], epoch, loss)
            rows.append(tuple(cell or wording.EN_DASH for cell in cells))
        waiting = {m for m in range(self._count()) if self._state(m) == "waiting"}
        self.members.set_rows(rows, muted=waiting)
        self.members.fit_height(12)
        self.members.choose(self._picked)

    def _show_note(self, task: Task) -> None:
        text = {
            "paused": "Paused after the last completed epoch of each network. Choose "
            "Resume to continue.",
            "cancelled": "Cancelled. Completed epochs are kept. Choose Resume in the "
            "queue menu to continue.",
            "failed": task.note,
        }.get(task.state, "The epoch with the lowest validation loss is kept.")
        message = self._record.progress.message
        if task.state == "running" and message != TRAINING:
            text = f"Now: {message or 'starting'}."
        set_tone(self._note, "problem" if task.state == "failed" else "small")
        self._note.setText(text)

    def _state(self, member: int) -> MemberState:
        state = self._record.state_of(member)
        is_at_work = self._task is not None and self._task.state == "running"
        return "waiting" if state == "running" and not is_at_work else state

    def _running(self) -> tuple[int, ...]:
        return tuple(m for m in self._record.members if self._state(m) == "running")

    def _count(self) -> int:
        """Return the number of members, as far as known."""
        asked = getattr(self._task.request, "members", None) if self._task else None
        known = max(self._record.members, default=-1) + 1
        return max(asked or 0, known)

    def _epochs(self) -> float:
        """Return the maximum number of epochs of a member, if known."""
        progress, count = self._record.progress, self._count()
        if progress.message != TRAINING or not count:
            known = [run.points[-1][0] for run in self._record.members.values()]
            return max(known, default=0.0) / EPOCH
        return progress.total / count

    def _latest(self) -> int:
        """Return the latest member to report, a running one if any."""
        running, latest = self._running(), self._record.latest
        return latest if latest in running or not running else running[0]

    def _hover(self, member: int) -> None:
        self._hovered = member
        self.draw()

    def _pick(self, member: int) -> None:
        self._picked = -1 if member == self._picked else member
        self.draw()
