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
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.widgets.basics import button, label
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
        """Report an exception that was caught elsewhere."""
        self._tell(type(error), error, error.__traceback__)

    def _from_main(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QGuiApplication.quit()
            return
        self._tell(kind, error, trace)

    def _from_thread(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            self.report(arguments.exc_value)

    def _tell(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        text = "".join(traceback.format_exception(kind, error, trace))
        logger.error("bug in the program\n%s", text)
        self.caught.emit(about_program() + "\n" + text)


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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label("Something went wrong in ONNE", "empty"))
        layout.addWidget(
            label(
                "This is a bug in ONNE, not a problem with your data. Your project "
                "is still open: save it now. The text below helps to find the bug.",
                wrap=True,
            )
        )
        self.traceback = QPlainTextEdit(text)
        self.traceback.setReadOnly(True)
        self.traceback.setAccessibleName("Traceback")
        layout.addWidget(self.traceback, 1)
        row = QHBoxLayout()
        row.addWidget(button("Copy", self.copy, icon="copy"))
        row.addStretch(1)
        row.addWidget(button("Save project…", save))
        row.addWidget(button("Continue", self.accept, role="primary"))
        layout.addLayout(row)

    def copy(self) -> None:
        """Put the traceback on the clipboard."""
        QGuiApplication.clipboard().setText(self._text)
