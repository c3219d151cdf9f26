"""Keeps the predictions on screen current: one worker thread, the latest wish wins."""

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module

from PySide6.QtCore import QObject, Signal

from app.analysis_service import AnalysisService, Question
from onne_core.errors import OnneError
from onne_core.prediction import Prediction

logger = logging.getLogger(__name__)

MOST_KEPT = 500
"""Answers kept; undo brings old ones back without a calculation."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """Where the answer to one question stands.

    ``prediction`` may be that of earlier inputs while ``is_current`` is false.
    ``problem`` says why there is none. ``seconds`` it took, and ``when``.
    """

    prediction: Prediction | None = field(default=None, repr=False)
    is_current: bool = False
    problem: str = ""
    seconds: float = 0.0
    when: datetime | None = None


NOTHING = Outcome()


class Predictions(QObject):
    """Answers questions in the background; ``changed`` comes when one is answered."""

    changed = Signal()
    crashed = Signal(object)
    _answered = Signal(object, object)

    def __init__(self, service: AnalysisService, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._service = service
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="prediction")
        self._known: dict[str, Outcome] = {}
        self._latest: dict[str, Prediction] = {}
        self._wanted: list[Question] = []
        self._asked: Question | None = None
        self._answered.connect(self._take)

    @property
    def is_busy(self) -> bool:
        """Whether a question is being answered."""
        return self._asked is not None

    def prepare(self, *modules: str) -> None:
        """Let the thread import ``modules``, and what the first answer needs."""
        for module in modules:
            self._worker.submit(import_module, module)
        self._worker.submit(self._service.prepare)

    def want(self, questions: Sequence[Question]) -> None:
        """Make these the questions to answer, the first one first.

        Whatever waited before is dropped; what is under way is finished and kept.
        """
        asked = self._asked.digest if self._asked else ""
        self._wanted = [
            question
            for question in questions
            if question.digest not in self._known and question.digest != asked
        ]
        self._next()

    def outcome(self, question: Question) -> Outcome:
        """Return what is known about ``question`` now."""
        if question.digest in self._known:
            return self._known[question.digest]
        earlier = self._latest.get(question.subject)
        return Outcome(prediction=earlier) if earlier else NOTHING

    def close(self) -> None:
        """Drop what waits and end the thread."""
        self._wanted = []
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _next(self) -> None:
        if self._asked is None and self._wanted:
            self._asked = self._wanted.pop(0)
            self._worker.submit(self._answer, self._asked)

    def _answer(self, question: Question) -> None:
        """Ask the service. Runs in the worker; everything it raises is passed on."""
        started = time.perf_counter()
        try:
            answer: object = self._service.answer(question)
        except Exception as error:  # noqa: BLE001 - shown in the window's own thread
            answer = error
        seconds = time.perf_counter() - started
        self._answered.emit(question, (answer, seconds))

    def _take(self, question: Question, answer: tuple[object, float]) -> None:
        value, seconds = answer
        self._asked = None
        self._known[question.digest] = self._outcome_of(value, seconds)
        if isinstance(value, Prediction):
            self._latest[question.subject] = value
        elif not isinstance(value, OnneError):
            self.crashed.emit(value)
        while len(self._known) > MOST_KEPT:
            self._known.pop(next(iter(self._known)))
        self.changed.emit()
        self._next()

    def _outcome_of(self, value: object, seconds: float) -> Outcome:
        now = datetime.now().astimezone()
        if isinstance(value, Prediction):
            return Outcome(value, is_current=True, seconds=seconds, when=now)
        if isinstance(value, OnneError):
            return Outcome(is_current=True, problem=str(value), when=now)
        logger.error("prediction failed", exc_info=value)  # type: ignore[arg-type]
        problem = f"A fault of the program: {type(value).__name__}: {value}"
        return Outcome(is_current=True, problem=problem, when=now)
