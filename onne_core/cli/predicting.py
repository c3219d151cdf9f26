"""Prediction of measured files: five files each, one tidy table of all, or both."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from onne_core import files, formats
from onne_core.cli.arguments import Reduced, ends_of, stems_of, thick_sample_of
from onne_core.cli.choosing import Automatic, is_automatic
from onne_core.cli.tables import show_comparison, show_prediction
from onne_core.cli.terminal import complain, say
from onne_core.digest import digest_of_file
from onne_core.ensemble.suited import absorber_of
from onne_core.errors import DefinitionError, OnneError
from onne_core.formats.column_choice import columns_in
from onne_core.formats.conditions import axis_for, conditions_of, places_along, title_of
from onne_core.formats.hdf5 import picked_in
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.analysis.analysis import (
    Reading,
    load_ensemble,
    measured_spectra,
    predictions_or_reasons,
)
from onne_core.pipeline.analysis.comparing import compare
from onne_core.pipeline.analysis.correcting import Correction, with_standard
from onne_core.posterior.predict import Ensemble
from onne_core.results import conventional_report, figures, record
from onne_core.results.curves import PlottedPrediction
from onne_core.results.series import STATES, Series, series_of_answers
from onne_core.results.series_report import write_table
from onne_core.values.edges import Absorber
from onne_core.values.prediction import MeasurementSettings, Method, Prediction, Sample
from onne_core.values.spectrum import ReductionSettings, Spectrum
from onne_core.values.summary import Summary, summary_of

AT_ONCE = 64
"""Spectra that are predicted together."""


@dataclass(frozen=True)
class Given:
    """Known settings of the measurement; ``None`` is automatic.

    ``e0`` is the E0 shift in eV, ``s02`` S0^2 and its standard deviation; ``answer`` is
    the method, ``sample`` what is known of the samples; ``absorber`` names element and
    edge of spectra whose files do not; ``reading`` how files are read and reduced.
    """

    e0: float | None = None
    s02: tuple[float, float] | None = None
    correction: Correction | None = None
    answer: Method = "joint"
    sample: Sample = "unknown"
    absorber: Absorber | None = None
    reading: Reading = field(default_factory=Reading)

    def __post_init__(self) -> None:
        if self.answer == "networks" and self.sample != "unknown":
            raise DefinitionError(
                "sample: the networks alone make no use of the kind of the sample; "
                'leave it unknown, or choose the answer "joint".'
            )


@dataclass(frozen=True)
class Targets:
    """Targets of predictions: a folder for files of each spectrum, a table of all.

    With ``compares`` the files of each have conventional analyses beside the networks.
    """

    out: Path | None = None
    series: Path | None = None
    compares: bool = False

    def check(self) -> None:
        """Refuse targets that cannot be written, before any work is done.

        Raises
        ------
        StorageError
            If it cannot be written.
        """
        if self.out is not None:
            files.refuse_unwritable(self.out)
        if self.series is not None:
            files.refuse_unwritable_file(self.series)


@dataclass
class _Row:
    """One spectrum for the files and the table, or the reason why there is none.

    Its files begin with ``stem``, if it gets any.
    """

    name: str
    path: Path
    sha256: str = ""
    conditions: dict[str, float] = field(default_factory=dict)
    stem: Path | None = None
    spectrum: Spectrum | None = None
    ensemble: str = ""
    asked: tuple[Spectrum, MeasurementSettings] | None = None
    answer: Summary | None = None
    problem: str = ""

    def fail(self, problem: object) -> "_Row":
        """Keep the ``problem`` for the table, and report it on standard error."""
        self.problem = str(problem)
        complain(problem)
        return self


def reading_of(options: Reduced, absorber: Absorber | None = None) -> Reading:
    """Return how files are read by the options of the command line.

    ``absorber`` is the one whose edge is meant where a scan holds several.

    Raises
    ------
    OnneError
        If they contradict each other, or are out of range.
    """
    if options.columns and options.dataset:
        raise OnneError("give --columns for tables or --dataset for HDF5, not both.")
    # Refuses what is out of range before any file is read.
    checked = ReductionSettings(
        rbkg=1.0 if options.rbkg is None else options.rbkg,
        k_weight=2 if options.kweight is None else options.kweight,
        e0=options.e0_edge,
    )
    picked = None
    if options.columns:
        picked = columns_in(options.columns)
    elif options.dataset:
        picked = picked_in(options.dataset)
    return Reading(
        picked=picked,
        spectrum=options.spectrum,
        absorber=absorber,
        e0=checked.e0,
        rbkg=options.rbkg,
        k_weight=options.kweight,
        norm=ends_of(options.norm_range),
        thick_sample=thick_sample_of(options.self_absorption),
    )


def predictions(
    paths: tuple[Path, ...], ensemble: str, targets: Targets, given: Given
) -> Stage[int]:
    """Predict and write all spectra of the files; return how many could not be used.

    For the table a file may hold several spectra. They are ordered by temperature or
    time if all have one and it varies, otherwise by number. What cannot be used is
    reported on standard error and gets a row of its own. With the ensemble "auto"
    each spectrum gets the one that suits it.

    Raises
    ------
    BundleError
        If there is no such ensemble, or it is damaged.
    StorageError
        If a target cannot be written.
    """
    targets.check()
    yield Progress(0, len(paths), "loading")
    loaded = None if is_automatic(ensemble) else load_ensemble(ensemble)
    rows: list[_Row] = []
    for done, (path, stem) in enumerate(zip(paths, stems_of(paths), strict=True)):
        yield Progress(done, len(paths), path.name)
        rows += _rows_of(path, stem, targets, _at_edge(given, loaded))
    usable = [row for row in rows if row.spectrum is not None]
    if loaded is None:
        yield from _choose(usable, given)
        usable = [row for row in usable if row.spectrum is not None]
    for name in dict.fromkeys(row.ensemble for row in usable):
        own = [row for row in usable if row.ensemble == name]
        one = load_ensemble(name) if loaded is None else loaded
        yield from _predict(own, one, targets, given)
    if targets.series is not None:
        parts = _series_of(rows)
        write_table(parts, targets.series)
        say(f"{_counted(parts)}. Written to {targets.series}")
    yield Progress(len(paths), len(paths), "done")
    return sum(row.problem != "" for row in rows)


def _at_edge(given: Given, ensemble: Ensemble | None) -> Given:
    """Return ``given`` with the edge to take of scans with several: the ensemble's."""
    absorber = given.absorber
    if absorber is None and ensemble is not None:
        absorber = Absorber(ensemble.card.absorber, ensemble.card.edge)
    return replace(given, reading=replace(given.reading, absorber=absorber))


def _choose(rows: list[_Row], given: Given) -> Stage[None]:
    """Choose the ensemble of each of ``rows``; those without one fail."""
    automatic = Automatic(lambda spectrum, own: _prepared(spectrum, own, given))
    spectra = [row.spectrum for row in rows if row.spectrum is not None]
    for done, (row, choice) in enumerate(
        zip(rows, automatic.chosen(spectra), strict=True)
    ):
        yield Progress(done, len(rows), "choosing the ensemble")
        row.ensemble = choice.ensemble
        if choice.problem:
            row.spectrum = None
            row.fail(choice.problem)


def _predict(
    rows: list[_Row], ensemble: Ensemble, targets: Targets, given: Given
) -> Stage[None]:
    """Predict ``rows`` with one ensemble, and write their files."""
    for row in rows:
        assert row.spectrum is not None  # only such rows are predicted
        try:
            row.asked = _prepared(row.spectrum, ensemble, given)
        except OnneError as error:
            row.fail(error)
    waiting = [row for row in rows if row.asked is not None]
    for done, (row, found) in enumerate(_predicted(waiting, ensemble)):
        yield Progress(done, len(waiting), "predicting")
        _take(row, found, ensemble if targets.compares else None)


def _rows_of(path: Path, stem: str, targets: Targets, given: Given) -> Iterator[_Row]:
    """Yield a row per spectrum of a file, and one per part that cannot be used.

    Without a table there is a place for one spectrum of a file only.
    """
    try:
        spectra, problems = measured_spectra(path, reading=given.reading)
        sha256 = digest_of_file(path)
        if targets.series is None:
            problems = ()
            formats.refuse_several(path, [spectrum for spectrum, _ in spectra])
    except (OnneError, OSError) as error:
        yield _Row(path.stem, path).fail(error)
        return
    every = [spectrum for spectrum, _ in spectra]
    for i, spectrum in enumerate(every):
        name = spectrum.name if len(every) > 1 else ""
        row = _Row(spectrum.name or path.stem, path, sha256, conditions_of(path, name))
        row.spectrum = _with_absorber(spectrum, given.absorber)
        if targets.out is not None:
            for note in spectrum.notes:
                say(f"{row.name}: {note}")
        try:
            if targets.out is not None and i == 0:
                formats.refuse_several(path, every)
                row.stem = targets.out / stem
        except OnneError as error:
            row.fail(error)
        yield row
    for problem in problems:
        yield _Row(path.stem, path, sha256).fail(problem)


def _with_absorber(spectrum: Spectrum, absorber: Absorber | None) -> Spectrum:
    """Return ``spectrum`` of the given absorber, unless its file tells another."""
    if absorber is None or absorber_of(spectrum) is not None:
        return spectrum
    return replace(spectrum, element=absorber.element, edge=absorber.edge)


def _prepared(
    spectrum: Spectrum, ensemble: Ensemble, given: Given
) -> tuple[Spectrum, MeasurementSettings]:
    """Return what is predicted: the spectrum, corrected by the standard if any."""
    known = {"e0": given.e0, "s02": given.s02, "sample": given.sample}
    if given.correction is None:
        settings = ensemble.settings_for(spectrum, **known)
    else:
        spectrum, settings = with_standard(
            spectrum, ensemble, given.correction, **known
        )
    return spectrum, replace(settings, method=given.answer)


def _predicted(
    rows: list[_Row], ensemble: Ensemble
) -> Iterator[tuple[_Row, Prediction | str]]:
    """Yield the rows with their predictions, or why there is none; many at a time."""
    for first in range(0, len(rows), AT_ONCE):
        batch = rows[first : first + AT_ONCE]
        asked = [row.asked for row in batch if row.asked is not None]
        spectra, settings = zip(*asked, strict=True)
        found = predictions_or_reasons(spectra, ensemble, settings)
        yield from zip(batch, found, strict=True)


def _take(row: _Row, found: Prediction | str, comparing: Ensemble | None) -> None:
    """Keep of a prediction what the table needs, and write the files of its row."""
    row.asked = row.spectrum = None
    if isinstance(found, str):
        row.fail(found)
        return
    row.answer = summary_of(found)
    try:
        if row.stem is not None:
            _write(found, row, row.stem, comparing)
    except OnneError as error:
        row.fail(error)


def _write(
    prediction: Prediction, row: _Row, stem: Path, ensemble: Ensemble | None
) -> None:
    """Write the five files of a prediction and print its table.

    With an ``ensemble`` conventional analyses stand beside it, in a sixth.
    """

    def place(kind: str) -> Path:
        return stem.with_name(f"{stem.name}.{kind}")

    record.write_csv(prediction, place("csv"))
    record.write_chi_csv(prediction, place("chi.csv"))
    content = record.prediction_to_json(
        prediction, file=row.path.name, sha256=row.sha256
    )
    files.write_json(place("json"), content)
    for suffix in ("png", "svg"):
        picture = figures.rendered(PlottedPrediction(prediction), suffix, "two")
        files.write_bytes(place(suffix), picture)
    show_prediction(prediction)
    written = map(place, ("csv", "chi.csv", "json", "png", "svg"))
    say(f"Written to {stem.parent}: {', '.join(file.name for file in written)}")
    if ensemble is not None:
        comparison = compare(prediction, ensemble)
        compared = place("compare.csv")
        conventional_report.write_csv(comparison, compared)
        content["comparison"] = conventional_report.comparison_to_json(comparison)
        files.write_json(place("json"), content)
        show_comparison(comparison)
        say(f"Written to {stem.parent}: {compared.name}, {place('json').name}")


def _series_of(rows: list[_Row]) -> tuple[Series, ...]:
    """Return a series per ensemble, and one of the rows that have none."""
    along = axis_for([row.conditions for row in rows if row.answer is not None])
    at = places_along([row.conditions for row in rows], along)
    parts: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        parts.setdefault(row.ensemble, []).append(number)
    return tuple(
        series_of_answers(
            [rows[i].answer or rows[i].problem for i in own],
            names=tuple(rows[i].name for i in own),
            sources=tuple(str(rows[i].path) for i in own),
            files=tuple(rows[i].sha256 for i in own),
            title=title_of(along),
            at=at[own],
            numbers=tuple(own),
        )
        for own in parts.values()
    )


def _counted(parts: tuple[Series, ...]) -> str:
    """Return how many spectra there are, and what became of them."""
    counts = [
        (sum(part.count(state) for part in parts), name)
        for state, name in enumerate(STATES)
    ]
    said = ", ".join(f"{count} {name}" for count, name in counts if count)
    size = sum(part.size for part in parts)
    return f"{size} {'spectrum' if size == 1 else 'spectra'}: {said}"
