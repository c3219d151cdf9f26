"""Tests of the window: own settings, and nothing left over afterwards."""

import gc
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest

collect_ignore_glob = [] if find_spec("PySide6") else ["*test_*.py"]

HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.gui)


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path) -> None:
    """Keep the user's preferences out of the tests, and the tests out of them."""
    from PySide6.QtCore import QSettings

    for form in (QSettings.Format.NativeFormat, QSettings.Format.IniFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(tmp_path / "settings"))


@pytest.fixture(autouse=True)
def nothing_left_over(qapp: object) -> Iterator[None]:
    """Fail a test that leaves a window, a running timer or a process behind."""
    windows, timers, processes = top_level_widgets(), running_timers(), children()
    yield
    delete_closed_widgets()
    left = [
        *(top_level_widgets() - windows),
        *(running_timers() - timers),
        *still_running(children() - processes),
    ]
    assert not left, f"left over: {left}"
    # What is left lives as long as the tests: the next search need not see it again.
    gc.freeze()


def delete_closed_widgets() -> None:
    """Let Qt and Python delete what is closed and no longer used."""
    from PySide6.QtCore import QCoreApplication, QEvent

    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    # Only now is what Python kept of the deleted windows garbage.
    gc.collect()


def top_level_widgets() -> set:
    """Return all windows, also those that are hidden."""
    from PySide6.QtWidgets import QApplication

    return set(QApplication.topLevelWidgets())


def running_timers() -> set:
    """Return the timers that Python knows and that are running."""
    from PySide6.QtCore import QTimer
    from shiboken6 import isValid

    timers = [item for item in gc.get_objects() if issubclass(type(item), QTimer)]
    return {timer for timer in timers if isValid(timer) and timer.isActive()}


def children() -> set[psutil.Process]:
    """Return the processes that this one has started, and theirs."""
    return set(psutil.Process().children(recursive=True))


def still_running(processes: set[psutil.Process]) -> list[psutil.Process]:
    """Return those ``processes`` that do not end by themselves at once.

    Python's own resource tracker lives as long as the tests do.
    """
    own = [process for process in processes if not is_tracker(process)]
    return psutil.wait_procs(own, timeout=3.0)[1]


def is_tracker(process: psutil.Process) -> bool:
    """Whether ``process`` is the resource tracker of multiprocessing."""
    try:
        return any("resource_tracker" in word for word in process.cmdline())
    except psutil.NoSuchProcess:
        return False
