"""Runs the program as ``python -m app`` does, and prints when its window is painted.

Prints JSON lines: ``painted`` (time of the clock, s) at the first paint, ``idle``
(memory, MB; CPU time, s) when what is prepared in the background is ready, imports
and pages. Then it ends. Started by the benchmarks with the arguments of the program.
"""

import json
import sys
import time

import psutil

SETTLED = 1500
"""Time after which nothing more comes of the preparation, ms."""


def tell(**values: float) -> None:
    print(json.dumps(values), flush=True)


def main() -> int:
    from app import start
    from app.frame.window import FIRST

    begin = start.begin

    def watched(window, paths, *, example: bool) -> None:
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        def report() -> None:
            process = psutil.Process()
            cpu = process.cpu_times()
            memory = process.memory_info().rss / 1e6
            tell(idle=memory, cpu=cpu.user + cpu.system)
            window.session.document.undo_stack.setClean()
            window.close()
            QApplication.quit()

        def wait() -> None:
            made = {"start", *FIRST} == set(window.builder.made)
            QTimer.singleShot(SETTLED, window, report if made else wait)

        window.first_painted.connect(lambda: tell(painted=time.time()))
        begin(window, paths, example=example)
        window.first_painted.connect(lambda: QTimer.singleShot(SETTLED, window, wait))

    start.begin = watched
    from app.__main__ import main as program

    return program(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
