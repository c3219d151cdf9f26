"""Which files of a watched folder are reported, and which count as read."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import SignalInstance

from app.series import live_folder
from app.series.live_folder import LiveFolder
from tests.app.fakes import open_desk
from tests.app.series.test_series import write_scan

WAIT = 30_000


@pytest.fixture
def quick(monkeypatch) -> None:
    for name in ("SETTLED", "SETTLED_AGAIN"):
        monkeypatch.setattr(live_folder, name, 0.05)
    monkeypatch.setattr(live_folder, "POLL", 50)


@pytest.fixture
def live(qtbot, quick) -> Iterator[LiveFolder]:
    made = LiveFolder()
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "live"
    made.mkdir()
    for name in ("a", "b"):
        (made / f"{name}.chi").write_text("1 2\n")
    return made


def reported(qtbot, found: SignalInstance) -> list[str]:
    """Return the names that come next."""
    with qtbot.waitSignal(found, timeout=WAIT) as come:
        pass
    return [path.name for path in come.args[0]]


def test_what_nobody_could_read_comes_again(qtbot, live, folder) -> None:
    live.watch(folder)
    assert reported(qtbot, live.found) == ["a.chi", "b.chi"]
    assert live.count == 0
    live.note_read([folder / "a.chi"])
    live.note_unread([folder / "b.chi"])
    assert live.count == 1
    assert reported(qtbot, live.found) == ["b.chi"]


def test_a_file_that_ends_every_reader_is_given_up(qtbot, live, folder) -> None:
    (folder / "b.chi").unlink()
    live.watch(folder)
    for _ in range(live_folder.TRIES):
        assert reported(qtbot, live.found) == ["a.chi"]
        live.note_unread([folder / "a.chi"])
    with qtbot.assertNotEmitted(live.found, wait=400):
        pass


@pytest.mark.skipif(os.name != "posix", reason="no inodes")
def test_other_content_of_equal_size_and_time_is_new(qtbot, live, folder) -> None:
    live.watch(folder)
    live.note_read([folder / name for name in reported(qtbot, live.found)])
    path = folder / "a.chi"
    times = path.stat()
    path.write_text("3 4\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert reported(qtbot, live.found) == ["a.chi"]


@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
def test_files_of_a_killed_reader_are_read_all_the_same(
    qtbot, tmp_path, folder, quick
) -> None:
    desk = open_desk(qtbot, tmp_path)
    for path in folder.iterdir():
        path.unlink()
    for number in range(5):
        write_scan(folder, number, temperature=300.0 + number)
    desk.window.show_tab("series")
    desk.window.commands.series.live.watch(folder)
    jobs = desk.session.jobs
    qtbot.waitUntil(lambda: any(job.pid for job in jobs.running), timeout=WAIT)
    for pid in filter(None, [job.pid for job in jobs.running]):
        os.kill(pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: len(desk.project.spectra) == 5, timeout=2 * WAIT)
    desk.window.commands.series.live.stop()
    desk.settle()
    desk.session.document.undo_stack.setClean()
    desk.leave()
