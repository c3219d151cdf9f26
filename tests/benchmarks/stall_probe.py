"""Runs the program, looks at every tab, and prints how long its window stood still.

Prints a JSON object per phase: the longest time between two turns of the event loop,
``wall`` (ms of the clock) and ``cpu`` (ms that the window's thread computed in the
busiest turn). Phases: ``start`` until the first pages are made; ``answer``, the example
until it is drawn; the first visit of every tab; ``clusters``, until they are drawn.
With ``hurried`` the example is opened at the first paint, beside all imports. Started
by the benchmarks.
"""

import json
import sys
from collections.abc import Callable

LONGEST = 120
"""Time after which a phase is given up, s."""

LINGERS = 400
"""Time for which a page is looked at, ms."""


def main(*, hurried: bool) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app import start
    from app.frame.window import FIRST
    from tests.benchmarks.stalls import Gaps

    begin = start.begin

    def watched(window, paths, *, example: bool) -> None:
        gaps = Gaps()
        begin(window, paths, example=example)
        session, builder = window.session, window.builder

        def answered() -> bool:
            return session.view().outcome.is_current and not session.jobs.running

        def drawn() -> bool:
            samples = window.commands.structures.samples
            return samples is not None and not session.jobs.running

        def visit(name: str) -> Callable[[], None]:
            return lambda: window.show_tab(name)

        def shown(name: str) -> Callable[[], bool]:
            return lambda: window.current == name

        def made() -> bool:
            return {"start", *FIRST} == set(builder.made)

        tabs = ("series", "shells", "training", "structures")
        phases = [("start", lambda: None, made)] if not hurried else []
        phases.append(("answer", window.opening.open_example, answered))
        if not hurried:
            phases += [(name, visit(name), shown(name)) for name in tabs]
            phases.append(("clusters", lambda: None, drawn))

        def tell() -> None:
            for name, _, _ in phases:
                wall, cpu = gaps.largest[name], gaps.busiest[name]
                print(json.dumps({"phase": name, "wall": wall, "cpu": cpu}), flush=True)
            session.document.undo_stack.setClean()
            window.close()
            QApplication.quit()

        def go_through(number: int) -> None:
            if number == len(phases):
                tell()
                return
            name, act, done = phases[number]
            gaps.begin(name)
            act()
            wait(number, done)

        def wait(number: int, done: Callable[[], bool]) -> None:
            if done():
                QTimer.singleShot(LINGERS, window, lambda: go_through(number + 1))
            else:
                QTimer.singleShot(20, window, lambda: wait(number, done))

        window.first_painted.connect(lambda: go_through(0))
        QTimer.singleShot(1000 * LONGEST, window, lambda: QApplication.exit(1))

    start.begin = watched
    from app.__main__ import main as program

    return program([])


if __name__ == "__main__":
    sys.exit(main(hurried="hurried" in sys.argv))
