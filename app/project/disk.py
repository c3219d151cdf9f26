"""Reads and writes projects in a thread of its own: disks may take their time."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import Any

from PySide6.QtCore import QObject, Signal

from onne_core.errors import OnneError

Then = Callable[[Any], object]


class Shelf(QObject):
    """Runs one piece of work after the other; what follows runs in the window's thread.

    ``changed`` tells that ``is_busy`` may have changed.
    """

    changed = Signal()
    _done = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="shelf")
        self._pending: list[tuple[Future[None], str]] = []
        self._outcomes: SimpleQueue[tuple[Then, Exception | None, Any]] = SimpleQueue()
        self._done.connect(self._take)

    @property
    def is_busy(self) -> bool:
        """Whether something is being read or written, or is not taken over yet."""
        return bool(self._pending)

    @property
    def doing(self) -> str:
        """What is being done, in words; nothing where it is idle."""
        return self._pending[0][1] if self._pending else ""

    def run(
        self, name: str, work: Callable[[], Any], *, then: Then, refused: Then
    ) -> None:
        """Do ``work``, then call ``then`` with its value or ``refused`` with its error.

        Faults of the program are raised in the window's thread.
        """

        def do() -> None:
            try:
                value = work()
            except Exception as error:  # noqa: BLE001 - raised again in _go_on
                self._outcomes.put((refused, error, None))
            else:
                self._outcomes.put((then, None, value))
            self._done.emit()

        self._pending.append((self._worker.submit(do), name))
        self.changed.emit()

    def wait(self) -> None:
        """Wait for all that is pending, and for what follows it."""
        while self._pending:
            self._pending[0][0].result()
            self._take()

    def close(self) -> None:
        """Finish what is pending and end the thread."""
        self.wait()
        self._worker.shutdown(wait=True)

    def _take(self) -> None:
        """Follow what is done; the signal of what ``wait`` has taken comes too late."""
        try:
            outcome = self._outcomes.get_nowait()
        except Empty:
            return
        self._go_on(*outcome)

    def _go_on(self, follow: Then, error: Exception | None, value: Any) -> None:
        self._pending.pop(0)
        try:
            if error is None:
                follow(value)
            elif isinstance(error, OnneError):
                follow(error)
            else:
                raise error
        finally:
            self.changed.emit()
