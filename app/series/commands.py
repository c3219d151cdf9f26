"""Commands of the Series tab: open and watch folders, export, resume."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.series.arrays import SeriesData, parts_of
from app.series.export import KINDS, SeriesExporter
from app.series.live_folder import LiveFolder
from app.session.importing import Importing
from app.session.opening import Opening
from app.session.refusals import title_of_refusal
from app.session.session import Session
from app.widgets.dialogs import FileDialogs
from app.widgets.export_dialog import ExportChoice, ExportDialog
from app.work.stages import Opened
from onne_core.results.series_report import ONE_COLUMN, TWO_COLUMNS, Shown


class SeriesCommands(QObject):
    """The commands of the Series tab of one window."""

    def __init__(
        self,
        session: Session,
        opening: Opening,
        window: QWidget,
        *,
        written: Callable[[tuple[str, ...]], object],
    ) -> None:
        super().__init__(window)
        self._session, self._opening, self._window = session, opening, window
        self._ask = FileDialogs(window, session.preferences)
        self._shown = Shown()
        self._unread: set[Path] = set()
        self.live = LiveFolder(self)
        self.live.found.connect(self._read)
        self.live.changed.connect(session.changed)
        self.exporter = SeriesExporter(session.run, self)
        self.exporter.written.connect(written)
        refuse = partial(session.tell, "Series not exported", tone="error")
        self.exporter.refused.connect(refuse)

    def open_folder(self) -> None:
        """Ask for a folder and open the spectra in it."""
        self._ask.folder(
            "Open all spectra in a folder",
            lambda folder: self._opening.open_spectra([folder]),
        )

    def watch(self) -> None:
        """Stop watching, or ask for a folder and watch it."""
        if self.live.folder is not None:
            self.live.stop()
            return
        self._ask.folder("Watch folder for existing and new files", self.live.watch)

    def note_shown(self, shown: Shown) -> None:
        """Remember the content of the page for the export."""
        self._shown = shown

    def export(self) -> None:
        """Ask what to export of the series, and where."""
        if not any(one.summary for one in self._session.view().outcomes):
            return
        preferences = self._session.preferences
        dialog = ExportDialog("series", preferences, self._window, KINDS)
        dialog.chosen.connect(self._export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def close(self) -> None:
        """End the threads."""
        self.live.close()
        self.exporter.close()

    def _read(self, paths: list[Path]) -> None:
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} new spectra"
        reading = Importing(
            self._session, paths, name, self._opening.refuse_many, follows=True
        )
        reading.job.finished.connect(lambda opened: self._note_whole(paths, opened))
        reading.job.failed.connect(lambda _: self._note_ended(paths, reading.imported))
        # Who cancels the reading does not want it to begin again.
        reading.job.cancelled.connect(self.live.stop)

    def _note_ended(self, paths: list[Path], imported: set[Path]) -> None:
        """Let the rest be reported again after a reader has ended early."""
        self.live.note_read(imported)
        self.live.note_unread(set(paths) - imported)

    def _note_whole(self, paths: list[Path], opened: Opened) -> None:
        """Report that files refused while being written are now open."""
        self.live.note_read(paths)
        refused = {Path(one.path) for one in opened.refused}
        for path in self._unread.intersection(paths) - refused:
            text = "The file was still being written. It is open now."
            self._session.tell(title_of_refusal(path), text, "good")
        self._unread = (self._unread - set(paths)) | refused

    def _export(self, choice: ExportChoice) -> None:
        view = self._session.view()
        series, parts = SeriesData().series_of(view), parts_of(view)
        shown = self._shown
        if shown.pair >= len(series.pairs) or shown.shell >= len(series.shells):
            shown = Shown()
        width = ONE_COLUMN if choice.columns == "one" else TWO_COLUMNS
        self.exporter.start(
            series, shown, choice.stem, choice.suffixes, width=width, parts=parts
        )
