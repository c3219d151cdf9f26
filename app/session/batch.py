"""Batch prediction in its own process; answers arrive in portions."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.session.service import Question
from app.work.job_runner import RunningJob
from app.work.series_stages import Answers, SeriesRequest
from app.work.worker import Worker
from onne_core import storage
from onne_core.errors import OnneError, StorageError
from onne_core.jobs import Progress, Stage
from onne_core.values.project import Project

PROJECT = "series.onne"
Run = Callable[..., RunningJob]


class Batch(QObject):
    """One run after the other; ``answered`` carries pairs of digest and answer.

    The spectra go to the process through files, which a thread writes: they would fill
    the pipe, and the window would wait. ``changed`` tells that a run began or ended.
    """

    answered = Signal(object)
    changed = Signal()

    def __init__(
        self,
        run: Run,
        stage: Callable[[SeriesRequest], Stage[int]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._run, self._stage = run, stage
        self._writer = Worker("batch", self)
        self._digests: tuple[str, ...] = ()
        self.under_way: set[str] = set()
        """Digests of the questions still to be answered by this run."""
        self._ensemble = ""
        self._folder: Path | None = None
        self._job: RunningJob | None = None
        self._is_wanted = False
        self.declined: set[str] = set()

    @property
    def is_busy(self) -> bool:
        """True if spectra are being predicted, or are about to be."""
        return bool(self._digests)

    def is_other(self, wanted: Collection[str]) -> bool:
        """Return whether a run is under way with an ensemble of none of the digests."""
        return self.is_busy and self._ensemble not in wanted

    def want(self, questions: Sequence[Question], wanted: Collection[str]) -> None:
        """Answer ``questions``, all to one ensemble, once a run under way has ended.

        A run with an ensemble that is not among the digests ``wanted`` is stopped.
        """
        ensemble = questions[0].ensemble.digest if questions else ""
        if self.is_other(wanted):
            self._stop()
        if self.is_busy or not questions:
            return
        self._digests = tuple(question.digest for question in questions)
        self.under_way = set(self._digests)
        self._ensemble, self._is_wanted = ensemble, True
        self._writer.do(
            partial(self._write, tuple(questions)), self._begin, self._refuse
        )
        self.changed.emit()

    def close(self) -> None:
        """End the thread, and the run."""
        self._stop()
        self._writer.close()
        self._clear()

    def _write(self, questions: tuple[Question, ...]) -> SeriesRequest:
        """Write the spectra; in the thread."""
        entries = tuple(question.entry for question in questions)
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="onne-series-"))
            storage.save(Project(spectra=entries), self._folder / PROJECT)
        except OSError as error:
            raise StorageError(
                f"{tempfile.gettempdir()}: cannot be written "
                f"({error.strerror or error}); free some space there."
            ) from error
        return SeriesRequest(
            str(self._folder / PROJECT), str(questions[0].ensemble.folder)
        )

    def _refuse(self, error: OnneError) -> None:
        self.answered.emit([(key, str(error)) for key in self._digests])
        self._end()

    def _begin(self, request: SeriesRequest) -> None:
        if not self._is_wanted:
            self._end()
            return
        name = f"Predicting {len(self._digests)} spectra"
        job = self._job = self._run(name, self._stage, request)
        job.progressed.connect(self._take)
        job.cancelled.connect(self._decline)
        job.failed.connect(self._decline)
        job.finished.connect(self._end)

    def _take(self, progress: Progress) -> None:
        if isinstance(progress, Answers) and self._is_wanted:
            found = [(self._digests[i], answer) for i, answer in progress.items]
            self.under_way.difference_update(key for key, _ in found)
            self.answered.emit(found)

    def _decline(self, _reason: object = None) -> None:
        """Do not repeat questions that the user stopped or that failed."""
        if self._is_wanted:
            self.declined |= self.under_way
        self._end()

    def _stop(self) -> None:
        self._is_wanted = False
        if self._job is not None:
            self._job.cancel()

    def _end(self, _value: object = None) -> None:
        self._job, self._digests, self.under_way = None, (), set()
        self._clear()
        self.changed.emit()

    def _clear(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
