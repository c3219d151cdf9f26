"""Stages of the Series tab, run in their own processes; imports no Qt."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from onne_core.errors import OnneError
from onne_core.jobs import Progress, Stage
from onne_core.values.project import AppliedStandard, SpectrumEntry
from onne_core.values.summary import Summary

if TYPE_CHECKING:
    from onne_core.posterior.predict import Ensemble
    from onne_core.values.prediction import MeasurementSettings, Sample
    from onne_core.values.spectrum import Spectrum

FIRST, AT_ONCE = 8, 64
"""Spectra of the first batch, which shows soon, and of the others."""

PAUSE = 0.25
"""Least time between two portions, s: the window draws each of them."""

Answer = Summary | str
"""What came of one spectrum: a summary, or why there is none."""

Prepared = tuple["Spectrum", "MeasurementSettings"]
"""A spectrum as an ensemble gets it, and its settings."""


@dataclass(frozen=True)
class SeriesRequest:
    """Spectra to predict: project folder and ensemble folder."""

    folder: str
    ensemble: str


@dataclass(frozen=True, eq=False)
class Answers(Progress):
    """Progress with a portion of answers, each with the number of its spectrum."""

    items: tuple[tuple[int, Answer], ...] = field(default=(), repr=False)


def predict_series(request: SeriesRequest) -> Stage[int]:
    """Predict all spectra of a project; yield answers in portions, in order."""
    from onne_core import storage
    from onne_core.pipeline.analysis.analysis import load_ensemble

    entries = storage.load(Path(request.folder)).spectra
    yield Progress(0, len(entries), "loading")
    ensemble = load_ensemble(request.ensemble)
    answered = (
        answer
        for part in batches(len(entries))
        for answer in answers_of(entries[part], ensemble)
    )
    yield from in_portions(answered, len(entries))
    return len(entries)


def in_portions(answers: Iterator[Answer], total: int) -> Iterator[Answers]:
    """Yield ``answers`` in portions, at most one every PAUSE."""
    portion: list[tuple[int, Answer]] = []
    sent = time.monotonic()
    for number, answer in enumerate(answers):
        portion.append((number, answer))
        done = number + 1
        if done in (total, FIRST) or time.monotonic() - sent >= PAUSE:
            yield Answers(done, total, "predicting", items=tuple(portion))
            portion, sent = [], time.monotonic()


def batches(count: int) -> Iterator[slice]:
    """Yield the parts in which ``count`` spectra are predicted."""
    if count:
        yield slice(0, FIRST)
    for first in range(FIRST, count, AT_ONCE):
        yield slice(first, first + AT_ONCE)


def answers_of(
    entries: tuple[SpectrumEntry, ...], ensemble: "Ensemble"
) -> list[Answer]:
    """Return the answers to ``entries``; equal settings are predicted together."""
    answers: list[Answer] = [""] * len(entries)
    groups: dict[tuple, list[tuple[int, Spectrum, MeasurementSettings]]] = {}
    everything = zip(entries, prepared_many(entries, ensemble), strict=True)
    for index, (entry, found) in enumerate(everything):
        if isinstance(found, str):
            answers[index] = found
            continue
        key = tuple(sorted(entry.limits.items()))
        groups.setdefault(key, []).append((index, *found))
    for key, items in groups.items():
        for index, answer in _predicted(items, ensemble, dict(key)):
            answers[index] = answer
    return answers


def prepared(entry: SpectrumEntry, ensemble: "Ensemble") -> Prepared:
    """Return the spectrum as the ensemble gets it, and its settings."""
    if entry.standard is None:
        (found,) = _without_standard((entry,), ensemble)
        return found
    return _with_standard(entry, entry.standard, ensemble)


def prepared_many(
    entries: Sequence[SpectrumEntry], ensemble: "Ensemble"
) -> list[Prepared | str]:
    """Return the same of many spectra, or why there is none; E0 of all at once."""
    found: dict[int, Prepared | str] = {}
    plain = [i for i, entry in enumerate(entries) if entry.standard is None]
    try:
        all_plain = _without_standard([entries[i] for i in plain], ensemble)
        found.update(zip(plain, all_plain, strict=True))
    except OnneError:  # one of them spoils it for all: each is tried alone
        pass
    for i in range(len(entries)):
        if i not in found:
            try:
                found[i] = prepared(entries[i], ensemble)
            except OnneError as error:
                found[i] = str(error)
    return [found[i] for i in range(len(entries))]


def _without_standard(
    entries: Sequence[SpectrumEntry], ensemble: "Ensemble"
) -> list[Prepared]:
    spectra = [entry.named for entry in entries]
    given = [(entry.e0, entry.s02) for entry in entries]
    samples: list[Sample] = [_sample(entry, ensemble) for entry in entries]
    settings = ensemble.settings_for_many(spectra, given, samples)
    own = map(_by_hand, entries, settings)
    return list(zip(spectra, own, strict=True))


def _with_standard(
    entry: SpectrumEntry, standard: AppliedStandard, ensemble: "Ensemble"
) -> Prepared:
    from onne_core.pipeline.analysis.correcting import correction_of, with_standard

    spectrum, settings = with_standard(
        entry.named,
        ensemble,
        correction_of(standard),
        e0=entry.e0,
        s02=entry.s02,
        sample=_sample(entry, ensemble),
    )
    return spectrum, _by_hand(entry, settings)


def _sample(entry: SpectrumEntry, ensemble: "Ensemble") -> "Sample":
    """Return what is known of the sample, as far as the answer makes use of it."""
    uses = ensemble.knows_crystal and entry.method == "joint"
    return entry.sample if uses else "unknown"


def _by_hand(
    entry: SpectrumEntry, settings: "MeasurementSettings"
) -> "MeasurementSettings":
    """Return ``settings`` with the user's choices for ``entry``."""
    settings = replace(settings, method=entry.method)
    if entry.e0_std is not None:
        settings = replace(settings, e0_shift_std=entry.e0_std)
    return settings


def _predicted(
    items: list[tuple[int, "Spectrum", "MeasurementSettings"]],
    ensemble: "Ensemble",
    limits: dict[str, tuple[float, float]],
) -> Iterator[tuple[int, Answer]]:
    """Yield the answers of a batch, each with the number of its spectrum."""
    from onne_core.pipeline.analysis.analysis import summaries

    indices, spectra, settings = zip(*items, strict=True)
    found = summaries(spectra, ensemble, settings, limits)
    yield from zip(indices, found, strict=True)
