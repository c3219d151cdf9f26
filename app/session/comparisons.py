"""Conventional analyses of predictions: made on demand, stored by digest."""

from collections.abc import Mapping

from PySide6.QtCore import QObject

from app.session.service import EnsembleInfo
from app.work.on_demand import Makes, OnDemand, Run
from onne_core.values.conventional import Analyses, Comparison
from onne_core.values.prediction import Prediction

MOST_KEPT = 100


class Comparisons(OnDemand[Comparison]):
    """Comparisons, one at a time; ``changed`` when one begins or ends."""

    def __init__(self, run: Run, stage: Makes[Comparison], parent: QObject) -> None:
        super().__init__(run, stage, parent, MOST_KEPT)
        self._kept: dict[str, Analyses] = {}

    def of(self, prediction: Prediction | None) -> Comparison | None:
        """Return the comparison with ``prediction``, if available."""
        if prediction is None:
            return None
        key = prediction.digest
        if key not in self.known and key in self._kept:
            self.known.keep(key, Comparison(prediction, self._kept[key]))
        return self.known.get(key)

    def keep(self, kept: Mapping[str, Analyses]) -> None:
        """Take over the stored comparisons of a project, by prediction digest."""
        self._kept = dict(kept)

    def analyses_beside(self, digest: str) -> Analyses | None:
        """Return the analyses to store with the prediction ``digest``, if any."""
        known = self.known.get(digest)
        return known.analyses if known is not None else self._kept.get(digest)

    def is_made(self, prediction: Prediction | None) -> bool:
        """Return whether the comparison with ``prediction`` is being made."""
        return prediction is not None and prediction.digest == self.under_way

    def start(self, prediction: Prediction, ensemble: EnsembleInfo) -> None:
        """Compare ``prediction``, unless that is done or another comparison runs."""
        if self.job is None and self.of(prediction) is None:
            name = f"Comparing {prediction.spectrum.name}".strip()
            self.make(prediction.digest, name, prediction, ensemble.folder)
