"""Prediction of measured files: one after the other, each with its five outputs."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onne_core import files, pipeline
from onne_core.cli.arguments import stems_of
from onne_core.cli.tables import show_comparison, show_prediction
from onne_core.cli.terminal import complain, say
from onne_core.digest import digest_of_file
from onne_core.errors import FormatError, OnneError
from onne_core.jobs import Progress, Stage
from onne_core.pipeline import Correction
from onne_core.posterior.predict import Ensemble
from onne_core.results import conventional_report, figures, report
from onne_core.values.prediction import MeasurementSettings, Prediction
from onne_core.values.spectrum import Spectrum


@dataclass(frozen=True)
class Given:
    """What is known of the measurement; ``None`` leaves it to the program.

    ``e0`` is the E0 shift in eV, ``s02`` S0^2 and its standard deviation.
    """

    e0: float | None = None
    s02: tuple[float, float] | None = None
    correction: Correction | None = None


def predictions(
    paths: tuple[Path, ...],
    ensemble: str,
    out: Path,
    given: Given,
    *,
    compare: bool = False,
) -> Stage[int]:
    """Predict every file and write to ``out``; return how many could not be used.

    With ``compare`` conventional analyses stand beside the networks. A file that cannot
    be used is named on standard error.

    Raises
    ------
    BundleError
        If there is no such ensemble, or it is damaged.
    """
    yield Progress(0, len(paths), "loading")
    loaded = pipeline.load_ensemble(ensemble)
    failed = 0
    for done, (path, stem) in enumerate(zip(paths, stems_of(paths), strict=True)):
        yield Progress(done, len(paths), path.name)
        try:
            prediction, record = _predict_one(path, out / stem, loaded, given)
            if compare:
                _compare(prediction, loaded, out / stem, record)
        except OnneError as error:
            failed += 1
            complain(error)
    yield Progress(len(paths), len(paths), "done")
    return failed


def _predict_one(
    path: Path,
    stem: Path,
    ensemble: Ensemble,
    given: Given,
) -> tuple[Prediction, dict[str, Any]]:
    """Predict one file, write its five files and print its table.

    Return the prediction and the content of its JSON file.
    """
    spectrum = pipeline.measured_spectrum(path)
    sha256 = _sha256_of(path)
    spectrum, settings = prepared(spectrum, ensemble, given)
    prediction = pipeline.predict(spectrum, ensemble, settings)
    csv, chi, record = (
        stem.with_name(f"{stem.name}.{kind}") for kind in ("csv", "chi.csv", "json")
    )
    report.write_csv(prediction, csv)
    report.write_chi_csv(prediction, chi)
    content = report.prediction_to_json(prediction, file=path.name, sha256=sha256)
    files.write_json(record, content)
    written = (csv, chi, record, *figures.write_figures(prediction, stem))
    show_prediction(prediction)
    say(f"Written to {stem.parent}: {', '.join(file.name for file in written)}")
    return prediction, content


def prepared(
    spectrum: Spectrum, ensemble: Ensemble, given: Given
) -> tuple[Spectrum, MeasurementSettings]:
    """Return what is predicted: the spectrum, corrected by the standard if any."""
    if given.correction is None:
        settings = pipeline.settings_for(spectrum, ensemble, e0=given.e0, s02=given.s02)
        return spectrum, settings
    return pipeline.with_standard(
        spectrum, ensemble, given.correction, e0=given.e0, s02=given.s02
    )


def _compare(
    prediction: Prediction, ensemble: Ensemble, stem: Path, content: dict[str, Any]
) -> None:
    """Print conventional analyses beside ``prediction`` and add them to its files."""
    comparison = pipeline.compare(prediction, ensemble)
    csv, record = (
        stem.with_name(f"{stem.name}.{kind}") for kind in ("compare.csv", "json")
    )
    conventional_report.write_csv(comparison, csv)
    content["comparison"] = conventional_report.comparison_to_json(comparison)
    files.write_json(record, content)
    show_comparison(comparison)
    say(f"Written to {stem.parent}: {csv.name}, {record.name}")


def _sha256_of(path: Path) -> str:
    """Return the sha256 of a file that has just been read."""
    try:
        return digest_of_file(path)
    except OSError as error:
        raise FormatError(
            f"{path}: vanished while it was read ({error.strerror}); give it again."
        ) from error
