"""Background jobs as Qt signals."""

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from onne_core.jobs import (
    Cancelled,
    Event,
    Failed,
    Finished,
    Job,
    Pace,
    Progress,
    Stage,
)

POLL = 40
"""Time between two looks at a job's connection, ms; only while one runs."""

LONGEST_LOOK = 0.01
"""Time after which a look ends and the rest waits for the next one, s."""


class RunningJob(QObject):
    """One job in its own process; emits exactly one of its last three signals."""

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()

    def __init__(self, name: str, job: Job, parent: QObject) -> None:
        super().__init__(parent)
        self.name = name
        self.progress = Progress(0, 0, "")
        self.pace = Pace()
        self._job = job
        self._ending: threading.Thread | None = None
        self._reaping: threading.Thread | None = None
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Start the process and its polling."""
        self._job.start()
        self._timer.start()

    def cancel(self) -> None:
        """Stop the process and its children; reported at once.

        A worker may take a second to end, for which the window does not wait.
        """
        if self._timer.isActive() and self._ending is None:
            self._ending = threading.Thread(target=self._job.cancel, name="cancel")
            self._ending.start()
            self.progressed.emit(self.progress)

    def end(self) -> None:
        """Stop it and wait until nothing of it is left."""
        self.cancel()
        if self._ending is not None:
            self._ending.join()
            self._look()
        if self._reaping is not None:
            self._reaping.join()

    @property
    def is_cancelling(self) -> bool:
        """True if it has been told to stop."""
        return self._ending is not None

    @property
    def pid(self) -> int | None:
        """Process number of the worker, while it has one."""
        return self._job.pid

    @property
    def left(self) -> float | None:
        """Remaining time of the current stage, s; None while unknown."""
        if self.pace.left is None:
            return None
        return max(0.0, self.pace.left - (time.monotonic() - self.pace.marks[-1][0]))

    def _look(self) -> None:
        if self._ending is not None:
            if self._timer.isActive() and not self._ending.is_alive():
                self._tell(Cancelled())
            return
        until = time.monotonic() + LONGEST_LOOK
        for event in self._job.events(reaps=False):
            self._tell(event)
            if time.monotonic() > until:
                break  # a job that tells much must not hold the window up

    def _tell(self, event: Event) -> None:
        if isinstance(event, Progress):
            self.progress = event
            self.pace = self.pace.after(event, time.monotonic())
            self.progressed.emit(event)
            return
        self._timer.stop()
        if self._ending is None:
            self._reaping = threading.Thread(target=self._job.reap, name="reap")
            self._reaping.start()
        if isinstance(event, Finished):
            self.finished.emit(event.value)
        elif isinstance(event, Failed):
            self.failed.emit(event)
        elif isinstance(event, Cancelled):
            self.cancelled.emit()


class JobRunner(QObject):
    """Start jobs and track the running ones; ``changed`` when that changes."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[RunningJob] = []

    @property
    def running(self) -> tuple[RunningJob, ...]:
        """Running jobs, oldest first."""
        return tuple(self._running)

    def start(
        self, name: str, function: Callable[..., Stage[Any]], *arguments: Any
    ) -> RunningJob:
        """Run ``function`` in a spawned process; ``name`` is shown to the user.

        Connect to the returned job at once: its first signal comes later, from the
        event loop.
        """
        job = RunningJob(name, Job(function, *arguments), self)
        self._running.append(job)
        job.progressed.connect(self.changed)
        for over in (job.finished, job.failed, job.cancelled):
            over.connect(self._forget)
        job.start()
        self.changed.emit()
        return job

    def cancel_all(self) -> None:
        """Cancel all jobs, for instance when the window closes."""
        for job in self.running:
            job.cancel()
        for job in self.running:
            job.end()

    def _forget(self) -> None:
        job = self.sender()
        if isinstance(job, RunningJob) and job in self._running:
            self._running.remove(job)
            job.deleteLater()
        self.changed.emit()
