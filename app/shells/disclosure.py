"""Heading that opens and closes the content below it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QWidget

from app.look import icons
from app.widgets.basics import ICON, label
from app.widgets.layouts import column_of


class Disclosure(QWidget):
    """Disclosure of ``body``; a line summarises its settings while closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.toggle = QToolButton()
        self.toggle.setText(text)
        self.toggle.setAccessibleName(text)
        self.toggle.setCheckable(True)
        self.toggle.setProperty("role", "disclosure")
        self.toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggle.setIconSize(ICON)
        self.toggle.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.toggle.setCursor(Qt.CursorShape.PointingHandCursor)
        self._summary = label("", "small", wrap=True)
        content = QWidget()
        self.body = column_of(within=content, spacing=4)
        self._content = content
        column_of(self.toggle, self._summary, content, within=self, spacing=2)
        self.toggle.toggled.connect(self._show)
        self._show(self.toggle.isChecked())

    def open(self) -> None:
        """Show the body."""
        self.toggle.setChecked(True)

    def say(self, summary: str) -> None:
        """Set the summary shown while closed."""
        self._summary.setText(summary)

    def _show(self, opened: bool) -> None:
        self.toggle.setIcon(icons.icon("down" if opened else "right"))
        self._content.setVisible(opened)
        self._summary.setVisible(not opened)
