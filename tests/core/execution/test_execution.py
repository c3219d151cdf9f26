"""Tasks in a pool of processes: order, errors, deaths, and no orphans."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import process_work
import pytest

from onne_core.errors import JobError, ScatteringError
from onne_core.execution import run_tasks
from onne_core.jobs import Progress, run

WORKERS = Path(__file__).resolve().parents[1] / "workers"

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes")

SLEEPING_POOL = """
import sys
import process_work
from onne_core.execution import run_tasks

if __name__ == "__main__":
    for step in run_tasks(
        process_work.sleeps_as_worker, [sys.argv[1]] * 4, workers=2, message="sleeping"
    ):
        pass
"""


def tasks(function, arguments, *, workers=2):
    return run_tasks(function, arguments, workers=workers, message="working")


@pytest.mark.parametrize("workers", [1, 2])
def test_results_have_the_order_of_the_tasks(workers):
    numbers = list(range(12))
    found = run(tasks(process_work.square_later, numbers, workers=workers))
    assert found == [number**2 for number in numbers]


def test_progress_counts_every_task():
    steps = list(tasks(process_work.square, [1, 2, 3]))
    assert steps == [Progress(done, 3, "working") for done in range(4)]


def test_progress_of_a_stage_passes_on():
    steps = []
    stage = tasks(process_work.counted, [2, 1])
    while True:
        try:
            steps.append(next(stage))
        except StopIteration as end:
            found = end.value
            break
    assert [total for _, total in found] == [1, 0]
    told = [(step.done, step.total) for step in steps if step.message == "counting"]
    assert sorted(told) == [(0, 1), (0, 2), (1, 2)]
    assert [step.done for step in steps if step.message == "working"] == [0, 1, 2]


def test_a_bug_in_a_task_passes_on_with_its_place():
    with pytest.raises(ZeroDivisionError) as caught:
        run(tasks(process_work.divides, [0]))
    assert "in divides" in caught.value.__notes__[0]


def test_no_tasks_need_no_processes():
    assert run(tasks(process_work.dies, [])) == []


def test_work_is_shared_between_processes_that_are_not_this_one():
    processes = set(run(tasks(process_work.process_number, range(8))))
    assert len(processes) == 2
    assert os.getpid() not in processes
    assert process_work.ended(processes) == []


def test_an_error_of_a_task_passes_on_whole():
    with pytest.raises(ScatteringError, match=r"cluster 1 diverged") as caught:
        run(tasks(process_work.scattering_error, [1]))
    assert caught.value.reason == "diverged"


@posix
def test_a_worker_that_dies_once_costs_nothing(tmp_path):
    found = run(tasks(process_work.dies_once, [(str(tmp_path), n) for n in range(5)]))
    assert found == [0, 1, 4, 9, 16]
    assert (tmp_path / "met-2").exists()


def test_workers_that_die_again_and_again_are_an_error_with_a_remedy():
    with pytest.raises(JobError, match=r"died 3 times; free some memory"):
        run(tasks(process_work.dies, [1], workers=1))


@posix
@pytest.mark.parametrize("error", [KeyboardInterrupt, GeneratorExit])
def test_an_interrupt_ends_all_workers_and_what_they_started(tmp_path, error):
    folder = str(tmp_path)
    steps = tasks(process_work.sleeps_as_worker, [None, folder, folder, folder])
    assert next(steps).done == 0
    assert next(steps).done == 1
    processes = process_work.noted_processes(tmp_path, files=2)
    with pytest.raises(error):
        steps.throw(error)
    assert process_work.ended(processes) == []


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_worker_outlives_its_program(tmp_path, number):
    script = tmp_path / "program.py"
    script.write_text(SLEEPING_POOL)
    program = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(WORKERS), *sys.path])},
        stderr=subprocess.DEVNULL,
        preexec_fn=process_work.heed_interrupts,
    )
    processes = process_work.noted_processes(tmp_path, files=2)
    assert len(processes) == 4
    program.send_signal(number)
    program.wait(timeout=20)
    assert process_work.ended(processes) == []
