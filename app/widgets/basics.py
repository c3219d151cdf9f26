"""Labels, buttons, rules and cards in the window's few styles."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.look import icons, theme
from app.look.rich_text import safe
from app.widgets.fields import ComboBox
from app.widgets.layouts import Item, column_of, fill, row_of

Action = Callable[[], object]
"""Done when a button is pressed; whoever else it concerns connects to ``clicked``."""

ICON = QSize(16, 16)


class Label(QLabel):
    """A label in which only the program's own tags are rich text."""

    def setText(self, text: str) -> None:
        """Show ``text``; a tag in a name from outside is shown as it is written."""
        # With a tag of ours beside it, or escaped ones alone, Qt must not guess.
        is_plain = self.textFormat() == Qt.TextFormat.PlainText
        escaped = text if is_plain else safe(text)
        if escaped != text:
            self.setTextFormat(Qt.TextFormat.RichText)
            escaped = escaped.replace("\n", "<br>")
        elif not is_plain:
            self.setTextFormat(Qt.TextFormat.AutoText)
        super().setText(escaped)


def label(text: str, tone: str = "", *, wrap: bool = False) -> QLabel:
    """Return a label; ``tone`` is one of the style sheet's (heading, note ...)."""
    result = Label()
    set_text(result, text)
    if tone:
        result.setProperty("tone", tone)
    result.setWordWrap(wrap)
    if wrap:
        result.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        result.setMinimumWidth(40)
    return result


def plain_label(text: str, tone: str = "", *, wrap: bool = False) -> QLabel:
    """Return a plain-text label: HTML in names from outside is not interpreted."""
    result = label("", tone, wrap=wrap)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setText(text)
    return result


def set_text(shown: QLabel, text: str) -> None:
    """Show ``text``, which may be rich, in a label."""
    # The fonts end at semibold: bold would be smeared out of it.
    semibold = '<span style="font-weight:600">'
    shown.setText(text.replace("<b>", semibold).replace("</b>", "</span>"))


def problem_label() -> QLabel:
    """Return the label of a problem, hidden until :func:`say` shows one."""
    result = label("", "problem", wrap=True)
    result.hide()
    return result


def say(shown: QLabel, text: str) -> None:
    """Show ``text`` in a label that takes no room without any."""
    shown.setText(text)
    shown.setVisible(bool(text))


def button(
    text: str, action: Action | None = None, *, role: str = "", icon: str = ""
) -> QPushButton:
    """Return a push button; ``role`` is "", "primary" or "link"."""
    result = QPushButton(text)
    result.setAutoDefault(False)
    if role:
        result.setProperty("role", role)
    if icon:
        colour = {"primary": "on_accent", "link": "accent"}.get(role, "text")
        result.setIcon(icons.icon(icon, colour))
        result.setIconSize(ICON)
    result.setCursor(Qt.CursorShape.PointingHandCursor)
    if action is not None:
        result.clicked.connect(lambda _checked=False: action())
    return result


def icon_button(icon: str, name: str, action: Action | None = None) -> QToolButton:
    """Return a button with an icon only; ``name`` is its tip and accessible name."""
    result = QToolButton()
    result.setProperty("role", "icon")
    result.setIcon(icons.icon(icon))
    result.setIconSize(ICON)
    result.setToolTip(name)
    result.setAccessibleName(name)
    result.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if action is not None:
        result.clicked.connect(lambda _checked=False: action())
    return result


def add_entry(menu: QMenu, text: str, action: Action, *, can: bool = True) -> QAction:
    """Add an entry that does ``action``, grey where it cannot; return it."""
    entry = menu.addAction(text)
    entry.setEnabled(can)
    entry.triggered.connect(lambda _checked=False: action())
    return entry


def combo(name: str) -> ComboBox:
    """Return an empty choice called ``name``, no wider than its column."""
    result = ComboBox()
    result.setAccessibleName(name)
    result.setSizeAdjustPolicy(
        ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    )
    result.setMinimumWidth(120)
    return result


def reading_text(text: str, name: str) -> QPlainTextEdit:
    """Return ``text``, called ``name``, to be read and marked but not changed."""
    result = QPlainTextEdit(text)
    result.setReadOnly(True)
    result.setAccessibleName(name)
    return result


def rule() -> QFrame:
    """Return a thin horizontal line."""
    result = QFrame()
    result.setProperty("role", "rule")
    result.setFixedHeight(1)
    return result


def apart(left: QWidget, *right: QWidget) -> QHBoxLayout:
    """Return a row: one widget at its left end, the others at its right."""
    return row_of(left, None, *right)


def with_chooser(field: QWidget, name: str, ask: Action) -> QHBoxLayout:
    """Return ``field`` with a button called ``name`` that asks for a file or folder."""
    return row_of((field, 1), icon_button("open", name, ask))


def closing_row(dialog: QDialog, accept: QPushButton) -> QHBoxLayout:
    """Return the last row of ``dialog``: Cancel and ``accept``, which Enter presses."""
    accept.setDefault(True)
    return row_of(None, button("Cancel", dialog.reject), accept)


def clear(layout: QLayout) -> None:
    """Remove and delete every widget of ``layout``."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()


def set_tone(widget: QWidget, tone: str) -> None:
    """Change the tone of ``widget`` and let the style sheet notice."""
    if widget.property("tone") != tone:
        widget.setProperty("tone", tone)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class Card(QFrame):
    """White card with a heading and ``content`` below each other.

    ``header`` holds widgets to the right of the heading, first those ``beside`` it.
    """

    def __init__(
        self, heading: str = "", *content: Item, beside: Sequence[QWidget] = ()
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(heading)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.PADDING, 8, theme.PADDING, 10)
        outer.setSpacing(4)
        self.heading = label(heading, "heading")
        self.header = QHBoxLayout()
        self.header.setSpacing(8)
        self.header.addWidget(self.heading)
        self.header.addStretch(1)
        fill(self.header, *beside)
        if heading:
            outer.addLayout(self.header)
        self.body = column_of(*content, spacing=8)
        outer.addLayout(self.body, 1)

    def fill(self, *parts: Item) -> None:
        """Put ``parts`` into the body."""
        fill(self.body, *parts)

    def set_heading(self, text: str) -> None:
        """Change the heading."""
        self.heading.setText(text)
        self.setAccessibleName(text)
