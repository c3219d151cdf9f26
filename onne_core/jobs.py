"""Long work: generators that yield progress, and a process that runs one of them."""

import contextlib
import logging
import multiprocessing as mp
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn, TypeVar

from onne_core.errors import OnneError

logger = logging.getLogger(__name__)
Value = TypeVar("Value")

GRACE = 1.0
"""Time that a worker has to end by itself before it is killed, s."""


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of the stage that ``message`` names.

    ``rejected`` counts by reason what was set aside so far; ``spectra`` is the number
    of spectra that one step computes; ``metrics`` are numbers of this step by name,
    ``detail`` is a value that can be drawn, of a kind of the stage's own. ``share`` is
    that of a whole job of several stages, where one is known.
    """

    done: int
    total: int
    message: str
    rejected: Mapping[str, int] = field(default_factory=dict)
    spectra: int = 1
    metrics: Mapping[str, float] = field(default_factory=dict)
    detail: Any = field(default=None, repr=False, compare=False)
    share: float | None = None


Stage = Generator[Progress, None, Value]
"""A long function: yields :class:`Progress`, returns its value."""

MARKS = 50
"""Steps over which the rate is taken; what was longer ago says little."""


@dataclass(frozen=True)
class Pace:
    """Rate of a stage, and the time left.

    The first progress of a stage is the start: what was done by then was not done in
    this run and does not count. Another message or total begins another stage.
    """

    last: Progress | None = None
    marks: tuple[tuple[float, int], ...] = ()

    def after(self, progress: Progress, seconds: float) -> "Pace":
        """Return the pace after ``progress``, seen at ``seconds`` of any clock, s."""
        last, mark = self.last, (seconds, progress.done)
        if (
            last is None
            or _stage(last) != _stage(progress)
            or progress.done < last.done
        ):
            return Pace(progress, (mark,))
        if progress.done == last.done:
            return Pace(progress, self.marks)
        return Pace(progress, (*self.marks, mark)[-MARKS:])

    @property
    def rate(self) -> float | None:
        """Steps per second; None before there is one."""
        if len(self.marks) < 2:
            return None
        (begin, first), (end, done) = self.marks[0], self.marks[-1]
        return (done - first) / (end - begin) if end > begin else None

    @property
    def left(self) -> float | None:
        """Time to the end of the stage, counted from its last step, s."""
        if self.last is None or self.rate is None:
            return None
        return (self.last.total - self.last.done) / self.rate


def _stage(progress: Progress) -> tuple[str, int]:
    return progress.message, progress.total


@dataclass(frozen=True)
class Finished:
    """A job's value."""

    value: Any


@dataclass(frozen=True)
class Failed:
    """Reason why a job failed; ``details`` is a traceback if the cause is a bug."""

    message: str
    details: str = ""


@dataclass(frozen=True)
class Cancelled:
    """A job that was stopped on request."""


Event = Progress | Finished | Failed | Cancelled


def run(stage: Stage[Value]) -> Value:
    """Run ``stage`` to its end in this process and return its value."""
    while True:
        try:
            next(stage)
        except StopIteration as end:
            return end.value


def lead_on_leash(leash: Connection) -> None:
    """Make this process the leader of a session that ends with its parent.

    ``leash`` is the readable end of a pipe whose other end only the parent holds. When
    that end closes, because the parent wants it or has died in whatever way, this
    process ends at once, and with it every process that it has started. SIGTERM does
    the same.
    """
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGTERM, lambda *_: _end_now())

    def watch() -> None:
        with contextlib.suppress(EOFError, OSError):
            leash.recv_bytes()
        _end_now()

    threading.Thread(target=watch, daemon=True, name="leash").start()


@contextlib.contextmanager
def owned_group(leader: int) -> Iterator[None]:
    """Own the process group of process ``leader``: it does not outlive this process."""
    _owned_groups.add(leader)
    try:
        yield
    finally:
        _owned_groups.discard(leader)


def kill_group(leader: int) -> None:
    """Kill every process of the group of process ``leader``, if there is one."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(leader, signal.SIGKILL)
        else:
            os.kill(leader, signal.SIGTERM)


_owned_groups: set[int] = set()


def _end_now() -> NoReturn:
    for leader in (*_owned_groups, os.getpid()):
        kill_group(leader)
    os._exit(1)


class Job:
    """A generator function run in a spawned process, in a session of its own.

    Events are read with :meth:`events`; the last one is Finished, Failed or
    Cancelled. A worker that dies without a word becomes Failed.
    """

    def __init__(self, function: Callable[..., Stage[Any]], *arguments: Any) -> None:
        context = mp.get_context("spawn")
        self._receiver, self._sender = context.Pipe(duplex=False)
        self._leashed, self._leash = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work,
            args=(self._sender, self._leashed, function, arguments),
            daemon=False,
        )
        self._over = False

    def start(self) -> None:
        """Start the process."""
        self._process.start()
        self._sender.close()
        self._leashed.close()

    @property
    def pid(self) -> int | None:
        """Process number of the worker, while it has one."""
        return None if self._over else self._process.pid

    def events(
        self, timeout: float | None = 0.0, *, reaps: bool = True
    ) -> Iterator[Event]:
        """Yield the events that have arrived, waiting ``timeout`` s for the first.

        After the last one the process is waited for, or else :meth:`reap` must be
        called: the end of a process takes its time.
        """
        wait = timeout
        while not self._over and self._receiver.poll(wait):
            wait = 0.0
            try:
                event = self._receiver.recv()
            except (EOFError, OSError):  # OSError: it died in the middle of a word
                event = self._death()
            if not isinstance(event, Progress):
                self._over = True
                if reaps:
                    self.reap()
            yield event

    def wait(self) -> Iterator[Event]:
        """Yield all events until the job is over."""
        while not self._over:
            yield from self.events(timeout=None)

    def cancel(self) -> Cancelled:
        """Kill the worker and everything that it started; return the last event."""
        if not self._over and self._process.pid is not None:
            self._over = True
            self.reap()
        return Cancelled()

    def _death(self) -> Failed:
        self._process.join()
        return Failed(f"The worker died (exit code {self._process.exitcode}).")

    def reap(self) -> None:
        """Wait for the worker to end; kill it if it does not."""
        self._leash.close()
        # Its number may be another's as soon as it has ended: then nothing is killed.
        if not wait([self._process.sentinel], GRACE):
            self._process.kill()
        self._process.join()
        # Whoever else looks after children, such as the start of another job in
        # another thread, may have collected its end; then this one never hears of it.
        with contextlib.suppress(ValueError):
            self._process.close()
        self._receiver.close()


def _work(
    sender: Connection,
    leash: Connection,
    function: Callable[..., Stage[Any]],
    arguments: tuple[Any, ...],
) -> None:
    """Body of the spawned process: run the generator, send its events."""
    lead_on_leash(leash)
    try:
        for event in _events_of(function(*arguments)):
            sender.send(event)
    except OnneError as error:
        last = Failed(str(error))
    except Exception as error:
        logger.exception("job failed")
        last = Failed(f"{type(error).__name__}: {error}", traceback.format_exc())
    else:
        return
    _flush()
    sender.send(last)


def _events_of(stage: Stage[Any]) -> Iterator[Event]:
    """Yield the progress of ``stage``, then its value."""
    value = yield from stage
    _flush()
    yield Finished(value)


def _flush() -> None:
    """Bring out what was printed: the last event ends this process at once."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # a windowed program on Windows has none
            stream.flush()
