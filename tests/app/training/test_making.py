"""The queue of the Training tab: what is planned, waits, runs, pauses and ends."""

import json
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from app.look import wording
from app.training.dialogs.set_dialog import SetDialog
from app.training.dialogs.task_log_dialog import TaskLogDialog
from app.training.dialogs.train_dialog import TrainDialog
from app.training.page import LEFT
from app.training.set_facts import facts_of
from app.training.set_plan import (
    MadeSet,
    Plan,
    SystemChoice,
    held_in,
    proposed_folder,
    supplied_systems,
    with_numbers,
)
from app.widgets import dialogs
from app.work.queue_file import QueueFile
from app.work.queueing import Queue, Task, task_from_json, task_to_json
from app.work.run_record import RunRecord
from app.work.stages import MakeRequest, SetRequest, TrainRequest, TuneRequest
from onne_core.errors import BundleError, StorageError
from onne_core.jobs import Progress, run
from onne_core.pipeline.sets import generation
from onne_core.values.quality import LEVELS
from onne_core.values.recipe import read_recipe, recipe_to_json
from tests.app.fakes import SYSTEM, FakeService, foil_ensemble, open_desk
from tests.app.seen import buttons_in, facts_in, read_in, spoken_in
from tests.app.training import fake_making, process_tree

TOTAL = 6
LONG = 20_000


class MakingService(FakeService):
    """Makes sets and ensembles in seconds; what it has trained can be opened."""

    def ensemble_in(self, folder: Path):
        if not folder.is_dir():
            raise BundleError(f"{folder}: no ensemble here; choose another folder.")
        return replace(foil_ensemble(folder.name), folder=folder)


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    made = opened(qtbot, tmp_path, monkeypatch)
    yield made
    made.leave()


def opened(qtbot, tmp_path, monkeypatch, **services):
    """Open a window that keeps its queue below ``tmp_path``."""
    for name in ("train_dialog", "set_dialog"):
        monkeypatch.setattr(
            f"app.training.dialogs.{name}.models_folders", lambda: places(tmp_path)
        )
    known = tuple(item for item in supplied_systems() if item.title == "cu-foil")
    monkeypatch.setattr(
        "app.training.dialogs.set_dialog.supplied_systems", lambda: known
    )
    made_of = {
        "make_set": fake_making.make_set,
        "train_ensemble": fake_making.train,
        "make_ensemble": fake_making.make_ensemble,
    }
    service = MakingService(**(made_of | services))
    desk = open_desk(
        qtbot, tmp_path, service=service, recovery=tmp_path / "data" / "recovery"
    )
    desk.preferences.folder = str(tmp_path)
    return desk


def places(folder: Path) -> list[Path]:
    return [folder / "supplied", folder / "models"]


def work_of(desk):
    return desk.session.work


def page_of(desk):
    desk.keys("Ctrl+4")
    return desk.window.page("training")


def open_set_dialog(desk) -> SetDialog:
    """Open the dialog by its button, with a small plan."""
    page = page_of(desk)
    desk.click(buttons_in(page.tools)["New training set…"])
    dialog = desk.window.findChild(SetDialog)
    dialog.macrostates.setValue(TOTAL)
    dialog.microstates.setValue(5)
    return dialog


def queued_set(desk, *, then_train: bool = False) -> Path:
    """Plan a set and put it in the queue; return its folder."""
    dialog = open_set_dialog(desk)
    dialog.then_train.setChecked(then_train)
    folder = dialog.plan.folder
    desk.click(dialog.start)
    return folder


def begun(desk, *, steps: int) -> Path:
    """Start, and wait until so many macrostates are done."""
    page_of(desk)
    fake_making.allow(Path(desk.preferences.folder) / "x", steps)
    folder = queued_set(desk)
    work = work_of(desk)
    assert work.queue.running is not None
    desk.qtbot.waitUntil(
        lambda: work.job is not None and work.job.progress.done >= steps, timeout=LONG
    )
    return folder


def ended(desk, state: str = "finished"):
    """Wait until the last task has this state."""
    work = work_of(desk)
    desk.qtbot.waitUntil(lambda: work.queue.tasks[-1].state == state, timeout=LONG)


def finished_set(desk) -> Path:
    fake_making.allow(Path(desk.preferences.folder) / "x", 10_000)
    folder = queued_set(desk)
    ended(desk)
    fake_making.allow(folder, 0)
    return folder


def train_request(folder: Path, name: str = "trial", members: int = 4) -> TrainRequest:
    return TrainRequest(str(folder), str(folder.parent / "models" / name), members, 2)


def hover(plot, position: QPointF) -> None:
    """Move the mouse to a position of the plot."""
    none = Qt.MouseButton.NoButton
    there = QPointF(plot.viewport().mapToGlobal(position))
    kind, keys = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, position, there, none, none, keys)
    QApplication.sendEvent(plot.viewport(), event)


def gone(desk) -> bool:
    return work_of(desk).job is None


def test_the_supplied_system_is_proposed_with_a_new_folder(desk, tmp_path):
    dialog = open_set_dialog(desk)
    assert dialog.systems.currentText() == "cu-foil"
    assert dialog.plan.folder == tmp_path / "cu-foil-set"
    assert not dialog.plan.folder.exists()
    assert dialog.start.isEnabled()
    assert "30 spectra" in read_in(dialog)
    recipe = dialog.plan.system.recipe
    assert (recipe.sampling.macrostates, recipe.sampling.microstates) == (TOTAL, 5)
    dialog.reject()


def test_the_left_column_holds_its_cards(desk):
    page = page_of(desk)
    queued_set(desk)
    for card in (page.queue, page.ensembles, page.machine):
        assert card.minimumSizeHint().width() <= LEFT


def test_the_system_of_shells_is_offered_first(desk):
    desk.window.opening.open_recipe(SYSTEM)
    dialog = open_set_dialog(desk)
    assert dialog.systems.currentText() == "Ni foil (as in Shells)"
    assert dialog.plan.system.recipe.system == desk.project.recipe.system
    dialog.reject()


def test_while_it_runs_the_page_says_how_far_how_fast_and_what_was_set_aside(desk):
    folder = begun(desk, steps=1)
    fake_making.allow(folder, 3)
    work, page = work_of(desk), page_of(desk)
    desk.qtbot.waitUntil(lambda: work.job.progress.done == 3, timeout=LONG)
    facts = facts_in(page.set_run.facts)
    assert facts["Macrostates"] == "3 of 6"
    assert facts["Spectra"] == "15 of 30"
    assert "spectra/" in facts["Rate"]
    (entry,) = page.queue.list.entries
    assert entry.title == "cu-foil-set, training set"
    assert entry.share == pytest.approx(0.5)
    assert entry.note.startswith("3 of 6")
    assert "3 Ni–Ni closer than 1.74 Å" in spoken_in(page.set_run.rejected)
    assert "of 15" in read_in(page.set_run.rejected)
    machine = facts_in(page.machine.facts)
    assert "spectra/" in machine["Rate"]
    assert machine["Time left"] != wording.EN_DASH
    assert machine["On disk"].endswith("kB")
    if Path("/proc/self/task").is_dir():
        # A process that has just begun has a few kB.
        desk.qtbot.waitUntil(
            lambda: "MB of" in facts_in(page.machine.facts)["Memory"], timeout=LONG
        )
    assert desk.window.tabs.tabs["training"].text() == "Training 50 %"
    assert "left" in desk.window.status.job.text()


def test_paused_is_kept_and_goes_on(desk):
    folder = begun(desk, steps=2)
    work, page = work_of(desk), page_of(desk)
    desk.click(page.queue.pause)
    assert work.queue.tasks[0].state == "paused"
    assert work.queue.running is None
    desk.qtbot.waitUntil(lambda: gone(desk), timeout=LONG)
    assert page.queue.pause.text() == "Resume"
    assert "paused" in page.queue.list.entries[0].note
    assert "kept" in read_in(page.set_run)
    assert desk.window.tabs.tabs["training"].text() == "Training"
    work.add(train_request(folder))
    assert work.job is None
    fake_making.allow(folder, TOTAL)
    desk.click(page.queue.pause)
    desk.qtbot.waitUntil(lambda: work.queue.tasks[0].state == "finished", timeout=LONG)


def test_cancelling_in_the_status_bar_is_the_same_and_the_next_one_starts(desk):
    begun(desk, steps=1)
    work = work_of(desk)
    second = replace(work.queue.running.request, folder=str(Path.home() / "never"))
    work.add(replace(second, folder=work.queue.running.request.folder + "-b"))
    desk.click(desk.window.status.cancel)
    desk.qtbot.waitUntil(
        lambda: [task.state for task in work.queue.tasks] == ["cancelled", "running"],
        timeout=LONG,
    )
    page = page_of(desk)
    assert "completed work is kept" in page.queue.list.entries[0].note
    work.cancel(work.queue.running.key)
    work.requeue(work.queue.tasks[0].key)
    desk.qtbot.waitUntil(
        lambda: [task.state for task in work.queue.tasks] == ["running", "cancelled"],
        timeout=LONG,
    )


def test_tasks_are_put_in_another_order_and_taken_off_by_keys(desk):
    folder = begun(desk, steps=1)
    work, page = work_of(desk), page_of(desk)
    first, second = work.add(train_request(folder, "a"), train_request(folder, "b"))
    assert [e.note for e in page.queue.list.entries[1:]] == [
        "waiting for training set"
    ] * 2
    rows = page.queue.list
    place = [entry.key for entry in rows.entries].index(second.key)
    middle = rows.visualRect(rows.model().index(place, 0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.keyClick(rows, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert [task.key for task in work.queue.tasks[1:]] == [second.key, first.key]
    assert rows.key == second.key
    QTest.keyClick(rows, Qt.Key.Key_Delete)
    assert [task.key for task in work.queue.tasks[1:]] == [first.key]
    assert work.queue.running is not None


def test_a_task_waits_for_its_training_set_wherever_it_stands(desk):
    folder = begun(desk, steps=1)
    work = work_of(desk)
    (task,) = work.add(train_request(folder))
    work.move(task.key, -1)
    assert [t.kind for t in work.queue.tasks] == ["ensemble", "set"]
    assert work.queue.running.kind == "set"
    fake_making.allow(folder, 10_000)
    desk.qtbot.waitUntil(lambda: not work.queue.left, timeout=LONG)
    assert {t.state for t in work.queue.tasks} == {"finished"}


def test_a_failure_is_told_with_its_log_and_can_be_tried_again(
    qtbot, tmp_path, monkeypatch
):
    desk = opened(qtbot, tmp_path, monkeypatch, train_ensemble=fake_making.break_down)
    folder = finished_set(desk)
    work, page = work_of(desk), page_of(desk)
    (task,) = work.add(train_request(folder))
    ended(desk, "failed")
    banner = desk.window.banners.banners()[-1]
    assert banner.notice.tone == "error"
    assert "ZeroDivisionError" in banner.notice.text
    assert "the last thing that was printed" in banner.notice.details
    assert "fake_making.py" in banner.notice.details
    assert page.queue.list.entries[-1].note.startswith("failed: ZeroDivisionError")
    desk.window.commands.training.show_log(task.key)
    dialog = desk.window.findChild(TaskLogDialog)
    assert "the last thing that was printed" in dialog.lines.toPlainText()
    dialog.reject()
    banner.notice.actions[0][1]()
    assert work.queue.running.key == task.key
    ended(desk, "failed")
    desk.leave()


def test_a_worker_that_dies_is_told_and_the_queue_goes_on(qtbot, tmp_path, monkeypatch):
    desk = opened(qtbot, tmp_path, monkeypatch, train_ensemble=fake_making.die)
    folder = finished_set(desk)
    work = work_of(desk)
    work.add(train_request(folder, "a"), train_request(folder, "b"))
    ended(desk, "failed")
    assert [task.state for task in work.queue.tasks[1:]] == ["failed", "failed"]
    assert "exit code 9" in work.queue.tasks[1].note
    assert "Killed by the system" in work.queue.tasks[1].details
    desk.leave()


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="needs Linux's /proc")
@pytest.mark.parametrize("how", ["cancel", "pause", "close"])
def test_nothing_of_a_stopped_task_is_left_running(qtbot, tmp_path, monkeypatch, how):
    desk = opened(
        qtbot, tmp_path, monkeypatch, train_ensemble=fake_making.sleep_with_children
    )
    folder = finished_set(desk)
    work, page = work_of(desk), page_of(desk)
    (task,) = work.add(train_request(folder))
    out = task.folder
    qtbot.waitUntil(lambda: len(process_tree.noted(out)) == 5, timeout=60_000)
    processes = [psutil.Process(number) for number in process_tree.noted(out)]
    if how == "close":
        monkeypatch.setattr(dialogs, "ask_to_stop", lambda *_, **__: True)
        assert desk.window.close()
    else:
        desk.click(page.queue.pause if how == "pause" else page.queue.cancel)
        wanted = {"pause": "paused", "cancel": "cancelled"}[how]
        assert work.queue.task(task.key).state == wanted
    alive = psutil.wait_procs(processes, timeout=10.0)[1]
    assert [p for p in alive if p.status() != psutil.STATUS_ZOMBIE] == []
    qtbot.waitUntil(lambda: work.job is None, timeout=LONG)
    desk.leave()


def test_training_shows_members_errors_and_examples_as_epochs_end(desk, tmp_path):
    folder = finished_set(desk)
    page, work = page_of(desk), work_of(desk)
    desk.click(page.set_run.train)
    dialog = desk.window.findChild(TrainDialog)
    assert dialog.offer.folder == folder
    assert dialog.name.text() == "cu-foil"
    dialog.name.setText("trial")
    dialog.members.setValue(4)
    fake_making.allow(folder, 11)
    desk.click(dialog.train)
    desk.qtbot.waitUntil(lambda: work.job.progress.done == 11, timeout=LONG)
    states = [row[1] for row in page.run.members.table_model.rows]
    assert states == ["✓ done", "✓ done", "▸ running", "▸ running"]
    epochs = [row[2] for row in page.run.members.table_model.rows]
    assert epochs == ["4", "4", "2", "1"]
    assert page.queue.list.entries[-1].note.startswith("networks 3, 4")
    assert "3, 4" in page.run.loss.plot.accessibleDescription()
    assert "network 3, epoch 2" in page.run.held_out.heading.text()
    assert "12.0, predicted 12.0" in read_in(page.run.held_out)
    assert page.run.held_out.plots[0].curves > 2
    desk.click(page.run.held_out.epochs.buttons[0])
    assert ", epoch 1" in page.run.held_out.heading.text()
    for index, words in ((2, "R"), (4, "rate"), (0, "members")):
        desk.click(page.run.loss.quantity.buttons[index])
        assert page.run.loss.plot.curves > 0, words
    fake_making.allow(folder, 10_000)
    ended(desk)
    assert "trial" in {info.name for info in desk.session.view().ensembles}
    banner = desk.window.banners.banners()[-1]
    assert "trial is trained" in banner.notice.title
    banner.notice.actions[0][1]()
    assert desk.session.ensemble.name == "trial"
    assert folder.is_dir()


def test_a_member_is_lifted_under_the_mouse_and_by_its_row(desk):
    folder = finished_set(desk)
    page, work = page_of(desk), work_of(desk)
    work.add(train_request(folder))
    fake_making.allow(folder, 11)
    desk.qtbot.waitUntil(lambda: work.job.progress.done == 11, timeout=LONG)
    plot = page.run.loss.plot
    # At epoch 3 member 1 has a validation loss of 2.7 + 1/3.
    over = plot.to_pixel(3.0, 2.7 + 1.0 / 3.0)
    hover(plot, over)
    assert "network 1, epoch 4" in page.run.held_out.heading.text()
    page.run.members.selectRow(1)
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))
    assert "network 2, epoch 4" in page.run.held_out.heading.text()
    work.cancel(work.queue.running.key)


def test_what_was_seen_stays_while_another_tab_is_shown(desk):
    folder = finished_set(desk)
    page, work = page_of(desk), work_of(desk)
    work.add(train_request(folder))
    desk.keys("Ctrl+5")
    fake_making.allow(folder, 6)
    desk.qtbot.waitUntil(
        lambda: work.job is not None and work.job.progress.done == 6, timeout=LONG
    )
    desk.keys("Ctrl+4")
    assert [row[2] for row in page.run.members.table_model.rows[:2]] == ["3", "3"]
    work.cancel(work.queue.running.key)


def test_a_set_and_its_ensemble_are_queued_together(desk, tmp_path):
    folder = queued_set(desk, then_train=True)
    work = work_of(desk)
    assert [task.kind for task in work.queue.tasks] == ["set", "ensemble"]
    assert work.queue.tasks[1].folder == tmp_path / "models" / "cu-foil"
    fake_making.allow(folder, 10_000)
    desk.qtbot.waitUntil(lambda: not work.queue.left, timeout=LONG)
    assert (tmp_path / "models" / "cu-foil").is_dir()


def making(desk, tmp_path, *, steps: int):
    """Ask for an ensemble of a quick look, and wait until so much is done."""
    fake_making.allow(tmp_path / "x", steps)
    page_of(desk)
    desk.window.commands.training.make_ensemble(read_recipe(SYSTEM), "quick")
    work = work_of(desk)
    desk.qtbot.waitUntil(
        lambda: work.job is not None and work.job.progress.done >= steps, timeout=LONG
    )
    return work.queue.running


def test_one_job_makes_set_and_ensemble(desk, tmp_path):
    task = making(desk, tmp_path, steps=2)
    page, work = page_of(desk), work_of(desk)
    (entry,) = page.queue.list.entries
    assert entry.share == pytest.approx(0.2)
    assert entry.title == "ni-foil, make"
    assert work.queue.holds(tmp_path / "ni-foil-set")
    assert work.queue.holds(tmp_path / "models" / "ni-foil")
    fake_making.allow(tmp_path / "x", 5)
    desk.qtbot.waitUntil(lambda: 1 in work.record(task.key).members, timeout=LONG)
    assert "network" in page.queue.list.entries[0].note
    fake_making.allow(tmp_path / "x", 10_000)
    ended(desk)
    # The ensemble is offered, and its set is known to those who train again.
    made = tmp_path / "models" / "ni-foil"
    assert made in [info.folder for info in desk.session.view().ensembles]
    assert tmp_path / "ni-foil-set" in desk.preferences.sets
    (action,) = [
        action
        for banner in desk.window.banners.banners()
        for text, action in banner.notice.actions
        if text == "Use ensemble"
    ]
    action()
    assert desk.session.ensemble.folder == made


def test_the_one_job_is_stopped_and_resumed(desk, tmp_path):
    task = making(desk, tmp_path, steps=2)
    work = work_of(desk)
    work.pause()
    desk.qtbot.waitUntil(lambda: work.job is None, timeout=LONG)
    assert work.queue.task(task.key).state == "paused"
    fake_making.allow(tmp_path / "x", 10_000)
    work.resume()
    ended(desk)
    assert (tmp_path / "models" / "ni-foil").is_dir()


def test_a_better_ensemble_goes_on_with_the_set(tmp_path):
    recipe = LEVELS["quick"].recipe(choice().recipe, 150)
    folder = tmp_path / "set"
    fake_making.allow(folder, 10_000)
    run(fake_making.make_set(SetRequest(recipe, str(folder), 1)))
    more = LEVELS["standard"].recipe(choice().recipe, 50)
    assert held_in(folder, more) == "other"
    assert held_in(folder, more, grows=True) == "finished"
    other = replace(more, sampling=replace(more.sampling, seed=9))
    assert held_in(folder, other, grows=True) == "other"


def test_time_left_of_a_whole_job_follows_from_its_share():
    record = RunRecord().after(Progress(0, 4, "scattering", share=0.01), 10.0)
    assert record.left is None
    record = record.after(Progress(2, 4, "scattering", share=0.25), 40.0)
    assert record.left == pytest.approx(90.0)
    assert RunRecord().after(Progress(1, 2, "scattering"), 1.0).left is None


def test_another_set_gets_another_folder(desk, tmp_path):
    finished_set(desk)
    dialog = open_set_dialog(desk)
    assert dialog.plan.folder == tmp_path / "cu-foil-set-2"
    dialog.reject()


def test_a_folder_that_the_queue_fills_is_not_proposed_again(desk, tmp_path):
    begun(desk, steps=1)
    dialog = open_set_dialog(desk)
    assert dialog.plan.folder == tmp_path / "cu-foil-set-2"
    dialog.folder.setText(str(tmp_path / "cu-foil-set"))
    dialog.folder.editingFinished.emit()
    assert "A queued job already writes" in read_in(dialog)
    assert not dialog.start.isEnabled()
    dialog.reject()


def test_a_finished_set_can_be_used(desk, monkeypatch, tmp_path):
    recipe = read_recipe(SYSTEM)
    folder = tmp_path / "elsewhere"
    fake_making.allow(folder, 10_000)
    run(fake_making.make_set(SetRequest(recipe, str(folder), 1)))
    desk.window.commands.training.train()
    dialog = desk.window.findChild(TrainDialog)
    assert "Choose a training set" in read_in(dialog)
    assert not dialog.train.isEnabled()
    monkeypatch.setattr(dialogs.FileDialogs, "folder", lambda *a: a[-1](tmp_path))
    desk.click(buttons_in(dialog)["Choose set…"])
    assert "no finished training set" in read_in(dialog)
    monkeypatch.setattr(dialogs.FileDialogs, "folder", lambda *a: a[-1](folder))
    desk.click(buttons_in(dialog)["Choose set…"])
    assert dialog.offer.folder == folder
    assert dialog.train.isEnabled()
    dialog.reject()


@pytest.mark.parametrize(
    ("text", "words"), [("/", "contains something else"), ("set", "full path")]
)
def test_an_unsuitable_folder_is_refused_before_the_start(desk, text, words):
    dialog = open_set_dialog(desk)
    dialog.folder.setText(text)
    dialog.folder.editingFinished.emit()
    assert words in read_in(dialog)
    assert not dialog.start.isEnabled()
    dialog.reject()


def test_closing_asks_before_it_stops_the_job_and_the_next_start_offers_it(
    desk, qtbot, monkeypatch, tmp_path
):
    asked = []

    def refuse(*arguments, **_) -> bool:
        asked.append(arguments)
        return False

    monkeypatch.setattr(dialogs, "ask_to_stop", refuse)
    folder = begun(desk, steps=2)
    work_of(desk).add(train_request(folder))
    assert not desk.window.close()
    assert asked[0][1] == ["cu-foil-set, training set and 1 more"]
    assert work_of(desk).queue.running is not None
    monkeypatch.setattr(dialogs, "ask_to_stop", lambda *_, **__: True)
    button = QMessageBox.StandardButton
    monkeypatch.setattr(dialogs, "ask_to_save", lambda *_: button.Discard)
    assert desk.window.close()
    assert desk.session.jobs.running == ()
    later = opened(qtbot, tmp_path, monkeypatch)
    later.window.commands.training.offer_left_work()
    (banner,) = later.window.banners.banners()
    assert "cu-foil-set, training set, trial, train" in banner.notice.text
    fake_making.allow(folder, 10_000)
    banner.notice.actions[0][1]()
    work = work_of(later)
    later.qtbot.waitUntil(lambda: not work.queue.left, timeout=LONG)
    assert [task.state for task in work.queue.tasks] == ["finished", "finished"]
    assert work.left_work().tasks == ()
    later.leave()


def test_two_jobs_never_write_one_folder(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path)
    work = desk.session.work
    work.pause()
    request = SetRequest(read_recipe(SYSTEM), str(tmp_path / "set"), 2)
    desk.window.commands.training._add((request,))
    desk.window.commands.training._add((request,))
    assert len(work.queue.tasks) == 1
    (banner,) = desk.window.banners.banners()
    assert str(tmp_path / "set") in banner.notice.text
    work.remove(work.queue.tasks[0].key)
    desk.leave()


def test_after_a_crash_the_queue_is_offered_and_can_be_refused(tmp_path):
    place = tmp_path / "queue"
    crashed, other = QueueFile(place), QueueFile(place)
    request = SetRequest(read_recipe(SYSTEM), str(tmp_path / "set"), 2)
    crashed.write(Queue().added(Task(request), Task(train_request(tmp_path / "set"))))
    assert other.left().tasks == ()  # its window is open
    crashed.release()
    left = other.left()
    assert [task.kind for task in left.tasks] == ["set", "ensemble"]
    assert left.tasks[0].request.recipe == request.recipe
    other.drop(left)
    assert other.left().tasks == ()
    assert list(place.iterdir()) == []


def test_a_damaged_queue_is_set_aside(tmp_path):
    place = tmp_path / "queue"
    wrong = {"folder": 5, "out": "/models/a", "members": 3, "workers": 2}
    texts = ("[", "3", '[{"kind": "cake"}]', "[" * 10**5, task_text(wrong))
    for number, text in enumerate(texts):
        (place / str(number)).mkdir(parents=True)
        (place / str(number) / "queue.json").write_text(text)
    left = QueueFile(place).left()
    assert left.tasks == ()
    assert [path.read_text() for path in left.set_aside] == list(texts)
    assert list(place.iterdir()) == []
    assert QueueFile(place).left().set_aside == ()


def task_text(request: dict) -> str:
    return json.dumps([{"kind": "ensemble", "state": "waiting", "request": request}])


def test_of_a_damaged_queue_the_rest_is_offered(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path)
    place = tmp_path / "queue"
    (place / "a").mkdir(parents=True)
    whole = {"folder": "/sets/a", "out": "/models/a", "members": None, "workers": 2}
    content = [*json.loads(task_text(whole)), {"kind": "cake"}]
    (place / "a" / "queue.json").write_text(json.dumps(content))
    left = QueueFile(place).left()
    desk.session.work.left_work = lambda: left
    desk.window.commands.training.offer_left_work()
    offered, damaged = desk.window.banners.banners()
    if "damaged" in offered.notice.title:
        offered, damaged = damaged, offered
    assert "a, train" in offered.notice.text
    assert str(left.set_aside[0]) in damaged.notice.details
    assert left.set_aside[0].parent == tmp_path / "set-aside"
    desk.leave()


@pytest.mark.parametrize(
    "request_",
    [
        TrainRequest("/sets/a", "/models/a", 3, 2),
        MakeRequest(read_recipe(SYSTEM), "/sets/a", "/models/a", "quick", 2),
        TuneRequest(
            "ni", "/md.xyz", "Ni", "K", 5.5, 3, "/sets/a", "/pairs", "/models/b", 2
        ),
    ],
)
def test_a_task_is_read_back_as_it_was(request_):
    task = Task(request_, state="paused")
    again = task_from_json(json.loads(json.dumps(task_to_json(task))))
    assert (vars(again.request), again.state) == (vars(request_), "waiting")
    with pytest.raises(StorageError, match="cannot be read"):
        task_from_json({"kind": "ensemble", "request": {"folder": 1}})


def test_a_record_notes_every_epoch_once():
    record = RunRecord()
    for seconds, (step, ended_) in enumerate(
        ((100.0, 0.0), (200.0, 0.0), (200.0, 1.0))
    ):
        metrics = {
            "member": 2.0,
            "step": step,
            "training loss": 1.0,
            "validation loss": 2.0,
            "ended": ended_,
        }
        progress = Progress(seconds, 4, "training networks", metrics=metrics)
        record = record.after(progress, float(seconds))
    assert record.members[2].points == ((100.0, 1.0, 2.0), (200.0, 1.0, 2.0))
    assert [record.state_of(m) for m in (1, 2)] == ["waiting", "done"]


def test_without_an_ensemble_a_set_can_still_be_made(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    desk.preferences.folder = str(tmp_path)
    dialog = open_set_dialog(desk)
    assert dialog.start.isEnabled()
    dialog.reject()


def test_an_ensemble_needs_a_place_of_its_own(desk, tmp_path):
    folder = finished_set(desk)
    desk.window.commands.training.train(folder)
    dialog = desk.window.findChild(TrainDialog)
    (tmp_path / "models" / "notes").mkdir(parents=True)
    (tmp_path / "models" / "notes" / "a.txt").write_text("mine")
    for change, words in (
        (lambda: dialog.name.setText("notes"), "contains something else"),
        (lambda: dialog.name.setText("a/b"), "without slashes"),
        (lambda: dialog.folder.setText("models"), "full path"),
        (
            lambda: dialog.folder.setText(str(tmp_path / "supplied")),
            "built-in ensembles",
        ),
    ):
        dialog.name.setText("trial")
        change()
        assert words in read_in(dialog)
        assert not dialog.train.isEnabled()
        dialog.folder.setText(str(tmp_path / "models"))
    dialog.reject()


def choice() -> SystemChoice:
    return SystemChoice("ni-foil", read_recipe(SYSTEM))


def test_what_a_folder_holds(tmp_path):
    recipe = choice().recipe
    folder = tmp_path / "set"
    assert held_in(folder, recipe) == "nothing"
    folder.mkdir()
    assert held_in(folder, recipe) == "nothing"
    (folder / "recipe.json").write_text(json.dumps(recipe_to_json(recipe)))
    assert held_in(folder, recipe) == "begun"
    other_networks = replace(recipe, training=replace(recipe.training, members=3))
    assert held_in(folder, other_networks) == "begun"
    fewer = with_numbers(choice(), macrostates=7, microstates=2).recipe
    assert held_in(folder, fewer) == "other"
    (folder / "training_set.json").write_text("{}")
    assert held_in(folder, recipe) == "finished"
    (folder / "recipe.json").write_text("[")
    assert held_in(folder, recipe) == "other"


def test_a_proposed_folder_is_free_or_goes_on(tmp_path):
    system = choice()
    first = proposed_folder(system, tmp_path)
    assert first.name == "ni-foil-set"
    first.mkdir()
    (first / "holiday.jpg").write_bytes(b"")
    assert proposed_folder(system, tmp_path).name == "ni-foil-set-2"
    named = replace(system.recipe.system, name="NiCl4 + Zn/K (melt)")
    other = SystemChoice("x", replace(system.recipe, system=named))
    assert proposed_folder(other, tmp_path).name == "nicl4-zn-k-melt-set"


def test_where_no_folder_is_free_one_is_proposed_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr("app.training.set_plan.held_in", lambda *_, **_options: "other")
    assert proposed_folder(choice(), tmp_path).name == "ni-foil-set"


def test_every_supplied_system_can_be_chosen():
    files = list((SYSTEM.parent).glob("*.json"))
    assert len(supplied_systems()) == len(files) > 0


def test_a_plan_without_a_system_or_a_folder_cannot_start():
    assert "system" in Plan().hindrance
    assert "folder" in Plan(choice()).hindrance


def test_facts_leave_out_what_the_manifest_does_not_tell(tmp_path):
    made = MadeSet(tmp_path, {"items": 12, "digest": "ab" * 32, "description": {}})
    assert facts_of(made) == [("Macrostates", "12"), ("Digest", "abababababab")]


def test_the_stages_pass_the_request_on(monkeypatch, tmp_path):
    seen = []

    def generate(recipe, folder, *, workers):
        seen.append((recipe, folder, workers))
        yield Progress(0, 1, "scattering")
        return folder

    from app.work import stages

    monkeypatch.setattr(generation, "generate", generate)
    request = SetRequest(choice().recipe, str(tmp_path), 3)
    assert run(stages.make_set(request)) == str(tmp_path)
    assert seen == [(request.recipe, tmp_path, 3)]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "5 s"), (42.0, "40 s"), (600.0, "10 min"), (9000.0, "2 h 30 min")],
)
def test_times_are_said_shortly(seconds, text):
    assert wording.duration(seconds) == text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(113.4, "113 x/s"), (2.25, "2.2 x/s"), (0.05, "3.0 x/min"), (0.001, "3.6 x/h")],
)
def test_rates_choose_their_time(rate, text):
    assert wording.rate(rate, "x") == text
