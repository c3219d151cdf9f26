"""Notices when a thread's event loop stands still: the gaps of a quick timer."""

import time

from PySide6.QtCore import QObject, QTimer

INTERVAL = 5
"""Wanted time between two ticks, ms."""


class Gaps(QObject):
    """Collects the time between the ticks of a timer in the thread of the window, ms.

    A gap is noted under the ``phase`` of its end, in ``largest``; ``busiest`` has the
    CPU time of the thread in one gap, ms.
    """

    def __init__(self) -> None:
        super().__init__()
        self.phase = ""
        self.largest: dict[str, float] = {}
        self.busiest: dict[str, float] = {}
        self.ticks: dict[str, int] = {}
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self._tick)

    def begin(self, phase: str) -> None:
        """Start, or go on under another name."""
        self.phase = phase
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        gap, work = 1e3 * (now - self._last), 1e3 * (used - self._used)
        self._last, self._used = now, used
        self.largest[self.phase] = max(self.largest.get(self.phase, 0.0), gap)
        self.busiest[self.phase] = max(self.busiest.get(self.phase, 0.0), work)
        self.ticks[self.phase] = self.ticks.get(self.phase, 0) + 1
