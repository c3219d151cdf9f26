"""The queue: waiting, running and ended tasks, with their actions."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QMenu

from app.look import icons, wording
from app.training.cards.row_list import Entry, RowList
from app.training.commands import TrainingCommands
from app.widgets.basics import Card, add_entry, button, icon_button, label
from app.widgets.layouts import fill, row_of
from app.work.job_runner import RunningJob
from app.work.queueing import Queue, State, Task
from app.work.run_record import RunRecord
from app.work.work_queue import WorkQueue
from onne_core.values.recipe import Recipe
from onne_core.values.training_progress import TRAINING

MOST_ROWS = 6
TICK = 1000
"""Time between two looks at the clock while a job runs, ms."""

SIGNS: dict[State, tuple[str, str, str]] = {
    "waiting": ("clock", "second", "waiting"),
    "running": ("play", "accent", "running"),
    "paused": ("pause", "accent", "paused"),
    "finished": ("inside", "inside", "finished"),
    "failed": ("outside", "outside", "failed"),
    "cancelled": ("close", "second", "cancelled"),
}
"""Icon, colour and word of every state."""

Records = Callable[[str], RunRecord]


class QueueCard(Card):
    """List of the tasks of ``work`` with Pause, Cancel, and a menu for each of them."""

    def __init__(self, work: WorkQueue, commands: TrainingCommands) -> None:
        super().__init__("Queue")
        self._work, self._commands = work, commands
        self._queue = Queue()
        self._records: Records = lambda _key: RunRecord()
        self._job: RunningJob | None = None
        self._marked = ""
        self.list = RowList("Job queue")
        self._empty = label(
            "The queue is empty. Make a training set, then train an ensemble on it.",
            "second",
            wrap=True,
        )
        self._add = icon_button("plus", "Add job…", self._ask_new)
        self._more = icon_button(
            "more", "More actions for the selected job", self._ask_more
        )
        fill(self.header, self._add, self._more)
        self.pause = button("Pause", self._press_pause, icon="pause")
        self.cancel = button("Cancel job", self._press_cancel, icon="close")
        buttons = row_of(self.pause, self.cancel, None, spacing=6)
        fill(self.body, self.list, self._empty, buttons)
        self._clock = QTimer(self, interval=TICK)
        self._clock.timeout.connect(self._show_rows)
        self.list.menu_wanted.connect(self._show_menu)
        self.list.moved.connect(work.move)
        self.list.removal_wanted.connect(work.remove)

    def show_queue(
        self, queue: Queue, records: Records, job: RunningJob | None, marked: str
    ) -> None:
        """Show ``queue``; ``marked`` is the selected task."""
        self._queue, self._records, self._job = queue, records, job
        self._marked = marked
        self._show_rows()
        running = queue.running
        self.list.setVisible(bool(queue.tasks))
        self._empty.setVisible(not queue.tasks)
        self._more.setEnabled(bool(queue.tasks))
        self.pause.setText("Resume" if queue.is_paused else "Pause")
        self.pause.setIcon(icons.icon("play" if queue.is_paused else "pause"))
        self.pause.setEnabled(queue.is_paused or bool(queue.left))
        self.cancel.setEnabled(self._stoppable() is not None)
        if running is not None:
            self._clock.start()
        else:
            self._clock.stop()

    def menu_of(self, task: Task) -> QMenu:
        """Return the menu of ``task``."""
        menu, work, commands = QMenu(self), self._work, self._commands
        tasks = self._queue.tasks
        at = tasks.index(task)
        is_open = task in self._queue.left
        is_gone = task.state in ("failed", "cancelled", "paused")
        for text, can, action in (
            ("Move up\tAlt+Up", at > 0, partial(work.move, task.key, -1)),
            (
                "Move down\tAlt+Down",
                at < len(tasks) - 1,
                partial(work.move, task.key, 1),
            ),
            ("", True, None),
            ("Resume", is_gone, partial(work.requeue, task.key)),
            ("Cancel", is_open, partial(work.cancel, task.key)),
            (
                "Remove\tDel",
                task.state != "running",
                partial(work.remove, task.key),
            ),
            ("Clear finished", True, work.clear),
            ("", True, None),
            (
                "Show log",
                task.state != "waiting",
                partial(commands.show_log, task.key),
            ),
            (
                "Show folder",
                task.folder.exists(),
                partial(commands.show_folder, task.folder),
            ),
        ):
            if action is None:
                menu.addSeparator()
                continue
            add_entry(menu, text, action, can=can)
        return menu

    def _show_rows(self) -> None:
        entries = tuple(
            _entry(task, self._queue, self._records(task.key), self._job)
            for task in self._queue.tasks
        )
        self.list.show_entries(entries, self._marked, MOST_ROWS)

    def _stoppable(self) -> Task | None:
        """Return the task that Cancel stops: the selected or the running one."""
        marked = self._queue.task(self._marked)
        if marked is not None and marked in self._queue.left:
            return marked
        return self._queue.running

    def _press_pause(self) -> None:
        if self._queue.is_paused:
            self._work.resume()
            return
        self.pause.setText("Pausing")
        self.pause.repaint()
        self._work.pause()

    def _press_cancel(self) -> None:
        task = self._stoppable()
        if task is not None:
            self.cancel.setEnabled(False)
            self.cancel.repaint()
            self._work.cancel(task.key)

    def _ask_new(self) -> None:
        menu = QMenu(self)
        add_entry(menu, "New training set…", self._commands.new_set)
        add_entry(menu, "Train an ensemble…", self._commands.train)
        add_entry(menu, "Fine-tune an ensemble…", self._commands.tune)
        menu.popup(self._add.mapToGlobal(self._add.rect().bottomLeft()))

    def _ask_more(self) -> None:
        below = self._more.mapToGlobal(self._more.rect().bottomLeft())
        key = self.list.key or self._queue.tasks[0].key
        self._show_menu(key, below)

    def _show_menu(self, key: str, at: QPoint) -> None:
        task = self._queue.task(key)
        if task is not None:
            self.menu_of(task).popup(at)


def _entry(
    task: Task, queue: Queue, record: RunRecord, job: RunningJob | None
) -> Entry:
    icon, role, state = SIGNS[task.state]
    share = None
    if task.state == "running":
        share = _share(record)
    return Entry(
        key=task.key,
        icon=icon,
        title=task.title,
        note=_note(task, queue, record, job),
        role=role,
        state=state,
        tip=task.note or str(task.folder),
        share=share,
    )


def _note(task: Task, queue: Queue, record: RunRecord, job: RunningJob | None) -> str:
    if task.state == "running":
        left = time_left(record, job)
        rest = f" · {wording.duration(left)} left" if left else ""
        return f"{_place(task, record)}{rest}"
    if task.state == "paused":
        return f"paused · {_place(task, record)}"
    if task.state == "failed":
        return f"failed: {task.note}"
    if task.state == "cancelled":
        return "cancelled · completed work is kept"
    if task.state == "finished":
        return "finished"
    if not task.is_ready and task.needs is not None:
        made = queue.maker_of(task.needs)
        return "waiting for training set" if made else "training set is missing"
    return "waiting" if not queue.is_paused else "waiting · the queue is paused"


def time_left(record: RunRecord, job: RunningJob | None) -> float | None:
    """Return the time left of the whole job, or else of its stage, s."""
    if record.progress.share is not None:
        return record.left
    return None if job is None else job.left


def _share(record: RunRecord) -> float:
    """Return what is done of the whole job, or else of its stage."""
    progress = record.progress
    if progress.share is not None:
        return progress.share
    return progress.done / progress.total if progress.total else 0.0


def _place(task: Task, record: RunRecord) -> str:
    progress = record.progress
    if progress.message == TRAINING and record.members:
        known = sorted(record.members)
        running = [m + 1 for m in known if record.state_of(m) == "running"]
        which = ", ".join(str(number) for number in running)
        word = "networks" if len(running) > 1 else "network"
        return f"{word} {which}" if running else TRAINING
    if task.kind == "set" and isinstance(recipe := _recipe(task), Recipe):
        total = recipe.sampling.macrostates
        share = progress.done / progress.total if progress.total else 0.0
        if progress.done:
            return f"{wording.count(round(share * total))} of {wording.count(total)}"
    return progress.message or "starting"


def _recipe(task: Task) -> Recipe | None:
    return getattr(task.request, "recipe", None)
