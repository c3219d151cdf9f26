"""Files, folders and projects that come in, and the project that is saved."""

import platform
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app import wording
from app.analysis_service import EnsembleInfo
from app.arrivals import arrival_of
from app.autosave import Autosave, Leftover
from app.notice import Notice
from app.session import Session
from app.stages import Opened, Refused, read_example, read_known
from app.widening import shell_to_widen
from onne_core import __version__, storage
from onne_core.errors import OnneError
from onne_core.prediction import Widening
from onne_core.project import KnownDistribution, Project, with_entry, with_spectra
from onne_core.recipe import Quantity, Recipe, read_recipe
from onne_core.recipe.editing import widened

UNSAVED = "Unsaved work of an earlier session"


class Opening(QObject):
    """Takes in what the user opens or drops; ``arrived`` names the tab to show.

    ``shell_wanted`` is the number of the shell to look at there.
    """

    arrived = Signal(str)
    shell_wanted = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session

    def take(self, paths: Sequence[Path]) -> None:
        """Open ``paths`` as what they are."""
        arrival = arrival_of(paths)
        first = arrival.paths[0]
        if arrival.kind == "project":
            self.open_project(first)
        elif arrival.kind == "ensemble":
            self.open_ensemble(first)
        elif arrival.kind == "recipe":
            self.open_recipe(first)
        elif arrival.kind == "known":
            self.open_known(first)
        else:
            self.open_spectra(arrival.paths)

    def open_spectra(self, paths: Sequence[Path]) -> None:
        """Read measured files in a process of their own and add them."""
        name = paths[0].name if len(paths) == 1 else f"{len(paths)} spectra"
        job = self._session.run(
            f"Reading {name}",
            self._session.service.read_spectra,
            tuple(str(path) for path in paths),
        )
        job.finished.connect(self._add)
        self.arrived.emit("analysis")

    def open_example(self) -> None:
        """Open the bundled spectrum with its known g(r)."""
        spectrum, known = self._session.service.example()
        job = self._session.run(
            "Reading the example", read_example, str(spectrum), str(known)
        )
        job.finished.connect(self._add)
        self.arrived.emit("analysis")

    def open_known(self, path: Path) -> None:
        """Read a known g(r) for the selected spectrum."""
        project = self._session.document.project
        if project.entry is None:
            self._refuse(path, "There is no spectrum to compare with; open one first.")
            return
        index = project.selected
        job = self._session.run(f"Reading {path.name}", read_known, str(path))
        job.finished.connect(lambda known: self._lay_over(index, known))

    def open_recipe(self, path: Path) -> None:
        """Show the ranges of a system or recipe file."""
        try:
            recipe = read_recipe(path)
        except OnneError as error:
            self._refuse(path, str(error), error)
            return
        project = replace(self._session.document.project, recipe=recipe)
        self._session.edit(project, f"Open {path.name}")
        self.arrived.emit("shells")

    def close_recipe(self) -> None:
        """Show the ensemble's system again."""
        project = replace(self._session.document.project, recipe=None)
        self._session.edit(project, "Close the system")

    def widen_range(
        self, shell_index: int, quantity: Quantity, lower: float, upper: float
    ) -> None:
        """Widen a range of the system, in one undo step, and show it under Shells.

        ``lower`` to ``upper`` (Å; a number for the coordination number) is what
        training shall meet, the common factors included: the shell's own range is
        widened as far as that needs, and never narrowed. ``shell_index`` counts the
        shells of the ensemble's recipe. They are those of the project's recipe where
        that has the same elements in the same order; else the project takes over the
        ensemble's.
        """
        session = self._session
        recipe = _same_system(session.project.recipe, session.ensemble)
        if recipe is None:
            self._session.noticed.emit(
                Notice(
                    "No range was widened",
                    "The ensemble was not trained on a system of shells.",
                    "error",
                )
            )
            return
        try:
            changed = widened(recipe, shell_index, quantity, lower=lower, upper=upper)
        except OnneError as error:
            session.noticed.emit(Notice("No range was widened", str(error), "error"))
            return
        label = wording.pair(changed.system.label(shell_index))
        project = replace(session.document.project, recipe=changed)
        session.edit(project, f"Widen {label}")
        self.arrived.emit("shells")
        self.shell_wanted.emit(shell_index)

    def widen(self, wanted: Widening) -> None:
        """Widen the range that a verdict names, and show it under Shells."""
        ensemble = self._session.ensemble
        recipe = ensemble.recipe if ensemble else None
        index = shell_to_widen(recipe, wanted) if recipe else None
        if index is None:
            text = (
                f"{wording.pair(wanted.label)} is no shell of the system that the "
                "ensemble was trained on; widen its range by hand under Shells."
            )
            self._session.noticed.emit(Notice("No range was widened", text, "error"))
            return
        self.widen_range(index, wanted.quantity, wanted.lower, wanted.upper)

    def open_ensemble(self, folder: Path) -> None:
        """Use the ensemble in ``folder``."""
        try:
            info = self._session.service.ensemble_in(folder)
        except OnneError as error:
            self._refuse(folder, str(error), error)
            return
        self._session.choose_ensemble(info)
        self.arrived.emit("analysis")

    def open_project(self, folder: Path) -> None:
        """Open the project in ``folder`` in place of the present one."""
        try:
            project = storage.load(folder)
        except OnneError as error:
            self._refuse(folder, str(error), error)
            return
        self._session.document.open(project, folder)
        self._session.preferences.remember(folder)
        self.arrived.emit("analysis" if project.spectra else "shells")

    def new_project(self) -> None:
        """Start with nothing."""
        self._session.document.open(Project(), None)
        self.arrived.emit("start")

    def save(self, folder: Path) -> bool:
        """Save the project to ``folder``; say whether it worked."""
        document = self._session.document
        if folder.suffix != storage.SUFFIX:
            folder = folder.with_name(folder.name + storage.SUFFIX)
        try:
            storage.save(document.project, folder)
        except OnneError as error:
            notice = Notice("The project was not saved", str(error), "error")
            self._session.noticed.emit(notice)
            return False
        document.saved_to(folder)
        self._session.preferences.remember(folder)
        return True

    def offer_leftovers(self) -> None:
        """Offer the last work of a window that did not close."""
        autosave = self._session.autosave
        leftovers = autosave.leftovers() if autosave is not None else ()
        if autosave is None or not leftovers:
            return
        last = leftovers[0]
        kept = f" The project in {last.origin} is untouched." if last.origin else ""
        self._session.noticed.emit(
            Notice(
                UNSAVED,
                "The program ended unexpectedly. Your work of "
                f"{last.when:%d %b, %H:%M} was kept.{kept}",
                actions=(
                    ("Restore it", lambda: self._restore(autosave, last)),
                    ("Discard it", lambda: self._discard(autosave, last)),
                ),
            )
        )

    def _restore(self, autosave: Autosave, leftover: Leftover) -> None:
        """Put the work on screen, unsaved as it was."""
        try:
            project = leftover.load()
        except OnneError as error:
            self._refuse(leftover.folder, str(error), error)
            return
        self._session.document.recover(project, leftover.origin)
        autosave.take_over(leftover)
        text = "It is on screen again; save it to keep it."
        self._session.noticed.emit(Notice(UNSAVED, text, "good"))
        self.arrived.emit("analysis" if project.spectra else "shells")

    def _discard(self, autosave: Autosave, leftover: Leftover) -> None:
        autosave.drop(leftover)
        self._session.noticed.emit(Notice(UNSAVED, "It was discarded.", "good"))

    def _add(self, opened: Opened) -> None:
        session = self._session
        for refused in opened.refused:
            self._refuse(Path(refused.path), refused.message, refused)
        if opened.entries:
            count = len(opened.entries)
            name = opened.entries[0].name if count == 1 else f"{count} spectra"
            project = with_spectra(session.document.project, opened.entries)
            session.edit(project, f"Open {name}")

    def _lay_over(self, index: int, known: KnownDistribution) -> None:
        project = self._session.document.project
        if index < len(project.spectra):
            changed = with_entry(project, index, known=known)
            self._session.edit(changed, "Lay over known g(r)")

    def _refuse(
        self, path: Path, message: str, error: OnneError | Refused | None = None
    ) -> None:
        kind = error.kind if isinstance(error, Refused) else type(error).__name__
        details = (
            f"File: {path}\nProblem: {message}\nKind: {kind}\n"
            f"Program: ONNE {__version__}, Python {platform.python_version()}"
        )
        self._session.noticed.emit(
            Notice(f"{path.name} was not opened", message, "error", details)
        )


def _same_system(recipe: Recipe | None, ensemble: EnsembleInfo | None) -> Recipe | None:
    """Return ``recipe`` if its shells are those of ``ensemble``, else the latter's."""
    trained = ensemble.recipe if ensemble else None
    if recipe is None or trained is None:
        return trained or recipe
    if _elements(recipe) == _elements(trained):
        return recipe
    return trained


def _elements(recipe: Recipe) -> tuple[str, ...]:
    system = recipe.system
    return (system.absorber, *(shell.element for shell in system.shells))
