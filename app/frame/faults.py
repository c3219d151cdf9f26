"""Bugs in the program: caught everywhere, shown with a traceback to copy."""

import logging
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from app.widgets.basics import button, label, reading_text
from app.widgets.layouts import DIALOG, column_of, row_of
from onne_core import __version__

logger = logging.getLogger(__name__)


class Faults(QObject):
    """Catch uncaught exceptions of any thread; ``caught`` carries the text."""

    caught = Signal(str)

    def install(self) -> None:
        """Install the exception hooks."""
        sys.excepthook = self._from_main
        threading.excepthook = self._from_thread

    def remove(self) -> None:
        """Restore the previous hooks."""
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__

    def report(self, error: BaseException) -> None:
        """Log ``error`` and tell of it."""
        text = "".join(traceback.format_exception(error))
        logger.error("bug in the program\n%s", text)
        self.caught.emit(about_program() + "\n" + text)

    def _from_main(
        self,
        _kind: type[BaseException],
        error: BaseException,
        _trace: TracebackType | None,
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            QGuiApplication.quit()
        else:
            self.report(error)

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)


def about_program() -> str:
    """Return the versions to include in a bug report."""
    import PySide6

    return (
        f"ONNE {__version__}, Python {platform.python_version()}, "
        f"PySide6 {PySide6.__version__}, {platform.platform()}"
    )


class FaultDialog(QDialog):
    """Dialog about a bug in the program, with a traceback to copy."""

    def __init__(
        self, text: str, *, save: Callable[[], object], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Bug in ONNE")
        self.resize(720, 420)
        self._text = text
        title = label("Something went wrong in ONNE", "empty")
        words = label(
            "This is a bug in ONNE, not a problem with your data. Your project "
            "is still open: save it now. The text below helps to find the bug.",
            wrap=True,
        )
        self.traceback = reading_text(text, "Traceback")
        buttons = row_of(
            button("Copy", self.copy, icon="copy"),
            None,
            button("Save project…", save),
            button("Continue", self.accept, role="primary"),
        )
        parts = title, words, (self.traceback, 1), buttons
        self.setLayout(column_of(*parts, spacing=10, margins=DIALOG))

    def copy(self) -> None:
        """Put the traceback on the clipboard."""
        QGuiApplication.clipboard().setText(self._text)
