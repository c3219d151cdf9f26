"""Run queued tasks one at a time, each in its own process."""

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.work.job_runner import RunningJob
from app.work.queue_file import LeftWork, QueueFile
from app.work.queueing import Kind, Queue, Request, Task
from app.work.run_record import RunRecord
from app.work.task_log import log_of, logged, tail_of
from onne_core.jobs import Failed, Progress, Stage

logger = logging.getLogger(__name__)

Run = Callable[..., RunningJob]
Stages = Mapping[Kind, Callable[[Any], Stage[str]]]


class WorkQueue(QObject):
    """Owner of one :class:`Queue`; ``changed`` when that or a record is replaced.

    ``run`` starts a job by name, function and arguments; ``stages`` are the functions
    of the kinds of tasks, and ``logs`` is the folder of what they print. ``finished``
    and ``failed`` carry a task.
    """

    changed = Signal()
    finished = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        run: Run,
        stages: Stages,
        file: QueueFile | None = None,
        logs: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._run, self._stages, self._file = run, stages, file
        self._logs = logs
        self.queue = Queue()
        self._records: dict[str, RunRecord] = {}
        self.job: RunningJob | None = None

    def record(self, key: str) -> RunRecord:
        """Return the record of task ``key``."""
        return self._records.get(key, RunRecord())

    def log(self, key: str) -> str:
        """Return the end of the log of task ``key``."""
        return tail_of(self._logs / f"{key}.log" if self._logs else None)

    def add(self, *requests: Request) -> tuple[Task, ...]:
        """Put tasks at the end of the queue and return them."""
        tasks = tuple(Task(request) for request in requests)
        self._become(self.queue.added(*tasks))
        return tasks

    def move(self, key: str, by: int) -> None:
        """Move a task ``by`` places down."""
        self._become(self.queue.moved(key, by))

    def remove(self, *keys: str) -> None:
        """Remove tasks from the list; cancel running ones first."""
        for key in keys:
            self.cancel(key)
            self._records.pop(key, None)
        self._become(self.queue.without(*keys))

    def clear(self) -> None:
        """Remove finished and cancelled tasks from the list."""
        left = {task.key for task in self.queue.left}
        self.remove(*(t.key for t in self.queue.tasks if t.key not in left))

    def cancel(self, key: str) -> None:
        """Cancel a task; completed work is kept."""
        task = self.queue.task(key)
        if task is None or task.state not in ("waiting", "running", "paused"):
            return
        self._become(self.queue.changed(key, state="cancelled"))
        if task.state == "running" and self.job is not None:
            self.job.cancel()

    def requeue(self, key: str) -> None:
        """Queue a cancelled, paused or failed task again."""
        self._become(self.queue.changed(key, state="waiting", note="", details=""))

    def pause(self) -> None:
        """Pause the queue; completed work is kept."""
        running = self.queue.running
        queue = self.queue.with_pause(True)
        if running is not None:
            queue = queue.changed(running.key, state="paused")
        self._become(queue)
        if running is not None and self.job is not None:
            self.job.cancel()

    def resume(self) -> None:
        """Resume the queue."""
        queue = self.queue.with_pause(False)
        for task in queue.tasks:
            if task.state == "paused":
                queue = queue.changed(task.key, state="waiting")
        self._become(queue)

    def left_work(self) -> LeftWork:
        """Return the tasks that earlier windows left unfinished."""
        return self._file.left() if self._file else LeftWork()

    def take_over(self, left: LeftWork) -> None:
        """Resume the left tasks."""
        self._become(self.queue.added(*left.tasks))
        self.forget(left)

    def forget(self, left: LeftWork) -> None:
        """Dismiss the left tasks."""
        if self._file:
            self._file.drop(left)

    def close(self) -> None:
        """Stop; remaining tasks are offered at the next start."""
        if self.queue.left:
            self.pause()
        if self._file:
            self._file.release()

    def _become(self, queue: Queue) -> None:
        """Show and store ``queue``; start the next task if none runs."""
        self.queue = queue
        # A job that was stopped is still being let go of: the next one starts then.
        task = queue.next if self.job is None else None
        if task is not None:
            self.queue = queue.changed(task.key, state="running")
        if self._file:
            self._file.write(self.queue)
        if task is not None:
            self._start(task)
        self.changed.emit()

    def _start(self, task: Task) -> None:
        # What an earlier run has seen stays in sight until this one reports it again.
        self._records[task.key] = RunRecord(members=self.record(task.key).members)
        stage, key = self._stages[task.kind], task.key
        job = (
            self._run(task.title, stage, task.request)
            if self._logs is None
            else self._run(
                task.title, logged, stage, task.request, str(log_of(key, self._logs))
            )
        )
        self.job = job
        job.progressed.connect(lambda progress: self._note(key, progress))
        job.finished.connect(lambda _value: self._end(key, state="finished"))
        job.failed.connect(lambda failed: self._fail(key, failed))
        job.cancelled.connect(self._let_go)

    def _note(self, key: str, progress: Progress) -> None:
        record = self.record(key).after(progress, time.monotonic())
        self._records[key] = record
        self.changed.emit()

    def _fail(self, key: str, failed: Failed) -> None:
        parts = (failed.details, self.log(key))
        details = "\n\nLast lines of the log:\n".join(part for part in parts if part)
        self._end(key, state="failed", note=failed.message, details=details)

    def _end(self, key: str, **changes: Any) -> None:
        self.job = None
        self._become(self.queue.changed(key, **changes))
        task = self.queue.task(key)
        if task is not None:
            signal = self.finished if task.state == "finished" else self.failed
            signal.emit(task)

    def _let_go(self) -> None:
        """Note that the process has ended; whoever stopped it has set the state."""
        self.job = None
        running = self.queue.running
        queue = self.queue
        if running is not None:  # it was stopped from elsewhere, as in the status bar
            queue = queue.changed(running.key, state="cancelled")
        self._become(queue)
