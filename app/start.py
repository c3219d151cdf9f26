"""Start of the application, from command-line arguments to a running window."""

import logging
import signal
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.frame.faults import Faults
from app.frame.log import RecentLines
from app.frame.page_imports import MODULES
from app.frame.window import MainWindow
from app.look import theme
from app.look.preferences import Preferences
from app.session.service import CoreService
from app.session.session import Session
from onne_core.locations import models_folders

NAME = "onne"

SWITCH = 5e-4
"""Time after which a thread must offer Python to the others, s. Qt lets go of Python in
every call, so that a window draws slowly while a thread computes with the default of
5 ms: the first answer held it up for half a second."""

PREPARED = (*MODULES.values(), "onne_core.pipeline.analysis.analysis")
"""Modules that bring pyqtgraph along, and what the first answer needs: onnxruntime and
scipy. They are imported while the first page is looked at."""

HEARTBEAT = 300
"""Time between two moments at which Python may notice Ctrl-C, ms."""


def run(paths: tuple[Path, ...], *, example: bool) -> int:
    """Open the window and return its exit status."""
    application = make_application()
    sys.setswitchinterval(SWITCH)
    signal.signal(signal.SIGINT, lambda *_: application.quit())
    heartbeat = QTimer(interval=HEARTBEAT)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    recovery = models_folders()[-1].parent / "recovery"
    window, faults = make_window(CoreService(), Preferences(), recovery=recovery)
    faults.install()
    begin(window, paths, example=example)
    window.show()
    status = application.exec()
    faults.remove()
    return status


def make_application() -> QApplication:
    """Return the application with its style, font and name; styled once."""
    existing = QApplication.instance()
    application = (
        existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    )
    if application.applicationName() == NAME:
        return application
    application.setApplicationName(NAME)
    application.setApplicationDisplayName("ONNE")
    application.setStyle("Fusion")
    family = theme.load_fonts()
    font = application.font()
    font.setFamily(family)
    application.setFont(font)
    application.setFont(theme.font())
    return application


def make_window(
    service: CoreService,
    preferences: Preferences,
    *,
    recovery: Path | None = None,
) -> tuple[MainWindow, Faults]:
    """Return the window, not yet shown, and the catcher of exceptions.

    Unsaved work is kept in the folder ``recovery``, if one is given.
    """
    log = RecentLines()
    logging.getLogger().addHandler(log)
    for own in ("onne_core", "app"):
        logging.getLogger(own).setLevel(logging.INFO)
    application = QApplication.instance()
    if isinstance(application, QApplication):
        theme.apply(application, theme.palette_for(preferences.scheme))
    faults = Faults()
    session = Session(service, preferences, recovery=recovery)
    window = MainWindow(session, faults, log)
    session.setParent(window)
    faults.setParent(window)
    return window, faults


def begin(window: MainWindow, paths: tuple[Path, ...], *, example: bool) -> None:
    """Show the first page; load heavy parts once the window is up."""
    if paths or example:
        window.setFocus()
    else:
        window.show_tab("start")

    def go_on() -> None:
        window.builder.begin()
        window.session.find_ensembles()
        window.opening.projects.offer_leftovers()
        window.commands.training.offer_left_work()
        tell_of_settings(window)
        if example:
            window.opening.open_example()
        elif paths:
            window.opening.open_paths(paths)
        # The page comes first: two imports at once would only hold each other up.
        QTimer.singleShot(0, window, prepare)

    def prepare() -> None:
        # Pages are made after the imports: both want Python, and stutter together.
        window.session.predictions.prepared.connect(window.prepare_pages)
        window.session.predictions.prepare(*PREPARED)

    window.first_painted.connect(go_on)


def tell_of_settings(window: MainWindow) -> None:
    """Report damaged settings that were reset."""
    aside = window.session.preferences.set_aside
    if aside is not None:
        text = "Window sizes, colours and recent projects are back to their defaults."
        window.session.tell(
            "The settings file was damaged",
            text,
            details=f"The damaged file is kept as {aside}",
        )
