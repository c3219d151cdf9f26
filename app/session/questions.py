"""One question per spectrum and its outcome, updated only when needed."""

from collections.abc import Sequence
from dataclasses import replace

from app.session.choosing import Choice
from app.session.predictions import NOTHING, Outcome, Predictions
from app.session.service import EnsembleInfo, Question
from onne_core.values.project import Project, SpectrumEntry


class Questions:
    """Cached questions and outcomes of the spectra: there may be thousands."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self._questions: dict[tuple[SpectrumEntry, EnsembleInfo], Question] = {}
        self._asked: tuple[Question | None, ...] = ()
        self._asked_of: tuple[object, ...] = ()
        self._outcomes: tuple[Outcome, ...] = ()
        self._outcomes_of: tuple[object, ...] = ()
        self._problems: dict[str, Outcome] = {}

    def outcomes(
        self, project: Project, choices: tuple[Choice, ...]
    ) -> tuple[Outcome, ...]:
        """Return an outcome per spectrum; the same tuple while nothing has changed."""
        state = (project.spectra, choices, self._predictions.version)
        if not same(state, self._outcomes_of):
            self._outcomes_of = state
            known = self._predictions.outcome
            self._outcomes = tuple(
                known(question) if question is not None else self._none(choice)
                for question, choice in zip(
                    self.of(project, choices), choices, strict=True
                )
            )
        return self._outcomes

    def of(
        self, project: Project, choices: tuple[Choice, ...]
    ) -> Sequence[Question | None]:
        """Return a question per spectrum, ``None`` where there is no ensemble."""
        state = (project.spectra, choices)
        if not same(state, self._asked_of):
            old, self._questions = self._questions, {}
            self._asked = tuple(
                self._kept(old, entry, choice.info) if choice.info else None
                for entry, choice in zip(project.spectra, choices, strict=True)
            )
            self._asked_of = state
        return self._asked

    def outcome(self, entry: SpectrumEntry, info: EnsembleInfo) -> Outcome:
        """Return what is known of one spectrum by one ensemble."""
        return self._predictions.outcome(self.question(entry, info))

    def question(self, entry: SpectrumEntry, info: EnsembleInfo) -> Question:
        """Return the question about one spectrum to one ensemble."""
        key = entry, info
        if key not in self._questions:
            self._questions[key] = Question(entry, info)
        return self._questions[key]

    def _kept(
        self,
        old: dict[tuple[SpectrumEntry, EnsembleInfo], Question],
        entry: SpectrumEntry,
        info: EnsembleInfo,
    ) -> Question:
        key = entry, info
        if key in old:
            self._questions[key] = old[key]
        return self.question(entry, info)

    def _none(self, choice: Choice) -> Outcome:
        """Return the outcome where no ensemble answers: the same one every time."""
        if not choice.problem:
            return NOTHING
        made = replace(NOTHING, is_current=True, problem=choice.problem)
        return self._problems.setdefault(choice.problem, made)


def same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    """Return whether two states hold identical objects; integers may be equal."""
    return len(one) == len(other) and all(
        a is b or (isinstance(a, int) and a == b)
        for a, b in zip(one, other, strict=True)
    )
