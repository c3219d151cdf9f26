"""Events of real processes arrive as signals: value, failure, crash, cancellation."""

import os
import threading
import time

import psutil
import pytest

from app.frame.strips import StatusStrip
from app.work.job_runner import JobRunner, RunningJob
from onne_core.errors import FormatError
from onne_core.jobs import Job, Progress, Stage


def counting(last: int) -> Stage[int]:
    for done in range(last):
        yield Progress(done, last, "counting")
    return last


def refusing() -> Stage[None]:
    yield Progress(0, 1, "looking")
    raise FormatError("a.dat: no numbers; choose another file.")


def failing() -> Stage[None]:
    yield Progress(0, 1, "dividing")
    raise ZeroDivisionError("a bug")


def dying() -> Stage[None]:
    yield Progress(0, 1, "about to die")
    os._exit(7)


def lingering() -> Stage[int]:
    """Return a value, and let the process live on until it is killed."""
    yield Progress(0, 1, "lingering")
    threading.Thread(target=time.sleep, args=(600.0,)).start()
    return 5


def lasting() -> Stage[None]:
    yield Progress(0, 1, "waiting")
    time.sleep(600.0)


@pytest.fixture
def runner(qapp):
    made = JobRunner()
    yield made
    made.cancel_all()


def test_a_job_reports_progress_and_its_value(runner, qtbot):
    seen = []
    job = runner.start("Counting", counting, 3)
    job.progressed.connect(seen.append)
    assert runner.running == (job,)
    with qtbot.waitSignal(job.finished, timeout=30_000) as over:
        pass
    assert over.args == [3]
    assert [progress.done for progress in seen] == [0, 1, 2]
    assert runner.running == ()


def test_the_end_of_the_process_is_not_waited_for(runner, qtbot, monkeypatch):
    may_end, reap = threading.Event(), Job.reap

    def reap_later(job):
        may_end.wait(60.0)
        reap(job)

    monkeypatch.setattr(Job, "reap", reap_later)
    job = runner.start("Lingering", lingering)
    qtbot.waitUntil(lambda: job.pid is not None, timeout=30_000)
    process = psutil.Process(job.pid)
    with qtbot.waitSignal(job.finished, timeout=30_000):
        pass
    assert not may_end.is_set()
    assert process.is_running()
    may_end.set()
    psutil.wait_procs([process], timeout=30.0)
    assert not process.is_running()


@pytest.mark.parametrize(
    ("function", "message", "details"),
    [
        (refusing, "a.dat: no numbers; choose another file.", ""),
        (failing, "ZeroDivisionError: a bug", "Traceback"),
        (dying, "exit code 7", ""),
    ],
)
def test_a_failure_says_why(runner, qtbot, function, message, details):
    job = runner.start("Failing", function)
    with qtbot.waitSignal(job.failed, timeout=30_000) as over:
        pass
    (failed,) = over.args
    assert message in failed.message
    assert details in failed.details
    assert bool(failed.details) == bool(details)
    assert runner.running == ()


def test_cancelling_is_immediate(runner, qtbot):
    job = runner.start("Waiting", lasting)
    qtbot.waitSignal(job.progressed, timeout=30_000).wait()
    with qtbot.waitSignal(job.cancelled, timeout=1_000):
        job.cancel()
    assert runner.running == ()
    job.cancel()


def test_the_status_names_a_job_once(qtbot):
    strip = StatusStrip()
    qtbot.addWidget(strip)
    job = RunningJob("Reading a.chi", Job(counting, 1), strip)
    for message, text in (
        ("Reading a.chi", "Reading a.chi"),
        ("counting", "Reading a.chi · counting"),
    ):
        job.progress = Progress(0, 1, message)
        strip.show_jobs((job,))
        assert strip.job.text() == text
