"""Imports what pages need in a thread, so that the window goes on meanwhile."""

import sys
from importlib import import_module
from threading import Thread

from PySide6.QtCore import QObject, Signal

from app.session.view import TABS

MODULES = {name: f"app.{name}.page" for name in TABS}
"""Modules that bring pyqtgraph and more along, by the names of their pages."""


class PageImports(QObject):
    """Knows which pages can be made at once; ``ready`` names one that now can."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: dict[str, Thread] = {}

    def must_wait(self, name: str) -> bool:
        """Whether page ``name`` has to wait for imports; if so, they are begun."""
        if name not in MODULES or _is_there(MODULES[name]):
            return False
        thread = self._threads.get(name)
        if thread is not None:
            return thread.is_alive()  # what could not be imported fails in the open
        self._threads[name] = Thread(target=self._load, args=(name,), daemon=True)
        self._threads[name].start()
        return True

    def close(self) -> None:
        """Wait for what is under way."""
        for thread in self._threads.values():
            thread.join()

    def _load(self, name: str) -> None:
        try:
            import_module(MODULES[name])
        finally:
            self.ready.emit(name)


def _is_there(module: str) -> bool:
    """Whether ``module`` has been imported, and to its end."""
    found = sys.modules.get(module)
    return found is not None and not getattr(found.__spec__, "_initializing", False)
