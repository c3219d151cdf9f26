"""Choice of columns: asked for where a file is not understood, and on demand."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.session.importing import Importing
from app.session.opening import Opening
from app.session.session import Session
from app.work.stages import Opened, read_spectra
from app.work.worker import Worker
from onne_core.errors import OnneError
from onne_core.formats.column_choice import Columns, layout_key, problem_of
from onne_core.formats.text_table import TextTable, read_table
from onne_core.values.project import SpectrumEntry, with_entry

Groups = tuple[tuple[TextTable, tuple[Path, ...]], ...]
"""Files with the same columns, each group with the table of its first file."""


class ColumnCommands(QObject):
    """Opens the column dialog for files, and reads them as chosen.

    A choice is remembered for files with the same columns, which are then read without
    a question; "Columns…" asks again.
    """

    def __init__(self, session: Session, opening: Opening, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._opening, self._window = session, opening, window
        self.worker = Worker("columns", self)

    def open(self, paths: Sequence[Path], problem: str = "") -> None:
        """Ask which columns of ``paths`` make mu(E), and read them.

        Files whose columns are remembered are read at once. Others follow each other,
        those with the same columns together.
        """
        self._look(tuple(paths), lambda groups: self._take(groups, problem), paths[0])

    def change(self, entry: SpectrumEntry) -> None:
        """Ask for other columns of the file of ``entry``, which then replace it."""
        path = Path(entry.source)

        def ask(groups: Groups) -> None:
            for table, _ in groups:
                columns = self._remembered(table)
                self._ask(table, 1, columns, partial(self._replace, entry))

        self._look((path,), ask, path)

    def close(self) -> None:
        """End the thread."""
        self.worker.close()

    def _look(
        self, paths: tuple[Path, ...], then: Callable[[Groups], object], first: Path
    ) -> None:
        def refused(error: OnneError) -> None:
            self._opening.refuse(first, str(error), error)

        self.worker.do(lambda: _tables(paths), then, refused, doing="Reading columns")

    def _take(self, groups: Groups, problem: str) -> None:
        for table, paths in groups:
            columns = self._remembered(table)
            if columns is not None and not problem_of(table, columns):
                self._read(paths, columns)
            else:
                then = partial(self._read, paths)
                self._ask(table, len(paths), columns, then, problem)

    def _ask(
        self,
        table: TextTable,
        count: int,
        columns: Columns | None,
        then: Callable[[Columns], object],
        problem: str = "",
    ) -> None:
        from app.data.column_dialog import ColumnDialog

        dialog = ColumnDialog(table, count, columns, self._window, problem)

        def take(chosen: Columns, remember: bool) -> None:
            if remember:
                self._session.preferences.remember_columns(layout_key(table), chosen)
            then(chosen)

        dialog.chosen.connect(take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _remembered(self, table: TextTable) -> Columns | None:
        return self._session.preferences.columns(layout_key(table))

    def _read(self, paths: tuple[Path, ...], columns: Columns) -> None:
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
        refuse = self._opening.refuse_many
        Importing(self._session, paths, name, refuse, picked=columns)

    def _replace(self, entry: SpectrumEntry, columns: Columns) -> None:
        """Read the file of ``entry`` anew; its settings in Analysis stay."""
        name = Path(entry.source).name
        job = self._session.run(
            f"Reading {name}", read_spectra, (entry.source,), columns
        )
        job.finished.connect(lambda opened: self._put(entry, opened))

    def _put(self, entry: SpectrumEntry, opened: Opened) -> None:
        if opened.refused:
            self._opening.refuse_many(opened.refused)
        project = self._session.document.project
        index = next((i for i, one in enumerate(project.spectra) if one is entry), None)
        if index is None or not opened.entries:
            return
        new = opened.entries[0]
        changed = with_entry(
            project, index, spectrum=new.spectrum, reduction=new.reduction
        )
        self._session.edit(changed, f"Columns of {Path(entry.source).name}")


def _tables(paths: Sequence[Path]) -> Groups:
    """Read tables, and put those with the same columns together; in the thread."""
    groups: dict[str, tuple[TextTable, list[Path]]] = {}
    for path in paths:
        table = read_table(path)
        groups.setdefault(layout_key(table), (table, []))[1].append(path)
    return tuple((table, tuple(found)) for table, found in groups.values())
