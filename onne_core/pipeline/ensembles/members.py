"""Pipeline, members of an ensemble in training: what they store, and who watches."""

import io
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from onne_core import execution, files
from onne_core.errors import StorageError
from onne_core.jobs import Progress
from onne_core.networks.augment import Material
from onne_core.networks.train import Member, Watch
from onne_core.training_set.shard import UNREADABLE
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import EPOCH, TrainingRecipe
from onne_core.values.training_progress import Watched, watched_from

TRAINING = "training members"
COPIES = "copies.npz"
BEAT = 0.5
"""Time between looks at what the members have stored, s."""


@dataclass(frozen=True, eq=False)
class StoredTask:
    """A member to train: its recipe, its number, and the file its weights go to.

    ``request`` marks the file: it is the digest of all that decides the weights.
    """

    training: TrainingRecipe
    member: int
    target: Path
    request: str

    @property
    def copies(self) -> Path:
        """The file of the copies of macrostates."""
        return self.target.with_name(COPIES)

    @property
    def begun(self) -> Path:
        """The file of a member that is not finished."""
        return self.target.with_suffix(".begun.npz")

    @property
    def watched(self) -> Path:
        """The file of what can be watched of the member."""
        return self.target.with_suffix(".watched.npz")


Task = TypeVar("Task", bound=StoredTask)


def finished_member(task: StoredTask) -> Member | None:
    """Return the member of ``task`` if its file is there and of the same request."""
    arrays = stored(task.target, task.request)
    if arrays is None:
        return None
    try:
        first, behind = int(arrays["layers"]), int(arrays["appended"])
        layers = tuple(
            (arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in range(first + behind)
        )
        losses = tuple(tuple(point) for point in arrays["losses"].tolist())
        return Member(layers[:first], losses, appended=layers[first:])
    except KeyError:
        return None


def train_members(
    tasks: list[Task], make: Callable[[Task], Path], workers: int
) -> Generator[Progress, None, tuple[Member, ...]]:
    """Let ``make`` train the members whose weights are not there; return all of them.

    The progress counts epochs, since members train side by side.
    """
    missing = [task for task in tasks if finished_member(task) is None]
    watch = EpochWatch(tasks)
    with closing(
        execution.run_tasks(make, missing, workers=workers, message=TRAINING, beat=BEAT)
    ) as steps:
        for _ in steps:
            yield from watch.news()
    yield from watch.news()
    members = [finished_member(task) for task in tasks]
    found = tuple(member for member in members if member is not None)
    if len(found) < len(tasks):
        raise StorageError(
            f"{tasks[0].target.parent}: the weights of a member are gone; train again."
        )
    return found


def watch_of(task: StoredTask, material: Material, radial: RadialGrid) -> Watch:
    """Return what notes the answers of the member of ``task`` beside its weights."""
    return Watch(
        material,
        radial.centres,
        keep=lambda arrays: store(task.watched, task.request, arrays),
        begun=stored(task.watched, task.request),
    )


def watched(task: StoredTask) -> Watched | None:
    """Return what can be watched of the member of ``task``, if it was noted."""
    arrays = stored(task.watched, task.request)
    try:
        return None if arrays is None else watched_from(arrays)
    except (KeyError, ValueError, IndexError):
        return None


class EpochWatch:
    """The epochs that members have finished, read from what they store."""

    def __init__(self, tasks: Sequence[StoredTask]) -> None:
        self._tasks = tasks
        self._seen = [0] * len(tasks)
        self._epochs = [-(-task.training.steps // EPOCH) for task in tasks]

    def news(self) -> Generator[Progress, None, None]:
        """Yield one progress per epoch that was finished since the last call."""
        for i, task in enumerate(self._tasks):
            finished = _losses(task.target, task.request)
            losses = _losses(task.begun, task.request) if finished is None else finished
            # The last epoch is told together with the member's end.
            told = None if finished is not None else self._epochs[i] - 1
            fresh = [] if losses is None else losses[self._seen[i] : told]
            for step, loss, held_out in fresh:
                self._seen[i] += 1
                is_last = step == fresh[-1][0]
                yield self._progress(
                    task.member,
                    step,
                    loss,
                    held_out,
                    seen=watched(task) if is_last else None,
                    ended=is_last and finished is not None,
                )
            if finished is not None and self._seen[i] < self._epochs[i]:
                self._seen[i] = self._epochs[i]  # it stopped early
                step, loss, held_out = finished[-1]
                yield self._progress(task.member, step, loss, held_out, ended=True)

    def _progress(
        self,
        member: int,
        step: float,
        loss: float,
        held_out: float,
        *,
        ended: bool,
        seen: Watched | None = None,
    ) -> Progress:
        return Progress(
            min(sum(self._seen), sum(self._epochs)),
            sum(self._epochs),
            TRAINING,
            metrics={
                "member": float(member),
                "step": step,
                "training loss": loss,
                "validation loss": held_out,
                "ended": float(ended),
            },
            detail=seen,
        )


def _losses(path: Path, request: str) -> list[list[float]] | None:
    """Return the losses in a member's file, finished or not."""
    arrays = stored(path, request, only=("losses",))
    return None if arrays is None else arrays["losses"].tolist()


def arrays_of(member: Member) -> dict[str, np.ndarray]:
    """Return the weights of ``member`` as named arrays."""
    layers = [*member.layers, *member.appended]
    return {
        **{f"weight{i}": weight for i, (weight, _) in enumerate(layers)},
        **{f"bias{i}": bias for i, (_, bias) in enumerate(layers)},
        "layers": np.array(len(member.layers)),
        "appended": np.array(len(member.appended)),
        "losses": np.array(member.losses),
    }


def store(path: Path, request: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write ``arrays`` to ``path``, marked with the ``request`` that they answer."""
    buffer = io.BytesIO()
    mark = np.frombuffer(request.encode(), dtype=np.uint8)
    np.savez(buffer, **arrays, request=mark)  # type: ignore[arg-type]
    files.write_bytes(path, buffer.getvalue())


def stored(
    path: Path, request: str, only: tuple[str, ...] | None = None
) -> dict[str, np.ndarray] | None:
    """Return the arrays in ``path`` if they are there, whole, and of ``request``."""
    if not path.is_file():
        return None
    try:
        # From memory: numpy leaves a damaged file open.
        content = io.BytesIO(path.read_bytes())
        with np.load(content, allow_pickle=False) as archive:
            if archive["request"].tobytes().decode() != request:
                return None
            names = only or [name for name in archive.files if name != "request"]
            return {name: archive[name] for name in names}
    except UNREADABLE:
        return None
