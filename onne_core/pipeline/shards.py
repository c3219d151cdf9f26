"""Pipeline, shared by all makers of training sets: claimed folder, resumable shards."""

import contextlib
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from onne_core import execution, files
from onne_core.errors import StorageError
from onne_core.jobs import Progress
from onne_core.radial import RadialGrid, distribution_of, moments_of_lengths
from onne_core.scattering.feff import ScatteringPath
from onne_core.training_set import Pairs

SECONDS_PER_CLUSTER = {"onne": 0.02, "feff": 0.8}
"""Time of one cluster per engine, from which the size of a shard follows, s."""

SHARD_SECONDS = 8.0

SCRATCH = ".scratch"
REQUEST = "request"
LOCK = ".lock"

Task = TypeVar("Task")
Result = TypeVar("Result")


@contextlib.contextmanager
def claimed(
    folder: Path, *, request: str, record: dict[str, Any], name: str
) -> Iterator[None]:
    """Hold ``folder`` for the training set of digest ``request``, or refuse it.

    The definition is kept as JSON (``record``, in the file ``name``). What a killed
    run has left half written is removed.

    Raises
    ------
    StorageError
        If ``folder`` holds a training set of another digest, or another process works
        in it.
    """
    with files.locked(folder / LOCK):
        _clear(folder, request)
        files.write_text(folder / REQUEST, request + "\n")
        files.write_json(folder / name, record)
        try:
            yield
        finally:
            shutil.rmtree(folder / SCRATCH, ignore_errors=True)


def _clear(folder: Path, request: str) -> None:
    """Remove what a killed run of ``request`` has left; refuse other sets."""
    marker = folder / REQUEST
    if not marker.is_file():
        return
    if marker.read_bytes().strip() != request.encode():
        raise StorageError(
            f"{folder}: holds a training set of another recipe or version; "
            "choose another --out, or delete the folder."
        )
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    for part in folder.rglob(".*.part"):
        with contextlib.suppress(OSError):
            part.unlink()


def missing_shards(
    make: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    finished: Callable[[Task], Result | None],
    workers: int,
) -> Generator[Progress, None, list[Result]]:
    """Run the tasks that are not ``finished``; return the results in order of tasks."""
    known = {i: finished(task) for i, task in enumerate(tasks)}
    results = {i: result for i, result in known.items() if result is not None}
    missing = [i for i in range(len(tasks)) if i not in results]
    ready = len(results)
    run = execution.run_tasks(
        make, [tasks[i] for i in missing], workers=workers, message="scattering"
    )
    while True:
        try:
            step = next(run)
        except StopIteration as end:
            results |= dict(zip(missing, end.value, strict=True))
            return [results[i] for i in range(len(tasks))]
        yield replace(step, done=step.done + ready, total=len(tasks))


def scratch_in(folder: Path) -> Path:
    """Return the folder for the temporary files of a run, made if need be."""
    scratch = folder / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch


def pair_of(
    chi: np.ndarray, lengths: list[np.ndarray], radial: RadialGrid, count: int
) -> Pairs:
    """Return one (chi, g) pair from mean chi and the lengths (Å) of every head."""
    every = [moments_of_lengths(item, count=count) for item in lengths]
    return Pairs(
        chi=chi[None, :],
        g=np.array([[distribution_of(item, radial, count=count) for item in lengths]]),
        moments=np.array(
            [[[m.coordination, m.distance, m.sigma2, m.c3] for m in every]]
        ),
    )


def path_table(path: ScatteringPath) -> np.ndarray:
    """Return a path as six rows, the form that is stored with a training set.

    k (Å^-1), amplitude (Å), phase (rad), mean free path (Å), Re p (Å^-1), and the
    half path length (Å), repeated.
    """
    return np.array(
        [
            path.k,
            path.amplitude,
            path.phase,
            path.mean_free_path,
            path.wavenumber,
            np.full_like(path.k, path.length),
        ]
    )
