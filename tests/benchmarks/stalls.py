"""Notices when a thread's event loop stands still: the gaps of a quick timer."""

import time

from PySide6.QtCore import QObject, QTimer

INTERVAL = 5
"""Wanted time between two ticks, ms."""


class Gaps(QObject):
    """Collects the time between the ticks of a timer in the thread of the window, ms.

    A gap is noted under the ``phase`` of its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.phase = ""
        self.largest: dict[str, float] = {}
        self.ticks: dict[str, int] = {}
        self._last = time.perf_counter()
        self._timer = QTimer(self, interval=INTERVAL)
        self._timer.timeout.connect(self._tick)

    def begin(self, phase: str) -> None:
        """Start, or go on under another name."""
        self.phase = phase
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> None:
        """End."""
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        gap = 1e3 * (now - self._last)
        self._last = now
        self.largest[self.phase] = max(self.largest.get(self.phase, 0.0), gap)
        self.ticks[self.phase] = self.ticks.get(self.phase, 0) + 1
