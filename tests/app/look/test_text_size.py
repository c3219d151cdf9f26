"""Larger and smaller text: at once, everywhere, remembered, and back again exactly."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QPushButton

from app.look import theme
from app.look.style_sheet import style_sheet
from app.look.text_size import SIZES, next_size
from app.structures.page import LEFT
from app.structures.right import NARROWEST
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry


def sizes(window) -> dict[str, tuple[int, ...]]:
    """Return the sizes of labels and buttons of Analysis that are seen, by their text.

    Those of the same text have the same size.
    """
    page = window.page("analysis")
    return {
        widget.text(): (
            QFontMetrics(widget.font()).height(),
            widget.minimumHeight(),
            widget.maximumWidth(),
        )
        for kind in (QLabel, QPushButton)
        for widget in page.findChildren(kind)
        if widget.isVisible()
    }


def test_larger_text_and_back(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, size=(1600, 1000))
    desk.add(foil_entry())
    window = desk.window
    # Rows that are added to a layout are seen when Qt has time for it.
    desk.qtbot.waitUntil(lambda: any("checks passed" in text for text in sizes(window)))
    before, tabs = sizes(window), window.tabs.height()
    desk.keys("Ctrl++")
    desk.keys("Ctrl++")
    assert theme.text_size() == 1.25
    assert desk.preferences.text_size == 1.25
    assert window.tabs.height() > tabs
    larger = sizes(window)
    # What has no room beside larger text is hidden.
    both = [(larger[text], before[text]) for text in larger.keys() & before]
    assert all(new[0] >= old[0] for new, old in both)
    assert sum(new[0] > old[0] for new, old in both) > 20
    desk.keys("Ctrl+0")
    assert theme.text_size() == 1.0
    desk.qtbot.waitUntil(lambda: window.tabs.height() == tabs)
    desk.qtbot.waitUntil(lambda: sizes(window) == before)
    desk.leave()


def test_a_window_begins_with_the_size_of_before(qtbot, tmp_path):
    first = open_desk(qtbot, tmp_path)
    first.keys("Ctrl+-")
    assert first.window.close()
    second = open_desk(qtbot, tmp_path)
    assert theme.text_size() == 0.9
    second.keys("Ctrl+0")
    for desk in (first, second):
        desk.leave()


def test_columns_that_come_later_are_as_wide_as_the_text_needs(qtbot, tmp_path):
    desk = open_desk(qtbot, tmp_path, size=(2400, 1400))
    desk.window.set_text_size(1.5)
    desk.add(foil_entry())
    table = desk.analysis.middle.shells.table
    assert table.verticalScrollBar().maximum() == 0
    desk.window.show_tab("shells")
    rows = desk.window.page("shells").editor.rows
    qtbot.waitUntil(lambda: not rows[-1].visibleRegion().isEmpty())
    desk.window.show_tab("structures")
    desk.settle()
    page = desk.window.page("structures")
    assert page.left.width() >= 1.5 * LEFT
    assert page.statistics.width() >= 1.5 * NARROWEST
    assert page.left.minimumWidth() == 1.5 * LEFT
    desk.window.set_text_size(1.0)
    assert page.left.minimumWidth() == LEFT
    desk.leave()


def test_sizes_go_up_and_down_and_stop_at_the_ends():
    assert next_size(1.0, 1) == 1.1
    assert next_size(1.0, -1) == 0.9
    assert next_size(SIZES[-1], 1) == SIZES[-1]
    assert next_size(SIZES[0], -1) == SIZES[0]
    assert next_size(1.3, 1) == 1.5


def test_lines_of_the_style_sheet_stay_thin():
    usual, large = (style_sheet(theme.LIGHT, size) for size in (1.0, 2.0))
    assert "border: 1px solid" in large
    assert "font-size: 14px" in usual
    assert "font-size: 28px" in large
