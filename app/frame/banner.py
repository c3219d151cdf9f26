"""Banners under the tabs: what happened, what was kept, what to do."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QWidget

from app.session.notice import Notice
from app.widgets.basics import button, icon_button, plain_label, reading_text
from app.widgets.layouts import column_of, row_of
from app.widgets.signed import Sign

SIGNS = {
    "error": ("outside", "outside"),
    "info": ("note", "accent"),
    "good": ("inside", "inside"),
}
MOST = 3
"""Banners shown at once; the oldest gives way."""


class Banner(QFrame):
    """One notice; Details opens in place, with Copy."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self.setProperty("tone", notice.tone)
        self.setAccessibleName(f"{notice.title}. {notice.text}")
        self.notice = notice
        title = plain_label(notice.title, "heading")
        text = plain_label(notice.text, wrap=True)
        buttons = [button(name, action) for name, action in notice.actions]
        if notice.details:
            self.toggle = button("Details", self._toggle, role="link")
            buttons.append(self.toggle)
        close = icon_button("close", "Dismiss this message", self.close_banner)
        words = column_of(title, text, spacing=2)
        sign = Sign(*SIGNS[notice.tone], room=QSize(22, 22), side=16.0)
        above = row_of(sign, (words, 1), *buttons, close, spacing=10)
        self.details = reading_text(notice.details, "Details")
        self.details.setFixedHeight(96)
        self._copy = button("Copy", self._copy_details, icon="copy")
        below = row_of((self.details, 1), self._copy)
        below.setContentsMargins(32, 0, 0, 0)
        self.setLayout(column_of(above, below, margins=(12, 8, 12, 8)))
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
        self._layout = column_of(spacing=0)
        self.setLayout(self._layout)

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
