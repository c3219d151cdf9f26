"""Predictions on screen, kept current by one worker thread; latest request wins."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from app.session.batch import Batch, Run
from app.session.service import CoreService, Question
from app.work.cache import Cache
from app.work.series_stages import Answer
from app.work.worker import Worker
from onne_core.errors import OnneError
from onne_core.storage import Result
from onne_core.values.prediction import Prediction
from onne_core.values.summary import Summary, summary_of

MOST_KEPT = 500
"""Whole answers kept; undo brings old ones back without a calculation."""

MOST_SUMMARIES = 60_000
"""Answers of which a summary is kept."""

MOST_AT_ONCE = 24
"""Spectra that the thread answers one by one; more go to a process of their own."""

Value = TypeVar("Value")

GATHERED = 100
"""Time in which answers that nobody looks at are gathered before they show, ms."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """State of the answer to one question.

    ``prediction`` may be that of earlier inputs while ``is_current`` is false; it is
    missing where only its ``summary`` was asked for or kept. ``problem`` says why
    there is none. ``seconds`` it took, and ``when``; ``is_kept`` where it was read
    from the project.
    """

    prediction: Prediction | None = field(default=None, repr=False)
    is_current: bool = False
    problem: str = ""
    seconds: float = 0.0
    when: datetime | None = None
    summary: Summary | None = field(default=None, repr=False)
    is_kept: bool = False

    @property
    def verdict(self) -> str:
        """The verdict, or nothing."""
        if self.prediction is not None:
            return self.prediction.verdict.name
        return self.summary.verdict if self.summary is not None else ""


NOTHING = Outcome()


class Predictions(QObject):
    """Answer questions in the background; ``changed`` when some are answered.

    ``version`` counts the changes. ``run`` starts the process for many questions.
    """

    changed = Signal()
    prepared = Signal()

    def __init__(
        self,
        service: CoreService,
        run: Run,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._service = service
        self._worker = Worker("prediction", self)
        self._whole = Cache[Outcome](MOST_KEPT)
        self._known = Cache[Outcome](MOST_SUMMARIES)
        self._latest = Cache[str](MOST_SUMMARIES)
        self._first: list[Question] = []
        self._rest: list[Question] = []
        self._asked: Question | None = None
        self._is_closed = False
        self.version = 0
        self.batch = Batch(run, service.predict_series, self)
        self.batch.answered.connect(self._take_many)
        self.batch.changed.connect(self._next)
        self._gathered = QTimer(self, singleShot=True, interval=GATHERED)
        self._gathered.timeout.connect(self._tell)

    @property
    def is_busy(self) -> bool:
        """True if a question is being answered, or an answer is not shown yet."""
        is_under_way = self._worker.is_busy or self.batch.is_busy
        return is_under_way or self._gathered.isActive()

    @property
    def declined(self) -> int:
        """Number of spectra whose prediction was stopped and not resumed."""
        return len(self.batch.declined)

    def prepare(self, *modules: str) -> None:
        """Let the thread import ``modules``; then comes ``prepared``."""
        for module in modules:
            self._worker.do(partial(import_module, module), topic=module)
        ready = self.prepared.emit
        self._worker.do(lambda: None, lambda _: ready(), topic="prepared")

    def do(self, work: Callable[[], Value], then: Callable[[Value], object]) -> None:
        """Run ``work`` in the thread after earlier work, then call ``then``."""
        self._worker.do(work, then)

    def want(self, first: Sequence[Question], rest: Sequence[Question] = ()) -> None:
        """Make these the questions to answer.

        Those in ``first`` are answered whole, in their order; of the ``rest`` a
        summary is enough. Whatever waited before is dropped; what is under way is
        finished and kept.
        """
        self._first = [question for question in first if not self._has_whole(question)]
        own = {question.digest for question in first}
        self._rest = [
            question
            for question in rest
            if question.digest not in self._known and question.digest not in own
        ]
        self._next()

    def resume(self) -> None:
        """Resume stopped predictions."""
        self.batch.declined.clear()
        self._next()
        self._tell()

    def keep(self, results: Mapping[str, Result]) -> None:
        """Take over the stored answers of a project, by question digest."""
        for key, result in results.items():
            if key not in self._known:
                self._keep(key, _kept(result))

    def outcome(self, question: Question) -> Outcome:
        """Return the current outcome of ``question``."""
        known = self._whole.get(question.digest) or self._known.get(question.digest)
        if known is not None:
            return known
        if not self._latest:
            return NOTHING
        earlier = self._whole.get(self._latest.get(question.subject) or "")
        return NOTHING if earlier is None else Outcome(earlier.prediction)

    def close(self) -> None:
        """Drop waiting questions and end the thread."""
        self._first, self._rest, self._is_closed = [], [], True
        self._gathered.stop()
        self.batch.close()
        self._worker.close()

    def _has_whole(self, question: Question) -> bool:
        """Whether the whole answer is there, and from here.

        One from a project's file is shown at once, and asked for again where somebody
        looks at it: a file can be edited.
        """
        whole, known = (
            self._whole.get(question.digest),
            self._known.get(question.digest),
        )
        return (whole is not None and not whole.is_kept) or (
            known is not None and not known.summary
        )

    def _next(self) -> None:
        """Ask the next question, and send many to a process of their own."""
        if self._is_closed:
            return
        few = self._share_with_batch()
        if self._asked is not None:
            return
        waiting = [q for q in self._first if not self._has_whole(q)]
        self._first = waiting
        question = next(iter(waiting or few), None)
        if question is not None:
            self._asked = question
            self._worker.do(
                partial(self._answer, question),
                then=lambda outcome: self._take(question, outcome),
                refused=lambda error: self._take(question, _refused(error)),
                topic="question",
            )

    def _share_with_batch(self) -> list[Question]:
        """Return what of the rest is for the thread; the batch gets what is much."""
        self._rest = [q for q in self._rest if q.digest not in self._known]
        if not self._rest:
            return []
        batch = self.batch
        taken = batch.under_way | batch.declined
        missing = [q for q in self._rest if q.digest not in taken]
        groups: dict[str, list[Question]] = {}
        for question in missing:
            groups.setdefault(question.ensemble.digest, []).append(question)
        few, many = [], []
        for group in groups.values():
            if len(group) > MOST_AT_ONCE:
                many.append(group)
            else:
                few += group
        wanted = {question.ensemble.digest for question in self._rest}
        if many or batch.is_other(wanted):
            batch.want(many[0] if many else [], wanted)
        return few

    def _answer(self, question: Question) -> Outcome:
        """Ask the service; in the thread."""
        started = time.perf_counter()
        found = self._service.answer(question)
        seconds = time.perf_counter() - started
        return Outcome(found, True, "", seconds, _now(), summary_of(found))

    def _take(self, question: Question, outcome: Outcome) -> None:
        self._asked = None
        self._keep(question.digest, outcome)
        if outcome.prediction is not None:
            self._latest.keep(question.subject, question.digest)
        is_looked_at = any(q.digest == question.digest for q in self._first)
        if is_looked_at or len(self._rest) <= MOST_AT_ONCE:
            self._tell()
        elif not self._gathered.isActive():
            self._gathered.start()
        self._next()

    def _take_many(self, answers: list[tuple[str, Answer]]) -> None:
        now = _now()
        for key, answer in answers:
            if key in self._whole:
                continue
            if isinstance(answer, str):
                outcome = Outcome(is_current=True, problem=answer, when=now)
            else:
                outcome = Outcome(is_current=True, summary=answer, when=now)
            self._keep(key, outcome)
        self._tell()

    def _keep(self, key: str, outcome: Outcome) -> None:
        """Keep ``outcome``, and its summary longer than the whole of it."""
        if outcome.prediction is not None:
            self._whole.keep(key, outcome)
        self._known.keep(key, replace(outcome, prediction=None))

    def _tell(self) -> None:
        self._gathered.stop()
        self.version += 1
        self.changed.emit()


def _now() -> datetime:
    return datetime.now().astimezone()


def _refused(error: OnneError) -> Outcome:
    return Outcome(is_current=True, problem=str(error), when=_now())


def _kept(result: Result) -> Outcome:
    prediction, summary = result.prediction, result.summary
    if prediction is not None:
        summary = summary_of(prediction)
    return Outcome(
        prediction,
        is_current=True,
        seconds=result.seconds,
        when=_moment(result.when),
        summary=summary,
        is_kept=True,
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
