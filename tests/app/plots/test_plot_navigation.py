"""Zoom, pan, read-out and clipboard of the plots, by mouse and by keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.plots.plane import within
from app.plots.plot import Plot
from app.plots.readout import decimals_for
from app.plots.theme import pen
from app.start import make_application

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier


class LinePlot(Plot):
    """A straight line from (0, 0) to (10, 5)."""

    def __init__(self) -> None:
        super().__init__("Line")
        self.begin(bottom="<i>r</i> (Å)", left="<i>g</i> (Å⁻¹)")
        self.set_range((0.0, 10.0), (0.0, 5.0))
        x = np.linspace(0.0, 10.0, 11)
        self.curve(x, 0.5 * x, pen("#000000"), name="half")


@pytest.fixture
def plot(qtbot):
    make_application()
    made = LinePlot()
    qtbot.addWidget(made)
    made.resize(500, 300)
    made.show()
    qtbot.waitExposed(made)
    QApplication.processEvents()
    return made


def drag(plot, start, end, *, button=LEFT, keys=NONE):
    """Drag from one point of the plane to another."""
    view = plot.viewport()
    first, last = (plot.to_pixel(*point).toPoint() for point in (start, end))
    QTest.mousePress(view, button, keys, first)
    move(view, (first + last) / 2, button, keys)
    move(view, last, button, keys)
    QTest.mouseRelease(view, button, keys, last)


def move(view, position, buttons, keys=NONE):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    there = QPointF(position)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        there,
        QPointF(view.mapToGlobal(position)),
        Qt.MouseButton.NoButton,
        buttons,
        keys,
    )
    QApplication.sendEvent(view, event)


def turn(plot, point, steps, keys=NONE):
    there = plot.to_pixel(*point)
    event = QWheelEvent(
        there,
        plot.viewport().mapToGlobal(there),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def test_a_rectangle_zooms_and_a_double_click_shows_everything(plot):
    drag(plot, (2.0, 1.0), (6.0, 4.0))
    assert plot.is_zoomed
    assert plot.navigator.reset.isVisible()
    shown = plot.shown
    assert (shown.left(), shown.right()) == pytest.approx((2.0, 6.0), abs=0.1)
    assert (shown.top(), shown.bottom()) == pytest.approx((1.0, 4.0), abs=0.1)
    assert plot.body.box.viewRange()[0] == pytest.approx([2.0, 6.0], abs=0.1)
    QTest.mouseDClick(plot.viewport(), LEFT, NONE, plot.to_pixel(4.0, 2.0).toPoint())
    assert not plot.is_zoomed
    assert plot.body.box.viewRange()[0] == pytest.approx([0.0, 10.0])
    assert not plot.navigator.reset.isVisible()


def test_a_flat_drag_keeps_the_whole_height(plot):
    drag(plot, (3.0, 2.0), (5.0, 2.05))
    assert plot.shown.left() == pytest.approx(3.0, abs=0.1)
    assert (plot.shown.top(), plot.shown.bottom()) == pytest.approx((0, 5), abs=0.06)


def test_a_click_is_no_zoom_and_tells_its_point(qtbot, plot):
    with qtbot.waitSignal(plot.clicked) as told:
        QTest.mouseClick(plot.viewport(), LEFT, NONE, plot.to_pixel(4.0, 2.0).toPoint())
    assert told.args[0].x() == pytest.approx(4.0, abs=0.05)
    assert not plot.is_zoomed


def test_the_button_shows_everything_again(plot):
    drag(plot, (2.0, 1.0), (6.0, 4.0))
    QTest.mouseClick(plot.navigator.reset, LEFT)
    assert not plot.is_zoomed


def test_the_wheel_zooms_at_the_mouse(plot):
    turn(plot, (2.0, 1.0), 2)
    assert plot.shown.width() == pytest.approx(10.0 / 1.25**2)
    assert plot.to_pixel(2.0, 1.0).x() == pytest.approx(
        plot.frame.left() + 0.2 * plot.frame.width(), abs=1.5
    )
    turn(plot, (2.0, 1.0), -3)
    assert not plot.is_zoomed


def test_the_wheel_with_shift_leaves_the_height(plot):
    turn(plot, (5.0, 1.0), 1, SHIFT)
    assert plot.shown.width() == pytest.approx(8.0)
    assert plot.shown.height() == pytest.approx(5.0)


@pytest.mark.parametrize(("button", "keys"), [(MIDDLE, NONE), (LEFT, SHIFT)])
def test_a_zoomed_plot_is_moved_but_never_off_its_content(plot, button, keys):
    plot.show_part(QRectF(4.0, 2.0, 2.0, 1.0))
    drag(plot, (5.0, 2.5), (4.5, 2.5), button=button, keys=keys)
    assert plot.shown.left() == pytest.approx(4.5, abs=0.05)
    for _ in range(8):
        drag(
            plot,
            plot_centre(plot),
            (plot.shown.left(), plot.shown.top()),
            button=button,
            keys=keys,
        )
    assert plot.shown.right() == pytest.approx(10.0)


def plot_centre(plot):
    centre = plot.shown.center()
    return centre.x(), centre.y()


def test_keys_zoom_move_and_return(plot):
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.shown.width() == pytest.approx(8.0)
    left = plot.shown.left()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert plot.shown.left() == pytest.approx(left + 0.8)
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert plot.shown.bottom() == pytest.approx(4.9)
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert not plot.is_zoomed


def test_a_new_picture_of_the_same_axes_keeps_the_part(plot):
    plot.show_part(QRectF(4.0, 2.0, 2.0, 1.0))
    plot.begin(bottom="<i>r</i> (Å)", left="<i>g</i> (Å⁻¹)")
    plot.set_range((0.0, 10.0), (0.0, 5.0))
    assert plot.shown.left() == pytest.approx(4.0)
    plot.begin(bottom="<i>k</i> (Å⁻¹)", left="<i>χ</i>")
    assert not plot.is_zoomed


def test_the_values_under_the_mouse_are_told(plot):
    move(plot.viewport(), plot.to_pixel(4.0, 1.0).toPoint(), Qt.MouseButton.NoButton)
    text = plot.navigator.readout.text
    assert "<i>r</i> = 4.0" in text, text
    assert "half 2.0" in text
    move(plot.viewport(), QPoint(2, 2), Qt.MouseButton.NoButton)
    assert plot.navigator.readout.text == ""


def test_a_plot_is_copied_as_a_picture_and_as_svg(plot):
    plot.copy()
    content = QGuiApplication.clipboard().mimeData()
    assert content.hasImage()
    svg = bytes(content.data("image/svg+xml").data())
    assert svg.startswith(b"<?xml")
    assert b"<path" in svg


def test_what_is_wanted_is_cut_to_what_there_is():
    home = QRectF(0.0, 0.0, 10.0, 5.0)
    assert within(QRectF(-5.0, -5.0, 30.0, 30.0), home) is None
    part = within(QRectF(9.0, 4.0, 4.0, 2.0), home)
    assert part == QRectF(6.0, 3.0, 4.0, 2.0)
    tiny = within(QRectF(5.0, 2.0, 0.0, 0.0), home)
    assert tiny is not None
    assert tiny.width() > 0.0


def test_decimals_follow_the_extent():
    assert decimals_for(6.0) == 2
    assert decimals_for(100.0) == 1
    assert decimals_for(0.02) == 5
