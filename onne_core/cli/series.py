"""Prediction of many measured files into one tidy table, as Series exports it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from onne_core import pipeline
from onne_core.cli.predicting import Given, prepared
from onne_core.cli.terminal import complain, say
from onne_core.digest import digest_of_file
from onne_core.errors import OnneError
from onne_core.formats.conditions import axis_for, conditions_of, places_along, title_of
from onne_core.jobs import Progress, Stage
from onne_core.posterior.predict import Ensemble
from onne_core.results.series import STATES, Series, series_of_answers
from onne_core.results.series_report import write_table
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import Spectrum
from onne_core.values.summary import Summary

AT_ONCE = 64
"""Spectra that are predicted together."""


@dataclass
class _Row:
    """One spectrum on its way into the table, or a file that holds none."""

    name: str
    source: str
    sha256: str = ""
    conditions: dict[str, float] = field(default_factory=dict)
    asked: tuple[Spectrum, MeasurementSettings] | None = None
    answer: Summary | str = ""


def series_table(
    paths: tuple[Path, ...], ensemble: str, table: Path, given: Given
) -> Stage[int]:
    """Predict every spectrum of every file, write ``table``; return how many failed.

    A file may hold several spectra. They lie along their temperature or time where all
    have one and it varies, else along their number. What cannot be used is named on
    standard error and has a row of its own.

    Raises
    ------
    BundleError
        If there is no such ensemble, or it is damaged.
    StorageError
        If the table cannot be written.
    """
    yield Progress(0, len(paths), "loading")
    loaded = pipeline.load_ensemble(ensemble)
    rows: list[_Row] = []
    for done, path in enumerate(paths):
        yield Progress(done, len(paths), path.name)
        rows += _rows_of(path, loaded, given)
    waiting = [row for row in rows if row.asked is not None]
    for first in range(0, len(waiting), AT_ONCE):
        yield Progress(first, len(waiting), "predicting")
        _answer(waiting[first : first + AT_ONCE], loaded)
    series = _series_of(rows)
    write_table(series, table)
    for row in rows:
        if isinstance(row.answer, str):
            complain(row.answer)
    yield Progress(len(paths), len(paths), "done")
    say(f"{_counted(series)}. Written to {table}")
    return len(series.problems)


def _rows_of(path: Path, ensemble: Ensemble, given: Given) -> Iterator[_Row]:
    """Yield a row per spectrum of a file, and one per part that cannot be used."""
    try:
        spectra, problems = pipeline.measured_spectra(path)
        sha256 = digest_of_file(path)
    except (OnneError, OSError) as error:
        yield _Row(path.stem, str(path), answer=str(error))
        return
    several = len(spectra) > 1
    for spectrum, _ in spectra:
        row = _Row(
            spectrum.name or path.stem,
            str(path),
            sha256,
            conditions_of(path, spectrum.name if several else ""),
        )
        try:
            row.asked = prepared(spectrum, ensemble, given)
        except OnneError as error:
            row.answer = str(error)
        yield row
    for problem in problems:
        yield _Row(path.stem, str(path), sha256, answer=problem)


def _answer(rows: list[_Row], ensemble: Ensemble) -> None:
    asked = [row.asked for row in rows if row.asked is not None]
    spectra, settings = zip(*asked, strict=True)
    found = pipeline.summaries(spectra, ensemble, settings)
    for row, answer in zip(rows, found, strict=True):
        row.answer, row.asked = answer, None


def _series_of(rows: list[_Row]) -> Series:
    measured = [row.conditions for row in rows if isinstance(row.answer, Summary)]
    along = axis_for(measured)
    return series_of_answers(
        [row.answer for row in rows],
        names=tuple(row.name for row in rows),
        sources=tuple(row.source for row in rows),
        files=tuple(row.sha256 for row in rows),
        title=title_of(along),
        at=places_along([row.conditions for row in rows], along),
    )


def _counted(series: Series) -> str:
    """Return how many spectra there are, and what became of them."""
    counts = [(series.count(state), name) for state, name in enumerate(STATES)]
    said = ", ".join(f"{count} {name}" for count, name in counts if count)
    name = "spectrum" if series.size == 1 else "spectra"
    return f"{series.size} {name}: {said}"
