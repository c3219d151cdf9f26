"""The job queue: its tasks, their order and state, as values.

``app/work/work_queue.py`` replaces one :class:`Queue` by the next.
"""

import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from app.work.stages import MakeRequest, SetRequest, TrainRequest, TuneRequest
from onne_core.codec import Codec, refused_as, table
from onne_core.errors import StorageError
from onne_core.training_set.training_set import MANIFEST
from onne_core.values import recipe as recipes
from onne_core.values.recipe import Recipe

State = Literal["waiting", "running", "paused", "finished", "failed", "cancelled"]
Kind = Literal["set", "ensemble", "tuning", "making"]
Request = SetRequest | TrainRequest | TuneRequest | MakeRequest

OPEN: tuple[State, ...] = ("waiting", "running", "paused")
"""States of what is still to be done."""

KINDS: dict[Kind, str] = {
    "set": "training set",
    "ensemble": "train",
    "tuning": "fine-tune",
    "making": "make",
}
REQUESTS: dict[Kind, type[Request]] = {
    "set": SetRequest,
    "ensemble": TrainRequest,
    "tuning": TuneRequest,
    "making": MakeRequest,
}
KIND_OF: dict[type[Request], Kind] = {
    request: kind for kind, request in REQUESTS.items()
}

CODEC = Codec({Recipe: recipes.FORM})


@dataclass(frozen=True, eq=False)
class Task:
    """One task: its request and its state.

    ``note`` and ``details`` say why it failed.
    """

    request: Request = field(repr=False)
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: State = "waiting"
    note: str = ""
    details: str = field(default="", repr=False)

    @property
    def kind(self) -> Kind:
        """Kind of result."""
        return KIND_OF[type(self.request)]

    @property
    def folder(self) -> Path:
        """Folder of the result."""
        request = self.request
        return Path(request.folder if isinstance(request, SetRequest) else request.out)

    @property
    def targets(self) -> tuple[Path, ...]:
        """Folders that it writes: that of the result, and of a set made on the way."""
        if isinstance(self.request, MakeRequest):
            return self.folder, Path(self.request.folder)
        return (self.folder,)

    @property
    def working_folder(self) -> Path:
        """Working folder; the members of an ensemble are stored beside it."""
        if self.kind == "set":
            return self.folder
        return self.folder.parent / f".{self.folder.name}.members"

    @property
    def title(self) -> str:
        """Name of the result and the kind of work."""
        return f"{self.folder.name}, {KINDS[self.kind]}"

    @property
    def needs(self) -> Path | None:
        """Training set that must exist first."""
        request = self.request
        if isinstance(request, SetRequest | MakeRequest):
            return None
        folder = request.folder if isinstance(request, TrainRequest) else request.replay
        return Path(folder)

    @property
    def is_ready(self) -> bool:
        """True if what it needs is there."""
        return self.needs is None or (self.needs / MANIFEST).is_file()


@dataclass(frozen=True, eq=False)
class Queue:
    """The tasks in their order; nothing is started while it ``is_paused``."""

    tasks: tuple[Task, ...] = ()
    is_paused: bool = False

    @property
    def running(self) -> Task | None:
        """Task that is running."""
        return next((task for task in self.tasks if task.state == "running"), None)

    @property
    def left(self) -> tuple[Task, ...]:
        """Tasks still to be done."""
        return tuple(task for task in self.tasks if task.state in OPEN)

    @property
    def next(self) -> Task | None:
        """Task to start next, if there is one."""
        if self.is_paused or self.running is not None:
            return None
        ready = (task for task in self.left if task.is_ready)
        return next(ready, None)

    def task(self, key: str) -> Task | None:
        """Return the task ``key``, if it exists."""
        return next((task for task in self.tasks if task.key == key), None)

    def maker_of(self, folder: Path) -> Task | None:
        """Return the task that will make the training set in ``folder``."""
        making = (t for t in self.left if t.kind == "set" and t.folder == folder)
        return next(making, None)

    def holds(self, folder: Path) -> bool:
        """Return whether something will be written to ``folder``."""
        return any(folder in task.targets for task in self.left)

    def added(self, *tasks: Task) -> "Queue":
        """Return the queue with ``tasks`` at its end."""
        return replace(self, tasks=(*self.tasks, *tasks))

    def without(self, *keys: str) -> "Queue":
        """Return the queue without these tasks."""
        kept = tuple(task for task in self.tasks if task.key not in keys)
        return replace(self, tasks=kept)

    def with_pause(self, is_paused: bool) -> "Queue":
        """Return the queue, paused or not."""
        return replace(self, is_paused=is_paused)

    def changed(self, key: str, **changes: Any) -> "Queue":
        """Return the queue with task ``key`` changed."""
        tasks = tuple(
            replace(task, **changes) if task.key == key else task for task in self.tasks
        )
        return replace(self, tasks=tasks)

    def moved(self, key: str, by: int) -> "Queue":
        """Return the queue with task ``key`` moved down by so many places."""
        at = next((i for i, task in enumerate(self.tasks) if task.key == key), None)
        if at is None:
            return self
        tasks = list(self.tasks)
        tasks.insert(max(0, min(len(tasks) - 1, at + by)), tasks.pop(at))
        return replace(self, tasks=tuple(tasks))


def task_to_json(task: Task) -> dict[str, Any]:
    """Return the stored part of ``task`` as JSON types."""
    request = CODEC.encode(task.request)
    return {"kind": task.kind, "state": task.state, "request": request}


def task_from_json(content: dict[str, Any]) -> Task:
    """Return the task in ``content``, waiting.

    Raises
    ------
    StorageError
        If it cannot be read.
    """
    with refused_as(StorageError, "a queued task cannot be read: "):
        found = table(content, "task")
        kind = CODEC.decode(Kind, found.get("kind"), "kind")
        return Task(CODEC.value(REQUESTS[kind], found.get("request"), "request"))
