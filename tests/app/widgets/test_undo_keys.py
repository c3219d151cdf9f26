"""Ctrl+Z in a field undoes the project's last step; while one types, the typing."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QLineEdit, QWidget

from app.session.view import TABS
from app.widgets.fields import DoubleSpinBox, LineEdit, SpinBox
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(foil_entry())
    yield made
    made.leave()


def type_in(field: QWidget, text: str) -> None:
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, text)


def test_undo_and_redo_reach_the_project_from_a_number_field(desk):
    desk.activate()
    field = desk.analysis.correction.e0
    before = field.value()
    type_in(field, "3")
    QTest.keyClick(field, Qt.Key.Key_Return)
    desk.settle()
    assert desk.project.entry.e0 == 3.0
    assert field.hasFocus()
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
    desk.settle()
    assert desk.project.entry.e0 is None
    assert field.value() == before
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL | SHIFT)
    desk.settle()
    assert desk.project.entry.e0 == 3.0


def test_undo_takes_back_what_is_being_typed_first(desk):
    desk.activate()
    field = desk.analysis.correction.e0
    desk.session.edit(desk.project, "Nothing")
    shown, steps = field.text(), desk.session.document.undo_stack.index()
    type_in(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Z, CTRL)
    assert field.text() == shown
    assert desk.session.document.undo_stack.index() == steps


def test_every_field_of_the_tabs_leaves_undo_to_the_project(desk):
    count = 0
    for name in TABS:
        desk.window.show_tab(name)
        for field in desk.window.page(name).findChildren(QWidget):
            if isinstance(field, QLineEdit) and isinstance(
                field.parentWidget(), QAbstractSpinBox
            ):
                continue
            if isinstance(field, QAbstractSpinBox):
                assert isinstance(field, SpinBox | DoubleSpinBox)
                count += 1
            elif isinstance(field, QLineEdit):
                assert isinstance(field, LineEdit), field.accessibleName()
                count += 1
    assert count > 20
