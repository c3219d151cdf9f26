"""Pages whose modules are not imported yet: the window waits for them in a thread."""

import sys
import types
from threading import Event

import pytest

from app.frame import page_imports
from tests.app.fakes import open_desk
from tests.app.seen import read_in

SLOW = "onne_test_slow_page"


@pytest.fixture
def gate(monkeypatch):
    """Let the module of the Series page take until the gate opens."""
    opened = Event()

    def slowly(name: str) -> None:
        assert name == SLOW
        assert opened.wait(20.0)
        sys.modules[name] = types.ModuleType(name)

    monkeypatch.setitem(page_imports.MODULES, "series", SLOW)
    monkeypatch.setattr(page_imports, "import_module", slowly)
    yield opened
    opened.set()
    sys.modules.pop(SLOW, None)


def test_a_tab_opens_when_its_modules_are_there(qtbot, tmp_path, gate):
    desk = open_desk(qtbot, tmp_path)
    desk.keys("Ctrl+6")
    assert desk.window.current == "start"
    assert "Opening Series" in read_in(desk.window.status)
    gate.set()
    qtbot.waitUntil(lambda: desk.window.current == "series", timeout=20_000)
    desk.leave()


def test_who_goes_elsewhere_meanwhile_stays_there(qtbot, tmp_path, gate):
    desk = open_desk(qtbot, tmp_path)
    desk.keys("Ctrl+6")
    desk.keys("Ctrl+2")
    with qtbot.waitSignal(desk.window.builder.ready, timeout=20_000):
        gate.set()
    assert desk.window.current == "shells"
    desk.leave()
