"""Where shards run: a pool of spawned processes on this machine."""

import logging
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from onne_core.errors import JobError
from onne_core.jobs import Progress, exit_with_parent

logger = logging.getLogger(__name__)
Task = TypeVar("Task")
Result = TypeVar("Result")

MOST_DEATHS = 3
"""Dead workers after which a run is given up; a lone one may be the machine's fault."""


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int,
    message: str,
) -> Generator[Progress, None, list[Result]]:
    """Run ``function`` on every task and return the results in the order of ``tasks``.

    ``workers`` spawned processes share the work; results do not depend on their
    number. One worker is a process too, so that a crash cannot take the caller along.

    Raises
    ------
    JobError
        If workers die again and again; an error that ``function`` raises passes on.
    """
    results: dict[int, Result] = {}
    deaths = 0
    yield Progress(0, len(tasks), message)
    while len(results) < len(tasks):
        missing = [i for i in range(len(tasks)) if i not in results]
        try:
            for index, result in _pool_run(function, tasks, missing, workers):
                results[index] = result
                yield Progress(len(results), len(tasks), message)
        except BrokenProcessPool:
            deaths += 1
            logger.warning("a worker died; starting the pool again (%d)", deaths)
            if deaths >= MOST_DEATHS:
                raise JobError(
                    f"{message}: worker processes died {deaths} times; "
                    "look at the free memory, or use fewer workers."
                ) from None
    return [results[i] for i in range(len(tasks))]


def _pool_run(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    indices: list[int],
    workers: int,
) -> Generator[tuple[int, Result], None, None]:
    """Yield (index, result) as they finish, with a short queue of submissions."""
    pool = ProcessPoolExecutor(
        max_workers=max(1, workers),
        mp_context=get_context("spawn"),
        initializer=_start_worker,
    )
    waiting = list(reversed(indices))
    running: dict[Future[Result], int] = {}
    finished = False
    try:
        while waiting or running:
            while waiting and len(running) < 2 * workers + 1:
                index = waiting.pop()
                running[pool.submit(function, tasks[index])] = index
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
        finished = True
    finally:
        _close(pool, kill=not finished)


def _close(pool: ProcessPoolExecutor, *, kill: bool) -> None:
    processes: list[Any] = list((getattr(pool, "_processes", None) or {}).values())
    if kill:
        for process in processes:
            process.kill()
    pool.shutdown(wait=True, cancel_futures=True)


def _start_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_with_parent()
