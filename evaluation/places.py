"""Folders of the report's ensembles, training sets, pairs and measured spectra."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from onne_core.errors import OnneError
from onne_core.formats import read_all
from onne_core.formats.known import read_known_distribution
from onne_core.pipeline.analysis.analysis import (
    ensemble_folders,
    load_ensemble,
    measured_spectrum,
    reduced,
)
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet, load_training_set
from onne_core.values.radial import RadialDistribution
from onne_core.values.spectrum import Spectrum

TRUTH = "truth.csv"
NUMBER = "#"
COUNT = re.compile(r"environments (\d+)")


@dataclass(frozen=True, eq=False)
class Truth:
    """g(r) (Å^-1) per pair, and the number of environments that it is the mean of."""

    distribution: RadialDistribution
    environments: int


class MissingError(OnneError):
    """Missing data for a part of the report."""


@dataclass(frozen=True)
class Places:
    """The four folders; their content is found by name.

    ``ensembles`` is looked through before the program's own; ``sets`` holds training
    sets by the name of the ensemble, ``pairs`` pairs with known g(r), ``measured``
    spectra of others.
    """

    ensembles: Path
    sets: Path
    pairs: Path
    measured: Path

    def has_ensemble(self, name: str) -> bool:
        """Return whether there is an ensemble ``name``."""
        return (self.ensembles / name).is_dir() or name in ensemble_folders()

    def ensemble(self, name: str) -> Ensemble:
        """Return the ensemble ``name``."""
        folder = self.ensembles / name
        if not self.has_ensemble(name):
            raise MissingError(f"there is no ensemble {name}")
        return _ensemble(str(folder) if folder.is_dir() else name)

    def training_set(self, name: str) -> TrainingSet:
        """Return the training set of the ensemble ``name``."""
        return _pairs(self.sets / name, "is no training set")

    def trained(self) -> list[str]:
        """Return the names of training sets for which there is an ensemble."""
        names = sorted(folder.name for folder in self.sets.glob("[!.]*/"))
        return [name for name in names if self.has_ensemble(name)]

    def pairs_set(self, name: str) -> TrainingSet:
        """Return the pairs ``name``."""
        return _pairs(self.pairs / name, "are no pairs")

    def truth(self, name: str) -> Truth | None:
        """Return the smooth g(r) of the pairs ``name``, ``None`` if there is none.

        It is that of all environments of the same dynamics, not only of those whose
        chi(k) was computed: ``truth.csv``, whose first line says how many there are.
        """
        path = self.pairs / name / TRUTH
        if not path.is_file():
            return None
        with path.open(encoding="utf-8") as file:
            found = COUNT.search(file.readline())
        if found is None:
            raise MissingError(
                f"{name}/{TRUTH} does not give the number of environments"
            )
        return Truth(read_known_distribution(path), int(found[1]))

    def spectrum(self, file: str) -> Spectrum:
        """Return the measured spectrum in ``file``, in the folder or below it.

        ``file`` is as in :func:`spectrum_of`.
        """
        name, mark, number = file.partition(NUMBER)
        paths = sorted(self.measured.rglob(name))
        if not paths:
            raise MissingError(f"there is no measured spectrum {name}")
        return spectrum_of(f"{paths[0]}{mark}{number}")


def spectrum_of(file: str) -> Spectrum:
    """Return the spectrum in ``file``; #2 behind it is the second of several.

    Raises
    ------
    MissingError
        If there is no such spectrum.
    FormatError
        If the file cannot be used, or has several and none is chosen.
    """
    name, _, number = file.partition(NUMBER)
    if not number:
        return measured_spectrum(Path(name))
    found = read_all(Path(name)).measured
    if not number.isdecimal() or not 0 < int(number) <= len(found):
        raise MissingError(f"{file}: {name} contains {len(found)} spectra")
    return reduced(found[int(number) - 1])[0]


@cache
def _ensemble(name_or_folder: str) -> Ensemble:
    return load_ensemble(name_or_folder)


@cache
def _pairs(folder: Path, kind: str) -> TrainingSet:
    if not folder.is_dir():
        raise MissingError(f"there {kind} {folder.name}")
    return load_training_set(folder)
