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

from app.session.service import Question
from onne_core.locations import models_folders
from onne_core.storage import Result
from onne_core.values.project import SpectrumEntry, with_spectra
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry, foil_summary

HERE = Path(__file__).resolve().parent
SPECTRA = 10_000
FRAMES = 120
ROWS_A_FRAME = 3


def printed(probe: str, home: Path, *arguments: str) -> list[dict]:
    """Return what ``probe`` prints, the program started with an empty ``home``."""
    homes = {f"XDG_{kind}_HOME": str(home) for kind in ("CONFIG", "DATA", "CACHE")}
    found = subprocess.run(
        [sys.executable, str(HERE / probe), *arguments],
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), **homes},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    lines = [json.loads(line) for line in found.stdout.splitlines()]
    assert lines, found.stderr
    return lines


@pytest.mark.parametrize("hurried", [False, True])
def test_first_visits(figure, qapp, tmp_path, hurried):
    """The real program, started anew."""
    phases = printed("stall_probe.py", tmp_path, *(["hurried"] * hurried))
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
def test_steps_of_fields(figure, tmp_path):
    """From a key in a field of Analysis to the answer on screen: the real program."""
    for one in printed("step_probe.py", tmp_path):
        note = f"clock, median; CPU: window {one['own']:.0f}, all {one['cpu']:.0f}"
        figure(f"{one['field']}_step_ms", one["wall"], wanted="< 100", note=note)
