"""Tasks in a pool of spawned processes on this computer."""

import logging
import signal
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar, final

from onne_core.errors import JobError, OnneError
from onne_core.execution.backend import Backend
from onne_core.jobs import GRACE, Finished, Progress, lead_on_leash

logger = logging.getLogger(__name__)
Task = TypeVar("Task")
Result = TypeVar("Result")

MOST_DEATHS = 3
"""Number of dead workers after which a run is aborted; one may be accidental."""


@final
@dataclass(frozen=True)
class Pool(Backend):
    """``workers`` spawned processes on this computer.

    One worker is a process too, so that a crash cannot take the caller along. Workers
    end with the process that started them.
    """

    workers: int

    def check(self) -> None:
        """Do nothing: this computer needs no check."""

    def each(
        self, function: Callable[[Task], Result], tasks: Sequence[Task], *, message: str
    ) -> Generator[tuple[int, Result], None, None]:
        """Run ``function`` on every task; yield index and result as they finish."""
        with closing(self.events(function, tasks, message=message)) as events:
            for index, event in events:
                if isinstance(event, Finished):
                    yield index, event.value

    def events(
        self, function: Callable[[Task], Any], tasks: Sequence[Task], *, message: str
    ) -> Generator[tuple[int, Progress | Finished], None, None]:
        """Do as :meth:`each`, and yield the progress of a ``function`` that is a stage.

        Every worker has a line of its own, over which it is given one task at a time
        and tells what comes of it.
        """
        waiting = list(reversed(range(len(tasks))))
        busy: dict[Connection, int] = {}
        deaths = 0

        def give(line: Connection) -> None:
            if waiting:
                busy[line] = waiting.pop()
                with suppress(OSError):  # it has died, which its line will say
                    line.send(tasks[busy[line]])

        with _crew(function) as hire:
            for _ in range(min(max(1, self.workers), len(tasks))):
                give(hire())
            while busy:
                ready = wait(busy)
                for line in [line for line in busy if line in ready]:
                    event = _heard(line)
                    if event is None:
                        deaths += 1
                        _accept(deaths, message)
                        waiting.append(busy.pop(line))
                        give(hire())
                        continue
                    index = busy[line]
                    if isinstance(event, Finished):
                        del busy[line]
                        give(line)
                    yield index, event


def _heard(line: Connection) -> Progress | Finished | None:
    """Return what a worker tells, ``None`` if it has died; raise what it met."""
    try:
        event = line.recv()
    except (EOFError, OSError):
        return None
    if isinstance(event, Exception):
        raise event
    return event


def _accept(deaths: int, message: str) -> None:
    """Count a dead worker; abort after too many."""
    logger.warning("a worker died; starting another (%d)", deaths)
    if deaths >= MOST_DEATHS:
        raise JobError(
            f"{message}: worker processes died {deaths} times; free some memory, "
            "or use fewer workers."
        )


@contextmanager
def _crew(function: Callable[[Any], Any]) -> Iterator[Callable[[], Connection]]:
    """Provide what starts a worker and returns the line to it; all end with this."""
    context = get_context("spawn")
    leashed, leash = context.Pipe(duplex=False)
    crew: list[tuple[BaseProcess, Connection]] = []

    def hire() -> Connection:
        line, its_line = context.Pipe()
        process = context.Process(target=_work, args=(its_line, leashed, function))
        process.start()
        its_line.close()
        crew.append((process, line))
        return line

    try:
        yield hire
    except BaseException:
        leash.close()  # ends what works, and all that it has started
        raise
    finally:
        for _, line in crew:
            line.close()  # ends what waits
        for process, _ in crew:
            process.join(GRACE)
            process.kill()
            process.join()
        leash.close()
        leashed.close()


def _work(
    line: Connection, leashed: Connection, function: Callable[[Any], Any]
) -> None:
    """Body of a worker: do what comes over the ``line`` until it is closed.

    Ctrl-C is left to the parent, with which this process ends.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lead_on_leash(leashed)
    with suppress(EOFError, OSError):
        while True:
            task = line.recv()
            try:
                for event in _events(function, task):
                    line.send(event)
            except Exception as error:  # noqa: BLE001 - raised again by the parent
                if not isinstance(error, OnneError):
                    error.add_note(traceback.format_exc())
                line.send(error)


def _events(
    function: Callable[[Task], Any], task: Task
) -> Iterator[Progress | Finished]:
    """Yield the progress of ``function`` if it is a stage, then its result."""
    result = function(task)
    if isinstance(result, Generator):
        result = yield from result
    yield Finished(result)
