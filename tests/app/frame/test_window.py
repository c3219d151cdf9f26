"""The window as a whole: tabs, keys, banners, drops, colours, closing, starting."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QSplitter

from app.__main__ import NO_DISPLAY, display_problem
from app.frame.faults import FaultDialog, Faults
from app.frame.help import HelpDialog
from app.frame.strips import TABS
from app.look import theme
from app.session.notice import Notice
from app.widgets import dialogs
from onne_core.values.project import with_entry
from tests.app.fakes import ROOT, open_desk
from tests.app.foil import foil_entry
from tests.app.seen import lines_in

HEAVY = (
    "pyqtgraph",
    "scipy",
    "numba",
    "larch",
    "onnxruntime",
    "matplotlib",
    "tensorflow",
    "ase",
)


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    yield made
    made.leave()


def mime(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def mean_lightness(window) -> int:
    size, smooth = QSize(1, 1), Qt.TransformationMode.SmoothTransformation
    fill = Qt.AspectRatioMode.IgnoreAspectRatio
    image = window.grab().toImage().scaled(size, fill, smooth)
    return image.pixelColor(0, 0).lightness()


def hover(desk, *paths: Path) -> QMimeData:
    data = mime(*paths)
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    nothing = Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(400, 400), actions, data, button, nothing)
    desk.window.dragEnterEvent(event)
    assert event.isAccepted()
    return data


def drop(desk, data: QMimeData) -> None:
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    nothing = Qt.KeyboardModifier.NoModifier
    event = QDropEvent(QPointF(400, 400), actions, data, button, nothing)
    desk.window.dropEvent(event)


def _is_of_qt(item: QAbstractButton) -> bool:
    return item.objectName().startswith("qt_")


def test_the_tabs_open_by_click_and_by_number(desk):
    for name in TABS:
        desk.click(desk.window.tabs.tabs[name])
        assert desk.window.current == name
    for number, name in enumerate(TABS, 1):
        desk.keys(f"Ctrl+{number}")
        assert desk.window.current == name
        assert desk.window.tabs.tabs[name].isChecked()


def test_a_real_shortcut_reaches_the_window(desk, qtbot):
    desk.activate()
    QTest.keyClick(desk.window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert desk.window.current == "training"


def test_every_button_and_field_has_a_name(desk):
    desk.add()
    for name in ("start", *TABS):
        desk.window.show_tab(name)
        page = desk.window.page(name)
        nameless = [
            item
            for item in page.findChildren(QAbstractButton)
            if not (item.text() or item.accessibleName() or _is_of_qt(item))
        ]
        assert nameless == []
    desk.settle()


def test_f6_goes_round_the_columns(desk, qtbot):
    desk.add()
    desk.activate()
    columns = desk.analysis.columns()
    columns[0].setFocus()
    desk.keys("F6")
    assert columns[1].hasFocus()
    desk.keys("F6")
    desk.keys("F6")
    assert columns[0].hasFocus()


def test_ctrl_return_presses_the_filled_button(desk, monkeypatch):
    asked = []
    monkeypatch.setattr(dialogs.FileDialogs, "files", lambda *_: asked.append(1))
    desk.keys("Ctrl+Return")
    assert asked == [1]


def test_what_cannot_be_done_is_not_offered(desk):
    for name in ("undo", "redo", "export", "export_table", "save", "remove", "cancel"):
        assert not desk.window.actions_by_name[name].isEnabled(), name
    desk.add()
    for name in ("undo", "export", "export_table", "save", "remove"):
        assert desk.window.actions_by_name[name].isEnabled(), name


def test_dark_and_light_change_everything_and_are_remembered(desk):
    desk.add()
    desk.window.set_scheme("dark")
    assert theme.current().dark
    assert desk.preferences.scheme == "dark"
    dark = mean_lightness(desk.window)
    desk.window.set_scheme("light")
    light = mean_lightness(desk.window)
    assert dark < 80 < 200 < light


def test_a_banner_shows_details_and_goes(desk):
    pressed = []
    notice = Notice(
        "x.dat could not be opened",
        "Line 3 has no number; correct it.",
        "error",
        details="File: /data/x.dat",
        actions=(("Try again", lambda: pressed.append(1)),),
    )
    desk.session.noticed.emit(notice)
    (banner,) = desk.window.banners.banners()
    assert not banner.details.isVisible()
    desk.click(banner.toggle)
    assert banner.details.isVisible()
    buttons = {
        b.text() or b.accessibleName(): b for b in banner.findChildren(QAbstractButton)
    }
    desk.click(buttons["Try again"])
    assert pressed == [1]
    desk.click(buttons["Dismiss this message"])
    assert desk.window.banners.banners() == []


def test_banners_do_not_pile_up(desk):
    for number in range(6):
        desk.session.noticed.emit(Notice(f"Notice {number}", "text"))
    titles = [banner.notice.title for banner in desk.window.banners.banners()]
    assert titles == ["Notice 3", "Notice 4", "Notice 5"]


def test_a_hovering_file_is_explained_and_a_drop_opens_it(desk, tmp_path, monkeypatch):
    files = [tmp_path / "a.chi", tmp_path / "b.chi"]
    data = hover(desk, *files)
    assert desk.window.drop_panel.isVisible()
    assert "Add 2 spectra to Analysis" in lines_in(desk.window.drop_panel)
    desk.window.dragLeaveEvent(QDragLeaveEvent())
    assert not desk.window.drop_panel.isVisible()
    opened = []
    monkeypatch.setattr(desk.window.opening, "open_spectra", opened.append)
    drop(desk, data)
    desk.qtbot.waitUntil(lambda: bool(opened))
    assert list(opened[0]) == files


def test_the_log_panel_shows_lines_as_they_come(desk):
    logging.getLogger("onne_core.test").warning("the first line")
    desk.keys("Ctrl+L")
    panel = desk.window.log_panel
    assert panel.isVisible()
    assert "the first line" in panel.lines.toPlainText()
    logging.getLogger("onne_core.test").warning("one from now")
    assert "one from now" in panel.lines.toPlainText()
    panel.copy()
    assert "the first line" in QApplication.clipboard().text()
    desk.keys("Ctrl+L")
    assert not panel.isVisible()


def test_help_keys_and_about_open_and_close(desk):
    for name, kind in (
        ("help", HelpDialog),
        ("keys", HelpDialog),
        ("about", HelpDialog),
    ):
        desk.window.actions_by_name[name].trigger()
        dialog = desk.window.findChildren(kind)[-1]
        assert dialog.isVisible()
        dialog.accept()


def test_a_fault_is_shown_once_with_its_traceback(desk, qtbot):
    faults = desk.window.findChild(Faults)
    faults.report(KeyError("first"))
    faults.report(KeyError("second"))
    (dialog,) = desk.window.findChildren(FaultDialog)
    assert "KeyError: 'first'" in dialog.traceback.toPlainText()
    assert "PySide6" in dialog.traceback.toPlainText()
    dialog.accept()


def test_steps_are_named_in_the_menu(desk):
    desk.add()
    desk.session.edit(with_entry(desk.project, 0, e0=3.0), "Set E0")
    assert desk.window.actions_by_name["undo"].text() == "&Undo Set E0"
    desk.keys("Ctrl+Z")
    assert desk.window.actions_by_name["redo"].text() == "&Redo Set E0"
    assert desk.window.actions_by_name["undo"].text() == "&Undo Open"
    desk.settle()


def test_closing_asks_only_where_decisions_would_be_lost(desk, monkeypatch):
    asked = []
    button = QMessageBox.StandardButton
    monkeypatch.setattr(
        dialogs, "ask_to_save", lambda *_: asked.append(1) or button.Cancel
    )
    desk.add()
    assert desk.window.commands.may_close()
    desk.session.edit(with_entry(desk.project, 0, e0=3.0), "Set E0")
    desk.settle()
    assert not desk.window.close()
    assert asked == [1]
    assert desk.window.isVisible()


def test_several_opened_files_are_not_dropped_without_a_question(desk, monkeypatch):
    asked = []
    button = QMessageBox.StandardButton
    monkeypatch.setattr(
        dialogs, "ask_to_save", lambda *_: asked.append(1) or button.Cancel
    )
    desk.add(*(foil_entry(f"scan {number}") for number in range(3)))
    assert not desk.window.close()
    desk.keys("Ctrl+N")
    assert len(desk.project.spectra) == 3
    assert asked == [1, 1]


def test_a_new_project_forgets_the_old_one(desk, monkeypatch):
    discard = QMessageBox.StandardButton.Discard
    monkeypatch.setattr(dialogs, "ask_to_save", lambda *_: discard)
    desk.add(foil_entry("a"), foil_entry("b", stretch=1.1))
    desk.keys("Ctrl+N")
    assert desk.window.current == "start"
    assert desk.project.spectra == ()
    assert not desk.session.document.undo_stack.canUndo()


def test_the_widths_of_the_columns_are_remembered(qtbot, tmp_path):
    first = open_desk(qtbot, tmp_path)
    first.window.show_tab("analysis")
    splitter = first.analysis.findChild(QSplitter, "analysis")
    left, middle, right = splitter.sizes()
    splitter.setSizes([left + 90, middle - 90, right])
    moved = splitter.sizes()
    assert moved[0] > left
    assert first.window.close()
    second = open_desk(qtbot, tmp_path)
    second.window.show_tab("analysis")
    assert second.analysis.findChild(QSplitter, "analysis").sizes() == moved
    for desk in (first, second):
        desk.leave()


def test_without_a_display_there_is_one_line_and_status_2():
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    run = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("Other platforms always have a display.")
    assert run.returncode == NO_DISPLAY
    assert run.stderr.count("\n") == 1
    assert "no display" in run.stderr
    assert "onne predict" in run.stderr


def test_a_display_is_recognised():
    assert display_problem({"DISPLAY": ":0"}, "linux") == ""
    assert display_problem({"WAYLAND_DISPLAY": "wayland-0"}, "linux") == ""
    assert display_problem({"QT_QPA_PLATFORM": "offscreen"}, "linux") == ""
    assert display_problem({}, "darwin") == ""


@pytest.mark.parametrize("arguments", [(), ("--example",)])
def test_nothing_heavy_is_imported_before_the_window_shows(arguments):
    """The modules are listed at the moment of the first paint."""
    script = f"""
import sys
from PySide6.QtCore import QTimer
import app.start as start
made = start.make_window
def watched(*given, **named):
    window, faults = made(*given, **named)
    def painted():
        print(",".join(m for m in {HEAVY!r} if m in sys.modules) or "none")
        sys.stdout.flush()
        import os
        os._exit(0)
    window.first_painted.connect(painted)
    return window, faults
start.make_window = watched
from app.__main__ import main
main({list(arguments)!r})
"""
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.strip() == "none", run.stderr


def test_the_log_keeps_what_the_banners_have_no_room_for(desk, tmp_path):
    for number in range(5):
        path = tmp_path / f"notes {number}.md"
        path.write_text("# Beamtime\n\nno spectrum\n", encoding="utf-8")
        desk.window.commands.drop([path])
        desk.settle()
    assert len(desk.window.banners.banners()) < 5
    desk.keys("Ctrl+L")
    logged = desk.window.log_panel.lines.toPlainText()
    assert all(f"notes {number}.md" in logged for number in range(5))
