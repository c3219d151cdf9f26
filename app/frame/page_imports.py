"""Import the modules of the pages in a thread, so that the window stays responsive."""

import sys
from functools import partial
from importlib import import_module

from PySide6.QtCore import QObject, Signal

from app.session.view import TABS
from app.work.worker import Worker

MODULES = {name: f"app.{name}.page" for name in TABS}
"""Modules that bring pyqtgraph and more along, by the names of their pages."""


class PageImports(QObject):
    """Page imports in a thread; ``ready`` names a page that can now be built."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("imports", self)
        self._under_way: set[str] = set()
        self._tried: set[str] = set()

    def must_wait(self, name: str) -> bool:
        """Return whether page ``name`` must wait for imports; if so, start them."""
        if name not in MODULES or _is_there(MODULES[name]):
            return False
        if name in self._tried:
            return False  # what could not be imported fails in the open
        if name not in self._under_way:
            self._under_way.add(name)
            load = partial(import_module, MODULES[name])
            over = partial(self._take, name)
            self._worker.do(load, over, over, topic=name)
        return True

    def close(self) -> None:
        """Wait for running imports."""
        self._worker.close()

    def _take(self, name: str, _found: object) -> None:
        self._tried.add(name)
        self.ready.emit(name)


def _is_there(module: str) -> bool:
    """Return whether ``module`` has been imported completely."""
    found = sys.modules.get(module)
    return found is not None and not getattr(found.__spec__, "_initializing", False)
