"""Several processes that save one project, and read it meanwhile."""

import subprocess
import sys
from pathlib import Path

import pytest

from onne_core import storage
from onne_core.errors import StorageError
from onne_core.files import locked
from onne_core.storage.folder import LOCK
from onne_core.values.project import Project, with_spectra
from tests.core.storage.test_storage import entry

ROUNDS = 25

SAVER = """
import sys
from pathlib import Path
from tests.core.storage.test_saving_together import ROUNDS, numbered
from onne_core import storage

for round in range(ROUNDS):
    storage.save(numbered(int(sys.argv[2]) + round), Path(sys.argv[1]))
"""


def numbered(number: int) -> Project:
    """Return a project that no other number has."""
    entries = [
        entry(f"scan {number} {i}", amplitude=1.0 + number + 0.1 * i) for i in range(3)
    ]
    return with_spectra(Project(), tuple(entries))


def test_two_savers_and_a_reader_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "shared.onne"
    storage.save(numbered(0), folder)
    savers = [
        subprocess.Popen([sys.executable, "-c", SAVER, str(folder), str(first)])
        for first in (1000, 2000)
    ]
    read = 0
    while any(saver.poll() is None for saver in savers):
        assert len(storage.load(folder).spectra) == 3
        read += 1
    assert [saver.returncode for saver in savers] == [0, 0]
    assert read > 0
    names = {entry.name for entry in storage.load(folder).spectra}
    last = [
        {f"scan {first + ROUNDS - 1} {i}" for i in range(3)} for first in (1000, 2000)
    ]
    assert names in last


def test_a_save_waits_no_longer_than_it_says(tmp_path: Path, monkeypatch) -> None:
    folder = tmp_path / "held.onne"
    storage.save(numbered(0), folder)
    monkeypatch.setattr("onne_core.storage.folder.PATIENCE", 0.05)
    with locked(folder / LOCK), pytest.raises(StorageError, match="another process"):
        storage.save(numbered(1), folder)
    assert storage.load(folder).spectra[0].name == "scan 0 0"


def test_what_a_killed_save_has_left_is_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "killed.onne"
    left = folder / "arrays" / ".a.npz.x1.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    storage.save(numbered(0), folder)
    assert not left.exists()
    assert len(storage.load(folder).spectra) == 3
