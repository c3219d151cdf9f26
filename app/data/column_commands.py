"""Choice of columns: asked for where a file is not understood, and on demand."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.session.opening import Opening
from app.session.session import Session
from onne_core.values.project import SpectrumEntry


class ColumnCommands(QObject):
    """Opens the column dialog for files, and reads them as chosen."""

    def __init__(self, session: Session, opening: Opening, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._opening, self._window = session, opening, window

    def open(self, paths: Sequence[Path]) -> None:
        """Ask which columns of ``paths`` make mu(E), and read them."""

    def change(self, entry: SpectrumEntry) -> None:
        """Ask for other columns of the file of ``entry``."""
        self.open((Path(entry.source),))
