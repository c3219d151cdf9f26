"""Making a training set and an ensemble in the window: every state, and its words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox

from app import dialogs, wording
from app.made_facts import facts_of
from app.making import (
    MadeSet,
    MakingState,
    Plan,
    SystemChoice,
    held_in,
    proposed_folder,
    supplied_systems,
    with_numbers,
)
from app.pages.training import LEFT
from app.stages import SetRequest, TrainRequest
from app.train_dialog import TrainDialog
from onne_core import pipeline
from onne_core.errors import BundleError
from onne_core.jobs import Failed, Progress, run
from onne_core.recipe import read_recipe, recipe_to_json
from tests.app import fake_making
from tests.app.fakes import SYSTEM, FakeService, foil_ensemble, open_desk

TOTAL = 6


class MakingService(FakeService):
    """Makes sets and ensembles in seconds; what it has trained can be opened."""

    def ensemble_in(self, folder: Path):
        if not folder.is_dir():
            raise BundleError(f"{folder}: no ensemble here; choose another folder.")
        return replace(foil_ensemble(folder.name), folder=folder)


@pytest.fixture
def desk(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr("app.train_dialog.models_folders", lambda: places(tmp_path))
    service = MakingService(
        make_set=fake_making.make_set, train_ensemble=fake_making.train
    )
    made = open_desk(qtbot, tmp_path, service=service)
    made.preferences.folder = str(tmp_path)
    yield made
    made.leave()


def places(folder: Path) -> list[Path]:
    return [folder / "supplied", folder / "models"]


def open_training(desk):
    """Show the tab, with a small plan; return the card and its folder."""
    desk.keys("Ctrl+3")
    card = desk.window.page("training").making
    card.plan.macrostates.setValue(TOTAL)
    card.plan.microstates.setValue(5)
    return card, desk.session.maker.state.plan.folder


def begun(desk, *, steps: int):
    """Start, and wait until so many macrostates are done."""
    card, folder = open_training(desk)
    maker = desk.session.maker
    fake_making.allow(folder, steps)
    desk.click(card.plan.start)
    assert maker.state.step == "making"
    desk.qtbot.waitUntil(lambda: maker.job.progress.done >= steps, timeout=20_000)
    return card, folder


def finished(desk):
    card, folder = begun(desk, steps=1)
    fake_making.allow(folder, TOTAL)
    step = desk.session.maker
    desk.qtbot.waitUntil(lambda: step.state.step == "made", timeout=20_000)
    return card, folder


def test_the_supplied_system_is_proposed_with_a_new_folder(desk, tmp_path):
    card, folder = open_training(desk)
    assert card.plan.systems.currentText() == "cu-foil"
    assert folder == tmp_path / "cu-foil-set"
    assert not folder.exists()
    assert card.plan.start.isEnabled()
    assert "30 spectra" in card.plan._amount.text()
    recipe = desk.session.maker.state.plan.recipe
    assert (recipe.sampling.macrostates, recipe.sampling.microstates) == (TOTAL, 5)


def test_the_card_fits_into_its_column(desk):
    card, _ = open_training(desk)
    assert card.minimumSizeHint().width() <= LEFT


def test_the_system_of_shells_is_offered_first(desk):
    desk.window.opening.open_recipe(SYSTEM)
    card, _ = open_training(desk)
    assert card.plan.systems.currentText() == "Ni foil (as in Shells)"
    assert desk.session.maker.state.plan.recipe.system == desk.project.recipe.system


def test_while_it_runs_the_card_says_how_far_how_fast_and_what_was_set_aside(desk):
    card, folder = begun(desk, steps=1)
    fake_making.allow(folder, 3)
    maker = desk.session.maker
    desk.qtbot.waitUntil(lambda: maker.job.progress.done == 3, timeout=20_000)
    facts = dict(card.run.facts._facts)
    assert facts["Macrostates"] == "3 of 6"
    assert facts["Spectra"] == "15 of 30"
    assert "spectra/" in facts["Rate"]
    assert facts["Time left"] != wording.EN_DASH
    assert card.run.bar.maximum() == TOTAL
    assert card.run.bar.value() == 3
    aside = card.run.reasons.text()
    assert "3 Ni–Ni closer than 1.74 Å" in aside
    assert "1 a path diverges" in aside
    assert desk.window.tabs.tabs["training"].text() == "Training 50 %"
    assert "left" in desk.window.status.job_label().text()
    assert not desk.window.page("training").primary.isEnabled()


def test_cancelled_is_kept_and_goes_on(desk):
    card, folder = begun(desk, steps=2)
    desk.click(card.run.cancel)
    maker = desk.session.maker
    assert maker.state.step == "plan"
    assert maker.state.held == "begun"
    assert "kept" in card.plan._note.text()
    assert card.plan.start.text() == "Go on"
    assert desk.window.tabs.tabs["training"].text() == "Training"
    fake_making.allow(folder, TOTAL)
    desk.click(card.plan.start)
    desk.qtbot.waitUntil(lambda: maker.state.step == "made", timeout=20_000)


def test_cancelling_in_the_status_bar_is_the_same(desk):
    card, _ = begun(desk, steps=1)
    desk.click(desk.window.status.cancel)
    assert desk.session.maker.state.step == "plan"
    assert card.plan.isVisible()


def test_a_failure_is_told_in_the_card_and_can_be_tried_again(desk):
    card, _ = open_training(desk)
    maker = desk.session.maker
    maker._make_set = fake_making.refuse_set
    desk.click(card.plan.start)
    desk.qtbot.waitUntil(lambda: maker.job is None, timeout=20_000)
    assert "the disk is full; make room" in card.plan._note.text()
    assert card.plan._note.property("tone") == "problem"
    assert card.plan.start.isEnabled()
    (banner,) = desk.window.banners.banners()
    assert banner.notice.tone == "error"


def test_the_finished_set_is_described(desk):
    card, folder = finished(desk)
    facts = dict(card.made.facts._facts)
    assert facts["Macrostates"] == "6"
    assert facts["Against FEFF, 6 clusters"] == "median 0.4 %<br>largest 1.1 %"
    assert facts["Path filter, standard error"] == "median 1.2 %<br>largest 1.9 %"
    assert facts["FEFF's phases"] == "of the reference cluster"
    assert facts["Muffin tins overlap"] == "1.15 at most<br>Ni–Ni"
    assert card.made._place.text() == str(folder)
    primary = desk.window.page("training").primary
    assert primary.isEnabled()
    assert "Train" in primary.text()


def test_training_from_it_offers_the_ensemble_and_leaves_the_screen(desk, tmp_path):
    card, folder = finished(desk)
    before = desk.session.ensemble
    desk.click(card.made.train)
    dialog = desk.window.findChild(TrainDialog)
    assert dialog.name.text() == "cu-foil"
    dialog.name.setText("trial")
    dialog.members.setValue(4)
    fake_making.allow(folder, 2)
    desk.click(dialog.train)
    maker = desk.session.maker
    desk.qtbot.waitUntil(lambda: maker.job.progress.done == 2, timeout=20_000)
    assert dict(card.run.facts._facts)["Epochs"] == "2 of 4"
    assert not card.run.reasons.isVisible()
    fake_making.allow(folder, 4)
    desk.qtbot.waitUntil(lambda: maker.state.step == "trained", timeout=20_000)
    assert maker.state.ensemble == tmp_path / "models" / "trial"
    assert "trial" in {info.name for info in desk.session.view().ensembles}
    assert desk.session.ensemble is before
    (banner,) = desk.window.banners.banners()
    assert "trial is trained" in banner.notice.title
    desk.click(card.made._use)
    assert desk.session.ensemble.name == "trial"
    assert folder.is_dir()


def test_a_cancelled_training_returns_to_the_set(desk):
    card, folder = finished(desk)
    maker = desk.session.maker
    fake_making.steps_file(folder).unlink()
    maker.train(TrainRequest(str(folder), str(folder.parent / "x"), 4, 1))
    desk.qtbot.waitUntil(lambda: maker.job.progress.total == 4, timeout=20_000)
    desk.keys("Ctrl+.")
    assert maker.state.step == "made"
    assert "kept" in card.made._note.text()


def test_another_set_gets_another_folder(desk, tmp_path):
    card, _ = finished(desk)
    desk.window.findChild(type(card)).made.another_wanted.emit()
    assert desk.session.maker.state.plan.folder == tmp_path / "cu-foil-set-2"
    assert card.plan.isVisible()


def test_a_finished_set_can_be_used(desk, monkeypatch, tmp_path):
    recipe = read_recipe(SYSTEM)
    folder = tmp_path / "elsewhere"
    fake_making.allow(folder, 10_000)
    run(fake_making.make_set(SetRequest(recipe, str(folder), 1)))
    card, _ = open_training(desk)
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: folder)
    desk.click(card.plan._finished)
    assert desk.session.maker.state.step == "made"
    monkeypatch.setattr(dialogs, "ask_folder", lambda *_: tmp_path)
    desk.session.maker.plan_another(tmp_path)
    desk.click(card.plan._finished)
    assert desk.session.maker.state.step == "plan"
    assert "no finished training set" in card.plan._note.text()


@pytest.mark.parametrize(
    ("text", "words"), [("/", "holds something else"), ("set", "whole path")]
)
def test_an_unsuitable_folder_is_refused_before_the_start(desk, text, words):
    card, _ = open_training(desk)
    card.plan.folder.setText(text)
    card.plan.folder.editingFinished.emit()
    assert words in card.plan._note.text()
    assert not card.plan.start.isEnabled()
    assert not desk.window.page("training").primary.isEnabled()


def test_closing_asks_before_it_stops_the_job(desk, monkeypatch):
    asked = []
    monkeypatch.setattr(dialogs, "ask_to_stop", lambda *a: asked.append(a) or False)
    begun(desk, steps=1)
    assert not desk.window.close()
    assert asked[0][1] == "Training set cu-foil"
    assert desk.session.maker.state.is_running
    monkeypatch.setattr(dialogs, "ask_to_stop", lambda *_: True)
    button = QMessageBox.StandardButton
    monkeypatch.setattr(dialogs, "ask_to_save", lambda *_: button.Discard)
    assert desk.window.close()
    assert desk.session.jobs.running == ()


def test_without_an_ensemble_a_set_can_still_be_made(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=()))
    desk.preferences.folder = str(tmp_path)
    card, _ = open_training(desk)
    assert card.plan.start.isVisible()
    assert card.plan.start.isEnabled()


def test_an_ensemble_needs_a_place_of_its_own(desk, tmp_path):
    card, _ = finished(desk)
    desk.click(card.made.train)
    dialog = desk.window.findChild(TrainDialog)
    (tmp_path / "models" / "notes").mkdir(parents=True)
    (tmp_path / "models" / "notes" / "a.txt").write_text("mine")
    for change, words in (
        (lambda: dialog.name.setText("notes"), "holds something else"),
        (lambda: dialog.name.setText("a/b"), "without slashes"),
        (lambda: dialog.folder.setText("models"), "whole path"),
        (lambda: dialog.folder.setText(str(tmp_path / "supplied")), "own ensembles"),
    ):
        dialog.name.setText("trial")
        change()
        assert words in dialog._note.text()
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
    monkeypatch.setattr("app.making.held_in", lambda *_: "other")
    assert proposed_folder(choice(), tmp_path).name == "ni-foil-set"


def test_every_supplied_system_can_be_chosen():
    files = list((SYSTEM.parent).glob("*.json"))
    assert len(supplied_systems()) == len(files) > 0


def test_a_plan_without_a_system_or_a_folder_cannot_start():
    assert "system" in MakingState().hindrance
    assert "folder" in MakingState(Plan(choice())).hindrance


def test_facts_leave_out_what_the_manifest_does_not_tell(tmp_path):
    made = MadeSet(tmp_path, {"items": 12, "digest": "ab" * 32, "description": {}})
    assert facts_of(made) == [("Macrostates", "12"), ("Digest", "abababababab")]


def test_the_stages_pass_the_request_on(monkeypatch, tmp_path):
    seen = []

    def generate(recipe, folder, *, workers):
        seen.append((recipe, folder, workers))
        yield Progress(0, 1, "scattering")
        return folder

    from app import stages

    monkeypatch.setitem(vars(pipeline), "generate", generate)
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


def test_a_failed_job_says_so(desk):
    desk.session.maker._state = MakingState(step="training")
    desk.session.maker._take_failure(Failed("The worker died (exit code 9)."))
    assert desk.session.maker.state.step == "made"
    assert "exit code 9" in desk.session.maker.state.note
