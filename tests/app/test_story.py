"""The whole story with real science: from a new system to the same numbers again.

New system, structures, a small training, analysis, export, close, reopen. The ensemble
is far too small to be of use; that it answers the same twice is what counts.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from app.look.preferences import Preferences
from app.session.service import CoreService
from app.start import make_application, make_window
from app.structures.page import StructuresPage
from app.training.dialogs.set_dialog import SetDialog
from app.training.page import TrainingPage
from app.widgets import dialogs
from app.widgets.export_dialog import ExportDialog
from onne_core.digest import digest
from onne_core.training_set.training_set import load_training_set
from tests.app.fakes import Desk
from tests.app.seen import buttons_in

PATIENCE = 600_000
"""Longest wait for a stage on a busy machine, ms."""

SYSTEM = {
    "schema": 1,
    "system": {
        "name": "NiCl4",
        "absorber": "Ni",
        "edge": "K",
        "shells": [
            {
                "element": "Cl",
                "distance": [2.2, 2.4],
                "deviation": [0.04, 0.09],
                "coordination": [3.5, 4.5],
            }
        ],
    },
    "sampling": {"macrostates": 16, "microstates": 2, "seed": 7},
    "scattering": {"r_max": 4.0, "fine_count": 0},
    "radial": {"lower": 1.6, "upper": 3.4, "step": 0.04},
    "training": {
        "k_min": 3.0,
        "k_max": 12.0,
        "r_filter": [1.0, 3.4],
        "members": 2,
        "width": 16,
        "steps": 100,
        "batch": 16,
    },
}


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    """Keep the user's ensembles out of the test, and the test's out of theirs."""
    for name in ("XDG_DATA_HOME", "HOME", "USERPROFILE", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


def sit_down(qtbot, tmp_path: Path) -> Desk:
    """Open a window on the real service, with the settings of before."""
    make_application()
    service = CoreService()
    preferences = Preferences(tmp_path / "onne.ini")
    preferences.folder = str(tmp_path)
    window, _ = make_window(service, preferences, recovery=tmp_path / "recovery")

    def forget_work(closing) -> None:
        closing.session.work.close()
        closing.session.jobs.cancel_all()
        closing.session.document.undo_stack.setClean()

    qtbot.addWidget(window, before_close_func=forget_work)
    window.resize(1440, 900)
    window.show_tab("start")
    window.show()
    qtbot.waitExposed(window)
    window.session._take_ensembles(window.session.service.ensembles())
    return Desk(window, service, preferences, qtbot)


def rest(desk: Desk) -> None:
    """Wait until nothing runs any more."""

    def quiet() -> None:
        assert not desk.session.predictions.is_busy
        assert not desk.session.jobs.running
        assert not desk.window.opening.projects.worker.is_busy

    desk.qtbot.waitUntil(quiet, timeout=PATIENCE)


def answered(desk: Desk):
    """Wait for the answer to the selected spectrum and return it."""

    def is_there() -> None:
        outcome = desk.session.view().outcome
        assert outcome.problem == ""
        assert outcome.prediction is not None
        assert outcome.is_current

    desk.qtbot.waitUntil(is_there, timeout=PATIENCE)
    rest(desk)
    return desk.session.view().prediction


def titles(desk: Desk) -> list[str]:
    return [banner.notice.title for banner in desk.window.banners.banners()]


def draw_clusters(desk: Desk) -> None:
    """Go to Structures and wait for clusters of the system."""
    desk.keys("Ctrl+3")
    page = desk.window.page("structures")
    assert isinstance(page, StructuresPage)
    desk.qtbot.waitUntil(lambda: page.samples is not None, timeout=PATIENCE)
    rest(desk)
    assert titles(desk) == []
    assert page.samples is not None
    assert page.samples.samples
    assert page.samples.request.recipe == desk.project.recipe


def train(desk: Desk) -> tuple[Path, Path]:
    """Queue a training set and an ensemble by clicks; return their folders."""
    desk.keys("Ctrl+4")
    page = desk.window.page("training")
    assert isinstance(page, TrainingPage)
    desk.click(buttons_in(page.tools)["New training set…"])
    dialog = desk.window.findChild(SetDialog)
    assert dialog is not None
    assert dialog.plan.system.recipe == desk.project.recipe
    dialog.then_train.click()
    desk.click(dialog.start)
    work = desk.session.work

    def is_done() -> None:
        problems = [task.note + task.details for task in work.queue.tasks]
        states = [task.state for task in work.queue.tasks]
        if "failed" in states:
            pytest.fail("\n".join(problems))
        assert states == ["finished", "finished"]

    desk.qtbot.waitUntil(is_done, timeout=PATIENCE)
    rest(desk)
    made = [task.folder for task in work.queue.tasks]
    page.look_at(str(made[1]))
    return made[0], made[1]


def a_spectrum_of(folder: Path, path: Path) -> Path:
    """Write chi(k) of one macrostate of the training set as a measured file."""
    made = load_training_set(folder)
    np.savetxt(path, np.column_stack([made.k, made.pairs.chi[3]]), header="k chi")
    return path


def analyse(desk: Desk, monkeypatch, ensemble: Path, spectrum: Path) -> None:
    """Use the new ensemble by its button, and open a spectrum."""
    page = desk.window.page("training")
    assert isinstance(page, TrainingPage)
    if page.ensemble.use.isVisible():
        desk.click(page.ensemble.use)
    assert desk.session.ensemble is not None
    assert desk.session.ensemble.folder == ensemble
    monkeypatch.setattr(dialogs.FileDialogs, "files", lambda *a: a[-1]([spectrum]))
    desk.keys("Ctrl+O")
    assert desk.window.current == "analysis"


def export(desk: Desk, folder: Path) -> None:
    """Export everything of the prediction, by keys and clicks."""
    folder.mkdir()
    desk.keys("Ctrl+E")
    dialog = desk.window.findChild(ExportDialog)
    assert dialog is not None
    dialog.folder.setText(str(folder))
    dialog.name.setText("story")
    desk.click(dialog.export)
    rest(desk)


@pytest.mark.slow
@pytest.mark.feff
@pytest.mark.tensorflow
@pytest.mark.timeout(1800)
def test_from_a_new_system_to_the_same_numbers_again(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(dialogs, "ask_to_save", lambda *_: pytest.fail("asked to save"))
    system = tmp_path / "nicl4.json"
    system.write_text(json.dumps(SYSTEM))
    desk = sit_down(qtbot, tmp_path)

    monkeypatch.setattr(dialogs.FileDialogs, "files", lambda *a: a[-1]([system]))
    desk.keys("Ctrl+O")
    assert desk.window.current == "shells"
    assert desk.project.system.name == "NiCl4"
    draw_clusters(desk)
    made, ensemble = train(desk)

    measured = a_spectrum_of(made, tmp_path / "measured.chi")
    analyse(desk, monkeypatch, ensemble, measured)
    prediction = answered(desk)
    (shell,) = prediction.shells
    assert 2.0 < shell.distance.value < 2.6

    export(desk, tmp_path / "results")
    written = {path.name for path in (tmp_path / "results").iterdir()}
    assert {"story.csv", "story.json", "story.png"} <= written
    assert [title for title in titles(desk) if "not" in title] == []

    place = tmp_path / "story.onne"
    monkeypatch.setattr(dialogs.FileDialogs, "place", lambda *_, **__: place)
    desk.keys("Ctrl+S")
    rest(desk)
    before = desk.project.digest
    assert desk.window.close()

    again = sit_down(qtbot, tmp_path)
    assert again.preferences.recent == (place,)
    asked, answer = [], again.service.answer
    monkeypatch.setattr(
        again.service, "answer", lambda one: asked.append(one) or answer(one)
    )
    again.window.commands.open_place(place)
    rest(again)
    reopened = again.session.view().prediction
    assert again.project.digest == before
    assert reopened is not None
    assert digest(reopened) == digest(prediction)
    # The answer on screen is calculated again, since a file can be edited.
    assert ensemble in [question.ensemble.folder for question in asked]
    for one in (desk, again):
        one.leave()
