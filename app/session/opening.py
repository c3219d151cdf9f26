"""Opening of files and folders, each by its kind."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from app.look import wording
from app.session.file_kinds import Arrivals, arrivals_of, kind_of
from app.session.importing import Importing
from app.session.notice import Actions
from app.session.projects import Projects
from app.session.refusals import refusal
from app.session.service import EnsembleInfo
from app.session.session import Session
from app.work.stages import MANY, Opened, Refused, read_example, read_known
from onne_core.errors import ColumnsUnclearError, FormatError, OnneError
from onne_core.values.prediction import Widening
from onne_core.values.project import KnownDistribution, with_entry, with_spectra
from onne_core.values.recipe import Quantity, Recipe, read_recipe
from onne_core.values.recipe.editing import widened

UNCLEAR = ColumnsUnclearError.__name__

NESTED = (".h5", ".hdf5", ".hdf", ".nxs", ".nx5")
"""Suffixes of HDF5 and NeXus files."""

TABLES = (".xdi", ".dat", ".txt", ".csv", ".nor", ".xmu", "")
"""Suffixes of files that may be tables of columns."""

MOST_BANNERS = 3
"""Files that are refused with a banner each."""

MOST_LISTED = 200
"""Reasons that are listed where more were refused."""


class Opening(QObject):
    """Open files that the user chose or dropped; ``arrived`` names the tab to show.

    ``shell_wanted`` is the number of the shell to look at there; ``structure_arrived``
    carries a structure file to take ranges from; ``standard_arrived`` a standard's file
    and the numbers of the spectra that it corrects, none for the selected one;
    ``datasets_wanted`` HDF5 files of which the user has to say which datasets are read,
    and what follows their reading; ``columns_wanted`` text files whose columns the user
    has to choose.
    """

    arrived = Signal(str)
    shell_wanted = Signal(int)
    structure_arrived = Signal(object)
    standard_arrived = Signal(object, object)
    datasets_wanted = Signal(object, object)
    columns_wanted = Signal(object, str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.projects = Projects(session, self)
        self.projects.arrived.connect(self.arrived)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open ``paths`` by kind, one kind after the other."""
        self.open_arrivals(arrivals_of(paths))

    def open_arrivals(self, arrivals: Arrivals) -> None:
        """Open the sorted arrivals, one kind after the other; a project comes first."""
        if "project" in arrivals:
            place = arrivals["project"][0]
            self.projects.open(place, then=lambda: self._take_more(arrivals))
        else:
            self._take_more(arrivals)

    def _take_more(self, arrivals: Arrivals) -> None:
        first = {kind: found[0] for kind, found in arrivals.items()}
        if "ensemble" in first:
            self.open_ensemble(first["ensemble"])
        if "recipe" in first:
            self._open_system(first["recipe"])
        if "structure" in first:
            self.open_structure(first["structure"])
        known, standard = first.get("known"), first.get("standard")
        if "spectra" in arrivals:
            beside = {"known": known, "standard": standard}
            given = {name: path for name, path in beside.items() if path is not None}
            self.open_spectra(arrivals["spectra"], **given)
            return
        if known is not None:
            self.open_known(known)
        if standard is not None:
            self.open_standard(standard)

    def open_structure(self, path: Path) -> None:
        """Take the ranges of the system from a structure file."""
        self.arrived.emit("shells")
        self.structure_arrived.emit(path)

    def open_standard(self, path: Path, indices: Sequence[int] = ()) -> None:
        """Correct the given spectra, or the selected one, with a standard."""
        if self._session.document.project.entry is None:
            self.refuse(path, "No spectrum to correct. Open one first.")
            return
        self.arrived.emit("analysis")
        self.standard_arrived.emit(path, tuple(indices))

    def open_spectra(
        self,
        paths: Sequence[Path],
        known: Path | None = None,
        standard: Path | None = None,
    ) -> None:
        """Read measured files in a process of their own and add them.

        Show ``known`` over the first of them and correct all with ``standard``, if
        they are given.
        """
        first = len(self._session.document.project.spectra)

        def add_the_rest(_opened: object) -> None:
            if known is not None:
                self.open_known(known)
            if standard is not None:
                count = len(self._session.document.project.spectra)
                self.open_standard(standard, range(first, count))

        def follow(reading: Importing) -> None:
            reading.job.finished.connect(add_the_rest)

        nested = [path for path in paths if _is_nested(path)]
        if nested:
            self.datasets_wanted.emit(tuple(nested), follow)
        plain = [path for path in paths if path not in nested] if nested else paths
        if plain:
            name = plain[0].name if len(plain) == 1 else f"{len(plain)} spectra"
            follow(Importing(self._session, plain, name, self.refuse_many))
        is_many = len(paths) > MANY or paths[0].is_dir()
        self.arrived.emit("series" if is_many else "analysis")

    def open_example(self) -> None:
        """Open the bundled spectrum with its known g(r)."""
        job = self._session.run("Reading the example", read_example)
        job.finished.connect(self._add)
        self.arrived.emit("analysis")

    def open_known(self, path: Path) -> None:
        """Read a known g(r) for the selected spectrum."""
        project = self._session.document.project
        if project.entry is None:
            self.refuse(path, "No spectrum to compare with. Open one first.")
            return
        index = project.selected
        job = self._session.run(f"Reading {path.name}", read_known, str(path))
        job.finished.connect(lambda known: self._lay_over(index, known))

    def open_recipe(self, path: Path) -> None:
        """Show the ranges of a system or recipe file; a standard is taken as such."""
        if kind_of(path) == "standard":
            self.open_standard(path)
        else:
            self._open_system(path)

    def _open_system(self, path: Path) -> None:
        try:
            recipe = read_recipe(path)
        except OnneError as error:
            self.refuse(path, str(error), error)
            return
        self._session.document.note_kept(recipe)
        self.show_recipe(recipe, f"Open {path.name}")

    def show_recipe(self, recipe: Recipe, text: str) -> None:
        """Set ``recipe`` as the project's own, in one undo step, and show it."""
        self._session.edit_recipe(recipe, text)
        self.arrived.emit("shells")

    def close_recipe(self) -> None:
        """Show the ensemble's system again."""
        project = replace(self._session.document.project, recipe=None)
        self._session.edit(project, "Close system")

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
            self._session.tell(
                "Range not widened",
                "This ensemble has no shell system to widen.",
                "error",
            )
            return
        try:
            changed = widened(recipe, shell_index, quantity, lower=lower, upper=upper)
        except OnneError as error:
            session.tell("Range not widened", str(error), "error")
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
        index = _shell_to_widen(recipe, wanted) if recipe else None
        if index is None:
            text = (
                "The ensemble was not trained on a shell "
                f"{wording.pair(wanted.label)}. Widen its range by hand under "
                "Shells."
            )
            self._session.tell("Range not widened", text, "error")
            return
        self.widen_range(index, wanted.quantity, wanted.lower, wanted.upper)

    def open_ensemble(self, folder: Path) -> None:
        """Use the ensemble in ``folder``."""
        try:
            info = self._session.service.ensemble_in(folder)
        except OnneError as error:
            self.refuse(folder, str(error), error)
            return
        self._session.choose_ensemble(info)
        self.arrived.emit("analysis")

    def refuse_many(self, refused: tuple[Refused, ...]) -> None:
        """Report files that could not be opened: a few one by one, many together.

        Of files whose columns are not clear the user is asked for them.
        """
        unclear = [one for one in refused if one.kind == UNCLEAR]
        if unclear:
            paths = [Path(one.path) for one in unclear]
            self.columns_wanted.emit(paths, unclear[0].message)
        refused = tuple(one for one in refused if one.kind != UNCLEAR)
        if len(refused) <= MOST_BANNERS:
            for one in refused:
                self.refuse(Path(one.path), one.message, one)
            return
        details = "\n".join(one.message for one in refused[:MOST_LISTED])
        if len(refused) > MOST_LISTED:
            details += f"\nand {len(refused) - MOST_LISTED} more"
        first = Path(refused[0].path).name
        self._session.tell(
            f"{len(refused)} files could not be opened",
            f"{first} and others: see Details for the reasons. The other files "
            "are open.",
            "error",
            details,
        )

    def _add(self, opened: Opened) -> None:
        session = self._session
        self.refuse_many(opened.refused)
        if opened.entries:
            count = len(opened.entries)
            name = opened.entries[0].name if count == 1 else f"{count} spectra"
            project = with_spectra(session.document.project, opened.entries)
            session.edit(project, f"Open {name}")

    def _lay_over(self, index: int, known: KnownDistribution) -> None:
        project = self._session.document.project
        if index < len(project.spectra):
            changed = with_entry(project, index, known=known)
            self._session.edit(changed, "Add known g(r)")

    def refuse(
        self, path: Path, message: str, error: OnneError | Refused | None = None
    ) -> None:
        """Report that ``path`` could not be opened; offer to choose its columns."""
        actions: Actions = ()
        kind = error.kind if isinstance(error, Refused) else type(error).__name__
        if kind == FormatError.__name__ and path.suffix.lower() in TABLES:

            def choose() -> None:
                self.columns_wanted.emit([path], message)

            actions = (("Choose columns…", choose),)
        self._session.notice(refusal(path, message, error, actions))


def _is_nested(path: Path) -> bool:
    """Return whether ``path`` is an HDF5 file, whose datasets have to be chosen."""
    return path.suffix.lower() in NESTED


def _shell_to_widen(recipe: Recipe, wanted: Widening) -> int | None:
    """Return the index of the shell in ``recipe`` that ``wanted`` refers to.

    Of several shells under one head it is the one whose range ends where the head's
    does. ``None`` where the recipe has no such head.
    """
    system = recipe.system
    alike = [i for i in system.reported if system.label(i) == wanted.label]
    if not alike:
        return None
    ranges = {i: getattr(system.shells[i], wanted.quantity) for i in alike}
    if wanted.lower < wanted.old_lower:
        return min(alike, key=lambda i: ranges[i].lower)
    return max(alike, key=lambda i: ranges[i].upper)


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
