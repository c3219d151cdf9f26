"""Import of measured files into the project, in portions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject

from app.session.session import Session
from app.work.job_runner import RunningJob
from app.work.stages import Opened, Refused, SpectraRead, read_spectra
from onne_core.formats.column_choice import Columns
from onne_core.formats.conditions import axis_for
from onne_core.formats.hdf5 import Picked
from onne_core.jobs import Progress
from onne_core.values.project import Project, SpectrumEntry, with_newer, with_spectra

Refuse = Callable[[tuple[Refused, ...]], object]
_numbers = count()


class Importing(QObject):
    """One reading job; all its spectra are one undo step.

    ``follows`` keeps what is on screen there, as when files come in by themselves, and
    puts what has changed in the place of what was read before;
    ``picked`` are the datasets or columns that the user has chosen; ``imported`` are
    the files that are in the project by now.
    """

    def __init__(
        self,
        session: Session,
        paths: Sequence[Path],
        name: str,
        refuse: Refuse,
        *,
        follows: bool = False,
        picked: Picked | Columns | None = None,
    ) -> None:
        super().__init__(session)
        self._session, self._name, self._refuse = session, name, refuse
        self._follows = follows
        self._key = f"import {next(_numbers)}"
        self._taken = 0
        self.imported: set[Path] = set()
        texts = tuple(str(path) for path in paths)
        self.job: RunningJob = session.run(
            f"Reading {name}", read_spectra, texts, picked
        )
        self.job.progressed.connect(self._take_portion)
        self.job.finished.connect(self._finish)
        for over in (self.job.finished, self.job.failed, self.job.cancelled):
            over.connect(self.deleteLater)

    def _take_portion(self, progress: Progress) -> None:
        if isinstance(progress, SpectraRead):
            self._add(progress.entries)

    def _finish(self, opened: Opened) -> None:
        self._add(opened.entries)
        if opened.refused:
            self._refuse(opened.refused)

    def _add(self, entries: tuple[SpectrumEntry, ...]) -> None:
        if not entries:
            return
        before = self._session.document.project
        if self._follows:
            project = with_newer(before, entries)
        elif self._taken:
            project = replace(with_spectra(before, entries), selected=before.selected)
        else:
            project = _laid_along(with_spectra(before, entries), entries)
        self._taken += len(entries)
        self.imported |= {Path(entry.source) for entry in entries}
        self._session.edit(project, f"Open {self._name}", merge=self._key)


def _laid_along(project: Project, entries: tuple[SpectrumEntry, ...]) -> Project:
    """Return ``project`` ordered by a condition that all of several spectra have."""
    if project.along or len(entries) < 2:
        return project
    return replace(
        project, along=axis_for([entry.conditions for entry in project.spectra])
    )
