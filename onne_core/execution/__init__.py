"""Where tasks run: a pool of processes on this machine, or the workers of a cluster."""

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

from onne_core.execution.backend import Backend
from onne_core.execution.dask_cluster import DaskCluster
from onne_core.execution.pool import Pool
from onne_core.jobs import Progress

__all__ = ["Backend", "DaskCluster", "Pool", "run_tasks"]

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_tasks(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int,
    message: str,
    beat: float | None = None,
) -> Generator[Progress, None, list[Result]]:
    """Run ``function`` on every task and return the results in the order of ``tasks``.

    ``workers`` processes of this machine share the work, see :class:`Pool`. With a
    ``beat`` (s) progress comes at least so often, whether a task has ended or not.

    Raises
    ------
    JobError
        If workers die again and again; an error that ``function`` raises passes on.
    """
    results: dict[int, Result] = {}
    yield Progress(0, len(tasks), message)
    for ended in Pool(workers).pulse(function, tasks, message=message, beat=beat):
        if ended is not None:
            index, result = ended
            results[index] = result
        yield Progress(len(results), len(tasks), message)
    return [results[i] for i in range(len(tasks))]
