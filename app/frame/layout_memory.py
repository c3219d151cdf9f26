"""Window size and column widths, remembered between starts."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QWidget

from app.look.preferences import Preferences
from app.session.page import Columns

SIZE = (1440, 900)
"""Size of the window at the first start, where the screen has room for it."""


def remember_size(window: QMainWindow, preferences: Preferences) -> None:
    """Store the size of ``window``."""
    preferences.set_state("window", window.saveGeometry())


def remember_columns(page: QWidget, preferences: Preferences) -> None:
    """Store the widths of the columns of ``page``."""
    for splitter in page.findChildren(Columns):
        preferences.set_state(_name(splitter), splitter.saveState())


def restore_size(window: QMainWindow, preferences: Preferences) -> None:
    """Restore the size of ``window``."""
    state = preferences.state("window")
    if state.isEmpty() or not window.restoreGeometry(state):
        screen = QGuiApplication.primaryScreen().availableGeometry()
        window.resize(min(SIZE[0], screen.width()), min(SIZE[1], screen.height()))


def restore_columns(page: QWidget, preferences: Preferences) -> None:
    """Give the columns of ``page`` the widths they had, or their first ones."""
    for splitter in page.findChildren(Columns):
        state = preferences.state(_name(splitter))
        if state.isEmpty() or not splitter.restoreState(state):
            splitter.begin()


def _name(splitter: Columns) -> str:
    return f"columns-{splitter.objectName()}"
