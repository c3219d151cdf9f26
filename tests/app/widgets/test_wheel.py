"""The wheel over a field without the focus scrolls the page and changes nothing."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollBar,
    QWidget,
)

from app.session.view import TABS
from app.widgets.fields import ComboBox, DoubleSpinBox, Slider, SpinBox
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry

FIELDS = (QAbstractSpinBox, QComboBox, QAbstractSlider)


def fields_in(root: QWidget) -> list[QWidget]:
    return [
        widget
        for widget in root.findChildren(QWidget)
        if isinstance(widget, FIELDS)
        and not isinstance(widget, QScrollBar)
        and widget.window() is root.window()
    ]


def value_of(field: QWidget) -> object:
    if isinstance(field, QComboBox):
        return field.currentIndex()
    return field.value()  # type: ignore[attr-defined]


def turn_wheel(widget: QWidget, *, up: bool = False) -> bool:
    """Turn the wheel by one notch over ``widget``; return whether it took that."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, 120 if up else -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.setAccepted(False)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(foil_entry())
    yield made
    made.leave()


def assert_wheel_changes_nothing(root: QWidget) -> int:
    found = fields_in(root)
    for field in found:
        field.clearFocus()
        before = value_of(field)
        for up in (True, False, False):
            turn_wheel(field, up=up)
            assert value_of(field) == before, field.accessibleName()
            assert not field.hasFocus(), field.accessibleName()
    return len(found)


def test_no_field_of_any_tab_takes_the_wheel(desk):
    before = desk.project
    count = 0
    for name in TABS:
        desk.window.show_tab(name)
        count += assert_wheel_changes_nothing(desk.window)
    assert count > 20
    assert desk.project == before


def test_no_field_of_the_dialogs_takes_the_wheel(desk):
    commands = desk.window.commands
    for opened in (commands.training.new_set, commands.training.train, commands.export):
        opened()
    dialogs = [one for one in QApplication.topLevelWidgets() if one.isModal()]
    assert sum(map(assert_wheel_changes_nothing, dialogs)) > 3
    for dialog in dialogs:
        dialog.close()


@pytest.mark.parametrize("make", [ComboBox, SpinBox, DoubleSpinBox, Slider])
def test_a_field_with_the_focus_takes_the_wheel(qtbot, make):
    field = make(Qt.Orientation.Horizontal) if make is Slider else make()
    if isinstance(field, ComboBox):
        field.addItems(["one", "two"])
    qtbot.addWidget(field)
    field.show()
    before = value_of(field)
    with qtbot.waitActive(field):
        field.activateWindow()
        field.setFocus()
    assert turn_wheel(field, up=not isinstance(field, ComboBox))
    assert value_of(field) != before
