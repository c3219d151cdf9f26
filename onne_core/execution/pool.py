"""Tasks in a pool of spawned processes on this machine."""

import logging
import signal
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TypeVar, final

from onne_core.errors import JobError
from onne_core.execution.backend import Backend
from onne_core.jobs import GRACE, lead_on_leash

logger = logging.getLogger(__name__)
Task = TypeVar("Task")
Result = TypeVar("Result")

MOST_DEATHS = 3
"""Dead workers after which a run is given up; a lone one may be the machine's fault."""


@final
@dataclass(frozen=True)
class Pool(Backend):
    """``workers`` spawned processes of this machine.

    One worker is a process too, so that a crash cannot take the caller along. Workers
    end with the process that started them.
    """

    workers: int

    def check(self) -> None:
        """Do nothing: what runs here can run here."""

    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], *, message: str
    ) -> Generator[tuple[int, Result], None, None]:
        """Run ``function`` on every task; yield index and result as they finish."""
        pulse = self.pulse(function, tasks, message=message, beat=None)
        with closing(pulse) as ends:
            for ended in ends:
                if ended is not None:
                    yield ended

    def pulse(
        self,
        function: Callable[[Task], Result],
        tasks: Sequence[Task],
        *,
        message: str,
        beat: float | None,
    ) -> Generator[tuple[int, Result] | None, None, None]:
        """Do as :meth:`each`, and yield ``None`` whenever a ``beat`` (s) was quiet."""
        missing = set(range(len(tasks)))
        deaths = 0
        while missing:
            run = _pool_run(function, tasks, sorted(missing), self.workers, beat)
            try:
                with closing(run) as ends:
                    for ended in ends:
                        if ended is not None:
                            missing.remove(ended[0])
                        yield ended
            except BrokenProcessPool:
                deaths += 1
                logger.warning("a worker died; starting the pool again (%d)", deaths)
                if deaths >= MOST_DEATHS:
                    raise JobError(
                        f"{message}: worker processes died {deaths} times; "
                        "look at the free memory, or use fewer workers."
                    ) from None


def _pool_run(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    indices: list[int],
    workers: int,
    beat: float | None,
) -> Generator[tuple[int, Result] | None, None, None]:
    """Yield (index, result) as they finish, with a short queue of submissions.

    ``None`` comes whenever nothing has finished for a ``beat`` (s).
    """
    context = get_context("spawn")
    leashed, leash = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        max_workers=max(1, workers),
        mp_context=context,
        initializer=_start_worker,
        initargs=(leashed,),
    )
    waiting = list(reversed(indices))
    running: dict[Future[Result], int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * workers + 1:
                index = waiting.pop()
                running[pool.submit(function, tasks[index])] = index
            done, _ = wait(running, timeout=beat, return_when=FIRST_COMPLETED)
            for future in done:
                yield running.pop(future), future.result()
            if not done:
                yield None
    except BaseException:
        leash.close()
        _end_workers(pool)
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        leash.close()
        leashed.close()


def _end_workers(pool: ProcessPoolExecutor) -> None:
    """Wait for the workers, whose leash is cut; kill those that cannot end yet."""
    processes = list((getattr(pool, "_processes", None) or {}).values())
    for process in processes:
        process.join(GRACE)
        process.kill()


def _start_worker(leashed: Connection) -> None:
    """Leave Ctrl-C to the parent, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lead_on_leash(leashed)
