"""Stages that the window runs in their own processes; imports no Qt."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from onne_core import files
from onne_core.digest import digest_of_file
from onne_core.errors import FormatError, OnneError
from onne_core.formats.column_choice import Columns
from onne_core.formats.conditions import conditions_of
from onne_core.formats.content import shown
from onne_core.formats.hdf5 import Picked
from onne_core.formats.known import read_known_distribution
from onne_core.jobs import Progress, Stage
from onne_core.locations import examples_folder
from onne_core.values.project import KnownDistribution, SpectrumEntry
from onne_core.values.quality import Quality
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import one_line

SPECTRUM_SUFFIXES = frozenset(
    (
        ".chi",
        ".chik",
        ".csv",
        ".dat",
        ".fio",
        ".larix",
        ".nor",
        ".prj",
        ".spec",
        ".txt",
        ".xdi",
        ".xmu",
    )
)
"""Suffixes of the files that are taken from a folder."""

EXAMPLE = "ni_foil_300K"
"""Spectrum and known g(r) that came with the program."""

FEWEST_SENT, PAUSE = 20, 0.3
"""Spectra of a portion at least, and time between two of them, s."""

MANY = 50
"""Files whose names are not shown while they are read."""

FOLDER_LIMIT = 100_000
"""Most files that are taken from a folder."""

MOST_REDUCTIONS = 200
"""Spectra of one file whose mu(E) is kept, so that it can be reduced anew."""


def of_pipeline(module: str, name: str) -> Callable[..., Stage[Any]]:
    """Return a stage of the pipeline's ``module`` to run in its own process.

    Only that process imports it: the window would stand still for a second or two.
    """
    return partial(_of_pipeline, module, name)


def _of_pipeline(module: str, name: str, *arguments: object) -> Stage[Any]:
    stage = getattr(import_module(f"onne_core.pipeline.{module}"), name)
    return (yield from stage(*arguments))


@dataclass(frozen=True)
class Refused:
    """A file that could not be opened: its path, and the problem in words."""

    path: str
    message: str
    kind: str


@dataclass(frozen=True, eq=False)
class Opened:
    """Result of reading a list of files, except portions sent before."""

    entries: tuple[SpectrumEntry, ...] = field(repr=False)
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, eq=False)
class SpectraRead(Progress):
    """Progress with spectra that have been read."""

    entries: tuple[SpectrumEntry, ...] = field(default=(), repr=False)


def files_of(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield files, and those in folders whose suffix is a spectrum's, 2 before 10."""
    for path in paths:
        if not files.is_folder(path):
            yield path
            continue
        try:
            found = (one for one in path.iterdir() if is_spectrum_name(one.name))
            taken = sorted(islice(found, FOLDER_LIMIT), key=natural)
        except OSError as error:
            raise FormatError(
                f"{path}: cannot be listed ({error.strerror or error}); "
                "check the folder's permissions."
            ) from error
        yield from taken


def is_spectrum_name(name: str) -> bool:
    """Return whether a file of this name in a folder is taken as a spectrum."""
    suffix = Path(name).suffix.lower()
    return suffix in SPECTRUM_SUFFIXES and not name.startswith((".", "~"))


def natural(path: Path) -> list[tuple[int, int, str]]:
    """Return what sorts paths as people do: scan2 before scan10."""
    parts = re.split(r"(\d+)", path.name.lower())
    return [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p]


def read_spectra(
    paths: tuple[str, ...], picked: Picked | Columns | None = None
) -> Stage[Opened]:
    """Read files and folders of them, mu(E) reduced to chi(k).

    A bad file does not stop the rest. Of many files the spectra come in portions.
    ``picked`` are the datasets of HDF5 files, or the columns of tables.
    """
    entries: list[SpectrumEntry] = []
    refused: list[Refused] = []
    paths = _listed(paths, refused)
    sent = time.monotonic()
    for done, path in enumerate(paths):
        if len(entries) >= FEWEST_SENT and time.monotonic() - sent >= PAUSE:
            yield SpectraRead(done, len(paths), "Reading", entries=tuple(entries))
            entries, sent = [], time.monotonic()
        elif len(paths) > MANY:
            yield Progress(done, len(paths), "Reading")
        else:
            yield Progress(done, len(paths), f"Reading {Path(path).name}")
        try:
            found, problems = _entries(Path(path), picked)
        except OnneError as error:
            refused.append(_refused(path, error))
            continue
        entries += found
        refused += [Refused(path, problem, "FormatError") for problem in problems]
    yield Progress(len(paths), len(paths), "Reading")
    return Opened(tuple(entries), tuple(refused))


def _listed(paths: Iterable[str], refused: list[Refused]) -> tuple[str, ...]:
    """Return the files in ``paths``; folders that cannot be listed are ``refused``."""
    found: list[str] = []
    for path in paths:
        try:
            found += map(str, files_of([Path(path)]))
        except OnneError as error:
            refused.append(_refused(path, error))
    return tuple(found)


def _refused(path: str, error: OnneError) -> Refused:
    return Refused(path, str(error), type(error).__name__)


def read_known(path: str) -> Stage[KnownDistribution]:
    """Read a known g(r)."""
    yield Progress(0, 1, f"Reading {Path(path).name}")
    return KnownDistribution(path, read_known_distribution(Path(path)))


def read_example() -> Stage[Opened]:
    """Read the simulated Ni foil together with its true g(r)."""
    folder = examples_folder()
    spectrum, truth = folder / f"{EXAMPLE}.chi", folder / f"{EXAMPLE}.gr.csv"
    yield Progress(0, 2, f"Reading {spectrum.name}")
    (entry,), _ = _entries(spectrum)
    yield Progress(1, 2, f"Reading {truth.name}")
    known = KnownDistribution(str(truth), read_known_distribution(truth))
    return Opened((replace(entry, known=known),))


def _entries(
    path: Path, picked: Picked | Columns | None = None
) -> tuple[tuple[SpectrumEntry, ...], tuple[str, ...]]:
    """Return the spectra of a file, and one line per part of it that is none."""
    # Imported here, in the worker: the reduction brings larch along.
    from onne_core.pipeline.analysis.analysis import measured_spectra

    spectra, problems = measured_spectra(path, picked)
    try:
        sha256, several = digest_of_file(path), len(spectra) > 1
    except OSError as error:
        raise FormatError(
            f"{shown(path)}: disappeared while being read ({error.strerror}); open "
            "it again."
        ) from error
    entries = (
        _with_fingerprint(
            name=one_line(spectrum.name or path.stem),
            source=str(path),
            sha256=sha256,
            spectrum=spectrum,
            reduction=reduction if len(spectra) <= MOST_REDUCTIONS else None,
            conditions=conditions_of(path, spectrum.name if several else ""),
        )
        for spectrum, reduction in spectra
    )
    return tuple(entries), problems


def _with_fingerprint(**parts: Any) -> SpectrumEntry:
    """Return an entry with the digest of its spectrum worked out, here and now."""
    entry = SpectrumEntry(**parts)
    assert entry.spectrum.fingerprint  # it is kept, and sent along
    return entry


@dataclass(frozen=True, eq=False)
class SetRequest:
    """A training set to make: its recipe, where it goes, and by how many processes."""

    recipe: Recipe = field(repr=False)
    folder: str
    workers: int


def make_set(request: SetRequest) -> Stage[str]:
    """Make the training set of ``request``, or resume it; return its folder."""
    from onne_core.pipeline.sets.generation import generate

    made = yield from generate(
        request.recipe, Path(request.folder), workers=request.workers
    )
    return str(made)


@dataclass(frozen=True)
class TrainRequest:
    """An ensemble to train: its set, where it goes, its size, by how many processes.

    ``members`` None leaves the number to the recipe of the set.
    """

    folder: str
    out: str
    members: int | None
    workers: int


def train_ensemble(request: TrainRequest) -> Stage[str]:
    """Train or resume the ensemble of ``request``; return its folder."""
    from onne_core.pipeline.ensembles.training import train, training_recipe_of

    folder = Path(request.folder)
    training = training_recipe_of(folder)
    if request.members is not None:
        training = replace(training, members=request.members)
    made = yield from train(
        folder, Path(request.out), training=training, workers=request.workers
    )
    return str(made)


@dataclass(frozen=True, eq=False)
class MakeRequest:
    """An ensemble to make from a recipe: how good, where set and ensemble go."""

    recipe: Recipe = field(repr=False)
    folder: str
    out: str
    quality: Quality
    workers: int


def make_ensemble(request: MakeRequest) -> Stage[str]:
    """Make or resume the ensemble of ``request``; return its folder."""
    from onne_core.pipeline.ensembles import making

    asked = making.MakeRequest(
        request.recipe, request.out, request.folder, request.quality
    )
    made = yield from making.make(asked, workers=request.workers)
    return str(made.folder)


@dataclass(frozen=True)
class TuneRequest:
    """An ensemble to fine-tune to a trajectory.

    Pairs of ``group`` environments of ``absorber`` in ``trajectory``, neighbours up to
    ``cutoff`` (Å), go to the folder ``pairs``; ``replay`` is the training set of
    ``ensemble``, a name or folder, and the tuned one goes to ``out``.
    """

    ensemble: str
    trajectory: str
    absorber: str
    edge: str
    cutoff: float
    group: int
    replay: str
    pairs: str
    out: str
    workers: int


def tune_ensemble(request: TuneRequest) -> Stage[str]:
    """Make the pairs of ``request`` and fine-tune to them, or resume either."""
    from onne_core.pipeline.analysis.analysis import load_ensemble
    from onne_core.pipeline.ensembles.tuning import TuningRequest, finetune
    from onne_core.pipeline.sets.structures import (
        StructuresRequest,
        fine_scattering,
        generate_from_structures,
    )

    theory = load_ensemble(request.ensemble).card
    structures = StructuresRequest(
        Path(request.trajectory),
        request.absorber,
        request.edge,
        cutoff=request.cutoff,
        group=request.group,
        by="centre",
        scattering=fine_scattering(core_hole=theory.core_hole),
    )
    pairs = yield from generate_from_structures(
        structures, Path(request.pairs), workers=request.workers
    )
    yield from finetune(
        TuningRequest(request.ensemble, pairs, Path(request.replay)),
        Path(request.out),
        workers=request.workers,
    )
    return request.out
