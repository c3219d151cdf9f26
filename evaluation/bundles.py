"""Section: a bundle of which one bit is changed must be refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evaluation.places import MissingError, Places
from evaluation.section import Part, Section, Table, section
from onne_core import pipeline
from onne_core.ensemble.bundle import read_bundle
from onne_core.errors import BundleError
from onne_core.jobs import Stage

ENSEMBLES = ("ni-foil", "dimer")
FLIPS = 100
"""Bits that are flipped, one at a time, at random places of random files."""

TEXT = (
    "One bit of one file at a time; the model card README.md, which is read by people, "
    "included. The hostile bundles are in the tests of the bundle "
    "(tests/core/test_bundle.py, test_onnx_check.py)."
)


def bundles(places: Places) -> Stage[Section]:
    """Count the changed bundles that are refused."""
    makers = {name: lambda name=name: _flipped(places, name) for name in ENSEMBLES}
    return section("bundles", "Changed bundles", TEXT, makers)


def flips(folder: Path, *, count: int, rng: np.random.Generator) -> Iterator[str]:
    """Flip one bit at a time of the files in ``folder`` and yield the file's name.

    The bit is flipped back when the caller goes on.
    """
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for _ in range(count):
        path = paths[rng.integers(len(paths))]
        content = path.read_bytes()
        changed = bytearray(content)
        changed[rng.integers(len(changed))] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        yield path.name
        path.write_bytes(content)


def _flipped(places: Places, name: str) -> Part:
    source = places.ensembles / name
    folder = source if source.is_dir() else pipeline.ensemble_folders().get(name)
    if folder is None:
        raise MissingError(f"there is no ensemble {name}")
    with TemporaryDirectory() as temporary:
        copy = Path(temporary) / name
        shutil.copytree(folder, copy)
        read_bundle(copy)
        rng = np.random.default_rng(1)
        read = [file for file in flips(copy, count=FLIPS, rng=rng) if _is_read(copy)]
    rows = ((str(FLIPS), str(FLIPS - len(read)), ", ".join(read)),)
    table = Table("Flipped bits", ("flipped", "refused", "not refused"), rows)
    return Part(tables=(table,), numbers={"flipped": FLIPS, "not_refused": read})


def _is_read(folder: Path) -> bool:
    try:
        read_bundle(folder)
    except BundleError:
        return False
    return True
