"""Unsaved work outlives a crash; saved or abandoned work leaves nothing behind."""

import shutil
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QAbstractButton

from app.frame.compare_dialog import CompareDialog
from app.project import autosave
from app.project.autosave import LOCK, LONGEST, ORIGIN, WORK, Autosave
from app.project.differences import compared
from app.project.document import Document
from onne_core import files, storage
from onne_core.errors import StorageError
from onne_core.locations import SET_ASIDE
from onne_core.values.project import Project, with_entry, with_spectra
from tests.app.fake_analysis import STANDARD, with_reduction
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path, recovery=tmp_path / "recovery")
    yield made
    made.leave()


def kept(folder):
    return sorted(folder.glob(f"*/{WORK}/{storage.PROJECT_FILE}"))


def write(desk) -> None:
    desk.session.autosave.write()
    desk.session.autosave.writer.wait()


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
    write(desk)
    (found,) = kept(tmp_path / "recovery")
    project = storage.load(found.parent)
    assert project.digest == desk.project.digest
    assert desk.window.opening.projects.save_now(tmp_path / "foil")
    write(desk)
    assert kept(tmp_path / "recovery") == []


def test_the_timer_writes(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(autosave, "DELAY", 1)
    document = Document()
    keeper = Autosave(document, tmp_path)
    document.edit(with_spectra(document.project, (foil_entry(),)), "Open")
    qtbot.waitUntil(lambda: len(kept(tmp_path)) == 1)
    keeper.close()
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
    assert desk.window.opening.projects.save_now(tmp_path / "work")
    desk.session.edit(with_entry(desk.project, 1, e0=4.5), "Set E0")
    left = crashed(desk, tmp_path)
    desk.keys("Ctrl+S")
    desk.keys("Ctrl+N")
    desk.window.opening.projects.offer_leftovers()
    press(desk, "Restore")
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
    desk.window.opening.projects.offer_leftovers()

    def full(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(storage, "save", full)
    press(desk, "Restore")
    desk.session.autosave.writer.wait()
    assert (left / WORK / storage.PROJECT_FILE).is_file()


def test_it_can_be_discarded(desk, tmp_path):
    desk.add()
    left = crashed(desk, tmp_path)
    desk.window.opening.projects.offer_leftovers()
    press(desk, "Discard")
    write(desk)
    assert not left.exists()
    assert desk.project.spectra


def test_damaged_work_is_set_aside_and_empty_folders_go(tmp_path):
    recovery = tmp_path / "recovery"
    files.write_text(recovery / "a" / WORK / storage.PROJECT_FILE, "no JSON")
    files.write_text(recovery / "b" / ORIGIN, "{}")
    for name in ("a", "b"):
        (recovery / name / LOCK).touch()
    keeper = Autosave(Document(), recovery)
    assert keeper.leftovers() == ()
    aside = tmp_path / SET_ASIDE / "a"
    assert keeper.set_aside == (aside,)
    assert (aside / WORK / storage.PROJECT_FILE).read_text() == "no JSON"
    assert list(recovery.iterdir()) == []
    keeper.close()


def test_a_damaged_leftover_does_not_stop_the_start_and_is_named(desk, tmp_path):
    left = tmp_path / "recovery" / ("0" * 32)
    files.write_text(left / WORK / storage.PROJECT_FILE, "no JSON")
    desk.window.opening.projects.offer_leftovers()
    (banner,) = desk.window.banners.banners()
    assert str(tmp_path / SET_ASIDE) in banner.notice.text


def test_damage_that_shows_only_when_it_is_restored_is_set_aside(desk, tmp_path):
    desk.add()
    left = crashed(desk, tmp_path)
    files.write_text(left / WORK / storage.PROJECT_FILE, '{"schema": 1}')
    desk.window.opening.projects.offer_leftovers()
    press(desk, "Restore")
    desk.settle()
    assert not left.exists()
    assert (tmp_path / SET_ASIDE / left.name).is_dir()
    assert len(desk.project.spectra) == 1


def test_work_is_written_within_a_minute_although_changes_go_on(
    qtbot, tmp_path, monkeypatch
):
    assert LONGEST <= 60_000
    monkeypatch.setattr(autosave, "LONGEST", 1)
    document = Document()
    keeper = Autosave(document, tmp_path)
    document.edit(with_spectra(document.project, (foil_entry(),)), "Open")
    qtbot.waitUntil(lambda: len(kept(tmp_path)) == 1)
    keeper.close()


def test_work_is_written_before_a_job_starts(desk, tmp_path):
    desk.add()
    write(desk)
    desk.session.edit(with_entry(desk.project, 0, e0=3.5), "Set E0")
    desk.window.opening.open_example()
    desk.session.autosave.writer.wait()
    (found,) = kept(tmp_path / "recovery")
    assert storage.load(found.parent).spectra[0].e0 == 3.5
    desk.settle()


def test_differences_of_a_spectrum_are_in_words():
    entry = foil_entry("a")
    changed = replace(
        with_reduction(entry),
        conditions={"temperature": 300.0},
        e0_std=0.5,
        standard=STANDARD,
    )
    found = compared(Project(spectra=(entry,)), Project(spectra=(changed,)))
    assert {one.what: one.after for one in found} == {
        "a: conditions": "temperature 300",
        "a: uncertainty of the E₀ shift": "0.5 eV",
        "a: standard": "Cu foil: Cu K in fcc, a = 3.6149 Å, 10 K",
        "a: background removal": "E₀ 8\N{THIN SPACE}333.00 eV, rbkg 1.00 Å, k-weight 2",
    }


def test_what_differs_is_shown_before_the_work_is_kept(desk, tmp_path):
    desk.add(foil_entry("a"))
    assert desk.window.opening.projects.save_now(tmp_path / "work")
    changed = with_entry(desk.project, 0, e0=4.5)
    desk.session.edit(with_spectra(changed, (foil_entry("b", stretch=1.1),)), "Change")
    crashed(desk, tmp_path)
    desk.session.document.undo_stack.setClean()
    desk.keys("Ctrl+N")
    desk.window.opening.projects.offer_leftovers()
    press(desk, "Compare…")
    desk.settle()
    dialog = desk.window.findChild(CompareDialog)
    model = dialog.table.table_model
    assert model.rows == (
        ("a: E₀ shift", "automatic", "4.5 eV"),
        ("Spectrum b", "–", "added"),
    )
    assert model.columns[1].title.startswith("Saved, ")
    assert model.columns[2].title.startswith("Recovered, ")
    (restore,) = (
        b for b in dialog.findChildren(QAbstractButton) if b.text() == "Restore"
    )
    desk.click(restore)
    desk.settle()
    assert desk.project.spectra[0].e0 == 4.5
    assert len(desk.project.spectra) == 2
