"""Values made on demand by a job, one at a time."""

from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from app.work.cache import Cache
from app.work.job_runner import RunningJob
from onne_core.jobs import Failed, Stage

Value = TypeVar("Value")
Run = Callable[..., RunningJob]
Makes = Callable[..., Stage[Value]]


class OnDemand(QObject, Generic[Value]):
    """The latest ``most`` values on demand; ``changed`` when one begins or ends.

    A value has the digest of what it is made from. ``stage`` makes one, and ``run``
    does that in a process. ``version`` counts the changes.
    """

    changed = Signal()

    def __init__(
        self, run: Run, stage: Makes[Value], parent: QObject, most: int
    ) -> None:
        super().__init__(parent)
        self._run, self._stage = run, stage
        self.known = Cache[Value](most)
        self.problems: dict[str, str] = {}
        self.job: RunningJob | None = None
        self.under_way = ""
        self.version = 0

    def make(
        self, digest: str, name: str, *request: object, cancelled: str = ""
    ) -> RunningJob | None:
        """Make the value ``digest`` of ``request``, unless it exists or is being made.

        What is being made gives way. ``cancelled`` is the problem that is noted where
        the user stops it.
        """
        if digest in self.known or digest == self.under_way:
            return None
        self.cancel()
        self.problems.pop(digest, None)
        job = self.job = self._run(name, self._stage, *request)
        self.under_way = digest
        # What gave way may end later; what it says then concerns nobody.
        job.finished.connect(partial(self._take, job, digest))
        job.failed.connect(partial(self._refuse, job, digest))
        job.cancelled.connect(partial(self._end, job, digest, cancelled))
        self.tell()
        return job

    def cancel(self) -> None:
        """Cancel the value being made."""
        if self.job is not None:
            self.job.cancel()

    def tell(self) -> None:
        """Signal a change."""
        self.version += 1
        self.changed.emit()

    def _take(self, job: RunningJob, digest: str, value: Value) -> None:
        self.known.keep(digest, value)
        self._end(job, digest)

    def _refuse(self, job: RunningJob, digest: str, failed: Failed) -> None:
        self._end(job, digest, failed.message)

    def _end(self, job: RunningJob, digest: str, problem: str = "") -> None:
        if job is self.job:
            self.job, self.under_way = None, ""
            if problem:
                self.problems[digest] = problem
            self.tell()
