"""Open HDF5 files: list the first, ask for datasets, read them all."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.session.importing import Importing
from app.session.opening import Opening
from app.session.session import Session
from app.work.dataset_stages import Layout, look_into
from onne_core.formats.hdf5 import Picked, problem_of

Follow = Callable[[Importing], object]


class DatasetCommands(QObject):
    """HDF5 commands that remember the last choice, typical of a beamline."""

    def __init__(self, session: Session, opening: Opening, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._opening, self._window = session, opening, window
        self._last: Picked | None = None

    def open(self, paths: Sequence[Path], follow: Follow) -> None:
        """Ask which datasets of ``paths`` to read; ``follow`` gets the reading."""
        first = paths[0]
        job = self._session.run(f"Reading {first.name}", look_into, str(first))
        job.finished.connect(lambda layout: self._ask(layout, paths, follow))

    def _ask(self, layout: Layout, paths: Sequence[Path], follow: Follow) -> None:
        from app.data.dataset_dialog import DatasetDialog

        last = self._last
        suits = last is not None and not problem_of(last, layout.datasets)
        picked = last if suits else layout.guess
        dialog = DatasetDialog(paths, layout.datasets, picked, self._window)
        dialog.chosen.connect(lambda chosen: self._read(chosen, paths, follow))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _read(self, picked: Picked, paths: Sequence[Path], follow: Follow) -> None:
        self._last = picked
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        refuse = self._opening.refuse_many
        follow(Importing(self._session, paths, name, refuse, picked=picked))
