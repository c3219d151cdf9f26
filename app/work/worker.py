"""One worker thread: work in order, results delivered in the window's thread."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from onne_core.errors import OnneError

logger = logging.getLogger(__name__)
Value = TypeVar("Value")


@dataclass(frozen=True, eq=False)
class _Piece:
    """A piece of work not yet delivered, and its callbacks."""

    future: Future[Any]
    then: Callable[[Any], object]
    refused: Callable[[OnneError], object] | None
    topic: str
    doing: str


class Worker(QObject):
    """Worker for one piece of work after another; ``changed`` when one starts or ends.

    Bugs in the program are raised in the window's thread, where they are reported.
    """

    changed = Signal()
    _done = Signal()

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._pieces: list[_Piece] = []
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    @property
    def is_busy(self) -> bool:
        """True if work is pending or not yet delivered."""
        return bool(self._pieces)

    @property
    def doing(self) -> str:
        """Name of the current work; nothing while idle or unnamed."""
        return self._pieces[0].doing if self._pieces else ""

    def do(
        self,
        work: Callable[[], Value],
        then: Callable[[Value], object] = lambda _: None,
        refused: Callable[[OnneError], object] | None = None,
        *,
        topic: str = "",
        doing: str = "",
    ) -> None:
        """Do ``work``, then call ``then`` with its value in the window's thread.

        ``refused`` is called with the error where there is no value. Work of a
        ``topic`` may be dropped before it has begun: when more of that topic comes, or
        at the end. ``doing`` is shown to the user.
        """
        if topic:
            self._drop(topic)
        future = self._thread.submit(work)
        self._pieces.append(_Piece(future, then, refused, topic, doing))
        future.add_done_callback(lambda _: self._done.emit())
        self.changed.emit()

    def wait(self) -> None:
        """Wait for all that is pending, and for what follows it."""
        while self._pieces:
            wait((self._pieces[0].future,))
            self._take()

    def close(self) -> None:
        """Finish what may not be dropped, and end the thread; nothing follows."""
        for topic in {piece.topic for piece in self._pieces} - {""}:
            self._drop(topic)
        self._thread.shutdown(wait=True)
        for piece in self._pieces:
            error = piece.future.exception()
            if error is not None:
                logger.error("not done before the end", exc_info=error)
        self._pieces.clear()

    def _drop(self, topic: str) -> None:
        self._pieces = [
            piece
            for piece in self._pieces
            if piece.topic != topic or not piece.future.cancel()
        ]

    def _take(self) -> None:
        """Follow the oldest piece, where it is over: ``wait`` may have been earlier."""
        if not self._pieces or not self._pieces[0].future.done():
            return
        piece = self._pieces.pop(0)
        try:
            _follow(piece)
        finally:
            self.changed.emit()


def _follow(piece: _Piece) -> None:
    error = piece.future.exception()
    if error is None:
        piece.then(piece.future.result())
    elif piece.refused is None:
        raise error
    elif isinstance(error, OnneError):
        piece.refused(error)
    else:
        piece.refused(OnneError(f"Bug in ONNE: {type(error).__name__}: {error}"))
        raise error
