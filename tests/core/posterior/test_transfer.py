"""Ensembles that are given away and come in: whole, checked, and never outside."""

import io
import shutil
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from onne_core.bundle.bundle import read_bundle, write_bundle
from onne_core.errors import BundleError, StorageError
from onne_core.jobs import run
from onne_core.pipeline.ensembles import bundles
from onne_core.posterior import transfer
from onne_core.posterior.predict import load
from onne_core.posterior.transfer import export_bundle, import_bundle, rename_bundle


@pytest.fixture
def own(tiny_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_folder, tmp_path / "own" / "tiny"))


def brought(source: Path, tmp_path: Path) -> Path:
    return import_bundle(source, tmp_path / "models")


def zipped(entries: dict[str, bytes | zipfile.ZipInfo], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def entries_of(folder: Path, place: str = "tiny/") -> dict[str, bytes]:
    return {f"{place}{p.name}": p.read_bytes() for p in sorted(folder.iterdir())}


def test_what_was_exported_comes_in_as_it_was(own, tmp_path) -> None:
    first = export_bundle(own, tmp_path / "tiny.zip")
    again = export_bundle(own, tmp_path / "again.zip")
    assert first.read_bytes() == again.read_bytes()
    folder = brought(first, tmp_path)
    assert folder == tmp_path / "models" / "tiny"
    assert read_bundle(folder).digest == read_bundle(own).digest
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {
        p.name: p.read_bytes() for p in own.iterdir()
    }
    assert [p.name for p in folder.parent.iterdir()] == ["tiny"]


def test_a_folder_comes_in_too_without_what_does_not_belong_to_it(own, tmp_path):
    (own / "holiday.jpg").write_bytes(b"mine")
    folder = brought(own, tmp_path)
    assert not (folder / "holiday.jpg").exists()
    assert read_bundle(folder).digest == read_bundle(own).digest


def test_the_same_one_is_not_brought_twice_another_one_gets_a_number(own, tmp_path):
    first = brought(own, tmp_path)
    assert brought(own, tmp_path) == first
    renamed = rename_bundle(own, "other")
    changed = renamed.with_name("tiny")
    bundle = read_bundle(renamed)
    transfer._write(changed, bundle)
    assert brought(changed, tmp_path) == first  # the same networks
    (first / "README.md").unlink()  # a damaged one keeps its place
    second = brought(changed, tmp_path)
    assert second.name == "tiny-2"
    ensemble = load(read_bundle(second))
    assert ensemble.card.name == "tiny-2"


def test_a_new_name_is_in_manifest_and_card(own) -> None:
    before = read_bundle(own)
    folder = rename_bundle(own, "ni-2")
    assert not own.exists()
    after = read_bundle(folder)
    assert (after.name, after.card["name"]) == ("ni-2", "ni-2")
    assert after.networks == before.networks
    load(after)
    for name in ("", ".hidden", "a/b", "..", "x" * 65):
        with pytest.raises(BundleError, match="cannot be the name"):
            rename_bundle(folder, name)
    (folder.parent / "taken").mkdir()
    with pytest.raises(StorageError, match="choose another name"):
        rename_bundle(folder, "taken")


def test_removed_lies_in_the_trash_and_comes_back(own, tmp_path) -> None:
    removed = bundles.remove_ensemble(own, tmp_path / "trash")
    assert not own.exists()
    assert removed.parent == tmp_path / "trash"
    own.mkdir()
    with pytest.raises(StorageError, match="another ensemble is there"):
        bundles.restore_ensemble(removed, own)
    own.rmdir()
    assert bundles.restore_ensemble(removed, own) == own
    read_bundle(own)
    with pytest.raises(StorageError, match="cannot be moved"):
        bundles.remove_ensemble(own.with_name("nothing"), tmp_path / "trash")


def test_stages_say_what_they_do(own, tmp_path) -> None:
    steps = bundles.export_ensemble(own, tmp_path / "a.zip")
    assert next(steps).message == "writing a.zip"
    assert run(steps) == tmp_path / "a.zip"
    assert run(bundles.rename_ensemble(own, "b")).name == "b"


def symlink() -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo("tiny/net_00.onnx")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda e: {}, "contains no ensemble"),
        (lambda e: {k: v for k, v in e.items() if "manifest" not in k}, "no ensemble"),
        (lambda e: e | {"other/net_00.onnx": b"x"}, "duplicated"),
        (lambda e: e | {"a/b/c/net_05.onnx": b"x"}, "points outside its folder"),
        (lambda e: e | {"../net_05.onnx": b"x"}, "points outside its folder"),
        (lambda e: e | {"tiny/README.md": b"0" * (2 << 20)}, "too large"),
        (lambda e: e | {"tiny/net_00.onnx": b"changed"}, "net_00.onnx"),
        (lambda e: e | {"tiny/statistics.npz": b""}, "statistics.npz"),
        (lambda e: e | {f"x{i}": b"" for i in range(300)}, "entries"),
    ],
)
def test_a_hostile_zip_file_is_refused_and_leaves_nothing(
    own, tmp_path, change, text
) -> None:
    source = zipped(change(entries_of(own)), tmp_path / "bad.zip")
    with pytest.raises(BundleError, match=text) as raised:
        brought(source, tmp_path)
    assert "bad.zip" in str(raised.value)
    models = tmp_path / "models"
    assert not models.exists() or list(models.iterdir()) == []


def test_networks_that_answer_otherwise_are_refused_and_leave_nothing(own, tmp_path):
    """What only a run can show: answers that are not those stored with them."""
    bundle = read_bundle(own)
    changed = bundle.reference | {"mean": bundle.reference["mean"] + 9.0}
    write_bundle(own, replace(bundle, reference=changed))
    with pytest.raises(
        BundleError, match="mean of the networks differs from the stored answers"
    ):
        brought(own, tmp_path)
    assert list((tmp_path / "models").iterdir()) == []


def test_links_and_files_that_are_no_zip_are_refused(own, tmp_path) -> None:
    entries = entries_of(own)
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            if name != "tiny/net_00.onnx":
                archive.writestr(name, content)
        archive.writestr(symlink(), "/etc/passwd")
    with pytest.raises(BundleError, match=r"net_00\.onnx"):
        brought(path, tmp_path)
    path.write_bytes(b"not a zip file")
    with pytest.raises(BundleError, match="not a readable zip file"):
        brought(path, tmp_path)
    with pytest.raises(BundleError, match="not a readable ensemble"):
        brought(tmp_path, tmp_path)


def test_damage_is_noticed_whatever_the_compression(own, tmp_path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name, content in entries_of(own).items():
            archive.writestr(name, content)
        first = archive.infolist()[0]
    content = bytearray(path.read_bytes())
    start = first.header_offset + 30 + len(first.filename) + 12
    for place in range(start, start + first.compress_size - 12):
        content[place] ^= 0x55
    path.write_bytes(bytes(content))
    with pytest.raises(BundleError, match="not a readable zip file"):
        brought(path, tmp_path)


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_what_cannot_be_looked_at_is_refused(tmp_path, name) -> None:
    with pytest.raises(BundleError, match="not a readable ensemble"):
        brought(tmp_path / name, tmp_path)


def test_a_bomb_is_not_unpacked(own, tmp_path) -> None:
    """An entry that claims few bytes and unpacks to many is read no further."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries_of(own).items():
            bomb = b"0" * (8 << 20) if name.endswith("README.md") else content
            archive.writestr(name, bomb)
    content = bytearray(buffer.getvalue())
    size = (8 << 20).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (64).to_bytes(4, "little")
    path = tmp_path / "bomb.zip"
    path.write_bytes(bytes(content))
    with pytest.raises(BundleError, match=r"bomb.zip|README"):
        brought(path, tmp_path)
