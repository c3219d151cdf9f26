"""Untrusted input, processed in a separate process with limits."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from onne_core.errors import JobError, OnneError
from onne_core.jobs import Failed, Finished, Job, Progress, Stage

Value = TypeVar("Value")

LIBRARIES = 2 << 30
"""Address space that is taken by libraries where the system does not say, bytes."""


@dataclass(frozen=True)
class Limits:
    """Limits of a process.

    ``memory`` is address space beyond that of its libraries, bytes; it is kept where
    the system can limit it, which Windows cannot. ``seconds`` counts from the start.
    """

    memory: int
    seconds: float


def confined(
    function: Callable[..., Value], *arguments: object, limits: Limits
) -> Value:
    """Return ``function(*arguments)``, computed in a process with ``limits``.

    The process is killed when they are exceeded; this one is not touched.

    Raises
    ------
    OnneError
        What ``function`` raises.
    JobError
        If the process exceeds a limit, or dies.
    """
    job = Job(_work, function, arguments, limits.memory)
    job.start()
    try:
        answer = _answer(job, limits.seconds)
    finally:
        job.cancel()
    if isinstance(answer, OnneError):
        raise answer
    return answer


def _answer(job: Job, seconds: float) -> Any:  # noqa: ANN401 - of any function
    """Return what the process answers in time; its bugs are bugs here, too."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0.0:
        for event in job.events(timeout=left):
            if isinstance(event, Finished):
                return event.value
            if isinstance(event, Failed):
                if event.details:
                    raise RuntimeError(event.details)
                raise JobError(event.message)
    raise JobError(f"not finished after {seconds:g} s.")


def _work(
    function: Callable[..., Value], arguments: tuple[object, ...], memory: int
) -> Stage[Value | OnneError]:
    """Body of the process: a problem that the user can fix is an answer, too."""
    limit_memory(memory)
    yield Progress(0, 1, "reading")
    try:
        return function(*arguments)
    except OnneError as error:
        return error
    except MemoryError:
        return JobError(f"it needs more than {memory >> 20} MiB of memory.")


def limit_memory(memory: int) -> None:
    """Limit this process to ``memory`` more bytes, without a core dump if it dies."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        for kind, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_AS, _taken() + memory),
        ):
            _, hard = resource.getrlimit(kind)
            if hard != resource.RLIM_INFINITY:
                most = min(most, hard)
            resource.setrlimit(kind, (most, hard))


def _taken() -> int:
    """Return the address space that this process has, bytes."""
    import resource

    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    except OSError:
        return LIBRARIES
    return int(pages) * resource.getpagesize()
