"""Autosave of unsaved work, so that a crash loses seconds at most.

Each window has a folder of its own below ``recovery`` and holds a lock in it. A folder
whose lock is free was left by a window that did not close: its work is offered.
"""

import json
import logging
import shutil
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from app.project.document import Document
from app.work.worker import Worker
from onne_core import files, storage
from onne_core.errors import OnneError, StorageError
from onne_core.locations import SET_ASIDE
from onne_core.values.project import Project

logger = logging.getLogger(__name__)

DELAY = 2000
"""Time without a change after which the work is written, ms."""

LONGEST = 60_000
"""Time after which it is written although changes go on, ms."""

WORK, ORIGIN, LOCK = "work.onne", "origin.json", "lock"


@dataclass(frozen=True)
class Leftover:
    """Work left by a window: its folder, the project's folder, when it was saved."""

    folder: Path
    origin: Path | None
    when: datetime
    is_damaged: bool = False

    def load(self) -> Project:
        """Return the work; StorageError if it cannot be read."""
        return storage.load(self.folder / WORK)


class Autosave(QObject):
    """Writes ``document`` to a folder in ``recovery`` while it has unsaved changes."""

    def __init__(
        self, document: Document, recovery: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document, self._recovery = document, recovery
        self._folder = recovery / uuid.uuid4().hex
        self._lock = ExitStack()
        self.writer = Worker("autosave", self)
        self._timer = QTimer(self, singleShot=True, interval=DELAY)
        self._timer.timeout.connect(self.write)
        self._latest = QTimer(self, singleShot=True, interval=LONGEST)
        self._latest.timeout.connect(self.write)
        self.set_aside: tuple[Path, ...] = ()
        document.changed.connect(self._wait)
        document.path_changed.connect(self._wait)

    def leftovers(self) -> tuple[Leftover, ...]:
        """Return the work left by other windows, latest first.

        Damaged work is moved aside; ``set_aside`` lists its folders.
        """
        found, damaged = [], []
        for folder in sorted(self._recovery.glob("*")):
            try:
                with files.locked(folder / LOCK):
                    kept = _leftover_in(folder)
            except StorageError:
                continue  # that window is open
            if kept is None:
                shutil.rmtree(folder, ignore_errors=True)
            elif kept.is_damaged:
                damaged.append(self.put_aside(folder))
            else:
                found.append(kept)
        self.set_aside = tuple(damaged)
        return tuple(sorted(found, key=lambda item: item.when, reverse=True))

    def put_aside(self, folder: Path) -> Path:
        """Move damaged work aside and return its new folder."""
        place = self._recovery.parent / SET_ASIDE / folder.name
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            return folder.rename(place)
        except OSError as error:
            logger.warning("damaged work is kept in %s: %s", folder, error)
            return folder

    def write(self) -> None:
        """Write unsaved work now, in the background."""
        self._rest()
        project, path = self._document.project, self._document.path
        if self._document.is_modified:
            keep = partial(self._keep, project, path)
            self.writer.do(keep, refused=_log, topic="work")
        else:
            self.writer.do(self._forget, topic="work")

    def take_over(self, leftover: Leftover) -> None:
        """Save the work restored from ``leftover`` as this window's own.

        If it cannot be written, ``leftover`` stays.
        """
        self._rest()
        project, path = self._document.project, self._document.path

        def move() -> None:
            self._keep(project, path)
            shutil.rmtree(leftover.folder, ignore_errors=True)

        self.writer.do(move, refused=_log)

    def drop(self, leftover: Leftover) -> None:
        """Delete ``leftover`` after pending writes."""
        self.writer.do(partial(shutil.rmtree, leftover.folder, ignore_errors=True))

    def close(self) -> None:
        """Delete the work: the window closes and the user has decided about it."""
        self._rest()
        self.writer.do(self._forget)
        self.writer.close()

    def _wait(self) -> None:
        self._timer.start()
        if not self._latest.isActive():
            self._latest.start()

    def _rest(self) -> None:
        self._timer.stop()
        self._latest.stop()

    def _keep(self, project: Project, path: Path | None) -> None:
        """Write ``project``; in the thread."""
        if not self._folder.is_dir():
            self._lock.enter_context(files.locked(self._folder / LOCK))
        origin = str(path) if path else None
        files.write_json(self._folder / ORIGIN, {"project": origin})
        storage.save(project, self._folder / WORK)

    def _forget(self) -> None:
        self._lock.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _log(error: OnneError) -> None:
    """Log a failure only: the next change is saved again."""
    logger.warning("autosave: %s", error)


def _leftover_in(folder: Path) -> Leftover | None:
    """Return the work in ``folder``; None if there is none."""
    project = folder / WORK / storage.PROJECT_FILE
    try:
        when = datetime.fromtimestamp(project.stat().st_mtime).astimezone()
    except OSError:
        return None
    return Leftover(folder, _origin_of(folder), when, is_damaged=not _is_json(project))


def _origin_of(folder: Path) -> Path | None:
    """Return the project's folder; None if it has none or it is unknown."""
    try:
        origin = json.loads((folder / ORIGIN).read_text(encoding="utf-8"))["project"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(origin) if isinstance(origin, str) and origin else None


def _is_json(path: Path) -> bool:
    try:
        return isinstance(json.loads(path.read_bytes()), dict)
    except (OSError, ValueError, RecursionError):
        return False
