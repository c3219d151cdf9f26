"""The Training tab: the job queue, the running task, finished ensembles."""

from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.session.page import WIDE, Page, Steps, scrolled_cards, split_in
from app.session.service import EnsembleInfo
from app.session.session import Session
from app.session.view import View
from app.training.cards.computer_card import ComputerCard
from app.training.cards.ensembles_card import EnsemblesCard, key_of
from app.training.cards.held_out_card import NAMES, HeldOutCard
from app.training.cards.held_out_plot import HeldOutPlot
from app.training.cards.loss_card import LossCard
from app.training.cards.queue_card import QueueCard
from app.training.commands import TrainingCommands
from app.training.compare import CompareView
from app.training.ensemble import EnsembleCard
from app.training.ensemble_commands import EnsembleCommands
from app.training.run import TrainingRun
from app.training.set_plan import MadeSet, made_in
from app.training.set_run import SetRun
from app.widgets.basics import button
from app.widgets.empty import EmptyState
from app.work.queueing import Queue, Task
from app.work.work_queue import WorkQueue
from onne_core.errors import OnneError

LEFT = 292
NOTHING, RUN, SET, ENSEMBLE, COMPARE = range(5)
"""Pages of the stack in the middle."""


class TrainingPage(Page):
    """Page of the queue, and of the selected task or ensemble."""

    def __init__(
        self,
        session: Session,
        commands: TrainingCommands,
        ensembles: EnsembleCommands,
    ) -> None:
        super().__init__("Training")
        self._session = session
        self._commands, self._for_ensembles = commands, ensembles
        self._view: View | None = None
        self._work: WorkQueue | None = None
        self._marked, self._followed = "", ""
        self._is_comparing = False
        self._made: dict[Path, MadeSet | None] = {}

    def build(self) -> Steps:
        """Build the cards, and a widget for each kind of selection."""
        commands, choose = self._commands, self._session.choose_ensemble
        self.queue = QueueCard(self._session.work, commands)
        self.ensembles = EnsemblesCard(self._for_ensembles, commands, choose)
        self.machine = ComputerCard()
        self._stack = QStackedWidget()
        left = scrolled_cards(LEFT, self.queue, self.ensembles, self.machine)
        split_in(self, "training", left, self._stack, widths=(LEFT, WIDE))
        self.new = button("New ensemble…", icon="plus")
        self.first = button("New ensemble…", role="primary", icon="training")
        self._add_tools(
            self.new,
            button("New training set…", commands.new_set, icon="plus"),
            button("Train ensemble…", commands.train, role="primary", icon="training"),
        )
        self.open = button("Open ensemble…", icon="open")
        self._stack.addWidget(
            EmptyState(
                "No ensemble yet",
                "Make a training set for a system and train an ensemble on it, or "
                "open a trained ensemble.",
                self.first,
                button("New training set…", commands.new_set, icon="plus"),
                self.open,
            )
        )
        yield
        yield from self._runs()
        self.set_run = SetRun(commands)
        self._stack.addWidget(self.set_run)
        yield
        loss = LossCard(has_errors=False)
        yield
        self.ensemble = EnsembleCard(loss, choose)
        self._stack.addWidget(self.ensemble)
        yield
        self.compare = CompareView(self._for_ensembles)
        self._stack.addWidget(self.compare)
        self._connect()

    def _runs(self) -> Steps:
        """Build the view of a training."""
        loss = LossCard()
        yield
        plots: list[HeldOutPlot] = []
        for name in NAMES:
            plots.append(HeldOutPlot(name))
            yield
        self.run = TrainingRun(loss, HeldOutCard(tuple(plots)))
        self._stack.addWidget(self.run)
        yield

    def _connect(self) -> None:
        self.queue.list.chosen.connect(self.look_at)
        self._commands.queued.connect(self.look_at)
        self.ensembles.chosen.connect(self._look_at_ensemble)
        self.ensembles.compare_wanted.connect(self._start_comparing)
        self.compare.close_button.clicked.connect(self._stop_comparing)

    def show_view(self, view: View) -> None:
        """Show the ensembles of ``view``."""
        self._view = view
        self.compare.show_ensembles(view.ensembles)
        self._show()

    def show_work(self, work: WorkQueue) -> None:
        """Show the queue of ``work`` and its progress."""
        self._work = work
        self._show()

    def look_at(self, key: str) -> None:
        """Select a task or an ensemble by its key."""
        self._marked, self._is_comparing = key, False
        self._show()

    def columns(self) -> tuple[QWidget, ...]:
        """Return where F6 goes."""
        found = (self.queue.list, self.ensembles.list, *self._middle())
        shown = tuple(widget for widget in found if not widget.isHidden())
        return shown or (self.ensembles.import_button,)

    def changeEvent(self, event: QEvent) -> None:
        """Redraw in other colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self._work is not None:
            for shown in (self.run, self.set_run, self.ensemble):
                if shown.isVisible():
                    shown.draw()

    def _middle(self) -> tuple[QWidget, ...]:
        return {
            RUN: (self.run.loss.plot, self.run.members),
            SET: (self.set_run.plot, self.set_run.train),
            ENSEMBLE: (self.ensemble.loss.plot, self.ensemble.members),
            COMPARE: (self.compare.first, self.compare.table),
        }.get(self._stack.currentIndex(), ())

    def _show(self) -> None:
        if self._work is None or self._view is None:
            return
        work, view = self._work, self._view
        task, info = self._looked_at(work.queue, view)
        marked = task.key if task else key_of(info) if info else ""
        running = work.queue.running
        self.queue.show_queue(work.queue, work.record, work.job, marked)
        self.machine.show_run(
            work.queue, work.record(running.key if running else ""), work.job
        )
        self.ensembles.show_ensembles(view.ensembles, view.ensemble, marked)
        if self._is_comparing and len(view.ensembles) > 1:
            self.compare.draw()
            self._stack.setCurrentIndex(COMPARE)
        elif task is not None:
            self._show_task(work, task)
        elif info is not None:
            self.ensemble.show_ensemble(info, is_used=info is view.ensemble)
            self._stack.setCurrentIndex(ENSEMBLE)
        else:
            self._stack.setCurrentIndex(NOTHING)

    def _show_task(self, work: WorkQueue, task: Task) -> None:
        record = work.record(task.key)
        if task.kind == "set":
            made = self._read(task.folder) if task.state == "finished" else None
            self.set_run.show_task(task, record, made)
            self._stack.setCurrentIndex(SET)
        else:
            self.run.show_task(task, record, self._made_for(task))
            self._stack.setCurrentIndex(RUN)

    def _looked_at(
        self, queue: Queue, view: View
    ) -> tuple[Task | None, EnsembleInfo | None]:
        """Return the task or ensemble to show: selected, running or latest."""
        running = queue.running
        if running is not None:
            self._followed = running.key
            if self._marked == running.key:
                self._marked = ""
        task = queue.task(self._marked)
        if task is not None:
            return task, None
        for info in view.ensembles:
            if key_of(info) == self._marked:
                return None, info
        self._marked = ""
        shown = running or queue.task(self._followed) or next(iter(queue.tasks), None)
        return shown, view.ensemble if shown is None else None

    def _made_for(self, task: Task) -> MadeSet | None:
        """Return the training set of ``task``, read once it exists."""
        if task.needs is None or not task.is_ready:
            return None
        return self._read(task.needs)

    def _read(self, folder: Path) -> MadeSet | None:
        if folder not in self._made:
            try:
                self._made[folder] = made_in(folder)
            except OnneError:
                self._made[folder] = None
        return self._made[folder]

    def _look_at_ensemble(self, info: EnsembleInfo | None) -> None:
        if info is not None:
            self.look_at(key_of(info))

    def _start_comparing(self, info: EnsembleInfo | None) -> None:
        """Compare ``info`` with the one in use, or with the next one."""
        if self._view is None or len(self._view.ensembles) < 2:
            return
        ensembles, used = self._view.ensembles, self._view.ensemble
        first = info or used or ensembles[0]
        others = [other for other in ensembles if other is not first]
        self._is_comparing = True
        self.compare.compare(first, used if used in others else others[0])  # type: ignore[arg-type]
        self._show()

    def _stop_comparing(self) -> None:
        self._is_comparing = False
        self._show()
