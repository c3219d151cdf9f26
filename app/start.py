"""From the command line's arguments to a running window."""

import logging
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import theme
from app.analysis_service import AnalysisService, CoreService
from app.errors import Faults
from app.log import RecentLines
from app.preferences import Preferences
from app.session import Session
from app.window import MainWindow

HEARTBEAT = 300
"""Time between two moments at which Python may notice Ctrl-C, ms."""


def run(paths: tuple[Path, ...], *, example: bool) -> int:
    """Open the window and return its exit status."""
    application = make_application()
    signal.signal(signal.SIGINT, lambda *_: application.quit())
    heartbeat = QTimer(interval=HEARTBEAT)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    window, faults = make_window(CoreService(), Preferences())
    faults.install()
    begin(window, paths, example=example)
    window.show()
    status = application.exec()
    faults.remove()
    return status


def make_application() -> QApplication:
    """Return the application with its style, font and name."""
    existing = QApplication.instance()
    application = (
        existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    )
    application.setApplicationName("onne")
    application.setApplicationDisplayName("ONNE")
    application.setStyle("Fusion")
    family = theme.load_fonts()
    font = application.font()
    font.setFamily(family)
    application.setFont(font)
    application.setFont(theme.font())
    return application


def make_window(
    service: AnalysisService, preferences: Preferences
) -> tuple[MainWindow, Faults]:
    """Return the window, not yet shown, and the catcher of faults."""
    log = RecentLines()
    logging.getLogger().addHandler(log)
    logging.getLogger("onne_core").setLevel(logging.INFO)
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply(application, theme.palette_for(preferences.scheme))
    faults = Faults()
    session = Session(service, preferences)
    window = MainWindow(session, faults, log)
    session.setParent(window)
    faults.setParent(window)
    return window, faults


def begin(window: MainWindow, paths: tuple[Path, ...], *, example: bool) -> None:
    """Show the first page; what is heavy follows when the window stands."""
    if paths or example:
        window.setFocus()
    else:
        window.show_tab("start")

    def go_on() -> None:
        window.session.look_for_ensembles()
        if example:
            window.opening.open_example()
        elif paths:
            window.opening.take(paths)
        # The page comes first: two imports at once would only hold each other up.
        QTimer.singleShot(0, window, window.session.predictions.prepare)

    window.first_painted.connect(go_on)
