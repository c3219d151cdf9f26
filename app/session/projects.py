"""The project on disk: new, open, save, export, and recovery after a crash."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.project.autosave import WORK, Autosave, Leftover
from app.project.differences import ProjectComparison, compared
from app.session.notice import Actions
from app.session.refusals import refusal
from app.session.session import Session
from app.session.view import TABS
from app.work.worker import Worker
from onne_core import storage
from onne_core.errors import OnneError
from onne_core.values.project import Project

UNSAVED = "Unsaved work from an earlier session"
UNSAVED_HERE = "Project not saved"
DATE = "%d %b, %H:%M"


class Projects(QObject):
    """Read and write projects; ``arrived`` names the tab to show.

    ``compare_wanted`` carries a comparison of saved and recovered work; ``saved`` comes
    when the project lies in its folder.
    """

    arrived = Signal(str)
    compare_wanted = Signal(object)
    saved = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.worker = Worker("projects", self)
        self._wish = 0
        self._was_saved = False
        # Folder and stamp of the project as it was opened or saved here last.
        self._seen = Path(), ""

    def new(self) -> None:
        """Start with nothing."""
        self._wish += 1
        self._session.document.open(Project(), None)
        self.arrived.emit("start")

    def open(self, place: Path, *, then: Callable[[], object] = lambda: None) -> None:
        """Open the project at ``place``, a folder or one file, instead of this one.

        ``then`` is called when it is on screen.
        """
        if place.name == storage.PROJECT_FILE:
            place = place.parent

        def read() -> tuple[str, Project, dict[str, storage.Result]]:
            stamp = storage.stamp_of(place)
            return stamp, storage.load(place), storage.load_results(place)

        def show(found: tuple[str, Project, dict[str, storage.Result]]) -> None:
            stamp, project, results = found
            self._seen = (place, stamp)
            self._show(place, project, results)
            then()

        self._read(place, read, show)

    def save(self, folder: Path, *, over_others: bool = False) -> None:
        """Write the project to ``folder`` in the background.

        Changes that somebody else has saved there since it was opened are not
        overwritten, unless ``over_others``.
        """
        if folder.suffix != storage.SUFFIX:
            folder = folder.with_name(folder.name + storage.SUFFIX)
        project, results = self._session.document.project, self._session.results()
        self._was_saved = False

        def write() -> None:
            # Asked for here: a save that waited before this one counts, too.
            place, stamp = self._seen
            seen = stamp if place == folder and not over_others else ""
            self._seen = folder, storage.save(project, folder, results, seen=seen)

        def note(_: None) -> None:
            self._note_saved(project, folder)
            if over_others:
                text = f"Saved in {folder}."
                self._session.tell(UNSAVED_HERE, text, "good")

        self.worker.do(
            write,
            note,
            lambda error: self._tell_unsaved(folder, error),
            doing=f"Saving {folder.name}",
        )

    def save_now(self, folder: Path) -> bool:
        """Write the project to ``folder`` and wait; say whether it worked."""
        self.save(folder)
        self.worker.wait()
        return self._was_saved

    def export(self, path: Path) -> None:
        """Write the project as one file to ``path``."""
        if not path.name.lower().endswith(".zip"):
            path = path.with_name(path.name + storage.ARCHIVE_SUFFIX)
        project, results = self._session.document.project, self._session.results()
        self.worker.do(
            lambda: storage.save_archive(project, path, results),
            lambda _: self._note_exported(project, path),
            lambda error: self._session.tell(
                "Project not exported", str(error), "error"
            ),
            doing=f"Exporting {path.name}",
        )

    def offer_leftovers(self) -> None:
        """Offer the latest work of a crashed window; report damaged work."""
        autosave = self._session.autosave
        if autosave is None:
            return
        leftovers = autosave.leftovers()
        for folder in autosave.set_aside:
            self._say_set_aside(folder)
        if not leftovers:
            return
        last = leftovers[0]
        kept = ""
        if last.origin is not None:
            kept = f" The saved project in {last.origin} is unchanged."
        more = len(leftovers) - 1
        others = f" {more} more will be offered next time." if more else ""
        self._session.tell(
            UNSAVED,
            "ONNE ended unexpectedly. Your work from "
            f"{last.when:{DATE}} was recovered.{kept}{others}",
            actions=(
                ("Compare…", lambda: self._compare(autosave, last)),
                ("Restore", lambda: self._restore(autosave, last)),
                ("Discard", lambda: self._discard(autosave, last)),
            ),
        )

    def _read(
        self,
        place: Path,
        work: Callable[[], object],
        then: Callable[..., object],
        *,
        remedies: Actions | None = None,
    ) -> None:
        """Read something at ``place``; only the user's last request is shown."""
        self._wish += 1
        wish = self._wish

        def show(found: object) -> None:
            if wish == self._wish:
                then(found)

        def refuse(error: OnneError) -> None:
            actions = self._remedies(place) if remedies is None else remedies
            self._session.notice(refusal(place, str(error), error, actions))

        self.worker.do(work, show, refuse, doing=f"Opening {place.name}")

    def _show(
        self, place: Path, project: Project, results: dict[str, storage.Result]
    ) -> None:
        is_folder = not storage.is_archive(place)
        self._session.keep(results)
        self._session.document.open(project, place if is_folder else None)
        self._session.preferences.remember(place)
        self.arrived.emit(self._tab_of(place, project))

    def _tab_of(self, place: Path | None, project: Project) -> str:
        """Return the last tab used with the project, or a suitable one."""
        last = self._session.preferences.tab_of(place) if place is not None else ""
        suits = "analysis" if project.spectra else "shells"
        return last if last in TABS else suits

    def _remedies(self, place: Path) -> Actions:
        """Return the remedies for a project that does not open."""
        if not storage.is_project(place) and not place.exists():
            return (("Remove from list", lambda: self._forget(place)),)
        return (("Open undamaged parts", lambda: self.open_what_is_whole(place)),)

    def open_what_is_whole(self, place: Path) -> None:
        """Open the undamaged parts of the project at ``place``, as unsaved work."""

        def show(found: tuple[Project, tuple[str, ...]]) -> None:
            project, problems = found
            self._session.document.recover(project, None)
            self.arrived.emit("analysis" if project.spectra else "shells")
            self._session.tell(
                f"Opened the undamaged parts of {place.name}",
                f"{len(project.spectra)} spectra. The damaged project is "
                "unchanged; save this one under another name.",
                details="\n".join(problems),
            )

        self._read(place, lambda: storage.load_what_is_whole(place), show, remedies=())

    def _forget(self, place: Path) -> None:
        self._session.preferences.forget(place)
        self._session.changed.emit()

    def _note_saved(self, project: Project, folder: Path) -> None:
        document = self._session.document
        self._was_saved = True
        is_same = _same_work(document.project, project)
        document.saved_to(folder, is_current=is_same)
        self._session.preferences.remember(folder)
        self.saved.emit()

    def _note_exported(self, project: Project, path: Path) -> None:
        self._session.document.note_exported(project)
        show = QUrl.fromLocalFile(str(path.parent))
        self._session.tell(
            f"Exported to {path.name}",
            f"{path}: spectra, settings and results in one file. Open it with "
            "File > Open.",
            "good",
            actions=(("Show folder", lambda: QDesktopServices.openUrl(show)),),
        )

    def _compare(self, autosave: Autosave, leftover: Leftover) -> None:
        """Show what differs between the saved and the recovered work."""

        def read() -> ProjectComparison:
            recovered = leftover.load()
            saved, when = Project(), None
            if leftover.origin is not None and storage.is_project(leftover.origin):
                file = leftover.origin / storage.PROJECT_FILE
                saved, when = storage.load(leftover.origin), file.stat().st_mtime
            return ProjectComparison(
                compared(saved, recovered),
                saved_when=when,
                recovered_when=leftover.when.timestamp(),
                restore=lambda: self._restore(autosave, leftover),
                discard=lambda: self._discard(autosave, leftover),
            )

        self.worker.do(
            read,
            self.compare_wanted.emit,
            lambda error: self._set_aside(autosave, leftover, error),
            doing="Comparing recovered work",
        )

    def _restore(self, autosave: Autosave, leftover: Leftover) -> None:
        """Restore the work as unsaved work."""

        def show(project: Project) -> None:
            self._session.document.recover(project, leftover.origin)
            autosave.take_over(leftover)
            text = "Restored. Save it to keep it."
            self._session.tell(UNSAVED, text, "good")
            self.arrived.emit(self._tab_of(leftover.origin, project))

        self._wish += 1
        self.worker.do(
            leftover.load,
            show,
            lambda error: self._set_aside(autosave, leftover, error),
            doing="Restoring",
        )

    def _discard(self, autosave: Autosave, leftover: Leftover) -> None:
        autosave.drop(leftover)
        self._session.tell(UNSAVED, "Discarded.", "good")

    def _set_aside(
        self, autosave: Autosave, leftover: Leftover, error: OnneError
    ) -> None:
        """Move damaged work aside and offer its undamaged parts."""
        self._say_set_aside(autosave.put_aside(leftover.folder), str(error))

    def _say_set_aside(self, folder: Path, details: str = "") -> None:
        work = folder / WORK
        self._session.tell(
            UNSAVED,
            f"It is damaged; a copy is kept in {folder}. You can open its "
            "undamaged parts.",
            "error",
            details=details,
            actions=(("Open undamaged parts", lambda: self.open_what_is_whole(work)),),
        )

    def _tell_unsaved(self, folder: Path, error: OnneError) -> None:
        over = ("Overwrite", lambda: self.save(folder, over_others=True))
        is_other = isinstance(error, storage.ChangedElsewhereError)
        actions = (over,) if is_other else ()
        self._session.tell(UNSAVED_HERE, str(error), "error", actions=actions)


def _same_work(one: Project, other: Project) -> bool:
    """Return whether two projects differ in nothing but what is looked at."""
    return all(
        getattr(one, item.name) is getattr(other, item.name)
        for item in fields(Project)
        if item.name != "selected"
    )
