"""Everything can be reached without a mouse, and has a name for those who hear it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSplitter,
    QSplitterHandle,
    QWidget,
)

from app.session.view import TABS
from tests.app.fakes import open_desk
from tests.app.foil import foil_entry

MOST_STEPS = 250


@pytest.fixture
def desk(qtbot, tmp_path):
    made = open_desk(qtbot, tmp_path)
    made.add(foil_entry("a"), foil_entry("b", stretch=1.05))
    yield made
    made.leave()


def spoken(widget: QWidget) -> str:
    """Return what a screen reader says of ``widget``."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton) and widget.text():
        return widget.text()
    buddies = [
        label.text()
        for label in widget.window().findChildren(QLabel)
        if label.buddy() is widget
    ]
    return buddies[0] if buddies else ""


def is_part(widget: QWidget) -> bool:
    """Whether ``widget`` belongs to another one, which has the name."""
    parent = widget.parentWidget()
    inner = isinstance(widget, QLineEdit) and not isinstance(parent, QWidget)
    return inner or (
        widget.objectName().startswith("qt_")
        or isinstance(widget, (QSplitterHandle, QSplitter, QScrollArea))
    )


def wanted(page: QWidget) -> set[QWidget]:
    """Return the controls of ``page`` that Tab must reach."""
    return {
        widget
        for widget in page.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
        and not is_part(widget)
    }


def reached(window: QWidget) -> set[QWidget]:
    """Return what has had the focus after pressing Tab again and again.

    The clusters' view keeps it while Tab goes through the atoms.
    """
    found: set[QWidget] = set()
    for _ in range(MOST_STEPS):
        focus = QApplication.focusWidget() or window
        QTest.keyClick(focus, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is None or (now in found and now is not focus):
            break
        found.add(now)
    return found


def groups(widgets: set[QWidget]) -> set[QWidget]:
    """Return ``widgets`` without radio-like buttons: arrows move among those."""
    return {
        widget
        for widget in widgets
        if not (
            isinstance(widget, QAbstractButton)
            and widget.group() is not None
            and widget.group().exclusive()
        )
    }


@pytest.mark.parametrize("name", ["start", *TABS])
def test_tab_reaches_every_control_and_each_has_a_name(desk, qtbot, name):
    window = desk.window
    with qtbot.waitActive(window):
        window.activateWindow()
    window.show_tab(name)
    desk.settle()
    QApplication.processEvents()
    page = window.page(name)
    nameless = [widget for widget in wanted(page) if not spoken(widget)]
    assert nameless == []
    window.focus_page()
    missed = groups(wanted(page)) - reached(window)
    missed = {w for w in missed if w.isVisible() and not holds_focus(w)}
    assert missed == set()


def holds_focus(widget: QWidget) -> bool:
    """Whether ``widget`` keeps Tab for itself, as a text does."""
    return isinstance(widget, (QPlainTextEdit, QComboBox)) and not widget.isEnabled()


def test_every_menu_entry_has_a_letter_or_a_key_and_none_is_given_twice(desk):
    actions = desk.window.actions_by_name
    keys = [a.shortcut().toString() for a in actions.values() if a.shortcut()]
    keys = [key for key in keys if key]
    assert len(keys) == len(set(keys))
    for menu in desk.window.menus.values():
        assert "&" in menu.title()
        entries = [action for action in menu.actions() if not action.isSeparator()]
        bare = [entry for entry in entries if "&" not in entry.text()]
        assert [entry.text() for entry in bare if entry.shortcut().isEmpty()] == []
        lettered = [entry.text() for entry in entries if entry not in bare]
        letters = [text.partition("&")[2][0].lower() for text in lettered]
        assert len(letters) == len(set(letters)), lettered
