"""Backends for tasks: processes on this computer, or workers of a cluster."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from typing import Any, TypeVar

from onne_core.execution.backend import Backend
from onne_core.execution.dask_cluster import DaskCluster
from onne_core.execution.pool import Pool
from onne_core.jobs import Finished, Progress

__all__ = ["Backend", "DaskCluster", "Pool", "run_tasks"]

Task = TypeVar("Task")


def run_tasks(
    function: Callable[[Task], Any],
    tasks: Sequence[Task],
    *,
    workers: int,
    message: str,
) -> Generator[Progress, None, list[Any]]:
    """Run ``function`` on every task and return the results in the order of ``tasks``.

    ``workers`` processes on this computer share the work, see :class:`Pool`. Progress
    counts the tasks; where ``function`` is a stage, its own passes on as it comes.

    Raises
    ------
    JobError
        If workers die again and again; an error that ``function`` raises passes on.
    """
    results: dict[int, Any] = {}
    yield Progress(0, len(tasks), message)
    with closing(Pool(workers).events(function, tasks, message=message)) as events:
        for index, event in events:
            if isinstance(event, Finished):
                results[index] = event.value
                event = Progress(len(results), len(tasks), message)
            yield event
    return [results[i] for i in range(len(tasks))]
