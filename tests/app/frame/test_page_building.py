"""Pages are made in steps: the window goes on meanwhile, the awaited one is first."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.frame.page_building import PageBuilder
from app.frame.page_factory import PageFactory
from app.frame.strips import TABS
from app.frame.window import FIRST
from app.session.page import Columns, Page
from tests.app.fakes import open_desk

ROOT = Path(__file__).parents[3]
STEPS = 4


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


class Workshop:
    """Makes empty pages in STEPS steps, and remembers their order."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.pages: list[QWidget] = []

    def make(self, name: str):
        page = Page(name)
        self.pages.append(page)
        for _ in range(STEPS):
            self.steps.append(name)
            yield
        return page


@pytest.fixture
def workshop(qtbot):
    made = Workshop()
    yield made
    for page in made.pages:
        page.deleteLater()


@pytest.fixture
def builder(workshop):
    made = PageBuilder(workshop.make)
    yield made
    made.close()


def test_every_page_is_made_in_many_steps(desk):
    """A page in one piece would hold the window up for a fifth of a second."""
    window = desk.window
    factory = PageFactory(
        desk.session, window.opening, window.commands, window.stack, window.show_tab
    )
    for name in TABS:
        making = factory.make(name)
        assert sum(1 for _ in making) >= 5, name
        desk.window.stack.widget(desk.window.stack.count() - 1).deleteLater()


def test_pages_are_made_while_the_event_loop_goes_on(desk, qtbot):
    ticks, seen = [], []
    timer = QTimer(interval=0)
    timer.timeout.connect(lambda: ticks.append(len(desk.window.builder.made)))
    timer.start()
    desk.window.builder.ready.connect(lambda name: seen.append((name, len(ticks))))
    desk.window.prepare_pages()
    qtbot.waitUntil(lambda: not desk.window.builder.is_busy, timeout=60_000)
    timer.stop()
    names, at = zip(*seen, strict=True)
    assert names == FIRST
    gone_on = [after - before for before, after in zip((0, *at), at, strict=False)]
    assert min(gone_on) >= 3
    assert desk.window.current == "start"


def test_a_tab_that_is_wanted_is_made_first_and_opens_by_itself(desk, qtbot):
    opened = []
    desk.window.prepare_pages()
    desk.window.builder.ready.connect(opened.append)
    desk.keys("Ctrl+4")
    assert desk.window.current == "start"
    assert "Opening Training" in desk.window.status.left.text()
    qtbot.waitUntil(lambda: desk.window.current == "training", timeout=60_000)
    assert opened == ["training"]
    assert desk.window.stack.currentWidget() is desk.window.page("training")


def test_pages_that_were_made_beforehand_open_at_once(desk, qtbot):
    desk.window.prepare_pages()
    desk.keys("Ctrl+5")
    qtbot.waitUntil(lambda: set(TABS) <= set(desk.window.builder.made), timeout=60_000)
    for number, name in enumerate(TABS, 1):
        desk.keys(f"Ctrl+{number}")
        assert desk.window.current == name
        assert desk.window.page(name).isVisible()
    rows = desk.window.page("shells").editor.rows
    assert rows[0].name.text() == "Ni–Ni 1"


def test_a_page_half_made_is_finished_where_it_is_needed(builder, workshop, qtbot):
    builder.begin("shells")
    qtbot.waitUntil(lambda: bool(workshop.steps), timeout=10_000)
    page = builder.page("shells")
    assert workshop.steps == STEPS * ["shells"]
    assert builder.page("shells") is page
    assert builder.made == {"shells": page}


def test_nothing_is_made_beforehand_while_others_want_python(workshop, qtbot):
    answers, asked = [False], []

    def may_go_on() -> bool:
        asked.append(len(workshop.steps))
        return answers[0]

    builder = PageBuilder(workshop.make, may_go_on=may_go_on)
    builder.begin("shells", "series")
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=10_000)
    assert workshop.steps == []
    assert builder.must_wait("series")  # but who waits for a page gets it
    qtbot.waitUntil(lambda: "series" in builder.made, timeout=10_000)
    assert set(workshop.steps) == {"series"}
    answers[0] = True
    qtbot.waitUntil(lambda: "shells" in builder.made, timeout=10_000)
    builder.close()


def test_until_it_begins_pages_are_made_at_once(builder, workshop):
    assert not builder.must_wait("start")
    assert builder.page("start") is workshop.pages[0]
    assert not builder.is_busy


def test_the_window_closes_while_pages_are_made(desk, qtbot):
    """Columns of a page that nobody has opened are not remembered."""
    desk.window.show_tab("training")
    qtbot.waitUntil(lambda: desk.window.current == "training", timeout=60_000)
    desk.window.prepare_pages()
    stack = desk.window.stack
    qtbot.waitUntil(lambda: len(stack.findChildren(Columns)) > 1, timeout=60_000)
    desk.window.close()
    assert not desk.window.builder.is_busy
    for name in TABS:
        state = desk.preferences.state(f"columns-{name}")
        assert state.isEmpty() == (name != "training")


def test_ensembles_are_read_in_another_thread(desk, qtbot, monkeypatch):
    """Reading them all would hold the window up."""
    readers, found = [], desk.service.offered[::-1]

    def ensembles():
        readers.append(threading.current_thread())
        return found

    monkeypatch.setattr(desk.service, "ensembles", ensembles)
    with qtbot.waitSignal(desk.session.changed, timeout=10_000):
        desk.session.find_ensembles()
    assert desk.session.view().ensembles == found
    assert readers[0] is not threading.main_thread()


def test_what_jobs_answer_brings_no_heavy_modules_into_the_window():
    """The window's thread reads it: importing would hold it up for a second."""
    script = """
import pickle, sys
sys.path.insert(0, "")
from app.structures import samples
from onne_core.values import sample, shells_of_structure
heavy = ("deap", "numba", "scipy", "ase", "onne_core.pipeline.phases.samples")
assert not [m for m in heavy if m in sys.modules]
values = ("onne_core.values.sample", "onne_core.values.shells_of_structure")
for name in ("app.structures.samples", *values):
    assert name in sys.modules
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    from onne_core.pipeline.phases import samples
    from onne_core.pipeline.sets import ranges_from_structure

    assert samples.Sample.__module__ == "onne_core.values.sample"
    assert (
        ranges_from_structure.StructureShells.__module__
        == "onne_core.values.shells_of_structure"
    )
