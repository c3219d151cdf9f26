"""The user guide: built pages in the browser, otherwise its text in a window."""

from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QPalette, QTextDocument
from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from app.look import theme
from app.widgets.basics import button
from app.widgets.layouts import column_of, row_of
from onne_core.locations import guide_pages, guide_text

START = "index"


def show_guide(parent: QWidget, page: str = START) -> None:
    """Show ``page`` of the guide."""
    built = guide_pages()
    if built is not None:
        file = built / f"{page}.html"
        chosen = file if file.is_file() else built / f"{START}.html"
        if QDesktopServices.openUrl(QUrl.fromLocalFile(str(chosen))):
            return
    GuideWindow(guide_text(), page, parent).show()


class GuideText(QTextBrowser):
    """Text browser that scales pictures down to the text width."""

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Return the resource ``name``; a picture in its displayed size."""
        found = super().loadResource(kind, name)
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return found
        image = QImage.fromData(found) if isinstance(found, QByteArray) else QImage()
        ratio = self.devicePixelRatioF()
        # The window of before it is shown has no width of its own yet.
        frame = 2 * round(self.document().documentMargin()) + theme.scaled(60)
        room = round(ratio * (self.window().width() - frame))
        if image.isNull():
            return found
        if image.width() > room > 0:
            smooth = Qt.TransformationMode.SmoothTransformation
            image = image.scaledToWidth(room, smooth)
            image.setDevicePixelRatio(ratio)
        return image


class GuideWindow(QDialog):
    """The guide's text, with its links, without a browser."""

    def __init__(self, folder: Path, page: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("User guide")
        self.resize(theme.scaled(820), theme.scaled(640))
        self._folder = folder
        self.text = GuideText(self)
        self.text.setAccessibleName("User guide")
        self.text.setOpenExternalLinks(True)
        self.text.setSearchPaths([str(folder)])
        self.text.document().setDocumentMargin(18)
        self.text.setFont(theme.font(14))
        palette = self.text.palette()
        palette.setColor(QPalette.ColorRole.Link, theme.colour(theme.current().accent))
        self.text.setPalette(palette)
        self.back = button("Back", self.text.backward)
        buttons = row_of(
            self.back,
            button("Contents", lambda: self.show_page(START)),
            None,
            button("Close", self.accept, role="primary"),
        )
        self.setLayout(column_of(buttons, (self.text, 1), margins=(10, 10, 10, 10)))
        self.text.backwardAvailable.connect(self.back.setEnabled)
        self.back.setEnabled(False)
        self.finished.connect(self.deleteLater)
        self.show_page(page)

    def show_page(self, page: str) -> None:
        """Show ``page``, or the contents if there is no such page."""
        path = self._folder / f"{page}.md"
        if not path.is_file():
            path = self._folder / f"{START}.md"
        self.text.setSource(QUrl.fromLocalFile(str(path)))
