"""Which ensemble answers each spectrum: the user's choice, else the one that suits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.session.predictions import MOST_AT_ONCE, Outcome
from app.session.service import EnsembleInfo
from onne_core.ensemble.suited import (
    Trial,
    absorber_of,
    best,
    is_better,
    missing,
    next_to_try,
    relation,
    suited,
    trial_of,
)
from onne_core.values.project import Project, SpectrumEntry

MOST_TRIED = MOST_AT_ONCE
"""Spectra of one absorber for each of which ensembles are tried; of more, the first
one decides for all: a series has one ensemble."""

OutcomeOf = Callable[[SpectrumEntry, EnsembleInfo], Outcome]
Pair = tuple[SpectrumEntry, EnsembleInfo]


@dataclass(frozen=True, eq=False)
class Choice:
    """The ensemble that answers a spectrum, and why.

    ``candidates`` are those of its absorber and edge, the likeliest first. Either the
    user has chosen, or the program; ``is_assumed`` where nothing tells the absorber.
    ``problem`` says why there is none.
    """

    info: EnsembleInfo | None = None
    candidates: tuple[EnsembleInfo, ...] = ()
    is_chosen: bool = False
    is_assumed: bool = False
    problem: str = ""


class Chooser:
    """Choices for the spectra of a project, updated only where something has changed.

    ``outcome_of`` gives what is known of a spectrum's answer by an ensemble.
    """

    def __init__(self, outcome_of: OutcomeOf) -> None:
        self._outcome_of = outcome_of
        self._spectra: tuple[SpectrumEntry, ...] = ()
        self._ensembles: tuple[EnsembleInfo, ...] = ()
        self._names: tuple[str, str] = ("", "")
        self._version = -1
        self._suited: dict[SpectrumEntry, tuple[tuple[EnsembleInfo, ...], bool]] = {}
        self._groups: list[list[int]] = []
        self.choices: tuple[Choice, ...] = ()
        self.trials: tuple[Pair, ...] = ()
        """Spectra and the ensembles to try on them next."""
        self.withheld: frozenset[int] = frozenset()
        """Spectra whose ensemble is still being chosen by the first of their series."""

    def update(
        self,
        project: Project,
        ensembles: tuple[EnsembleInfo, ...],
        preferred: str,
        version: int,
    ) -> tuple[Choice, ...]:
        """Return a choice per spectrum; ``version`` counts the answers that came."""
        names = project.ensemble, preferred
        is_same = ensembles is self._ensembles and names == self._names
        if not is_same:
            self._suited = {}
        if not is_same or project.spectra is not self._spectra:
            self._ensembles, self._names = ensembles, names
            self._spectra = project.spectra
            self._plan(project, preferred)
            self._version = -1
        if version != self._version:
            self._version = version
            self._settle()
        return self.choices

    def better(self, index: int) -> EnsembleInfo | None:
        """Return the ensemble that fits a spectrum better than the one in use."""
        choice, entry = self.choices[index], self._spectra[index]
        if choice.info is None:
            return None
        own = self._trial(entry, choice.info)
        tried = [(info, self._trial(entry, info)) for info in choice.candidates]
        known = [(info, trial) for info, trial in tried if trial is not None]
        if own is None or not known:
            return None
        info, trial = known[best([trial for _, trial in known])]
        return info if is_better(trial, own) else None

    def offered(self, index: int) -> tuple[Pair, ...]:
        """Return the next ensemble to try beside one that does not fit well."""
        choice, entry = self.choices[index], self._spectra[index]
        if choice.info is None:
            return ()
        own = self._trial(entry, choice.info)
        if own is None or own.rank[0] == 0:
            return ()
        trials = [self._trial(entry, info) for info in choice.candidates]
        number = next_to_try(trials)
        return () if number is None else ((entry, choice.candidates[number]),)

    def _plan(self, project: Project, preferred: str) -> None:
        """Find the candidates of every spectrum, and those with the same ones."""
        groups: dict[tuple[EnsembleInfo, ...], list[int]] = {}
        known, self._suited = self._suited, {}
        choices = []
        for index, entry in enumerate(project.spectra):
            found = known.get(entry) or self._candidates(entry, preferred)
            self._suited[entry] = found
            choice = self._first_choice(project, entry, *found)
            if not choice.is_chosen and len(choice.candidates) > 1:
                groups.setdefault(choice.candidates, []).append(index)
            choices.append(choice)
        self.choices, self._groups = tuple(choices), list(groups.values())

    def _candidates(
        self, entry: SpectrumEntry, preferred: str
    ) -> tuple[tuple[EnsembleInfo, ...], bool]:
        infos = self._ensembles
        wanted = (entry.ensemble, self._names[0], preferred)
        keys = [info.key for info in infos]
        first = next((keys.index(key) for key in wanted if key in keys), None)
        cards = [info.card for info in infos]
        found = suited(entry.named, cards, preferred=first)
        return tuple(infos[i] for i in found.order), found.is_assumed

    def _first_choice(
        self,
        project: Project,
        entry: SpectrumEntry,
        candidates: tuple[EnsembleInfo, ...],
        is_assumed: bool,
    ) -> Choice:
        key = entry.ensemble or project.ensemble
        chosen = named(self._ensembles, key)
        is_own = bool(entry.ensemble) or (
            chosen is None or relation(entry.named, chosen.card) != "other"
        )
        if key and is_own:
            return Choice(chosen, candidates, True, is_assumed)
        if candidates:
            return Choice(candidates[0], candidates, is_assumed=is_assumed)
        return Choice(problem=missing(entry.named) if self._ensembles else "")

    def _settle(self) -> None:
        """Let what is known of the trials decide; note what is to be tried next."""
        choices, trials = list(self.choices), []
        withheld: set[int] = set()
        for group in self._groups:
            is_series = len(group) > MOST_TRIED
            for index in group[:1] if is_series else group:
                entry, candidates = self._spectra[index], choices[index].candidates
                known = [self._trial(entry, info) for info in candidates]
                info, number = candidates[best(known)], next_to_try(known)
                if number is not None:
                    trials.append((entry, candidates[number]))
                for i in group if is_series else (index,):
                    if choices[i].info is not info:
                        choices[i] = replace(choices[i], info=info)
                if is_series and number is not None:
                    withheld.update(group[1:])
        if any(new is not old for new, old in zip(choices, self.choices, strict=True)):
            self.choices = tuple(choices)
        self.trials, self.withheld = tuple(trials), frozenset(withheld)

    def _trial(self, entry: SpectrumEntry, info: EnsembleInfo) -> Trial | None:
        return trial_in(self._outcome_of(entry, info))


def trial_in(outcome: Outcome) -> Trial | None:
    """Return what an outcome says of its ensemble, ``None`` while it says nothing."""
    if outcome.prediction is not None:
        return trial_of(outcome.prediction)
    if outcome.summary is not None:
        return Trial(outcome.verdict, outcome.summary.r_factor)
    return Trial("") if outcome.problem else None


def named(ensembles: Sequence[EnsembleInfo], key: str) -> EnsembleInfo | None:
    """Return the ensemble stored in projects as ``key``, ``None`` if there is none."""
    return next((info for info in ensembles if key and info.key == key), None)


def with_chosen(project: Project, info: EnsembleInfo) -> Project:
    """Return ``project`` with ``info`` chosen for the spectra of its absorber.

    Spectra of other absorbers keep the choice that was made for them. Chosen against
    what is known of the selected spectrum, it is for those of the same absorber.
    """
    entry = project.entry
    is_against = entry is not None and relation(entry.named, info.card) == "other"

    def changed(one: SpectrumEntry) -> SpectrumEntry:
        if is_against:
            key = info.key if _is_alike(one, entry) else one.ensemble
        elif relation(one.named, info.card) != "other":
            key = ""
        else:
            key = one.ensemble or project.ensemble
        return one if key == one.ensemble else replace(one, ensemble=key)

    spectra = tuple(map(changed, project.spectra))
    key = project.ensemble if is_against else info.key
    return _replaced(project, spectra, key)


def with_automatic(project: Project) -> Project:
    """Return ``project`` without the choice made for the selected spectrum's absorber.

    Spectra of other absorbers keep theirs.
    """
    entry = project.entry

    def changed(one: SpectrumEntry) -> SpectrumEntry:
        is_one = entry is None or _is_alike(one, entry)
        key = "" if is_one else one.ensemble or project.ensemble
        return one if key == one.ensemble else replace(one, ensemble=key)

    return _replaced(project, tuple(map(changed, project.spectra)), "")


def _replaced(
    project: Project, spectra: tuple[SpectrumEntry, ...], key: str
) -> Project:
    pairs = zip(spectra, project.spectra, strict=True)
    if all(new is old for new, old in pairs):
        spectra = project.spectra
    return replace(project, spectra=spectra, ensemble=key)


def _is_alike(one: SpectrumEntry, other: SpectrumEntry | None) -> bool:
    """Return whether two spectra have the same absorber, as far as is known."""
    if other is None:
        return False
    return absorber_of(one.named) == absorber_of(other.named)
