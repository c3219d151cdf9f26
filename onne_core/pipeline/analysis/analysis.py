"""Pipeline: from a measured file to a prediction."""

from collections.abc import Sequence
from pathlib import Path

from onne_core import formats
from onne_core.bundle.bundle import Bundle, read_bundle
from onne_core.bundle.manifest import FILE
from onne_core.errors import BundleError, FormatError, OnneError
from onne_core.formats import hdf5
from onne_core.formats.column_choice import Columns, absorption_in
from onne_core.formats.hdf5 import Picked
from onne_core.formats.text_table import read_table
from onne_core.locations import models_folders
from onne_core.posterior.estimates import Limits
from onne_core.posterior.predict import Ensemble, load
from onne_core.reduction.steps import started
from onne_core.values.prediction import MeasurementSettings, Prediction
from onne_core.values.project import Reduction
from onne_core.values.spectrum import Absorption, Spectrum
from onne_core.values.summary import Summary, summary_of


def measured_spectrum(path: Path) -> Spectrum:
    """Read a measured file; mu(E) is reduced to chi(k) with the default settings.

    Raises
    ------
    FormatError
        If the file cannot be used; one line with file, place and remedy.
    """
    return reduced(formats.read_measured(path))[0]


def measured_spectra(
    path: Path, picked: Picked | Columns | None = None
) -> tuple[tuple[tuple[Spectrum, Reduction | None], ...], tuple[str, ...]]:
    """Read every spectrum of a measured file, and a line per part that is unusable.

    mu(E) comes with how it was reduced to chi(k). ``picked`` are the datasets of an
    HDF5 file, or the columns of a table, that the user has chosen.

    Raises
    ------
    FormatError
        If nothing of it can be used; one line with file, place and remedy.
    """
    contents = _contents(path, picked)
    if len(contents.measured) == 1:
        return (reduced(contents.measured[0]),), contents.problems
    spectra, problems = [], list(contents.problems)
    for measured in contents.measured:
        try:
            spectra.append(reduced(measured))
        except FormatError as error:
            problems.append(f"{measured.name}: {error}")
    if not spectra:
        raise FormatError(problems[0])
    return tuple(spectra), tuple(problems)


def _contents(path: Path, picked: Picked | Columns | None) -> formats.Contents:
    if picked is None:
        return formats.read_all(path)
    if isinstance(picked, Columns):
        return formats.Contents((absorption_in(read_table(path), picked),))
    return hdf5.read(path, picked)


def reduced(measured: formats.Measured) -> tuple[Spectrum, Reduction | None]:
    """Return chi(k) and its reduction; an E0 in the file is used for mu(E)."""
    if not isinstance(measured, Absorption):
        return measured, None
    removal, reduction = started(measured)
    return removal.spectrum, reduction


def ensemble_folders() -> dict[str, Path]:
    """Return the ensembles available by name: bundled ones and the user's own."""
    found: dict[str, Path] = {}
    for folder in models_folders():
        if folder.is_dir():
            # Hidden folders are bundles that are being written, or replaced ones.
            for candidate in sorted(folder.glob("[!.]*")):
                if (candidate / FILE).is_file():
                    found.setdefault(candidate.name, candidate)
    return found


def load_ensemble(name_or_folder: str | Path) -> Ensemble:
    """Load an ensemble by its name or from its folder.

    Raises
    ------
    BundleError
        If there is none, or it is damaged.
    """
    return load(bundle_of(name_or_folder))


def bundle_of(name_or_folder: str | Path) -> Bundle:
    """Return an ensemble's bundle by its name or from its folder.

    Raises
    ------
    BundleError
        If there is none, or it is damaged.
    """
    folders = ensemble_folders()
    folder = folders.get(str(name_or_folder), Path(name_or_folder))
    if not folder.is_dir():
        known = ", ".join(folders) or "none"
        raise BundleError(
            f"{name_or_folder}: no ensemble or folder of this name; available "
            f"ensembles: {known}."
        )
    return read_bundle(folder)


def summaries(
    spectra: Sequence[Spectrum],
    ensemble: Ensemble,
    settings: Sequence[MeasurementSettings],
    limits: Limits | None = None,
) -> list[Summary | str]:
    """Return the summaries of the predictions for a batch, or the reasons for none."""
    return [
        one if isinstance(one, str) else summary_of(one)
        for one in predictions_or_reasons(spectra, ensemble, settings, limits)
    ]


def predictions_or_reasons(
    spectra: Sequence[Spectrum],
    ensemble: Ensemble,
    settings: Sequence[MeasurementSettings],
    limits: Limits | None = None,
) -> list[Prediction | str]:
    """Return the predictions for a batch, or the reasons for none.

    Where the batch fails each spectrum is predicted alone.
    """
    try:
        return [*ensemble.predict_many(spectra, settings, limits)]
    except OnneError as error:
        if len(spectra) == 1:
            return [str(error)]
        return [
            predictions_or_reasons([spectrum], ensemble, [own], limits)[0]
            for spectrum, own in zip(spectra, settings, strict=True)
        ]
