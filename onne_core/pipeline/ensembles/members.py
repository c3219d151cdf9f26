"""Pipeline: training of an ensemble's members, their files and their progress."""

import io
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from onne_core import execution, files
from onne_core.ensemble.member import Member
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.networks.augment import TrainingData
from onne_core.networks.material_file import MaterialFile, read_material, write_material
from onne_core.networks.train import epochs_reported
from onne_core.training_set.shard import UNREADABLE
from onne_core.values.recipe import EPOCH, TrainingRecipe
from onne_core.values.training_progress import TRAINING, watched_from


@dataclass(frozen=True, eq=False)
class MemberTask:
    """A member to train: settings, data, number, and target file of the weights.

    ``learn`` is :func:`train_member` or :func:`tune_member` with all that does not hang
    on the process, ``inputs`` the matrix from features to what the networks see.
    ``request`` marks the file: it is the digest of all that decides the weights.
    """

    learn: Callable[..., Stage[Member]] = field(repr=False)
    material: MaterialFile
    inputs: np.ndarray = field(repr=False)
    member: int
    target: Path
    request: str

    @property
    def training(self) -> TrainingRecipe:
        """Recipe of the networks."""
        return self.material.rest["training"]

    @property
    def begun(self) -> Path:
        """File of an unfinished member."""
        return self.target.with_suffix(".begun.npz")


def tasks_for(
    learn: Sequence[Callable[..., Stage[Member]]],
    material: TrainingData,
    inputs: np.ndarray,
    place: Path,
    request: str,
) -> list[MemberTask]:
    """Write ``material`` to ``place`` and return a task for every member.

    The weights go there, too.
    """
    written = write_material(material, place / "material")
    return [
        MemberTask(one, written, inputs, i, place / f"member-{i:02d}.npz", request)
        for i, one in enumerate(learn)
    ]


def finished_member(task: MemberTask) -> Member | None:
    """Return the member of ``task`` if its file exists and is of the same request."""
    arrays = stored(task.target, task.request)
    if arrays is None:
        return None
    try:
        first, behind = int(arrays["layers"]), int(arrays["appended"])
        layers = tuple(
            (arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in range(first + behind)
        )
        losses = tuple(tuple(point) for point in arrays["losses"].tolist())
        return Member(layers[:first], losses, layers[first:], watched=arrays)
    except KeyError:
        return None


def train_members(
    tasks: list[MemberTask], workers: int
) -> Generator[Progress, None, tuple[Member, ...]]:
    """Train the members without stored weights; return all members.

    The progress counts epochs, since members train side by side.
    """
    total = sum(-(-task.training.steps // EPOCH) for task in tasks)
    reported = dict.fromkeys(range(len(tasks)), 0)
    with closing(_epochs(tasks, workers)) as epochs:
        for epoch in epochs:
            member, ended = int(epoch.metrics["member"]), epoch.metrics["ended"]
            if (
                epoch.done > reported[member]
            ):  # a worker that died has reported it before
                reported[member] = epoch.total if ended else epoch.done
                done = sum(reported.values())
                yield replace(epoch, done=done, total=total, message=TRAINING)
    members = [finished_member(task) for task in tasks]
    found = tuple(member for member in members if member is not None)
    if len(found) < len(tasks):
        raise StorageError(
            f"{tasks[0].target.parent}: the weights of a member are missing; train "
            "again."
        )
    return found


def _epochs(tasks: list[MemberTask], workers: int) -> Generator[Progress, None, None]:
    """Yield all epochs of the members, those of finished ones first."""
    missing = []
    for task in tasks:
        if finished_member(task) is None:
            missing.append(task)
        else:
            yield from make_member(task)
    steps = execution.run_tasks(make_member, missing, workers=workers, message=TRAINING)
    with closing(steps):
        yield from (step for step in steps if step.metrics)


def make_member(task: MemberTask) -> Stage[Path]:
    """Train one member and store its weights, unless they exist. Idempotent."""
    member = finished_member(task)
    if member is not None:
        watched = watched_from(member.watched)
        yield from epochs_reported(
            member.losses, task.training, task.member, over=True, watched=watched
        )
        return task.target
    # TensorFlow reads these when it is first imported, in this worker process.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    member = yield from task.learn(
        read_material(task.material),
        task.inputs,
        seed=task.member,
        begun=stored(task.begun, task.request),
        keep=lambda state: store(task.begun, task.request, state),
    )
    store(task.target, task.request, arrays_of(member))
    task.begun.unlink(missing_ok=True)
    return task.target


def arrays_of(member: Member) -> dict[str, np.ndarray]:
    """Return ``member`` as named arrays."""
    layers = [*member.layers, *member.appended]
    return {
        **member.watched,
        **{f"weight{i}": weight for i, (weight, _) in enumerate(layers)},
        **{f"bias{i}": bias for i, (_, bias) in enumerate(layers)},
        "layers": np.array(len(member.layers)),
        "appended": np.array(len(member.appended)),
        "losses": np.array(member.losses),
    }


def store(path: Path, request: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Write ``arrays`` to ``path``, marked with their ``request``."""
    buffer = io.BytesIO()
    mark = np.frombuffer(request.encode(), dtype=np.uint8)
    np.savez(buffer, **arrays, request=mark)  # type: ignore[arg-type]
    files.write_bytes(path, buffer.getvalue())


def stored(path: Path, request: str) -> dict[str, np.ndarray] | None:
    """Return the arrays in ``path`` if they exist, are whole and are of ``request``."""
    if not path.is_file():
        return None
    try:
        # From memory: numpy leaves a damaged file open.
        content = io.BytesIO(path.read_bytes())
        with np.load(content, allow_pickle=False) as archive:
            if archive["request"].tobytes().decode() != request:
                return None
            names = [name for name in archive.files if name != "request"]
            return {name: archive[name] for name in names}
    except UNREADABLE:
        return None
