"""Watched folder: reports new files once they are complete."""

import os
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.work.stages import is_spectrum_name, natural
from app.work.worker import Worker

POLL = 2_000
"""Time between two looks, ms: network folders send no notices."""

SOON = 150
"""Time from a notice to the look, ms."""

SETTLED = 1.0
"""Time that a file must stay as it is before it counts as whole, s."""

SETTLED_AGAIN = 4.0
"""The same for one that was read and has changed since: a scan adds a row at a time."""

TRIES = 3
"""How often a file is read whose reader ended before it could say anything."""

Stamp = tuple[int, int, int, int]
"""Size (bytes), time of the last change of content and of status (ns), inode: another
file of equal size, and one that may be read by now, are new."""


class LiveFolder(QObject):
    """Watched folder; ``found`` carries new complete files, in natural order.

    ``changed`` reports a new state. A file counts as read when :meth:`note_read` says
    so; one that changes later is reported again, and so is one of :meth:`note_unread`.
    """

    found = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.problem = ""
        self.count = 0
        self._known: dict[str, Stamp] = {}
        self._reading: dict[str, Stamp] = {}
        self._tries: Counter[tuple[str, Stamp]] = Counter()
        self._waiting: dict[str, tuple[Stamp, float]] = {}
        self._looker = Worker("live-folder", self)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(lambda _path: self._soon.start())
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._look)
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._look)

    @property
    def sentence(self) -> str:
        """Sentence about the watched folder, or nothing."""
        if self.folder is None:
            return ""
        if self.problem:
            return f"Watching {self.folder}: {self.problem}"
        waiting = f", {len(self._waiting)} being written" if self._waiting else ""
        return f"Watching {self.folder.name}: {self.count} files read{waiting}."

    def watch(self, folder: Path) -> None:
        """Watch ``folder``: report its existing and new spectra."""
        self.stop()
        self.folder, self.count, self.problem = folder, 0, ""
        self._watcher.addPath(str(folder))
        self._timer.start()
        self._look()
        self.changed.emit()

    def stop(self) -> None:
        """Stop watching."""
        if self._watcher.directories():
            self._watcher.removePaths(self._watcher.directories())
        self._timer.stop()
        self._soon.stop()
        self.folder, self._known, self._waiting, self._reading = None, {}, {}, {}
        self._tries.clear()
        self.changed.emit()

    def note_read(self, paths: Iterable[Path]) -> None:
        """Count ``paths`` as read, or as refused: until they change."""
        for name in self._own(paths):
            self._known[name] = self._reading.pop(name)
        self.count = len(self._known)
        self.changed.emit()

    def note_unread(self, paths: Iterable[Path]) -> None:
        """Report ``paths`` again, which nobody has read."""
        for name in self._own(paths):
            self._tries[name, self._reading[name]] += 1
            if self._tries[name, self._reading[name]] < TRIES:
                del self._reading[name]

    def close(self) -> None:
        """Stop, and end the thread."""
        self.stop()
        self._looker.close()

    def _own(self, paths: Iterable[Path]) -> list[str]:
        """Return the names of those ``paths`` that were reported from this folder."""
        here = (path for path in paths if path.parent == self.folder)
        return [path.name for path in here if path.name in self._reading]

    def _look(self) -> None:
        if self.folder is not None and not self._looker.is_busy:
            folder = self.folder
            # In the thread, since it may lie on a slow disk.
            self._looker.do(partial(_stamps_in, folder), partial(self._take, folder))

    def _take(self, folder: Path, stamps: dict[str, Stamp] | str) -> None:
        if folder != self.folder:
            self._look()
            return
        before = self.sentence
        if isinstance(stamps, str):
            self.problem = f"cannot be read ({stamps}); trying again."
        else:
            self.problem = ""
            whole = self._whole(stamps, time.monotonic())
            if whole:
                self.found.emit([folder / name for name in whole])
            if self._waiting:
                self._soon.start(round(1e3 * SETTLED / 2))
        if self.sentence != before:
            self.changed.emit()

    def _whole(self, stamps: dict[str, Stamp], now: float) -> list[str]:
        """Return the files that are new or changed and have settled.

        They settle in SETTLED, or SETTLED_AGAIN if they were read before.
        """
        whole: dict[str, Stamp] = {}
        waiting: dict[str, tuple[Stamp, float]] = {}
        for name, stamp in stamps.items():
            if stamp in (self._known.get(name), self._reading.get(name)):
                continue
            old, since = self._waiting.get(name, (None, now))
            since = since if old == stamp else now
            settled = SETTLED_AGAIN if name in self._known else SETTLED
            if stamp[0] and now - since >= settled:
                whole[name] = stamp
            else:
                waiting[name] = (stamp, since)
        self._waiting = waiting
        self._reading |= whole
        return sorted(whole, key=lambda name: natural(Path(name)))


def _stamps_in(folder: Path) -> dict[str, Stamp] | str:
    """Return the stamps of the spectra in ``folder``, or why it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return dict(filter(None, map(_stamp_of, entries)))
    except OSError as error:
        return error.strerror or str(error)


def _stamp_of(entry: os.DirEntry[str]) -> tuple[str, Stamp] | None:
    """Return name and stamp of a spectrum's file; one that cannot be looked at waits.

    It may have gone just now, or be a link to itself, and must not stop the others.
    """
    try:
        if not (is_spectrum_name(entry.name) and entry.is_file()):
            return None
        status = entry.stat()
    except OSError:
        return None
    times = (status.st_mtime_ns, status.st_ctime_ns)
    return entry.name, (status.st_size, *times, status.st_ino)
