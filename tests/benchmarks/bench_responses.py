"""How soon the window answers: first visits, the first answer, E0 steps, a series.

Times of the clock mean little on a busy machine, where others compute, too: beside each
stands the CPU time of the window's thread, and the load when it was measured.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6")
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.look.preferences import Preferences
from app.session.service import CoreService, Question
from app.start import SWITCH, make_application, make_window
from onne_core.locations import models_folders
from onne_core.storage import Result
from onne_core.values.project import SpectrumEntry, with_spectra
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry, foil_summary

HERE = Path(__file__).resolve().parent
SPECTRA = 10_000
FRAMES = 120
ROWS_A_FRAME = 3
STEPS = 15
WAIT = 120_000
UP, DOWN = Qt.Key.Key_Up, Qt.Key.Key_Down


@pytest.mark.parametrize("hurried", [False, True])
def test_first_visits(figure, qapp, tmp_path, hurried):
    """The real program, started anew."""
    homes = {f"XDG_{kind}_HOME": str(tmp_path) for kind in ("CONFIG", "DATA", "CACHE")}
    found = subprocess.run(
        [sys.executable, str(HERE / "stall_probe.py"), *(["hurried"] * hurried)],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **homes},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    phases = [json.loads(line) for line in found.stdout.splitlines()]
    assert phases, found.stderr
    for one in phases:
        name = one["phase"] + ("_at_start" if hurried else "")
        note = f"longest turn; busiest: {one['cpu']:.0f} ms CPU of the window's thread"
        figure(f"stall_{name}_ms", one["wall"], wanted="< 50", note=note)
    if not hurried:
        busiest = max(one["cpu"] for one in phases)
        note = "CPU of the window's thread in its busiest turn, all of the above"
        figure("stall_cpu_ms", busiest, wanted="< 50", note=note)


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Return the time of the clock and the CPU time of this thread, ms."""
    begin = time.perf_counter(), time.thread_time()
    action()
    end = time.perf_counter(), time.thread_time()
    return 1e3 * (end[0] - begin[0]), 1e3 * (end[1] - begin[1])


def entries(count: int) -> tuple[SpectrumEntry, ...]:
    base = foil_entry()
    rng = np.random.default_rng(1)
    return tuple(
        replace(
            base,
            name=f"scan {i:05d}",
            spectrum=replace(
                base.spectrum,
                chi=base.spectrum.chi
                + 1e-4 * rng.standard_normal(base.spectrum.k.size),
            ),
            conditions={"temperature": 300.0 + 0.02 * i},
        )
        for i in range(count)
    )


def test_series_frames(figure, qtbot, tmp_path):
    """10,000 spectra that are answered: the table scrolls, the cursor moves."""
    desk = open_desk(qtbot, tmp_path)
    session, page = desk.session, desk.window.page("series")
    desk.window.show_tab("start")
    project = replace(with_spectra(desk.project, entries(SPECTRA)), along="temperature")
    ensemble = session.ensemble
    session.predictions.keep(
        {
            Question(entry, ensemble).digest: Result(
                None, 0.01, "2026-01-01T00:00:00+00:00", foil_summary(entry)
            )
            for entry in project.spectra
        }
    )
    session.edit(project, "Open")
    desk.settle()

    def first() -> None:
        desk.window.show_tab("series")
        qtbot.wait(1)

    wall, cpu = timed(first)
    assert page.series.size == SPECTRA
    note = f"{SPECTRA} spectra come on screen; {cpu:.0f} ms CPU"
    figure("series_first_ms", wall, wanted="-", note=note)
    bar, table = page.table.verticalScrollBar(), page.table

    def scroll() -> None:
        bar.setValue(bar.value() + ROWS_A_FRAME * table.rowHeight(0))
        table.viewport().repaint()

    def move() -> None:
        session.select((session.project.selected + 97) % SPECTRA)
        page.repaint()

    for name, act in (("series_frame_ms", scroll), ("series_cursor_ms", move)):
        taken = np.array([timed(act) for _ in range(FRAMES)])
        (wall, cpu), (_, high) = np.median(taken, axis=0), np.quantile(taken, 0.95, 0)
        what = "the table scrolls" if act is scroll else "the cursor moves"
        note = f"CPU, median of {FRAMES}: {what}; wall {wall:.0f}, 95 % {high:.0f} CPU"
        figure(name, cpu, wanted="< 33", note=note)
    desk.session.document.undo_stack.setClean()
    desk.leave()


@pytest.mark.skipif(
    not (models_folders()[0] / "ni-foil").is_dir(), reason="no models/ni-foil"
)
def test_steps_of_e0(figure, qtbot, tmp_path):
    """From a key in a field of Analysis to the result on screen, real networks."""
    make_application()
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    window, _ = make_window(CoreService(), Preferences(tmp_path / "preferences.ini"))
    qtbot.addWidget(
        window, before_close_func=lambda w: w.session.document.undo_stack.setClean()
    )
    window.resize(1440, 900)
    window.show()
    qtbot.waitExposed(window)
    session = window.session
    session._take_ensembles(session.service.ensembles())
    window.opening.open_example()
    qtbot.waitUntil(lambda: session.view().outcome.is_current, timeout=WAIT)
    page = window.page("analysis")
    card = page.correction

    def step(field) -> Callable[[], None]:
        def act() -> None:
            with qtbot.waitSignal(session.predictions.changed, timeout=WAIT):
                QTest.keyClick(field, UP)
            assert session.view().outcome.is_current
            page.repaint()

        return act

    def draw() -> None:
        QTest.keyClick(card.k_min, UP if card.k_min.value() < 4.0 else DOWN)
        page.repaint()

    for name, act in (
        ("e0_step_ms", step(card.e0)),
        ("s02_step_ms", step(card.s02)),
        ("window_step_ms", draw),
    ):
        act()
        taken = []
        for _ in range(STEPS):
            used = time.process_time()
            wall, own = timed(act)
            taken.append((wall, own, 1e3 * (time.process_time() - used)))
        wall, own, used = np.median(taken, axis=0)
        note = f"clock, median of {STEPS}; CPU: window {own:.0f}, all {used:.0f}"
        figure(name, wall, wanted="< 100", note=note)
    sys.setswitchinterval(before)
