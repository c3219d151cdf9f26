"""Panel shown while files are dragged over the window, and their paths."""

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import Qt, QUrl
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.widgets.basics import plain_label


class DropPanel(QFrame):
    """Cover the window and say what dropping will do."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "drop-panel")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QVBoxLayout(self)
        self._sentence = plain_label("", "start")
        self._files = plain_label("", "second")
        layout.addStretch(1)
        for widget in (self._sentence, self._files):
            widget.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(widget)
        layout.addStretch(1)
        self.hide()

    def offer(self, sentence: str, paths: tuple[Path, ...]) -> None:
        """Say ``sentence`` about ``paths``."""
        self._sentence.setText(sentence)
        names = ", ".join(path.name for path in paths[:4])
        more = f" and {len(paths) - 4} more" if len(paths) > 4 else ""
        self._files.setText(names + more)
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect().adjusted(10, 86, -10, -42))
        self.raise_()
        self.show()

    def sentence(self) -> str:
        """Return what the panel says."""
        return self._sentence.text()


def path_of(url: QUrl) -> Path:
    """Return the path of a local file, even if its name is not valid UTF-8."""
    text = url.toLocalFile()
    if "\ufffd" not in text:
        return Path(text)
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(unquote_to_bytes(encoded)))
