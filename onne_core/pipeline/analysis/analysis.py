"""Pipeline: from a measured file to a prediction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onne_core import formats
from onne_core.bundle.bundle import Bundle, read_bundle
from onne_core.bundle.manifest import FILE
from onne_core.errors import BundleError, FormatError, OnneError
from onne_core.formats import hdf5
from onne_core.formats.column_choice import Columns
from onne_core.formats.hdf5 import Picked
from onne_core.locations import models_folders
from onne_core.posterior.estimates import Limits
from onne_core.posterior.predict import Ensemble, load
from onne_core.reduction.steps import carried_out, self_absorption_corrected, started
from onne_core.values.edges import Absorber, edge_energy
from onne_core.values.prediction import MeasurementSettings, Prediction
from onne_core.values.project import Reduction
from onne_core.values.spectrum import Absorption, ReductionSettings, Spectrum
from onne_core.values.summary import Summary, summary_of


@dataclass(frozen=True)
class Reading:
    """How a measured file is read and reduced; what is not given is automatic.

    Parameters
    ----------
    picked
        Datasets of an HDF5 file, or columns of a table.
    spectrum
        Name of the only spectrum to take of several.
    absorber
        Whose edge is meant where a scan holds several and the file does not say.
    e0
        Energy of k = 0 in eV, absolute.
    rbkg, k_weight, norm
        Of the reduction: Å; power of k; ends of the post-edge curve, eV above E0.
    thick_sample
        Formula and angles (degrees, of beam and detector with the surface) of a thick
        sample whose fluorescence is corrected for self-absorption.
    """

    picked: Picked | Columns | None = None
    spectrum: str = ""
    absorber: Absorber | None = None
    e0: float | None = None
    rbkg: float | None = None
    k_weight: int | None = None
    norm: tuple[float, float] | None = None
    thick_sample: tuple[str, float, float] | None = None

    def settings_for(self, absorption: Absorption) -> ReductionSettings:
        """Return the settings for a scan: those given, else those of its file."""
        settings = absorption.settings or ReductionSettings()
        settings = replace(settings, e0=settings.e0 or absorption.e0)
        given = {"e0": self.e0, "rbkg": self.rbkg, "k_weight": self.k_weight}
        if self.norm is not None:
            given |= {"norm1": self.norm[0], "norm2": self.norm[1]}
        known = {name: value for name, value in given.items() if value is not None}
        return replace(settings, **known)


def measured_spectrum(path: Path) -> Spectrum:
    """Read a measured file; mu(E) is reduced to chi(k) with the default settings.

    Raises
    ------
    FormatError
        If the file cannot be used; one line with file, place and remedy.
    """
    return reduced(formats.read_measured(path))[0]


def measured_spectra(
    path: Path,
    picked: Picked | Columns | None = None,
    reading: Reading | None = None,
) -> tuple[tuple[tuple[Spectrum, Reduction | None], ...], tuple[str, ...]]:
    """Read every spectrum of a measured file, and a line per part that is unusable.

    mu(E) comes with how it was reduced to chi(k). ``picked`` are the datasets of an
    HDF5 file, or the columns of a table, that the user has chosen; ``reading`` says
    that and more.

    Raises
    ------
    FormatError
        If nothing of it can be used; one line with file, place and remedy.
    """
    reading = reading or Reading(picked)
    contents = _contents(path, reading.picked)
    if reading.spectrum:
        contents = _only(path, contents, reading.spectrum)
    if len(contents.measured) == 1:
        return (reduced(contents.measured[0], reading),), contents.problems
    spectra, problems = [], list(contents.problems)
    for measured in contents.measured:
        try:
            spectra.append(reduced(measured, reading))
        except FormatError as error:
            problems.append(f"{measured.name}: {error}")
    if not spectra:
        raise FormatError(problems[0])
    return tuple(spectra), tuple(problems)


def _contents(path: Path, picked: Picked | Columns | None) -> formats.Contents:
    if picked is None:
        return formats.read_all(path)
    if isinstance(picked, Columns):
        return formats.read_columns(path, picked)
    return hdf5.read(path, picked)


def _only(path: Path, contents: formats.Contents, name: str) -> formats.Contents:
    """Return the spectrum called ``name``.

    Raises
    ------
    FormatError
        If there is none; some of the names are told.
    """
    found = tuple(one for one in contents.measured if one.name == name)
    if found:
        return formats.Contents(found[:1])
    names = ", ".join(one.name for one in contents.measured[:8])
    raise FormatError(
        f"{path.name}: no usable spectrum is called {name!a}; there are {names}."
    )


def reduced(
    measured: formats.Measured, reading: Reading | None = None
) -> tuple[Spectrum, Reduction | None]:
    """Return chi(k) and its reduction; what the file says of it is used for mu(E)."""
    if not isinstance(measured, Absorption):
        return measured, None
    reading = reading or Reading()
    settings = reading.settings_for(measured)
    if reading.absorber is not None and settings.e0 is None and not measured.element:
        hinted = _at_edge_of(measured, reading.absorber, settings)
        if hinted is not None:
            return _thinned(*hinted, reading)
    removal, reduction = started(measured, settings)
    return _thinned(removal.spectrum, reduction, reading)


def _thinned(
    spectrum: Spectrum, reduction: Reduction, reading: Reading
) -> tuple[Spectrum, Reduction]:
    """Return the reduction as of a thin sample, where a thick one is described."""
    if reading.thick_sample is None:
        return spectrum, reduction
    reduction = self_absorption_corrected(reduction, *reading.thick_sample)
    spectrum = carried_out(reduction).spectrum
    opened = replace(reduction, imported=spectrum, proposed=reduction.operations)
    return spectrum, opened


def _at_edge_of(
    measured: Absorption, absorber: Absorber, settings: ReductionSettings
) -> tuple[Spectrum, Reduction] | None:
    """Return the reduction at the edge of ``absorber``, ``None`` if it is not there."""
    edge = edge_energy(replace(absorber, edge=absorber.edge or "K"))
    if edge is None or not measured.energy[0] < edge < measured.energy[-1]:
        return None
    guided = replace(measured, element=absorber.element, edge=absorber.edge or "K")
    try:
        removal, reduction = started(guided, settings)
    except FormatError:
        return None
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
