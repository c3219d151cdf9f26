"""Imports what pages need in a thread, so that the window goes on meanwhile."""

import sys
from functools import partial
from importlib import import_module

from PySide6.QtCore import QObject, Signal

from app.session.view import TABS
from app.work.worker import Worker

MODULES = {name: f"app.{name}.page" for name in TABS}
"""Modules that bring pyqtgraph and more along, by the names of their pages."""


class PageImports(QObject):
    """Knows which pages can be made at once; ``ready`` names one that now can."""

    ready = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("imports", self)
        self._under_way: set[str] = set()
        self._tried: set[str] = set()

    def must_wait(self, name: str) -> bool:
        """Whether page ``name`` has to wait for imports; if so, they are begun."""
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
        """Wait for what is under way."""
        self._worker.close()

    def _take(self, name: str, _found: object) -> None:
        self._tried.add(name)
        self.ready.emit(name)


def _is_there(module: str) -> bool:
    """Whether ``module`` has been imported, and to its end."""
    found = sys.modules.get(module)
    return found is not None and not getattr(found.__spec__, "_initializing", False)
