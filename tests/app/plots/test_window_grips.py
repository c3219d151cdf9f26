"""The window of the transform is dragged in chi(k), in Analysis and in Data."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.plots.window_grips import window_with
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(foil_entry())
    yield made
    made.leave()


def drag(plot, end: int, to: float, *, escape: bool = False) -> None:
    """Drag the grip number ``end`` to ``to`` (Å^-1)."""
    grip = plot.grips.ends[end]
    start = grip.handle().center().toPoint()
    # A grip moves with the mouse: positions are those of the screen.
    across = plot.to_pixel(to, 0.0).x() - grip.mapToParent(start).x()
    QTest.mousePress(grip, LEFT, pos=start)
    QTest.mouseMove(grip, (QPointF(start) + QPointF(across, 0.0)).toPoint())
    if escape:
        QTest.keyClick(grip, Qt.Key.Key_Escape)
    else:
        QTest.mouseRelease(grip, LEFT, pos=grip.handle().center().toPoint())


@pytest.mark.parametrize("tab", ["analysis", "data"])
def test_an_end_is_dragged_in_one_step_of_undo(desk, tab):
    desk.window.show_tab(tab)
    plot = desk.window.page(tab).middle.chi
    steps = desk.session.document.undo_stack.index()
    drag(plot, 1, 11.0)
    assert desk.project.window == pytest.approx((3.0, 11.0), abs=0.15)
    assert desk.session.document.undo_stack.index() == steps + 1
    desk.keys("Ctrl+Z")
    assert desk.project.window is None


def test_escape_leaves_the_window_as_it_was(desk):
    drag(desk.analysis.middle.chi, 0, 5.0, escape=True)
    assert desk.project.window is None
    assert desk.session.view().window == (3.0, 14.0)


def test_arrow_keys_move_an_end(desk):
    grip = desk.analysis.middle.chi.grips.ends[0]
    grip.setFocus()
    QTest.keyClick(grip, Qt.Key.Key_Right)
    QTest.keyClick(grip, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert desk.project.window == (3.6, 14.0)
    assert grip.accessibleDescription() == "3.6 Å⁻¹"


def test_ends_keep_apart_and_within_what_can_be_measured():
    assert window_with((3.0, 14.0), "start", 13.7) == (13.0, 14.0)
    assert window_with((3.0, 14.0), "start", -2.0) == (0.0, 14.0)
    assert window_with((3.0, 14.0), "end", 2.0) == (3.0, 4.0)
    assert window_with((3.0, 14.0), "end", 31.0) == (3.0, 20.0)


def test_a_k_weight_of_zero_is_one(desk):
    desk.click(desk.analysis.correction.weight.buttons[0])
    assert desk.project.k_weight == 0
    assert desk.session.view().k_weight == 0
