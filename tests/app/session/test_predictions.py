"""Answers in the background: the latest wish wins, old answers come back at once."""

import threading

import pytest

from app.session.predictions import Predictions
from app.session.service import Question
from onne_core.values.project import Project as Empty
from onne_core.values.project import SpectrumEntry, with_entry, with_spectra
from tests.app.fakes import (
    FakeService,
    foil_ensemble,
    no_process,
    refusing,
)
from tests.app.foil import foil_entry


@pytest.fixture
def service():
    return FakeService()


@pytest.fixture
def predictions(qapp, service):
    made = Predictions(service, no_process)
    yield made
    service.gate.set()
    made.close()


def asked(entry: SpectrumEntry | None = None, **changes: object) -> Question:
    project = with_spectra(Empty(), (entry or foil_entry(),))
    changed = with_entry(project, 0, **changes).spectra[0]
    return Question(changed, foil_ensemble())


def wait_for(predictions, qtbot):
    qtbot.waitUntil(lambda: not predictions.is_busy, timeout=10_000)


def test_a_question_is_answered_in_another_thread(predictions, service, qtbot):
    question = asked()
    predictions.want([question])
    wait_for(predictions, qtbot)
    outcome = predictions.outcome(question)
    assert outcome.is_current
    assert outcome.prediction.digest == question.digest
    assert threading.current_thread() is threading.main_thread()
    assert len(service.asked) == 1


def test_the_latest_wish_wins(predictions, service, qtbot):
    service.gate.clear()
    entry = foil_entry()
    steps = [asked(entry, e0=float(value)) for value in range(6)]
    for question in steps:
        predictions.want([question])
    service.gate.set()
    qtbot.waitUntil(lambda: predictions.outcome(steps[-1]).is_current, timeout=10_000)
    assert [question.entry.e0 for question in service.asked] == [0.0, 5.0]


def test_a_known_answer_is_not_asked_again(predictions, service, qtbot):
    question = asked()
    predictions.want([question])
    wait_for(predictions, qtbot)
    predictions.want([asked(question.entry)])
    assert not predictions.is_busy
    assert len(service.asked) == 1


def test_an_earlier_answer_stands_in_but_is_not_current(predictions, qtbot):
    entry = foil_entry()
    predictions.want([asked(entry)])
    wait_for(predictions, qtbot)
    outcome = predictions.outcome(asked(entry, e0=1.0))
    assert outcome.prediction is not None
    assert not outcome.is_current


def test_another_spectrum_never_stands_in(predictions, qtbot):
    predictions.want([asked()])
    wait_for(predictions, qtbot)
    other = asked(foil_entry("other", stretch=1.1))
    assert predictions.outcome(other).prediction is None


def test_a_users_problem_is_an_outcome(qapp, qtbot):
    predictions = Predictions(refusing(), no_process)
    question = asked()
    predictions.want([question])
    wait_for(predictions, qtbot)
    assert "ends at k = 6" in predictions.outcome(question).problem
    predictions.close()


def test_a_fault_is_reported(qapp, qtbot):
    predictions = Predictions(FakeService(problem=KeyError("bug")), no_process)
    question = asked()
    with qtbot.capture_exceptions() as faults:
        predictions.want([question])
        wait_for(predictions, qtbot)
    assert [kind for kind, _, _ in faults] == [KeyError]
    assert "Bug in ONNE: KeyError" in predictions.outcome(question).problem
    predictions.close()


def test_a_fault_in_work_for_the_thread_is_told(predictions, qtbot):
    def fail() -> None:
        raise ZeroDivisionError("a bug")

    with qtbot.capture_exceptions() as faults:
        predictions.do(fail, lambda _: None)
        wait_for(predictions, qtbot)
    assert [kind for kind, _, _ in faults] == [ZeroDivisionError]
    predictions.want([asked()])
    wait_for(predictions, qtbot)
