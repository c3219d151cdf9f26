"""Watches a folder and tells of new files, once they are whole."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from app.work.stages import is_spectrum_name, natural

POLL = 2_000
"""Time between two looks, ms: network folders send no notices."""

SOON = 150
"""Time from a notice to the look, ms."""

SETTLED = 1.0
"""Time that a file must stay as it is before it counts as whole, s."""

SETTLED_AGAIN = 4.0
"""The same for one that was read and has changed since: a scan adds a row at a time."""

Stamp = tuple[int, int]
"""Size (bytes) and time of the last change (ns)."""


class LiveFolder(QObject):
    """``found`` carries new whole files, in natural order; ``changed`` its state.

    A file that changes after it was read is told of again.
    """

    found = Signal(object)
    changed = Signal()
    _seen = Signal(object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder: Path | None = None
        self.problem = ""
        self.count = 0
        self._known: dict[str, Stamp] = {}
        self._waiting: dict[str, tuple[Stamp, float]] = {}
        self._looker = ThreadPoolExecutor(1, thread_name_prefix="live-folder")
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._look_soon)
        self._timer = QTimer(self, interval=POLL)
        self._timer.timeout.connect(self._look)
        self._soon = QTimer(self, singleShot=True, interval=SOON)
        self._soon.timeout.connect(self._look)
        self._is_looking = False
        self._seen.connect(self._take)

    @property
    def sentence(self) -> str:
        """What is watched, in words; nothing where nothing is."""
        if self.folder is None:
            return ""
        if self.problem:
            return f"Watching {self.folder}: {self.problem}"
        waiting = f", {len(self._waiting)} being written" if self._waiting else ""
        return f"Watching {self.folder.name}: {self.count} files read{waiting}."

    def watch(self, folder: Path) -> None:
        """Tell of the spectra in ``folder``: those there now, and those to come."""
        self.stop()
        self.folder, self.count, self.problem = folder, 0, ""
        self._watcher.addPath(str(folder))
        self._timer.start()
        self._look()
        self.changed.emit()

    def stop(self) -> None:
        """Watch nothing any more."""
        if self._watcher.directories():
            self._watcher.removePaths(self._watcher.directories())
        self._timer.stop()
        self._soon.stop()
        self.folder, self._known, self._waiting = None, {}, {}
        self.changed.emit()

    def close(self) -> None:
        """Stop, and end the thread."""
        self.stop()
        self._looker.shutdown(wait=True, cancel_futures=True)

    def _look_soon(self, _path: str) -> None:
        self._soon.start()

    def _look(self) -> None:
        if self.folder is not None and not self._is_looking:
            self._is_looking = True
            self._looker.submit(self._scan, self.folder)

    def _scan(self, folder: Path) -> None:
        """List the folder; in the thread, since it may lie on a slow disk."""
        try:
            with os.scandir(folder) as entries:
                stamps = dict(filter(None, map(_stamp_of, entries)))
        except OSError as error:
            self._seen.emit(folder, error.strerror or str(error))
        else:
            self._seen.emit(folder, stamps)

    def _take(self, folder: Path, stamps: dict[str, Stamp] | str) -> None:
        self._is_looking = False
        if folder != self.folder:
            self._look()
            return
        before = self.sentence
        if isinstance(stamps, str):
            self.problem = f"it cannot be read ({stamps}); looking again."
        else:
            self.problem = ""
            whole = self._whole(stamps, time.monotonic())
            if whole:
                self.count = len(self._known)
                self.found.emit([folder / name for name in whole])
            if self._waiting:
                self._soon.start(round(1e3 * SETTLED / 2))
        if self.sentence != before:
            self.changed.emit()

    def _whole(self, stamps: dict[str, Stamp], now: float) -> list[str]:
        """Return the files that are new or have changed, and are as they are for long.

        Long enough is SETTLED, or SETTLED_AGAIN for those that were read before.
        """
        whole: dict[str, Stamp] = {}
        waiting: dict[str, tuple[Stamp, float]] = {}
        for name, stamp in stamps.items():
            if self._known.get(name) == stamp:
                continue
            old, since = self._waiting.get(name, (None, now))
            since = since if old == stamp else now
            settled = SETTLED_AGAIN if name in self._known else SETTLED
            if stamp[0] and now - since >= settled:
                whole[name] = stamp
            else:
                waiting[name] = (stamp, since)
        self._waiting = waiting
        self._known |= whole
        return sorted(whole, key=lambda name: natural(Path(name)))


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
    return entry.name, (status.st_size, status.st_mtime_ns)
