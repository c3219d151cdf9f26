"""Pipeline: shards computed anywhere: resumed, delivered to their folder, counted."""

from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar, runtime_checkable

from onne_core import files
from onne_core.execution import Backend
from onne_core.jobs import Progress
from onne_core.pipeline.sets.ownership import Place, Portion
from onne_core.scattering.scatter import Scattered
from onne_core.training_set.training_set import ShardReport

MESSAGE = "scattering"


@runtime_checkable
class ShardTask(Protocol):
    """One shard to make."""

    @property
    def place(self) -> Place:
        """The folder of the training set."""
        ...

    @property
    def target(self) -> Path:
        """The file of the shard."""
        ...

    @property
    def index(self) -> int:
        """The number of the shard."""
        ...

    @property
    def count(self) -> int:
        """The number of items in it."""
        ...


ATask = TypeVar("ATask", bound=ShardTask)
AResult = TypeVar("AResult", ShardReport, Scattered)
"""What is known of a finished shard."""


@dataclass(frozen=True, eq=False)
class Made(Generic[AResult]):
    """A finished shard; ``content`` is that of its file, empty once written."""

    result: AResult
    content: bytes = field(repr=False)


def deliver(make: Callable[[ATask], Made[AResult]], task: ATask) -> Made[AResult]:
    """Make a shard; write it if its folder is accessible, else return its content."""
    made = make(task)
    if task.place.scratch() is None:
        return made
    files.write_bytes(task.target, made.content)
    return replace(made, content=b"")


def missing_shards(
    make: Callable[[ATask], Made[AResult]],
    tasks: Sequence[ATask],
    *,
    finished: Callable[[ATask], AResult | None],
    backend: Backend,
    portion: Portion | None,
    spectra: int = 1,
) -> Generator[Progress, None, list[AResult]]:
    """Make the shards that are not ``finished``; return all in task order.

    Of a ``portion`` only its own are made and returned. Progress counts items; each of
    them stands for ``spectra`` computed spectra.

    Raises
    ------
    StorageError
        If a shard cannot be written; those that are there stay.
    """
    tasks = [task for task in tasks if portion is None or portion.holds(task.index)]
    known = [finished(task) for task in tasks]
    results = {i: result for i, result in enumerate(known) if result is not None}
    missing = [i for i in range(len(tasks)) if i not in results]
    total = sum(task.count for task in tasks)

    def progress() -> Progress:
        done = sum(tasks[i].count for i in results)
        rejected = sum((Counter(r.rejected) for r in results.values()), Counter())
        return Progress(done, total, MESSAGE, dict(rejected), spectra)

    yield progress()
    each = backend.each(
        partial(deliver, make), [tasks[i] for i in missing], message=MESSAGE
    )
    with closing(each) as arriving:
        for position, made in arriving:
            index = missing[position]
            if made.content:
                files.write_bytes(tasks[index].target, made.content)
            results[index] = made.result
            yield progress()
    return [results[i] for i in range(len(tasks))]
