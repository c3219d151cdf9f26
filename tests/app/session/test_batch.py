"""Many spectra are predicted in a process of their own, and come in portions."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from app.session.predictions import MOST_AT_ONCE, Predictions
from app.session.service import Question
from app.work.series_stages import FIRST, batches, in_portions
from onne_core.values.project import SpectrumEntry, with_entry, with_spectra
from onne_core.values.summary import QUANTITIES, summary_of
from tests.app import fake_series
from tests.app.fakes import (
    FakeService,
    foil_ensemble,
    foil_prediction,
    no_process,
    open_desk,
)
from tests.app.foil import foil_entry

MANY = MOST_AT_ONCE + 20


def entries(count: int = MANY, *, name: str = "scan") -> tuple[SpectrumEntry, ...]:
    base = foil_entry()
    return tuple(
        replace(
            base,
            name=f"{name} {i}",
            spectrum=replace(base.spectrum, chi=base.spectrum.chi * (1.0 + 1e-3 * i)),
            conditions={"temperature": 300.0 + i},
        )
        for i in range(count)
    )


@pytest.fixture
def desk(qtbot, tmp_path):
    ensemble = replace(foil_ensemble(), folder=tmp_path)
    made = open_desk(qtbot, tmp_path, service=FakeService(offered=(ensemble,)))
    yield made
    made.leave()


def add(desk, spectra) -> None:
    desk.window.show_tab("analysis")
    desk.session.edit(with_spectra(desk.project, spectra), "Open")


def hold(tmp_path: Path) -> Path:
    path = tmp_path / fake_series.HOLD
    path.touch()
    return path


def test_many_spectra_are_predicted_elsewhere_and_the_selected_one_here(desk):
    add(desk, entries())
    desk.settle()
    view = desk.session.view()
    assert [question.entry.name for question in desk.service.asked] == ["scan 0"]
    assert view.outcomes[0].prediction is not None
    assert all(outcome.is_current for outcome in view.outcomes)
    assert all(outcome.prediction is None for outcome in view.outcomes[1:])
    assert view.outcomes[7].summary.values[0, 1] == pytest.approx(
        2.488 * (1.0 + 7 * 1.3e-5)
    )


def test_few_spectra_need_no_process(desk):
    add(desk, entries(MOST_AT_ONCE))
    assert not desk.session.jobs.running
    desk.settle()
    assert len(desk.service.asked) == MOST_AT_ONCE


def test_a_spectrum_that_is_looked_at_is_asked_for_whole(desk):
    add(desk, entries())
    desk.settle()
    desk.session.select(30)
    desk.settle()
    assert desk.service.asked[-1].entry.name == "scan 30"
    assert desk.session.view().prediction is not None


def test_a_spectrum_that_cannot_be_predicted_stops_no_other(desk):
    spectra = list(entries())
    spectra[5] = replace(spectra[5], name="bad")
    add(desk, tuple(spectra))
    desk.settle()
    outcomes = desk.session.view().outcomes
    assert "ends at k = 6" in outcomes[5].problem
    assert sum(outcome.summary is not None for outcome in outcomes) == MANY - 1


def test_what_is_stopped_is_not_asked_again_until_it_is_wanted(desk, tmp_path):
    held = hold(tmp_path)
    add(desk, entries())
    desk.qtbot.waitUntil(lambda: bool(desk.session.jobs.running), timeout=20_000)
    assert "Predicting 43 spectra" in desk.window.status.job.text()
    desk.click(desk.window.status.cancel)
    desk.settle()
    assert desk.session.predictions.declined == MANY - 1
    desk.session.select(3)
    desk.settle()
    assert not desk.session.jobs.running
    assert desk.session.view().prediction is not None
    held.unlink()
    desk.session.predictions.resume()
    desk.settle()
    assert all(outcome.is_current for outcome in desk.session.view().outcomes)
    assert desk.session.predictions.declined == 0


def test_another_ensemble_ends_the_run_and_begins_its_own(qtbot, tmp_path):
    slow, quick = tmp_path / "slow", tmp_path / "quick"
    slow.mkdir()
    quick.mkdir()
    hold(slow)
    offered = tuple(
        replace(foil_ensemble(folder.name), folder=folder) for folder in (slow, quick)
    )
    desk = open_desk(qtbot, tmp_path, service=FakeService(offered=offered))
    add(desk, entries())
    desk.qtbot.waitUntil(lambda: bool(desk.session.jobs.running), timeout=20_000)
    desk.session.choose_ensemble(offered[1])
    desk.settle()
    view = desk.session.view()
    assert view.ensemble.name == "quick"
    assert all(outcome.is_current for outcome in view.outcomes)
    desk.leave()


def test_a_changed_spectrum_is_answered_while_the_others_go_on(desk, tmp_path):
    held = hold(tmp_path)
    add(desk, entries())
    desk.qtbot.waitUntil(lambda: bool(desk.session.jobs.running), timeout=20_000)
    desk.session.edit(with_entry(desk.project, 0, e0=3.0), "E0")
    desk.qtbot.waitUntil(lambda: desk.session.view().outcome.is_current, timeout=20_000)
    assert desk.session.view().prediction.settings.e0_shift == 3.0
    held.unlink()
    desk.settle()
    assert all(outcome.is_current for outcome in desk.session.view().outcomes)


def test_nothing_of_a_run_is_left_when_the_window_closes(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    hold(tmp_path)
    add(desk, entries())
    desk.qtbot.waitUntil(lambda: bool(desk.session.jobs.running), timeout=20_000)
    (folder,) = tmp_path.glob("onne-series-*")
    desk.session.close()
    assert not folder.exists()


def test_the_same_view_costs_nothing(desk):
    add(desk, entries(3))
    desk.settle()
    first = desk.session.view()
    assert desk.session.view() is first
    desk.session.select(2)
    assert desk.session.view().outcomes is first.outcomes
    assert desk.session.view() is not first


def test_whole_answers_are_bounded_and_leave_their_summary(qapp, qtbot, monkeypatch):
    monkeypatch.setattr("app.session.predictions.MOST_KEPT", 3)
    predictions = Predictions(FakeService(), no_process)
    questions = [Question(entry, foil_ensemble()) for entry in entries(5)]
    predictions.want(questions)
    qtbot.waitUntil(lambda: not predictions.is_busy, timeout=10_000)
    kept = [predictions.outcome(question) for question in questions]
    assert [outcome.prediction is not None for outcome in kept] == [
        False, False, True, True, True,
    ]  # fmt: skip
    assert all(outcome.verdict == "inside" for outcome in kept)
    predictions.close()


def test_portions_hold_every_answer_once():
    answers = [str(i) for i in range(100)]
    portions = list(in_portions(iter(answers), 100))
    assert [item for portion in portions for item in portion.items] == list(
        enumerate(answers)
    )
    assert portions[0].done == FIRST
    assert portions[-1].done == portions[-1].total == 100
    assert list(in_portions(iter([]), 0)) == []


@pytest.mark.parametrize("count", [0, 1, FIRST, FIRST + 1, 200])
def test_batches_cover_every_spectrum_once(count):
    indices = [i for part in batches(count) for i in range(count)[part]]
    assert indices == list(range(count))


def test_a_summary_says_what_its_prediction_says():

    prediction = foil_prediction(Question(foil_entry(), foil_ensemble()), "borderline")
    summary = summary_of(prediction)
    assert summary.verdict == "borderline"
    assert len(summary.reasons) == 1
    for shell, values, stds, fixed in zip(
        prediction.shells, summary.values, summary.stds, summary.fixed, strict=True
    ):
        estimates = [getattr(shell, name) for name in QUANTITIES]
        assert values.tolist() == [one.value for one in estimates]
        assert stds.tolist() == [one.std for one in estimates]
        assert fixed.tolist() == [one.fixed for one in estimates]
    assert summary.g[0] == pytest.approx(prediction.pairs["Ni-Ni"].g, rel=1e-6)


def test_where_nothing_can_be_written_each_spectrum_says_so(desk, monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.session.batch.tempfile.mkdtemp", full)
    add(desk, entries())
    desk.settle()
    assert not desk.session.predictions.is_busy
    outcomes = desk.session.view().outcomes
    assert outcomes[0].prediction is not None
    assert all("No space left on device" in one.problem for one in outcomes[1:])
