"""Banners under the tabs: what happened, what was kept, what to do."""

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.look import icons, theme
from app.session.notice import Notice
from app.widgets.basics import button, icon_button, plain_label

SIGNS = {
    "error": ("outside", "outside"),
    "info": ("note", "accent"),
    "good": ("inside", "inside"),
}
MOST = 3
"""Banners shown at once; the oldest gives way."""


class Sign(QWidget):
    """The banner's icon."""

    def __init__(self, tone: str) -> None:
        super().__init__()
        self._tone = tone
        self.setFixedSize(QSize(22, 22))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the icon."""
        name, role = SIGNS[self._tone]
        painter = QPainter(self)
        colour = QColor(getattr(theme.current(), role))
        icons.paint(painter, name, QRectF(3, 3, 16, 16), colour)
        painter.end()


class Banner(QFrame):
    """One notice; Details opens in place, with Copy."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setProperty("tone", notice.tone)
        self.setAccessibleName(f"{notice.title}. {notice.text}")
        self.notice = notice
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 8, 12, 8)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Sign(notice.tone))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(plain_label(notice.title, "heading"))
        words.addWidget(plain_label(notice.text, wrap=True))
        row.addLayout(words, 1)
        for text, action in notice.actions:
            row.addWidget(button(text, action))
        if notice.details:
            self.toggle = button("Details", self._toggle, role="link")
            row.addWidget(self.toggle)
        row.addWidget(icon_button("close", "Dismiss this message", self.close_banner))
        outer.addLayout(row)
        self.details = QPlainTextEdit(notice.details)
        self.details.setReadOnly(True)
        self.details.setAccessibleName("Details")
        self.details.setFixedHeight(96)
        self._copy = button("Copy", self._copy_details, icon="copy")
        below = QHBoxLayout()
        below.setContentsMargins(32, 0, 0, 0)
        below.addWidget(self.details, 1)
        below.addWidget(self._copy)
        outer.addLayout(below)
        self.details.hide()
        self._copy.hide()

    def close_banner(self) -> None:
        """Remove the banner."""
        self.hide()
        self.deleteLater()

    def _toggle(self) -> None:
        shown = not self.details.isVisible()
        self.details.setVisible(shown)
        self._copy.setVisible(shown)

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(self.notice.details)


class BannerStack(QWidget):
    """The banners, newest last."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    def add(self, notice: Notice) -> Banner:
        """Show ``notice``; one with the same title is replaced."""
        for banner in self.banners():
            if banner.notice.title == notice.title:
                banner.close_banner()
        banner = Banner(notice)
        self._layout.addWidget(banner)
        banner.show()
        for old in self.banners()[:-MOST]:
            old.close_banner()
        return banner

    def banners(self) -> list[Banner]:
        """Return the banners on screen."""
        children = self.findChildren(Banner)
        return [banner for banner in children if not banner.isHidden()]
