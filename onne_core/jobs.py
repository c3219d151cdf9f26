"""Long work: generators that yield progress, and a process that runs one of them."""

import contextlib
import logging
import multiprocessing as mp
import os
import signal
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from onne_core.errors import JobError, OnneError

logger = logging.getLogger(__name__)
Value = TypeVar("Value")


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of the stage that ``message`` names."""

    done: int
    total: int
    message: str


Stage = Generator[Progress, None, Value]
"""A long function: yields :class:`Progress`, returns its value."""


@dataclass(frozen=True)
class Finished:
    """A job's value."""

    value: Any


@dataclass(frozen=True)
class Failed:
    """Why a job failed; ``details`` is a traceback where the cause is a bug."""

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


def exit_with_parent() -> None:
    """End this process when its parent ends, however the parent ended.

    A parent killed with SIGKILL cannot stop its children; a thread here notices.
    """
    import threading

    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


class Job:
    """A generator function run in a spawned process, in a session of its own.

    Events are read with :meth:`events`; the last one is Finished, Failed or
    Cancelled. A worker that dies without a word becomes Failed.
    """

    def __init__(self, function: Callable[..., Stage[Any]], *arguments: Any) -> None:
        context = mp.get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_work, args=(sender, function, arguments), daemon=False
        )
        self._sender = sender
        self._over = False

    def start(self) -> None:
        """Start the process."""
        self._process.start()
        self._sender.close()

    @property
    def connection(self) -> Connection:
        """The readable end, for event loops that wait on it."""
        return self._receiver

    @property
    def pid(self) -> int | None:
        """Process number of the worker, while it has one."""
        return self._process.pid

    def events(self, timeout: float | None = 0.0) -> Iterator[Event]:
        """Yield the events that have arrived, waiting ``timeout`` s for the first."""
        wait = timeout
        while not self._over and self._receiver.poll(wait):
            wait = 0.0
            try:
                event = self._receiver.recv()
            except EOFError:
                event = self._death()
            if not isinstance(event, Progress):
                self._close()
            yield event

    def wait(self) -> Iterator[Event]:
        """Yield all events until the job is over."""
        while not self._over:
            yield from self.events(timeout=None)

    def cancel(self) -> Cancelled:
        """Kill the worker and everything that it started; return the last event."""
        if not self._over and self._process.pid is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if hasattr(os, "killpg") and os.getpgid(self._process.pid) == (
                    self._process.pid
                ):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._close()
        return Cancelled()

    def _death(self) -> Failed:
        self._process.join()
        return Failed(f"The worker died (exit code {self._process.exitcode}).")

    def _close(self) -> None:
        self._over = True
        self._process.join()
        self._receiver.close()
        self._process.close()


def value_of(events: Iterator[Event]) -> Any:
    """Return the value of a job's event stream, or raise what it failed with."""
    for event in events:
        if isinstance(event, Finished):
            return event.value
        if isinstance(event, Failed):
            raise JobError(event.message)
    raise JobError("The job was cancelled.")


def _work(
    sender: Connection, function: Callable[..., Stage[Any]], arguments: tuple
) -> None:
    """Body of the spawned process: run the generator, send its events."""
    if hasattr(os, "setsid"):
        os.setsid()
    exit_with_parent()
    try:
        stage = function(*arguments)
        while True:
            try:
                sender.send(next(stage))
            except StopIteration as end:
                sender.send(Finished(end.value))
                return
    except OnneError as error:
        sender.send(Failed(str(error)))
    except Exception as error:  # noqa: BLE001 - reported, with its traceback
        logger.exception("job failed")
        sender.send(Failed(f"{type(error).__name__}: {error}", traceback.format_exc()))
