"""Unsaved work outlives a crash; saved or abandoned work leaves nothing behind."""

import shutil

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.autosave import LOCK, ORIGIN, WORK, Autosave
from app.document import Document
from onne_core import files, storage
from onne_core.errors import StorageError
from onne_core.project import with_entry, with_spectra
from tests.app.fakes import foil_entry, open_desk


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path, recovery=tmp_path / "recovery")
    yield made
    made.leave()


def kept(folder):
    return sorted(folder.glob(f"*/{WORK}/{storage.PROJECT_FILE}"))


def write(desk) -> None:
    desk.session.autosave.write()
    desk.session.autosave._writer.submit(lambda: None).result(20.0)


def crashed(desk, tmp_path):
    """Return a recovery folder as a killed window leaves it."""
    write(desk)
    (own,) = (tmp_path / "recovery").iterdir()
    left = tmp_path / "recovery" / ("0" * 32)
    shutil.copytree(own, left)
    return left


def press(desk, text: str) -> None:
    for banner in desk.window.banners.banners():
        for item in banner.findChildren(QAbstractButton):
            if item.text() == text:
                desk.click(item)
                return
    raise AssertionError(f"no button {text}")


def test_work_is_written_after_a_change_and_forgotten_when_saved(desk, tmp_path):
    desk.add()
    assert desk.session.autosave._timer.isActive()
    write(desk)
    (found,) = kept(tmp_path / "recovery")
    project = storage.load(found.parent)
    assert project.digest == desk.project.digest
    assert desk.window.opening.save(tmp_path / "foil")
    write(desk)
    assert kept(tmp_path / "recovery") == []


def test_the_timer_writes(qtbot, tmp_path):
    document = Document()
    autosave = Autosave(document, tmp_path)
    autosave._timer.setInterval(1)
    document.edit(with_spectra(document.project, (foil_entry(),)), "Open")
    qtbot.waitUntil(lambda: len(kept(tmp_path)) == 1)
    autosave.close()
    assert list(tmp_path.iterdir()) == []


def test_the_work_of_an_open_window_is_not_offered(desk, tmp_path):
    desk.add()
    write(desk)
    other = Autosave(Document(), tmp_path / "recovery")
    assert other.leftovers() == ()
    other.close()
    assert len(kept(tmp_path / "recovery")) == 1


def test_what_a_killed_window_left_is_restored_unsaved(desk, tmp_path):
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.1))
    desk.session.edit(with_entry(desk.project, 1, e0=3.5), "Set E0")
    assert desk.window.opening.save(tmp_path / "work")
    desk.session.edit(with_entry(desk.project, 1, e0=4.5), "Set E0")
    left = crashed(desk, tmp_path)
    desk.keys("Ctrl+S")
    desk.keys("Ctrl+N")
    desk.window.opening.offer_leftovers()
    press(desk, "Restore it")
    desk.settle()
    assert desk.project.spectra[1].e0 == 4.5
    assert desk.session.document.is_modified
    assert desk.session.document.path == tmp_path / "work.onne"
    assert desk.window.current == "analysis"
    write(desk)
    assert not left.exists()
    assert len(kept(tmp_path / "recovery")) == 1


def test_what_cannot_be_kept_again_stays_where_it_was(desk, tmp_path, monkeypatch):
    desk.add()
    left = crashed(desk, tmp_path)
    desk.window.opening.offer_leftovers()

    def full(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(storage, "save", full)
    press(desk, "Restore it")
    desk.session.autosave._writer.submit(lambda: None).result(20.0)
    assert (left / WORK / storage.PROJECT_FILE).is_file()


def test_it_can_be_discarded(desk, tmp_path):
    desk.add()
    left = crashed(desk, tmp_path)
    desk.window.opening.offer_leftovers()
    press(desk, "Discard it")
    write(desk)
    assert not left.exists()
    assert desk.project.spectra


def test_damaged_and_empty_leftovers_are_cleared(tmp_path):
    for name, content in (("a", None), ("b", "no JSON")):
        folder = tmp_path / name
        files.write_text(folder / WORK / storage.PROJECT_FILE, "{}")
        if content is not None:
            files.write_text(folder / ORIGIN, content)
        (folder / LOCK).touch()
    autosave = Autosave(Document(), tmp_path)
    assert autosave.leftovers() == ()
    autosave.close()
    assert list(tmp_path.iterdir()) == []
