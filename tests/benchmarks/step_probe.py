"""Runs the program, steps fields of Analysis, and prints how soon the answer is drawn.

A process of its own, because the tests check types and shapes at every call. Prints a
JSON object per field: medians of the time from a key to the window painted with the
answer, ``wall``, the CPU time of the window's thread in it, ``own``, and that of all
threads, ``cpu`` (ms). Started by the benchmarks.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

STEPS = 15
NAMES = ("wall", "own", "cpu")
LONGEST = 120
"""Time after which the program is ended, s."""


def main() -> int:
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from app import start

    begin = start.begin

    def watched(window, paths, *, example: bool) -> None:
        begin(window, paths, example=True)
        session = window.session

        def is_answered() -> bool:
            return session.view().outcome.is_current

        def wait_for(done: Callable[[], bool]) -> None:
            while not done():
                QApplication.processEvents()

        def taken(step: Callable[[], None]) -> tuple[float, float, float]:
            clocks = (time.perf_counter, time.thread_time, time.process_time)
            begun = [clock() for clock in clocks]
            step()
            wait_for(is_answered)
            QApplication.processEvents()
            return tuple(
                1e3 * (clock() - was) for clock, was in zip(clocks, begun, strict=True)
            )

        def press(field, key: Qt.Key) -> Callable[[], None]:
            return lambda: QTest.keyClick(field, key)

        def go_through() -> None:
            wait_for(lambda: "analysis" in window.builder.made and is_answered())
            QTest.qWait(2000)
            card = window.page("analysis").correction
            fields = (("e0", card.e0), ("s02", card.s02), ("window", card.k_max))
            for name, field in fields:
                taken(press(field, Qt.Key.Key_Down))
                found = [taken(press(field, Qt.Key.Key_Up)) for _ in range(STEPS)]
                wall, own, cpu = (
                    statistics.median(c) for c in zip(*found, strict=True)
                )
                told = {"field": name, "wall": wall, "own": own, "cpu": cpu}
                print(json.dumps(told), flush=True)
            session.document.undo_stack.setClean()
            window.close()
            QApplication.quit()

        window.first_painted.connect(lambda: QTimer.singleShot(100, window, go_through))
        QTimer.singleShot(1000 * LONGEST, window, lambda: QApplication.exit(1))

    start.begin = watched
    from app.__main__ import main as program

    return program([])


if __name__ == "__main__":
    sys.exit(main())
