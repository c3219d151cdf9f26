"""Conventional analyses beside predictions: made on demand, kept by their digest."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from app.session.service import EnsembleInfo
from app.work.analysis_stages import CompareRequest
from app.work.cache import Cache
from app.work.job_runner import RunningJob
from onne_core.jobs import Stage
from onne_core.values.conventional import Analyses, Comparison
from onne_core.values.prediction import Prediction

MOST_KEPT = 100

Run = Callable[..., RunningJob]
CompareStage = Callable[[CompareRequest], Stage[Comparison]]


class Comparisons(QObject):
    """Starts one comparison at a time; ``changed`` when one begins or ends."""

    changed = Signal()

    def __init__(self, run: Run, stage: CompareStage, parent: QObject) -> None:
        super().__init__(parent)
        self._run, self._stage = run, stage
        self._known = Cache[Comparison](MOST_KEPT)
        self._kept: dict[str, Analyses] = {}
        self._asked = ""

    def of(self, prediction: Prediction | None) -> Comparison | None:
        """Return the comparison with ``prediction``, if it was made or kept."""
        if prediction is None:
            return None
        key = prediction.digest
        if key not in self._known and key in self._kept:
            self._known.keep(key, self._kept[key].beside(prediction))
        return self._known.get(key)

    def keep(self, kept: Mapping[str, Analyses]) -> None:
        """Take over what a project has kept, by the digests of the predictions."""
        self._kept = dict(kept)

    def analyses_beside(self, digest: str) -> Analyses | None:
        """Return what is to be kept with the prediction ``digest``, if there is any."""
        known = self._known.get(digest)
        return known.analyses if known is not None else self._kept.get(digest)

    def is_made(self, prediction: Prediction | None) -> bool:
        """Whether the comparison with ``prediction`` is being made."""
        return prediction is not None and prediction.digest == self._asked

    def start(self, prediction: Prediction, ensemble: EnsembleInfo) -> None:
        """Compare ``prediction``, unless that was done or something is compared."""
        if self._asked or self.of(prediction) is not None:
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
        self._known.keep(self._asked, comparison)
        self._forget()

    def _forget(self, _event: Any = None) -> None:
        self._asked = ""
        self.changed.emit()
