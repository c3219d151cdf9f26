"""Building of the pages in idle time, a little at a time."""

from collections.abc import Callable, Generator

from PySide6.QtCore import QObject, QTimer, Signal

from app.frame.page_imports import MODULES, PageImports
from app.session.page import Page

Making = Generator[None, None, Page]
"""A page under way: a step at every turn of the event loop."""

PAUSE, LONG_PAUSE = 10, 200
"""Time between two turns while nobody waits for a page, ms; the longer one while others
want Python more."""


class PageBuilder(QObject):
    """Builder of pages; ``ready`` names one that is built or can now be.

    While ``may_go_on`` says no, only a page that is awaited is made. Until
    :meth:`begin`, and where :meth:`page` asks for it, a page is made at once.
    """

    ready = Signal(str)

    def __init__(
        self,
        make: Callable[[str], Making],
        parent: QObject | None = None,
        *,
        may_go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(parent)
        self._make, self._may_go_on = make, may_go_on
        self._made: dict[str, Page] = {}
        self._under_way: dict[str, Making] = {}
        self._waiting: list[str] = []
        self._has_begun, self._is_awaited = False, False
        self._imports = PageImports(self)
        self._imports.ready.connect(self._take_imported)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)

    @property
    def made(self) -> dict[str, Page]:
        """The pages that are complete, by their names."""
        return self._made

    @property
    def is_busy(self) -> bool:
        """True if pages are still to be made."""
        return self._has_begun and bool(self._waiting)

    def begin(self, *names: str) -> None:
        """Make the pages ``names``, in this order; from now on none at once."""
        self._has_begun = True
        self._waiting += [n for n in names if n not in (*self._made, *self._waiting)]
        self._timer.start(PAUSE)

    def must_wait(self, name: str) -> bool:
        """Return whether ``name`` is not built yet; then build it before all others."""
        if name in self._made or name not in MODULES:
            return False
        needs_import = self._imports.must_wait(name)
        if not self._has_begun:
            return needs_import
        self._waiting = [name, *(other for other in self._waiting if other != name)]
        self._is_awaited = True
        self._timer.start(0)
        return True

    def page(self, name: str) -> Page:
        """Return page ``name``, made at once if need be."""
        while name not in self._made:
            self._step(name)
        return self._made[name]

    def close(self) -> None:
        """Begin no more pages.

        What is half made is finished: its parts have no place yet from which the window
        would delete them.
        """
        self._timer.stop()
        self._waiting.clear()
        for name in tuple(self._under_way):
            self.page(name)
        self._imports.close()

    def _go_on(self) -> None:
        """Work at the first page that is not complete, for one turn."""
        self._waiting = [name for name in self._waiting if name not in self._made]
        if not self._waiting:
            return
        if not self._is_awaited and not self._may_go_on():
            self._timer.start(LONG_PAUSE)
            return
        name = self._waiting[0]
        if name not in self._under_way and self._imports.must_wait(name):
            return  # _take_imported goes on
        self._step(name)
        self._timer.start(0 if self._is_awaited else PAUSE)
        if name in self._made:
            self._is_awaited = False
            self.ready.emit(name)

    def _step(self, name: str) -> None:
        making = self._under_way.get(name)
        if making is None:
            making = self._under_way[name] = self._make(name)
        try:
            next(making)
        except StopIteration as stop:
            self._made[name] = stop.value
            del self._under_way[name]

    def _take_imported(self, name: str) -> None:
        if self._has_begun:
            self._timer.start(0)
        else:
            self.ready.emit(name)
