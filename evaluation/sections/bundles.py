"""Section: a bundle with one flipped bit must be refused."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from evaluation.places import MissingError, Places
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.bundle.bundle import read_bundle
from onne_core.errors import BundleError
from onne_core.jobs import Stage
from onne_core.pipeline.analysis.analysis import ensemble_folders

ENSEMBLES = ("ni-foil", "dimer")
FLIPS = 100
"""Bits that are flipped, one at a time, at random places of random files."""

ROOT = Path(__file__).resolve().parents[2]
TESTS = tuple(
    f"tests/core/{name}.py"
    for name in (
        "bundle/test_bundle",
        "bundle/test_onnx_check",
        "posterior/test_transfer",
    )
)
"""Tests that make hostile bundles, memory that they must not take included."""

LONGEST = 1800.0
"""Time after which these tests are given up, s."""

SUMMARY = re.compile(r"(\d+) (passed|failed|skipped|error)")

TEXT = (
    "One bit of one file at a time, including the model card README.md. Malicious "
    "bundles (operators, external data, cycles, bombs, wrong shapes, memory) are "
    "covered by the bundle tests, which are run here."
)


def bundles(places: Places) -> Stage[Section]:
    """Count the changed bundles that are refused."""
    makers: dict[str, Callable[[], Part]] = {
        name: lambda name=name: _flipped(places, name) for name in ENSEMBLES
    }
    makers["hostile bundles"] = _hostile
    return section("bundles", "Changed bundles", TEXT, makers)


def _hostile() -> Part:
    """Run the tests of hostile bundles in a process of their own and count them."""
    present = [name for name in TESTS if (ROOT / name).is_file()]
    if not present:
        raise MissingError("the bundle tests are missing")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:pytest-qt", *present]
    try:
        done = subprocess.run(  # noqa: S603 - our own tests
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MissingError(f"not finished after {LONGEST:g} s") from error
    found = {what: int(count) for count, what in SUMMARY.findall(done.stdout[-500:])}
    rows = tuple((what, str(count)) for what, count in found.items())
    passed = found.get("passed", 0)
    claim = Claim(
        "every hostile bundle refused within its limits of memory and time",
        f"{passed} tests passed" + ("" if done.returncode == 0 else ", others failed"),
        done.returncode == 0 and passed > 0,
    )
    table = Table(", ".join(present), ("tests", "number"), rows)
    return Part(tables=(table,), numbers=found, claims=(claim,))


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
    folder = source if source.is_dir() else ensemble_folders().get(name)
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
    claim = Claim(
        "every changed bundle refused", f"{FLIPS - len(read)} of {FLIPS}", not read
    )
    numbers = {"flipped": FLIPS, "not_refused": read}
    return Part(tables=(table,), numbers=numbers, claims=(claim,))


def _is_read(folder: Path) -> bool:
    try:
        read_bundle(folder)
    except BundleError:
        return False
    return True
