"""Jobs: what happens in the other process reaches this one, and nothing is left."""

import os

import process_work
import pytest

from onne_core.jobs import (
    MARKS,
    Cancelled,
    Failed,
    Finished,
    Job,
    Pace,
    Progress,
    run,
)

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes")


def all_events(function, *arguments):
    job = Job(function, *arguments)
    job.start()
    return list(job.wait())


def test_a_stage_runs_in_this_process_too():
    assert run(process_work.counted(5)) == (os.getpid(), 10)


def test_a_job_reports_progress_and_its_value_from_another_process():
    *progress, last = all_events(process_work.counted, 3)
    assert progress == [Progress(done, 3, "counting") for done in range(3)]
    assert isinstance(last, Finished)
    process, total = last.value
    assert process != os.getpid()
    assert total == 3
    assert process_work.ended([process]) == []


@posix
def test_who_else_collects_the_end_of_a_worker_does_no_harm():
    job = Job(process_work.counted, 3)
    job.start()
    number, events = job.pid, []
    while not (events and isinstance(events[-1], Finished)):
        events += job.events(timeout=None, reaps=False)
    os.waitpid(number, 0)
    job.reap()
    assert process_work.ended([number]) == []


def test_a_problem_of_the_user_arrives_as_its_one_line():
    assert all_events(process_work.refused, "a.chi: empty.") == [
        Progress(0, 1, "reading"),
        Failed("a.chi: empty."),
    ]


def test_a_bug_arrives_with_its_traceback():
    *_, last = all_events(process_work.broken)
    assert isinstance(last, Failed)
    assert last.message == "ZeroDivisionError: a bug"
    assert "process_work.py" in last.details


@pytest.mark.parametrize(
    ("function", "arguments", "code"),
    [
        (process_work.exits, (7,), 7),
        pytest.param(process_work.kills_itself, (), -9, marks=posix),
        pytest.param(process_work.dies_in_the_middle_of_a_word, (), -9, marks=posix),
    ],
    ids=["os._exit", "SIGKILL", "in mid-send"],
)
def test_a_worker_that_dies_without_a_word_has_failed(function, arguments, code):
    *_, last = all_events(function, *arguments)
    assert last == Failed(f"The worker died (exit code {code}).")


def test_a_value_that_cannot_be_sent_is_a_failure():
    *_, last = all_events(process_work.returns_what_cannot_be_sent)
    assert isinstance(last, Failed)
    assert "pickle" in last.message.lower()


def test_much_output_neither_blocks_nor_damages_the_events(capfd):
    *_, last = all_events(process_work.prints_much, 5)
    assert last == Finished(5)
    printed = capfd.readouterr()
    assert len(printed.out) > 5_000_000
    assert printed.out.endswith("the last word")
    assert len(printed.err) >= 500_000


@posix
def test_cancel_kills_the_worker_and_everything_it_started(tmp_path):
    job = Job(process_work.sleeps_with_children, str(tmp_path))
    job.start()
    assert list(job.events(timeout=60.0)) == [Progress(0, 1, "sleeping")]
    processes = process_work.noted_processes(tmp_path, files=1)
    assert len(processes) == 3
    assert processes[0] == job.pid
    assert job.cancel() == Cancelled()
    assert process_work.ended(processes) == []
    assert job.pid is None
    assert list(job.wait()) == []
    assert job.cancel() == Cancelled()


def test_cancel_right_after_the_start_leaves_nothing():
    job = Job(process_work.counted, 10**9)
    job.start()
    process = job.pid
    job.cancel()
    assert process_work.ended([process]) == []


def test_events_come_without_waiting():
    job = Job(process_work.counted, 1)
    job.start()
    events = []
    while not any(isinstance(event, Finished) for event in events):
        events += job.events(timeout=0.01)
    assert list(job.events()) == []


def paced(*seen, total=10, message="scattering"):
    """Return the pace after progress seen as (seconds, done)."""
    pace = Pace()
    for seconds, done in seen:
        pace = pace.after(Progress(done, total, message), seconds)
    return pace


def test_there_is_no_rate_before_something_was_done():
    for pace in (Pace(), paced((0.0, 0)), paced((0.0, 0), (5.0, 0)), paced((0.0, 4))):
        assert pace.rate is None
        assert pace.left is None


def test_rate_and_time_left_are_those_of_the_steps_so_far():
    pace = paced((100.0, 0), (102.0, 1), (104.0, 4))
    assert pace.rate == pytest.approx(1.0)
    assert pace.left == pytest.approx(6.0)


def test_what_was_done_before_the_run_does_not_count():
    pace = paced((0.0, 8), (4.0, 9))
    assert pace.rate == pytest.approx(0.25)
    assert pace.left == pytest.approx(4.0)


def test_the_rate_forgets_what_was_long_ago():
    slow = [(float(10 * i), i) for i in range(100)]
    fast = [(1000.0 + i, 100 + i) for i in range(MARKS)]
    assert paced(*slow, *fast, total=500).rate == pytest.approx(1.0)


@pytest.mark.parametrize("other", [{"message": "training"}, {"total": 5}, {"done": 0}])
def test_another_stage_begins_anew(other):
    pace = paced((0.0, 0), (1.0, 4))
    following = {"done": 4, "total": 10, "message": "scattering", **other}
    assert pace.after(Progress(**following), 2.0).rate is None


def test_a_stage_that_ended_has_no_time_left():
    assert paced((0.0, 0), (5.0, 10)).left == 0.0


def test_steps_in_no_time_have_no_rate():
    assert paced((1.0, 0), (1.0, 3)).rate is None
