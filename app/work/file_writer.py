"""Writes files in a thread of its own: making and syncing them takes time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from onne_core import files
from onne_core.errors import OnneError

Content = Callable[[], bytes]
"""Makes the content of a file."""


class FileWriter(QObject):
    """Writes files one after the other; one of its signals comes for each."""

    written = Signal(object)
    refused = Signal(object, str)
    crashed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="writer")

    def write(self, path: Path, content: Content) -> None:
        """Write ``content`` to ``path``, all or nothing."""
        self._worker.submit(self._write, path, content)

    def close(self) -> None:
        """Finish what was begun, and end the thread."""
        self._worker.shutdown(wait=True)

    def _write(self, path: Path, content: Content) -> None:
        try:
            files.write_bytes(path, content())
        except OnneError as error:
            self.refused.emit(path, str(error))
        except Exception as error:  # noqa: BLE001 - shown in the window's own thread
            self.crashed.emit(error)
        else:
            self.written.emit(path)
