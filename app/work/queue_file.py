"""Unfinished tasks of a window, stored on disk so that the next start can resume.

Each window has a folder of its own and holds a lock in it, as for unsaved work.
"""

import json
import logging
import shutil
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.work.queueing import Queue, Task, task_from_json, task_to_json
from onne_core import files
from onne_core.errors import StorageError
from onne_core.locations import SET_ASIDE

logger = logging.getLogger(__name__)

TASKS, LOCK = "queue.json", "lock"

MOST_BYTES_OF_QUEUE = 64 * 2**20
"""Largest list of tasks that is read, bytes."""


@dataclass(frozen=True, eq=False)
class LeftWork:
    """Tasks left by earlier windows, and the folders where they are stored.

    ``set_aside`` are copies of lists that could not be read completely.
    """

    tasks: tuple[Task, ...] = ()
    folders: tuple[Path, ...] = ()
    set_aside: tuple[Path, ...] = ()


class QueueFile:
    """File of the open tasks of one window, in a folder in ``place``."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._folder = place / uuid.uuid4().hex
        self._lock = ExitStack()

    def write(self, queue: Queue) -> None:
        """Store the remaining tasks; a failure is only logged."""
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
        """Delete the stored tasks: all are done or dismissed."""
        self._lock.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def release(self) -> None:
        """Leave the stored tasks to the next start."""
        self._lock.close()

    def left(self) -> LeftWork:
        """Return the tasks left by windows that are gone."""
        tasks: list[Task] = []
        folders: list[Path] = []
        damaged: list[Path] = []
        for folder in sorted(self._place.glob("*")):
            if folder == self._folder:
                continue
            try:
                with files.locked(folder / LOCK):
                    found, is_whole = _tasks_in(folder)
                    aside = None if is_whole else self._put_aside(folder)
            except StorageError:
                continue  # that window is open
            if aside is not None:
                damaged.append(aside)
            if found or (not is_whole and aside is None):
                tasks += found
                folders.append(folder)
            else:
                shutil.rmtree(folder, ignore_errors=True)
        return LeftWork(tuple(tasks), tuple(folders), tuple(damaged))

    def _put_aside(self, folder: Path) -> Path | None:
        """Copy a damaged list to where the user finds it; None if that fails."""
        copy = self._place.parent / SET_ASIDE / f"{folder.name}.{TASKS}"
        try:
            content = files.read_bytes(folder / TASKS, most=MOST_BYTES_OF_QUEUE)
            files.write_bytes(copy, content)
        except (OSError, StorageError) as error:
            logger.warning("queue: %s stays in %s (%s)", TASKS, folder, error)
            return None
        return copy

    def drop(self, left: LeftWork) -> None:
        """Delete left tasks that are in this queue now or dismissed."""
        for folder in left.folders:
            shutil.rmtree(folder, ignore_errors=True)


def _tasks_in(folder: Path) -> tuple[list[Task], bool]:
    """Return the tasks kept in ``folder``, and whether all of them could be read."""
    try:
        content = json.loads(files.read_bytes(folder / TASKS, most=MOST_BYTES_OF_QUEUE))
    except FileNotFoundError:
        return [], True
    except (OSError, ValueError, RecursionError):
        return [], False
    found = []
    items = content if isinstance(content, list) else [content]
    for item in items:
        try:
            found.append(task_from_json(item))
        except StorageError as error:
            logger.warning("queue: %s", error)
    return found, len(found) == len(items)
