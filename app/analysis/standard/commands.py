"""Commands around the standard: load, learn, apply, remove."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.analysis.standard.dialog import SUFFIX, StandardDialog
from app.look import wording
from app.session.session import Session
from app.widgets.dialogs import FileDialogs
from app.work.analysis_stages import LearnRequest
from onne_core.values.project import AppliedStandard, Project, SpectrumEntry

STANDARDS = f"Standards (*{SUFFIX} *.json);;All files (*)"


class StandardCommands(QObject):
    """The commands of one window; ``indices`` are numbers of spectra."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window

    def load(self, indices: Sequence[int]) -> None:
        """Ask for a standard file and correct the spectra with it."""
        ask = FileDialogs(self._window, self._session.preferences)
        ask.file("Load standard", STANDARDS, lambda path: self.open(path, indices))

    def open(self, path: Path, indices: Sequence[int] = ()) -> None:
        """Read the standard at ``path``; without ``indices`` for the selected one."""
        wanted = self._entries(indices)
        job = self._session.run(
            f"Reading {path.name}", self._session.service.read_standard, str(path)
        )
        job.finished.connect(lambda standard: self._apply(standard, wanted))

    def learn(self, indices: Sequence[int]) -> None:
        """Ask for the known structure of the selected spectrum and learn a standard."""
        view = self._session.view()
        if view.entry is None:
            return
        card = view.ensemble.card if view.ensemble else None
        known = (card.absorber, card.edge) if card else ("", "K")
        dialog = StandardDialog(
            view.entry, known, self._session.preferences, self._window
        )
        head = card.first_head if card else None
        if head is not None and head.pair == f"{known[0]}-{known[0]}":
            # Near what an fcc metal with this first distance has, to be corrected.
            dialog.constant.setValue(round(math.sqrt(2.0) * head.centre[1], 3))
        wanted = self._entries(indices)
        core_hole = card is not None and card.core_hole
        dialog.chosen.connect(
            lambda request: self._learn(replace(request, core_hole=core_hole), wanted)
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def apply_to_all(self) -> None:
        """Correct all spectra with the standard of the selected one."""
        entry = self._session.document.project.entry
        if entry is not None and entry.standard is not None:
            self._apply(entry.standard, self._session.document.project.spectra)

    def remove(self, indices: Sequence[int]) -> None:
        """Remove the standard of the spectra."""
        self._apply(None, self._entries(indices))

    def set_scale(self, scale: float | None, indices: Sequence[int]) -> None:
        """Set the k-scale knowledge of the spectra."""
        entry = self._session.document.project.entry
        if entry is not None and entry.standard is not None:
            changed = replace(entry.standard, scale=scale)
            self._apply(changed, self._entries(indices), "Set k scale")

    def _learn(self, request: LearnRequest, wanted: Sequence[SpectrumEntry]) -> None:
        job = self._session.run(
            f"Learning {request.absorber} {request.edge} standard",
            self._session.service.learn_standard,
            request,
        )
        job.finished.connect(lambda standard: self._take(standard, wanted))

    def _take(self, learnt: AppliedStandard, wanted: Sequence[SpectrumEntry]) -> None:
        self._apply(learnt, wanted)
        text = f"{wording.structure(learnt.title)}. Applied to {_count(wanted)}"
        kept = f"; saved as {learnt.source}." if learnt.source else "."
        self._session.tell("Standard learnt", f"{text}{kept}", "good")

    def _entries(self, indices: Sequence[int]) -> tuple[SpectrumEntry, ...]:
        project = self._session.document.project
        numbers = tuple(indices) or (project.selected,)
        return tuple(
            project.spectra[i] for i in numbers if 0 <= i < len(project.spectra)
        )

    def _apply(
        self,
        standard: AppliedStandard | None,
        wanted: Sequence[SpectrumEntry],
        text: str = "",
    ) -> None:
        """Set a standard on the ``wanted`` spectra that still exist."""
        project = self._session.document.project
        names = {(entry.source, entry.name) for entry in wanted}
        changed = _with_standard(project, standard, names)
        said = text or ("Apply standard" if standard else "Remove standard")
        self._session.edit(changed, said)


def _with_standard(
    project: Project, standard: AppliedStandard | None, names: set[tuple[str, str]]
) -> Project:
    spectra = tuple(
        replace(entry, standard=standard)
        if (entry.source, entry.name) in names
        else entry
        for entry in project.spectra
    )
    return replace(project, spectra=spectra)


def _count(wanted: Sequence[SpectrumEntry]) -> str:
    return wanted[0].name if len(wanted) == 1 else f"{len(wanted)} spectra"
