"""A project as one file: read without unpacking; what is not one is refused."""

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from onne_core import storage
from onne_core.digest import digest, digest_of_bytes
from onne_core.errors import StorageError
from onne_core.storage import archive, folder
from tests.core.storage.test_project_results import project, results


def exported(tmp_path: Path) -> Path:
    path = tmp_path / "foil.onne.zip"
    storage.save_archive(project(), path, results())
    return path


def test_the_file_holds_project_and_answers(tmp_path: Path):
    path = exported(tmp_path)
    assert storage.load(path).digest == project().digest
    back = storage.load_results(path)
    assert {name: digest(item) for name, item in back.items()} == {
        name: digest(item) for name, item in results().items()
    }
    assert [item.name for item in tmp_path.iterdir()] == ["foil.onne.zip"]


def test_unpacked_by_hand_it_is_a_project_folder(tmp_path: Path):
    with zipfile.ZipFile(exported(tmp_path)) as members:
        members.extractall(tmp_path)
    folder = tmp_path / "foil.onne"
    assert storage.is_project(folder)
    assert storage.load(folder).digest == project().digest


def test_a_folder_packed_by_hand_is_read(tmp_path: Path):
    folder = tmp_path / "a.onne"
    storage.save(project(), folder)
    path = tmp_path / "sent.zip"
    with zipfile.ZipFile(path, "w") as members:
        for item in sorted(folder.rglob("*")):
            members.write(item, item.relative_to(folder))
    assert storage.load(path).digest == project().digest


def test_the_same_project_gives_the_same_file(tmp_path: Path):
    first = exported(tmp_path).read_bytes()
    assert exported(tmp_path).read_bytes() == first


def with_member(path: Path, name: str, content: bytes = b"x") -> None:
    with zipfile.ZipFile(path, "a") as members:
        members.writestr(name, content)


@pytest.mark.parametrize(
    "name",
    [
        "../outside.txt",
        "foil.onne/../../outside.txt",
        "/etc/outside.txt",
        "C:/outside.txt",
        "foil.onne\\..\\outside.txt",
    ],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name):
    path = exported(tmp_path)
    with_member(path, name)
    if "\\" in name:  # zipfile writes slashes; others write what they like
        path.write_bytes(
            path.read_bytes().replace(name.replace("\\", "/").encode(), name.encode())
        )
    with pytest.raises(StorageError, match="leads out of its folder"):
        storage.load(path)
    assert storage.load_results(path) == {}


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("a.onne/project.json", b" " * 200 * 2**20)


def two_projects(path: Path) -> None:
    with_member(path, "other.onne/project.json", b"{}")


def no_project(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as members:
        members.writestr("letter.txt", "mine")


def too_many(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as members:
        for number in range(20_001):
            members.writestr(f"foil.onne/{number}", b"")


@pytest.mark.parametrize("change", [bomb, two_projects, no_project, too_many])
def test_what_is_no_exported_project_is_refused(tmp_path: Path, change):
    path = exported(tmp_path)
    change(path)
    with pytest.raises(StorageError, match=r"no project exported by ONNE"):
        storage.load(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"a letter"])
def test_what_is_no_zip_is_refused(tmp_path: Path, content):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="not a project exported"):
        storage.load(path)


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_damage_is_noticed_whatever_the_compression(tmp_path: Path, method):
    path = tmp_path / "a.zip"
    with (
        zipfile.ZipFile(exported(tmp_path)) as old,
        zipfile.ZipFile(path, "w", method) as new,
    ):
        for name in old.namelist():
            new.writestr(name, old.read(name))
        first = new.infolist()[0]
    assert storage.load(path).digest == project().digest
    content = bytearray(path.read_bytes())
    start = first.header_offset + 30 + len(first.filename) + 12
    for place in range(start, start + first.compress_size - 12):
        content[place] ^= 0x55
    path.write_bytes(bytes(content))
    with pytest.raises(StorageError, match="cannot be read"):
        storage.load(path)
    assert storage.load_results(path) == {}


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_changed_byte_is_noticed(tmp_path: Path, share):
    path = exported(tmp_path)
    content = bytearray(path.read_bytes())
    content[int(share * len(content))] ^= 1
    path.write_bytes(bytes(content))
    try:
        loaded = storage.load(path)
    except StorageError:
        return
    assert loaded.digest == project().digest
    whole = {name: digest(item) for name, item in results().items()}
    found = {n: digest(item) for n, item in storage.load_results(path).items()}
    assert found in ({}, whole)


def test_arrays_that_unpack_to_more_than_their_file_are_refused(tmp_path: Path):
    """An npz inside the project is a zip, too, and could be a bomb of its own."""
    folder = tmp_path / "a.onne"
    storage.save(project(), folder)
    stream = io.BytesIO()
    np.savez_compressed(stream, k=np.zeros(2**22), chi=np.zeros(2**22))
    name = f"{digest_of_bytes(stream.getvalue())}.npz"
    (folder / storage.ARRAYS / name).write_bytes(stream.getvalue())
    content = json.loads((folder / storage.PROJECT_FILE).read_text())
    content["spectra"][0]["spectrum"]["arrays"] = name
    (folder / storage.PROJECT_FILE).write_text(json.dumps(content))
    with pytest.raises(StorageError, match="compressed"):
        storage.load(folder)


def test_of_a_damaged_project_the_whole_parts_are_found(tmp_path: Path):
    folder = tmp_path / "a.onne"
    storage.save(project(), folder)
    path = folder / storage.PROJECT_FILE
    content = json.loads(path.read_text())
    broken = content["spectra"][0] | {"name": "broken", "e0": "much"}
    content["spectra"].append(broken)
    content["recipe"] = {"schema": 1, "system": "none"}
    path.write_text(json.dumps(content))
    with pytest.raises(StorageError):
        storage.load(folder)
    found, problems = storage.load_what_is_whole(folder)
    assert [entry.name for entry in found.spectra] == ["foil"]
    assert found.selected == 0
    assert len(problems) == 2
    assert "Spectrum 2 broken" in problems[1]


def test_a_huge_directory_is_refused_before_it_is_read(tmp_path: Path, monkeypatch):
    path = tmp_path / "huge.onne.zip"
    storage.save_archive(project(), path)
    content = bytearray(path.read_bytes())
    end = content.rindex(archive.END_OF_ZIP)
    *fields, comment = archive.END.unpack_from(content, end)
    fields[5] = archive.MOST_MEMBERS * archive.LONGEST_ENTRY + 1
    archive.END.pack_into(content, end, *fields, comment)
    path.write_bytes(content)
    monkeypatch.setattr(archive.zipfile, "ZipFile", None)
    with pytest.raises(StorageError, match=r"it holds .* files or more"):
        storage.load(path)


def test_a_project_text_that_unpacks_to_gigabytes_is_refused(tmp_path: Path):
    path = tmp_path / "bomb.onne.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as members:
        members.writestr("p/project.json", b"[" + b"{}," * (12 * 2**20) + b"{}]")
        members.writestr("p/noise", np.random.default_rng(1).bytes(2**20))
    with pytest.raises(StorageError, match=r"project\.json cannot be read .*36 MiB"):
        storage.load(path)


def test_what_could_not_be_opened_is_not_saved(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(folder, "MOST_BYTES_OF_TEXT", 100)
    for save, place in (
        (storage.save, tmp_path / "large.onne"),
        (storage.save_archive, tmp_path / "large.onne.zip"),
    ):
        with pytest.raises(StorageError, match="spectra are more than a project"):
            save(project(), place)
        assert not (place / "project.json").exists()
