"""One question per spectrum and its outcome, updated only when needed."""

from collections.abc import Iterable

from app.session.predictions import NOTHING, Outcome, Predictions
from app.session.service import EnsembleInfo, Question
from onne_core.values.project import Project, SpectrumEntry


class Questions:
    """Cached questions and outcomes of the spectra: there may be thousands."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self._questions: dict[SpectrumEntry, Question] = {}
        self._asked_of: tuple[object, ...] = ()
        self._outcomes: tuple[Outcome, ...] = ()
        self._outcomes_of: tuple[object, ...] = ()

    def outcomes(
        self, project: Project, ensemble: EnsembleInfo | None
    ) -> tuple[Outcome, ...]:
        """Return an outcome per spectrum; the same tuple while nothing has changed."""
        state = (project.spectra, ensemble, self._predictions.version)
        if not same(state, self._outcomes_of):
            self._outcomes_of = state
            if ensemble is None:
                self._outcomes = (NOTHING,) * len(project.spectra)
            else:
                known = self._predictions.outcome
                self._outcomes = tuple(map(known, self.of(project, ensemble)))
        return self._outcomes

    def of(self, project: Project, ensemble: EnsembleInfo) -> Iterable[Question]:
        """Return a question per spectrum, reusing earlier ones."""
        state = (project.spectra, ensemble)
        if not same(state, self._asked_of):
            old = self._questions if same(self._asked_of[1:], (ensemble,)) else {}
            self._questions = {
                entry: old.get(entry) or Question(entry, ensemble)
                for entry in project.spectra
            }
            self._asked_of = state
        if len(self._questions) < len(project.spectra):  # an entry that is there twice
            return [self._questions[entry] for entry in project.spectra]
        return self._questions.values()


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Return whether two states hold identical objects; integers may be equal."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, int) and a == b)
        for a, b in zip(one, other, strict=True)
    )
