"""Projects with a long series: many spectra to a file, and nothing lost by it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from onne_core import files, storage
from onne_core.digest import digest_of_bytes
from onne_core.errors import StorageError
from onne_core.storage.packs import FEW, PER_PIECE
from onne_core.values.project import Project, SpectrumEntry, with_entry
from onne_core.values.spectrum import Spectrum, k_grid


def entry(number: int, *, dtype: type = float, k_max: float = 12.0) -> SpectrumEntry:
    k = k_grid(k_max).astype(dtype)
    chi = np.sin((4.0 + 1e-3 * number) * k)
    spectrum = Spectrum(k, chi, name=f"scan {number}", e0=8333.0)
    return SpectrumEntry(
        f"scan {number}",
        f"/data/{number}.chi",
        "0" * 64,
        spectrum,
        conditions={"scan": float(number)},
    )


def series(count: int) -> Project:
    return Project(spectra=tuple(entry(i) for i in range(count)), selected=count - 1)


def content_of(folder: Path) -> dict:
    return json.loads((folder / storage.PROJECT_FILE).read_text())


@pytest.mark.parametrize("count", [FEW, FEW + 1, PER_PIECE + 40])
def test_a_series_is_itself_again(tmp_path, count):
    project, folder = series(count), tmp_path / "a.onne"
    storage.save(project, folder)
    assert storage.load(folder).digest == project.digest
    files = list((folder / storage.ARRAYS).iterdir())
    assert len(files) == (count if count <= FEW else 1 + (count > PER_PIECE))


def test_a_short_series_is_stored_as_programs_of_before_read_it(tmp_path):
    storage.save(series(FEW), tmp_path / "short.onne")
    storage.save(series(FEW + 1), tmp_path / "long.onne")
    assert content_of(tmp_path / "short.onne")["schema"] == 1
    assert content_of(tmp_path / "long.onne")["schema"] == 2


def test_spectra_of_all_kinds_go_together(tmp_path):
    others = (entry(50, dtype=np.float32), entry(51, k_max=16.0))
    project = Project(spectra=(*series(FEW).spectra, *others), selected=0)
    storage.save(project, tmp_path / "a.onne")
    assert storage.load(tmp_path / "a.onne").digest == project.digest


def test_equal_grids_are_one_array_again(tmp_path):
    storage.save(series(FEW + 8), tmp_path / "a.onne")
    first, second, *_ = storage.load(tmp_path / "a.onne").spectra
    assert first.spectrum.k is second.spectrum.k
    assert not first.spectrum.chi.flags.writeable


def test_what_is_no_longer_used_is_deleted(tmp_path):
    project, folder = series(FEW + 8), tmp_path / "a.onne"
    storage.save(project, folder)
    (before,) = (folder / storage.ARRAYS).iterdir()
    changed = with_entry(project, 0, spectrum=entry(99).spectrum)
    storage.save(changed, folder)
    (after,) = (folder / storage.ARRAYS).iterdir()
    assert before.name != after.name
    assert storage.load(folder).digest == changed.digest


def test_a_save_that_fails_leaves_the_old_series_whole(tmp_path, monkeypatch):
    project, folder = series(FEW + 8), tmp_path / "a.onne"
    storage.save(project, folder)

    def fail(path: Path, text: str) -> None:
        raise StorageError(f"{path}: the disk is full.")

    monkeypatch.setattr(files, "write_text", fail)
    changed = replace(project, spectra=project.spectra[1:], selected=0)
    with pytest.raises(StorageError):
        storage.save(changed, folder)
    assert storage.load(folder).digest == project.digest


def test_a_series_as_one_file_is_itself_again(tmp_path):
    project, path = series(FEW + 8), tmp_path / "a.onne.zip"
    storage.save_archive(project, path)
    assert storage.load(path).digest == project.digest


@pytest.mark.parametrize(
    "place",
    [
        lambda place: [place[0], place[1], 10**9, place[3]],
        lambda place: [place[0], -1, place[2], place[3]],
        lambda place: [place[0], place[1], place[2], 0],
        lambda place: [place[0], 0.5, place[2], place[3]],
        lambda place: [place[0], True, place[2], place[3]],
        lambda place: place[:3],
        lambda place: ["../../etc/passwd", *place[1:]],
        lambda place: {"name": place[0]},
    ],
)
def test_places_that_are_none_are_refused(tmp_path, place):
    folder = tmp_path / "a.onne"
    storage.save(series(FEW + 8), folder)
    content = content_of(folder)
    own = content["spectra"][3]["spectrum"]
    own["arrays"] = place(own["arrays"])
    (folder / storage.PROJECT_FILE).write_text(json.dumps(content))
    with pytest.raises(StorageError):
        storage.load(folder)
    whole, problems = storage.load_what_is_whole(folder)
    assert len(whole.spectra) == FEW + 7
    assert problems[0].startswith("Spectrum 4 scan 3")


def test_a_changed_piece_is_noticed(tmp_path):
    folder = tmp_path / "a.onne"
    storage.save(series(FEW + 8), folder)
    (piece,) = (folder / storage.ARRAYS).iterdir()
    content = bytearray(piece.read_bytes())
    content[-2000] ^= 1
    piece.write_bytes(content)
    with pytest.raises(StorageError, match="sha256 differs"):
        storage.load(folder)
    assert digest_of_bytes(bytes(content)) != piece.stem
