"""Arrays of a series, kept up to date with new predictions."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np

from app.session.predictions import NOTHING, Outcome
from app.session.service import EnsembleInfo
from app.session.view import View
from onne_core.formats.conditions import (
    INDEX,
    START,
    UNITS,
    places_along,
    title_of,
)
from onne_core.results.series import (
    FAILED,
    INSIDE,
    PENDING,
    STATES,
    Series,
    put_in,
    room_for,
)
from onne_core.values.project import SpectrumEntry
from onne_core.values.summary import Summary


@dataclass
class SeriesData:
    """Turn views into series; only changes since the last view are processed."""

    _entries: tuple[SpectrumEntry, ...] = ()
    _outcomes: tuple[Outcome, ...] = ()
    _along: str = INDEX
    _ensemble: str = ""
    _form: Summary | None = None
    _arrays: dict[str, np.ndarray] = field(default_factory=dict)
    _digests: list[str] = field(default_factory=list)
    _problems: dict[int, str] = field(default_factory=dict)
    _reasons: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _assumptions: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _series: Series | None = None

    def series_of(self, view: View) -> Series:
        """Return the series of ``view``; the same one while nothing has changed.

        Its shells and g(r) are those of the selected spectrum's ensemble; of spectra
        that others answer it has the verdicts.
        """
        entries, outcomes = view.project.spectra, view.outcomes
        along, ensemble = view.project.along, _answering(view)
        is_same = entries is self._entries and outcomes is self._outcomes
        is_same &= along == self._along and ensemble == self._ensemble
        if self._series is not None and is_same:
            return self._series
        form = _form_of(outcomes, ensemble)
        is_new = self._series is None or entries is not self._entries
        is_new |= along != self._along or ensemble != self._ensemble
        if not self._arrays or not _fits(form, self._form):
            self._begin(len(entries), form)
        elif len(entries) != len(self._outcomes):
            self._rearrange(outcomes)
        for index, (outcome, old) in enumerate(
            zip(outcomes, self._outcomes, strict=True)
        ):
            if outcome is not old and not self._says_the_same(index, outcome, old):
                self._take(index, outcome)
                is_new = True
        self._entries, self._outcomes, self._along = entries, outcomes, along
        self._ensemble = ensemble
        if is_new or self._series is None:
            self._series = self._made(view)
        return self._series

    def _says_the_same(self, index: int, new: Outcome, old: Outcome) -> bool:
        """Return whether ``new`` adds nothing to what is known from ``old``."""
        return (
            new.is_current
            and old.is_current
            and new.summary is not None
            and old.summary is not None
            and new.summary.digest == self._digests[index]
        )

    def _begin(self, count: int, form: Summary | None) -> None:
        """Make room for ``count`` spectra with answers like ``form``."""
        self._form, self._outcomes = form, (NOTHING,) * count
        self._arrays = room_for(count, form)
        self._digests = [""] * count
        self._problems, self._reasons, self._assumptions = {}, {}, {}

    def _rearrange(self, outcomes: tuple[Outcome, ...]) -> None:
        """Follow spectra that came, went or moved: known rows go where they belong."""
        rows = {id(outcome): row for row, outcome in enumerate(self._outcomes)}
        source = np.array([rows.get(id(outcome), -1) for outcome in outcomes], int)
        known, old = source >= 0, (self._arrays, self._outcomes, self._digests)
        problems, reasons = self._problems, self._reasons
        assumptions = self._assumptions
        self._begin(len(outcomes), self._form)
        for name, array in self._arrays.items():
            array[known] = old[0][name][source[known]]
        self._outcomes = tuple(
            old[1][row] if row >= 0 else NOTHING for row in source.tolist()
        )
        self._digests = [old[2][row] if row >= 0 else "" for row in source.tolist()]
        for new, row in enumerate(source.tolist()):
            if row in problems:
                self._problems[new] = problems[row]
            if row in reasons:
                self._reasons[new] = reasons[row]
            if row in assumptions:
                self._assumptions[new] = assumptions[row]

    def _take(self, index: int, outcome: Outcome) -> None:
        summary = outcome.summary if outcome.is_current else None
        self._problems.pop(index, None)
        self._reasons.pop(index, None)
        self._assumptions.pop(index, None)
        self._digests[index] = summary.digest if summary else ""
        arrays = self._arrays
        if summary is None or not _fits(summary, self._form):
            arrays["states"][index] = FAILED if outcome.problem else PENDING
            for name in ("g", "values", "stds", "limits", "settings"):
                arrays[name][index] = np.nan
            if outcome.problem:
                self._problems[index] = outcome.problem
            if summary is not None:
                self._take_other(index, summary)
            return
        put_in(arrays, index, summary)
        self._assumptions[index] = summary.assumptions
        if arrays["states"][index] != INSIDE:
            self._reasons[index] = summary.reasons

    def _take_other(self, index: int, summary: Summary) -> None:
        """Take the verdict of an answer by another ensemble: it has other shells."""
        self._arrays["states"][index] = STATES.index(summary.verdict)
        self._assumptions[index] = summary.assumptions
        if summary.verdict != "inside":
            self._reasons[index] = summary.reasons

    def _made(self, view: View) -> Series:
        form, entries = self._form, self._entries
        info = _info(view)
        arrays: dict[str, Any] = self._arrays
        return Series(
            names=tuple(entry.name for entry in entries),
            sources=tuple(entry.source for entry in entries),
            files=tuple(entry.sha256 for entry in entries),
            digests=tuple(self._digests),
            title=title_of(self._along),
            ensemble=(info.name, info.digest) if info else ("", ""),
            at=places_of(entries, self._along),
            pairs=form.pairs if form else (),
            shells=form.shells if form else (),
            r=form.r if form else np.zeros(0),
            # Arrays go on to change; what was shown before is not looked at again.
            **arrays,
            problems=dict(self._problems),
            reasons=dict(self._reasons),
            assumptions=dict(self._assumptions),
        )


def axes_of(entries: tuple[SpectrumEntry, ...]) -> tuple[str, ...]:
    """Return the possible axes of the spectra: their number, and all conditions."""
    names = dict.fromkeys(name for entry in entries for name in entry.conditions)
    return (INDEX, *names)


def places_of(entries: tuple[SpectrumEntry, ...], along: str) -> np.ndarray:
    """Return the places of the spectra; NaN if an entry has no such condition."""
    return places_along([entry.conditions for entry in entries], along)


def place_text(entry: SpectrumEntry, along: str) -> str:
    """Return the condition ``along`` of a spectrum with its unit, or nothing."""
    value = entry.conditions.get(along)
    if value is None:
        return ""
    if along == START:
        return f"{datetime.fromtimestamp(value):%Y-%m-%d %H:%M:%S}"
    return f"{value:.6g} {UNITS.get(along, '')}".rstrip()


def _info(view: View) -> EnsembleInfo | None:
    """Return the ensemble whose answers a series shows: the selected spectrum's.

    Where none answers that one, it is the first that answers any.
    """
    if view.ensemble is not None:
        return view.ensemble
    return next((one.info for one in view.choices if one.info is not None), None)


def _answering(view: View) -> str:
    info = _info(view)
    return info.digest if info is not None else ""


def _form_of(outcomes: tuple[Outcome, ...], ensemble: str) -> Summary | None:
    """Return the first current summary of ``ensemble``: all of its have that form."""
    return next(
        (
            one.summary
            for one in outcomes
            if one.is_current
            and one.summary
            and one.summary.ensemble_digest == ensemble
        ),
        None,
    )


def parts_of(view: View) -> tuple[Series, ...]:
    """Return a series per ensemble of ``view``, and one of the spectra without any.

    Nothing where all spectra have the same.
    """
    infos = list(dict.fromkeys(one.info for one in view.choices))
    if len(infos) < 2:
        return ()
    return tuple(_part(view, info) for info in infos)


def _part(view: View, info: EnsembleInfo | None) -> Series:
    own = tuple(i for i, one in enumerate(view.choices) if one.info is info)
    spectra = tuple(view.project.spectra[i] for i in own)
    part = replace(
        view,
        project=replace(view.project, spectra=spectra, selected=-1),
        ensemble=info,
        outcomes=tuple(view.outcomes[i] for i in own),
        choices=tuple(view.choices[i] for i in own),
    )
    series = SeriesData().series_of(part)
    places = places_of(view.project.spectra, view.project.along)
    return replace(series, numbers=own, at=places[list(own)])


def _fits(one: Summary | None, other: Summary | None) -> bool:
    """Return whether two summaries have the same pairs, shells and bins."""
    if one is None or other is None:
        return one is other
    return (
        one.pairs == other.pairs
        and one.shells == other.shells
        and one.r.shape == other.r.shape
        and one.ensemble_digest == other.ensemble_digest
    )
