"""Ensembles by menus, keys, dialogs: renamed, removed, given away, brought, tuned."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu, QMessageBox

from app.training.dialogs.tune_dialog import TuneDialog
from app.widgets import dialogs
from app.work.stages import SetRequest, TuneRequest
from onne_core.errors import BundleError
from onne_core.jobs import Progress, run
from onne_core.locations import models_folders
from onne_core.training_set.training_set import MANIFEST
from onne_core.values.recipe import read_recipe
from tests.app.fakes import SYSTEM, FakeService, foil_ensemble, open_desk
from tests.app.seen import buttons_in, read_in
from tests.app.training import fake_making

BUNDLE = models_folders()[0] / "dimer"
LONG = 120_000

pytestmark = pytest.mark.skipif(
    not (BUNDLE / "manifest.json").is_file(), reason="models/dimer is not there"
)


def tune(request: TuneRequest):
    yield Progress(0, 1, "tuning")
    Path(request.out).mkdir(parents=True)
    return request.out


class Service(FakeService):
    """Opens every folder with a manifest as an ensemble of the foil."""

    def ensemble_in(self, folder: Path):
        if not folder.is_dir():
            raise BundleError(f"{folder}: no ensemble here; choose another folder.")
        return replace(foil_ensemble(folder.name), folder=folder)


@pytest.fixture
def own(tmp_path, monkeypatch) -> Path:
    """Give the user an ensemble of their own, and the folder for it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = models_folders()[-1] / "mine"
    assert folder.is_relative_to(tmp_path)
    shutil.copytree(BUNDLE, folder)
    return folder


@pytest.fixture
def desk(qtbot, tmp_path, own):
    offered = (foil_ensemble(), replace(foil_ensemble("mine"), folder=own))
    service = Service(offered=offered, tune_ensemble=tune)
    made = open_desk(
        qtbot, tmp_path, service=service, recovery=tmp_path / "state" / "recovery"
    )
    made.preferences.folder = str(tmp_path)
    made.keys("Ctrl+4")
    yield made
    made.leave()


def names(desk) -> list[str]:
    return [info.name for info in desk.session.view().ensembles]


def ensembles_of(desk):
    return desk.window.page("training").ensembles


def row_of(desk, name: str) -> QPoint:
    """Mark an ensemble with a click; return where it is."""
    card = ensembles_of(desk)
    index = card.list.model().index(names(desk).index(name))
    place = card.list.visualRect(index).center()
    desk.click(card.list.viewport(), place)
    return place


def menu_of(desk, name: str) -> QMenu:
    """Open the menu of an ensemble by the button above the list."""
    row_of(desk, name)
    card = ensembles_of(desk)
    desk.click(buttons_in(card)["More actions"])
    (menu,) = (one for one in card.findChildren(QMenu) if one.isVisible())
    return menu


def pick(desk, name: str, text: str) -> None:
    """Click an entry of the menu of an ensemble."""
    menu = menu_of(desk, name)
    (action,) = (one for one in menu.actions() if one.text().startswith(text))
    assert action.isEnabled()
    place = menu.actionGeometry(action).center()
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=place)


def settled(desk) -> None:
    desk.qtbot.waitUntil(lambda: not desk.session.jobs.running, timeout=LONG)


def test_an_ensemble_is_renamed_by_its_menu_and_the_keyboard(desk, own):
    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QInputDialog)
        QTest.keyClicks(dialog.focusWidget(), "copper-dimer")  # the old name is marked
        QTest.keyClick(dialog, Qt.Key.Key_Return)

    desk.activate()
    QTimer.singleShot(0, desk.window, answer)
    pick(desk, "mine", "Rename")
    settled(desk)
    assert names(desk) == ["ni-foil", "copper-dimer"]
    assert not own.exists()
    assert (own.parent / "copper-dimer" / "manifest.json").is_file()


def test_the_programs_own_ensembles_are_not_renamed_nor_removed(desk):
    menu = menu_of(desk, "ni-foil")
    able = {one.text().split("\t")[0]: one.isEnabled() for one in menu.actions()}
    assert (able["Rename…"], able["Remove"]) == (False, False)
    menu.close()
    row_of(desk, "ni-foil")
    QTest.keyClick(ensembles_of(desk).list, Qt.Key.Key_Delete)
    assert names(desk) == ["ni-foil", "mine"]


@pytest.mark.parametrize("way", ["menu", "key"])
def test_an_ensemble_is_removed_and_brought_back(desk, own, way):
    if way == "menu":
        pick(desk, "mine", "Remove")
    else:
        row_of(desk, "mine")
        QTest.keyClick(ensembles_of(desk).list, Qt.Key.Key_Delete)
    assert names(desk) == ["ni-foil"]
    assert not own.exists()
    (banner,) = desk.window.banners.banners()
    assert "removed" in banner.notice.title
    buttons = banner.findChildren(type(ensembles_of(desk).import_button))
    (undo,) = (one for one in buttons if one.text() == "Undo")
    desk.click(undo)
    assert names(desk) == ["ni-foil", "mine"]
    assert (own / "manifest.json").is_file()


def test_an_ensemble_is_given_away_and_brought_in_again(
    desk, own, tmp_path, monkeypatch
):
    target = tmp_path / "given"
    monkeypatch.setattr(dialogs.FileDialogs, "place", lambda *_, **__: target)
    pick(desk, "mine", "Export")
    settled(desk)
    zipped = tmp_path / "given.zip"
    assert zipped.is_file()
    assert desk.window.banners.banners()[-1].notice.text == str(zipped)
    pick(desk, "mine", "Remove")
    assert names(desk) == ["ni-foil"]
    monkeypatch.setattr(dialogs.FileDialogs, "file", lambda *a: a[-1](zipped))

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        (button,) = (one for one in box.buttons() if one.text() == "Zip file…")
        desk.click(button)

    QTimer.singleShot(0, desk.window, answer)
    desk.click(ensembles_of(desk).import_button)
    settled(desk)
    assert len(names(desk)) == 2
    (brought,) = (one for one in models_folders()[-1].iterdir() if one.is_dir())
    assert names(desk)[-1] == brought.name
    assert "imported" in desk.window.banners.banners()[-1].notice.title


def replay_set(folder: Path, digest: str) -> Path:
    folder.parent.mkdir()
    fake_making.allow(folder, 10_000)
    run(fake_making.make_set(SetRequest(read_recipe(SYSTEM), str(folder), 1)))
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"digest": digest}))
    return folder


def write(field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_fine_tuning_is_asked_for_and_queued(desk, tmp_path, monkeypatch):
    for name in ("train_dialog", "set_dialog"):
        monkeypatch.setattr(
            f"app.training.dialogs.{name}.models_folders", lambda: [tmp_path, tmp_path]
        )
    pick(desk, "mine", "Fine-tune")
    dialog = desk.window.findChild(TuneDialog)
    assert dialog.ensembles.currentText() == "mine"
    assert "Choose the training set" in read_in(dialog)
    assert not dialog.tune.isEnabled()
    other = replay_set(tmp_path / "a" / "other", "1" * 64)
    write(dialog.replay, str(other))
    assert "Wrong training set" in read_in(dialog)
    good = replay_set(tmp_path / "b" / "own", foil_ensemble().card.training_set)
    write(dialog.replay, str(good))
    assert "Choose a trajectory" in read_in(dialog)
    frames = tmp_path / "melt.xyz"
    frames.write_text("1\n\nNi 0 0 0\n")
    monkeypatch.setattr(dialogs.FileDialogs, "file", lambda *a: a[-1](frames))
    desk.click(buttons_in(dialog)["Choose trajectory…"])
    assert dialog.trajectory.text() == str(frames)
    write(dialog.name, "")
    QTest.keyClick(dialog.name, Qt.Key.Key_Delete)
    assert "Enter a name" in read_in(dialog)
    write(dialog.name, "mine-melt")
    dialog.cutoff.setFocus()
    QTest.keyClick(dialog.cutoff, Qt.Key.Key_Down)
    cutoff = dialog.cutoff.value()
    assert dialog.tune.isEnabled()
    assert "mine-melt" in read_in(dialog)
    desk.click(dialog.tune)
    (task,) = desk.session.work.queue.tasks
    request = task.request
    assert isinstance(request, TuneRequest)
    assert (request.trajectory, request.replay) == (str(frames), str(good))
    assert (request.cutoff, request.group) == (cutoff, 3)
    assert request.pairs == str(tmp_path / "melt-pairs")
    desk.qtbot.waitUntil(lambda: not desk.session.work.queue.left, timeout=LONG)
    assert names(desk)[-1] == "mine-melt"


def test_escape_leaves_fine_tuning_alone(desk):
    pick(desk, "ni-foil", "Fine-tune")
    dialog = desk.window.findChild(TuneDialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert desk.session.work.queue.tasks == ()
