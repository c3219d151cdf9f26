"""Base of all tabs: a page shows a view, offers tools, and has columns."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSplitter,
    QWidget,
)

from app.look import theme
from app.look.text_size import APPLIED
from app.session.view import View
from app.widgets.layouts import column_of, fill, row_of

Steps = Iterator[None]
"""Work in the thread of the window, which answers the user between two steps."""

WIDE = 10_000
"""Asked for by the column that takes the rest."""


class Page(QWidget):
    """Base of the tabs.

    It is empty until it has been built. ``tools`` stands at the top right while the tab
    is shown; ``primary`` is its one filled button, also pressed by Ctrl+Return.
    ``menu_wanted`` asks for some of the window's actions at a point of the screen.
    """

    menu_wanted = Signal(QPoint, tuple)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("body")
        self.setAccessibleName(name)
        self.tools = QWidget(self)
        self.tools.hide()
        self.primary: QPushButton | None = None
        self._tools = row_of(within=self.tools, spacing=8)

    def build(self) -> Steps:
        """Build the content of the page, in steps of 20 to 40 ms.

        In one piece it would hold the window up for a fifth of a second. Each plot has
        a step of its own, and so has what puts all of it into columns.
        """
        return iter(())

    def show_view(self, view: View) -> None:
        """Show ``view``."""
        raise NotImplementedError

    def columns(self) -> tuple[QWidget, ...]:
        """Return the first focusable widget of each column, for F6."""
        return ()

    @property
    def can_export(self) -> bool:
        """True if :meth:`export` has something to offer now."""
        return False

    def export(self) -> None:
        """Offer the page's own export, if any."""

    def _add_tools(self, *buttons: QPushButton) -> None:
        fill(self._tools, *buttons)
        self.primary = buttons[-1] if buttons else None


def scrolled(content: QWidget, width: int) -> QScrollArea:
    """Return ``content`` in a column that scrolls if the window is too low."""
    area = scrolled_down(content, width)
    area.setMaximumWidth(2 * width)
    area.resize(width, area.height())
    return area


def scrolled_cards(width: int, *cards: QWidget) -> QScrollArea:
    """Return ``cards`` below each other in a column of the page."""
    content = QWidget()
    content.setLayout(column_of(*cards, None, spacing=theme.MARGIN))
    return scrolled(content, width)


def scrolled_down(content: QWidget, width: int = 0) -> QScrollArea:
    """Return ``content``, at least ``width`` px wide, in an area that scrolls down."""
    content.setProperty("role", "scrolled")
    area = _Column(width)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidget(content)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area


class _Column(QScrollArea):
    """Scrolls downwards only; never narrower than what stands in it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self._width = width

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        content = self.widget()
        needed = content.minimumSizeHint().width() + bar if content else 0
        return QSize(max(self._width, needed), super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


class Columns(QSplitter):
    """Columns side by side, with movable dividers.

    ``widths`` (px, at the usual text size) are those at the first opening of the page.
    """

    def __init__(self, name: str, widths: tuple[int, ...]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setHandleWidth(theme.MARGIN)
        self.setChildrenCollapsible(False)
        self._widths = widths

    def begin(self) -> None:
        """Take the first widths. Before the page is open there is nothing to share."""
        self.setSizes([theme.scaled(width) for width in self._widths])


def split_in(
    page: QWidget, name: str, *columns: QWidget, widths: tuple[int, ...]
) -> None:
    """Put ``columns`` side by side in ``page``, at first as wide as ``widths``.

    Of what the window gives or takes the column ``WIDE`` has all, or the second one.
    The window remembers the positions under ``name``.
    """
    wide = widths.index(WIDE) if WIDE in widths else 1
    splitter = Columns(name, widths)
    for index, widget in enumerate(columns):
        splitter.addWidget(widget)
        splitter.setStretchFactor(index, int(index == wide))
    columns_in(page).addWidget(_whole(splitter))


def _whole(columns: QWidget) -> QScrollArea:
    """Return ``columns``, to be scrolled where larger text leaves them no room."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    columns.setProperty("role", "scrolled")
    area.setWidget(columns)
    area.viewport().setAutoFillBackground(False)
    columns.setAutoFillBackground(False)
    return area


def resizable(column: QWidget, width: int) -> QWidget:
    """Let the user widen ``column`` up to twice its ``width``."""
    # What has met the text size already is not multiplied once more.
    least = theme.scaled(width) if column.property(APPLIED) else width
    column.setMinimumWidth(least)
    column.setMaximumWidth(2 * least)
    column.resize(least, column.height())
    return column


def columns_in(page: QWidget) -> QHBoxLayout:
    """Give ``page`` the layout of its columns, and return it."""
    edge = theme.MARGIN
    return row_of(within=page, spacing=edge, margins=(edge, edge, edge, edge))
