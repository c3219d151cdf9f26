"""Predictions of a series without networks: the stage that a window's process runs."""

import time
from collections.abc import Iterator
from pathlib import Path

from app.work.series_stages import Answer, SeriesRequest, in_portions
from onne_core import storage
from onne_core.jobs import Progress, Stage
from onne_core.values.project import SpectrumEntry
from onne_core.values.summary import Summary
from tests.app.foil import foil_summary

HOLD = "hold"
"""A file of this name beside an ensemble makes the predictions wait."""


def predict_series(request: SeriesRequest) -> Stage[int]:
    """Answer every spectrum from formulas; wait while the ensemble's folder says so."""
    entries = storage.load(Path(request.folder)).spectra
    yield Progress(0, len(entries), "loading")
    yield from in_portions(answers(entries, Path(request.ensemble)), len(entries))
    return len(entries)


def answers(entries: tuple[SpectrumEntry, ...], folder: Path) -> Iterator[Answer]:
    for entry in entries:
        while (folder / HOLD).exists():
            time.sleep(0.01)
        yield answer_of(entry)


def answer_of(entry: SpectrumEntry) -> Answer:
    """Return a summary in which everything follows from the temperature, or 300 K.

    A name with "bad" has no answer; "outside" or "borderline" in it is the verdict.
    """
    if "bad" in entry.name:
        return f"{entry.name}: the spectrum ends at k = 6 Å⁻¹; measure to 14 Å⁻¹."
    summary: Summary = foil_summary(entry)
    return summary
