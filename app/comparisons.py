"""Conventional analyses beside predictions: made on demand, kept by their digest."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.analysis_service import EnsembleInfo
from app.analysis_stages import CompareRequest
from app.job_runner import RunningJob
from onne_core.conventional import Comparison
from onne_core.jobs import Stage
from onne_core.prediction import Prediction

MOST_KEPT = 100

Run = Callable[..., RunningJob]
CompareStage = Callable[[CompareRequest], Stage[Comparison]]


class Comparisons(QObject):
    """Starts one comparison at a time; ``changed`` when one begins or ends."""

    changed = Signal()

    def __init__(self, run: Run, stage: CompareStage, parent: QObject) -> None:
        super().__init__(parent)
        self._run, self._stage = run, stage
        self._known: dict[str, Comparison] = {}
        self._asked = ""

    def of(self, prediction: Prediction | None) -> Comparison | None:
        """Return the comparison with ``prediction``, if it was made."""
        return self._known.get(prediction.digest) if prediction else None

    def is_made(self, prediction: Prediction | None) -> bool:
        """Whether the comparison with ``prediction`` is being made."""
        return prediction is not None and prediction.digest == self._asked

    def start(self, prediction: Prediction, ensemble: EnsembleInfo) -> None:
        """Compare ``prediction``, unless that was done or something is compared."""
        if self._asked or prediction.digest in self._known:
            return
        self._asked = prediction.digest
        request = CompareRequest(prediction, str(ensemble.folder))
        name = f"Comparing {prediction.spectrum.name}".strip()
        job = self._run(name, self._stage, request)
        job.finished.connect(self._take)
        for over in (job.failed, job.cancelled):
            over.connect(self._forget)
        self.changed.emit()

    def _take(self, comparison: Comparison) -> None:
        self._known[self._asked] = comparison
        while len(self._known) > MOST_KEPT:
            self._known.pop(next(iter(self._known)))
        self._forget()

    def _forget(self, _event: Any = None) -> None:
        self._asked = ""
        self.changed.emit()
