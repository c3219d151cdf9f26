"""What a window still had to do, kept on disk, so that another start can go on.

Each window has a folder of its own and holds a lock in it, as for unsaved work.
"""

import json
import logging
import shutil
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.queueing import Queue, Task, task_from_json, task_to_json
from onne_core import files
from onne_core.errors import StorageError

logger = logging.getLogger(__name__)

TASKS, LOCK = "queue.json", "lock"


@dataclass(frozen=True, eq=False)
class LeftWork:
    """Tasks that windows of before have left, and the folders where they stand."""

    tasks: tuple[Task, ...] = ()
    folders: tuple[Path, ...] = ()


class QueueFile:
    """Writes the open tasks of one window to a folder in ``place``."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._folder = place / uuid.uuid4().hex
        self._lock = ExitStack()

    def write(self, queue: Queue) -> None:
        """Keep what is still to be done; a failure is only logged."""
        if not queue.left:
            self.forget()
            return
        try:
            if not self._folder.is_dir():
                self._lock.enter_context(files.locked(self._folder / LOCK))
            content = [task_to_json(task) for task in queue.left]
            files.write_json(self._folder / TASKS, content)
        except StorageError as error:
            logger.warning("queue: %s", error)

    def forget(self) -> None:
        """Keep nothing: all is done, or given up."""
        self._lock.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def let_go(self) -> None:
        """Leave what is kept to the next start."""
        self._lock.close()

    def left(self) -> LeftWork:
        """Return what windows that are gone have left."""
        tasks: list[Task] = []
        folders: list[Path] = []
        for folder in sorted(self._place.glob("*")):
            if folder == self._folder:
                continue
            try:
                with files.locked(folder / LOCK):
                    found = _tasks_in(folder)
            except StorageError:
                continue  # that window is open
            if found:
                tasks += found
                folders.append(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        return LeftWork(tuple(tasks), tuple(folders))

    def drop(self, left: LeftWork) -> None:
        """Forget what was left: it is in this queue now, or not wanted."""
        for folder in left.folders:
            shutil.rmtree(folder, ignore_errors=True)


def _tasks_in(folder: Path) -> list[Task]:
    """Return the tasks kept in ``folder``; what cannot be read is left out."""
    try:
        content = json.loads((folder / TASKS).read_text(encoding="utf-8"))
        items = list(content)
    except (OSError, ValueError, TypeError):
        return []
    found = []
    for item in items:
        try:
            found.append(task_from_json(item))
        except (StorageError, TypeError) as error:
            logger.warning("queue: %s", error)
    return found
