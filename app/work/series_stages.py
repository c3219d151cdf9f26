"""Stages of the Series tab, run in their own processes; imports no Qt."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from onne_core.errors import OnneError
from onne_core.jobs import Progress, Stage
from onne_core.values.project import SpectrumEntry
from onne_core.values.summary import Summary

if TYPE_CHECKING:
    from onne_core.posterior.predict import Ensemble
    from onne_core.values.prediction import MeasurementSettings
    from onne_core.values.spectrum import Spectrum

FIRST, AT_ONCE = 8, 64
"""Spectra of the first batch, which shows soon, and of the others."""

PAUSE = 0.25
"""Least time between two portions, s: the window draws each of them."""

Answer = Summary | str
"""What came of one spectrum: a summary, or why there is none."""


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
    for index, entry in enumerate(entries):
        try:
            spectrum, settings = prepared(entry, ensemble)
        except OnneError as error:
            answers[index] = str(error)
            continue
        key = tuple(sorted(entry.limits.items()))
        groups.setdefault(key, []).append((index, spectrum, settings))
    for key, items in groups.items():
        for index, answer in _predicted(items, ensemble, dict(key)):
            answers[index] = answer
    return answers


def prepared(
    entry: SpectrumEntry, ensemble: "Ensemble"
) -> tuple["Spectrum", "MeasurementSettings"]:
    """Return the spectrum as the networks get it, and its settings."""
    from onne_core.pipeline.analysis.correcting import correction_of, with_standard

    spectrum = entry.spectrum
    if entry.standard is None:
        settings = ensemble.settings_for(spectrum, e0=entry.e0, s02=entry.s02)
    else:
        spectrum, settings = with_standard(
            spectrum,
            ensemble,
            correction_of(entry.standard),
            e0=entry.e0,
            s02=entry.s02,
        )
    if entry.e0_std is not None:
        settings = replace(settings, e0_shift_std=entry.e0_std)
    return spectrum, settings


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
