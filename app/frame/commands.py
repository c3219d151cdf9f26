"""Commands of menus and buttons: ask where needed, then call session and opening."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from app.analysis.export_stage import export, figure_of
from app.analysis.reduction_commands import ReductionCommands
from app.analysis.standard.commands import StandardCommands
from app.data.column_commands import ColumnCommands
from app.data.dataset_commands import DatasetCommands
from app.data.desk import ReductionDesk
from app.frame.help import ABOUT, HelpDialog
from app.series.commands import SeriesCommands
from app.session.file_kinds import arrivals_of
from app.session.opening import Opening
from app.session.session import Session
from app.session.view import TABS
from app.shells.commands import SystemCommands
from app.structures.commands import StructureCommands
from app.training.commands import TrainingCommands
from app.training.ensemble_commands import EnsembleCommands
from app.widgets import dialogs
from app.widgets.export_dialog import ExportChoice, ExportDialog
from onne_core.results.methods_text import methods_text
from onne_core.storage import ARCHIVE_SUFFIX, SUFFIX
from onne_core.values.project import with_entry, without_spectrum
from onne_core.values.quality import Quality
from onne_core.values.recipe import Recipe

_MEASURED = (
    "*.xdi *.chi *.chik *.dat *.txt *.xmu *.csv *.nor *.prj *.larix *.fio *.spec *.h5 "
    "*.hdf5 *.nxs"
)
SPECTRA = f"Spectra ({_MEASURED});;All files (*)"
ANY = (
    f"All supported files ({_MEASURED} *.json *.cif *.xyz *{ARCHIVE_SUFFIX});;"
    "All files (*)"
)


class Commands(QObject):
    """The commands of one window."""

    def __init__(self, session: Session, opening: Opening, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._opening = session, opening
        self._projects, self._window = opening.projects, window
        self._preferences = session.preferences
        self._ask = dialogs.FileDialogs(window, session.preferences)
        self.training = TrainingCommands(session, window)
        self.series = SeriesCommands(session, opening, window, written=self._written)
        self.standard = StandardCommands(session, window)
        opening.standard_arrived.connect(self.standard.open)
        self.datasets = DatasetCommands(session, opening, window)
        opening.datasets_wanted.connect(self.datasets.open)
        self.columns = ColumnCommands(session, opening, window)
        opening.columns_wanted.connect(self.columns.open)
        self.desk = ReductionDesk(session, self)
        self.ensembles = EnsembleCommands(session, window)
        self.reduction = ReductionCommands(session, self)
        self.structures = StructureCommands(
            session, window, plan=self.training.plan_system, written=self._written
        )
        self.system = SystemCommands(session, opening, window)
        self.system.ensemble_wanted.connect(self._make_ensemble)

    def slots(self) -> dict[str, Callable[[], object]]:
        """Return the commands by the names of the menu entries."""
        return {
            "new": self.new,
            "open": self.open,
            "open_project": self.open_project,
            "new_ensemble": self.system.new_ensemble,
            "new_system": self.system.new,
            "open_system": self.open_system,
            "save_system": self.system.save,
            "open_ensemble": self.open_ensemble,
            "open_example": self._opening.open_example,
            "save": self.save,
            "save_as": self.save_as,
            "save_archive": self.save_archive,
            "export": self.export,
            "export_table": self.series.export,
            "open_folder": self.series.open_folder,
            "quit": self._window.close,
            "undo": self._session.document.undo_stack.undo,
            "redo": self._session.document.undo_stack.redo,
            "copy": self.copy,
            "copy_figure": self.copy_figure,
            "copy_methods": self.copy_methods,
            "remove": self.remove,
            "known": self.open_known,
            "reset_correction": self.reset_correction,
            "reset_limits": self.reset_limits,
            "cancel": self.cancel,
            "about": lambda: self._tell("About ONNE", ABOUT),
            "guide": self.show_guide,
        }

    def new(self) -> None:
        """Start a new project, after asking."""
        if self.may_close():
            self._projects.new()

    def open(self) -> None:
        """Ask for files of any kind and open them as what they are."""
        self._ask.files("Open", ANY, self.drop)

    def open_spectra(self) -> None:
        """Ask for measured files and open them."""
        self._ask.files("Open spectra", SPECTRA, self._opening.open_spectra)

    def open_project(self) -> None:
        """Ask for a project's folder and open it."""
        self._ask.folder("Open project (a folder NAME.onne)", self.open_place)

    def open_place(self, place: Path) -> None:
        """Open the project at ``place``, after asking about this one."""
        if self.may_close():
            self._projects.open(place)

    def forget_recent(self) -> None:
        """Clear the list of recent projects."""
        for path in self._preferences.recent:
            self._preferences.forget(path)
        self._session.changed.emit()

    def open_system(self) -> None:
        """Ask for a system file and show its ranges."""
        self._ask.file("Open system", "Systems (*.json)", self._opening.open_recipe)

    def open_ensemble(self) -> None:
        """Ask for an ensemble's folder and use it."""
        title = "Open ensemble (its folder)"
        self._ask.folder(title, self._opening.open_ensemble)

    def open_known(self) -> None:
        """Ask for a known g(r) and show it over the prediction."""
        pattern = "g(r) in columns (*.csv *.txt *.dat);;All files (*)"
        self._ask.file("Known g(r)", pattern, self._opening.open_known)

    def drop(self, paths: list[Path]) -> None:
        """Open the dropped files; ask first if that closes a project."""
        arrivals = arrivals_of(paths)
        if "project" not in arrivals or self.may_close():
            self._opening.open_arrivals(arrivals)

    def save(self) -> None:
        """Save to the project's folder; ask for one if it has none."""
        path = self._session.document.path or self._ask_place()
        if path is not None:
            self._projects.save(path)

    def save_as(self) -> None:
        """Ask for a place and save there."""
        path = self._ask_place()
        if path is not None:
            self._projects.save(path)

    def save_archive(self) -> None:
        """Ask for a place and write the project as one file."""
        path = self._ask.place(
            "Export project as one file",
            name=f"{self._proposed_name()}{ARCHIVE_SUFFIX}",
            pattern=f"Projects as one file (*{ARCHIVE_SUFFIX})",
        )
        if path is not None:
            self._projects.export(path)

    def may_stop(self) -> bool:
        """Return whether what runs may be stopped: nothing runs, or the user agrees."""
        queue = self._session.work.queue
        running = [job for job in self._session.jobs.running if not job.is_cancelling]
        if not running and queue.running is None:
            return True
        own = self._session.work.job
        names = [job.name for job in running if job is not own]
        if queue.running is not None:
            others = len(queue.left) - 1
            more = f" and {others} more" if others else ""
            names.insert(0, f"{queue.running.title}{more}")
        goes_on = queue.running is not None
        return dialogs.ask_to_stop(self._window, names, goes_on=goes_on)

    def may_close(self) -> bool:
        """Return whether the project may go: nothing is lost, or the user agrees."""
        self._projects.worker.wait()
        document = self._session.document
        if not document.has_unsaved_work:
            return True
        name = document.path.stem if document.path else "this project"
        answer = dialogs.ask_to_save(self._window, name)
        if answer == QMessageBox.StandardButton.Save:
            path = document.path or self._ask_place()
            return path is not None and self._projects.save_now(path)
        return answer == QMessageBox.StandardButton.Discard

    def export(self) -> None:
        """Ask what to export and where."""
        view = self._session.view()
        if view.entry is None or view.prediction is None:
            return
        dialog = ExportDialog(view.entry.name, self._preferences, self._window)
        dialog.chosen.connect(self._export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def copy(self) -> None:
        """Copy whatever has the focus and can be copied."""
        widget = QApplication.focusWidget()
        while widget is not None and not callable(getattr(widget, "copy", None)):
            widget = widget.parentWidget()
        if widget is not None:
            widget.copy()  # type: ignore[attr-defined]

    def copy_figure(self) -> None:
        """Draw the figure of the export and put it on the clipboard."""
        view = self._session.view()
        if view.entry is None or view.prediction is None:
            return
        from app.analysis.export_request import drawn_of  # brings pyqtgraph along

        drawn = drawn_of(view, view.prediction, view.entry)
        width = self._preferences.figure_width
        job = self._session.run("Drawing the figure", figure_of, drawn, width)
        job.finished.connect(self._put_figure)

    def _put_figure(self, png: bytes) -> None:
        QGuiApplication.clipboard().setImage(QImage.fromData(png))
        self._session.tell(
            "Copied the figure", "As in Export, at 300 dots per inch.", "good"
        )

    def copy_methods(self) -> None:
        """Put what a paper has to say of the analysis on the clipboard."""
        view = self._session.view()
        if view.entry is None or view.prediction is None:
            return
        from app.analysis.export_request import settings_of

        text = methods_text(view.prediction, dict(settings_of(view.entry)))
        QGuiApplication.clipboard().setText(text)
        self._session.tell("Copied the text for the experimental section", text, "good")

    def remove(self) -> None:
        """Remove the selected spectrum."""
        project = self._session.document.project
        if project.entry is not None:
            text = f"Remove {project.entry.name}"
            self._session.edit(without_spectrum(project, project.selected), text)

    def reset_correction(self) -> None:
        """Return E0 and S0^2 of the selected spectrum to automatic."""
        self._change("Reset the correction", e0=None, e0_std=None, s02=None)

    def reset_limits(self) -> None:
        """Reset the shell limits to the minima of g(r)."""
        self._change("Reset the limits", limits={})

    def cancel(self) -> None:
        """Cancel the oldest job."""
        for job in self._session.jobs.running[:1]:
            job.cancel()

    def show_guide(self) -> None:
        """Open the user guide at the page of the current tab."""
        from app.frame.guide import show_guide

        page = getattr(self._window, "current", "")
        show_guide(self._window, page if page in TABS else "index")

    def _make_ensemble(self, recipe: Recipe, quality: Quality) -> None:
        self.training.make_ensemble(recipe, quality)
        self._opening.arrived.emit("training")

    def _ask_place(self) -> Path | None:
        return self._ask.place(
            "Save project",
            name=f"{self._proposed_name()}{SUFFIX}",
            pattern=f"ONNE projects (*{SUFFIX})",
        )

    def _proposed_name(self) -> str:
        document = self._session.document
        if document.path is not None:
            return document.path.stem
        entry = document.project.entry
        return entry.name if entry else "project"

    def _change(self, text: str, **changes: object) -> None:
        project = self._session.document.project
        if project.entry is not None:
            changed = with_entry(project, project.selected, **changes)
            self._session.edit(changed, text)

    def _export(self, choice: ExportChoice) -> None:
        view = self._session.view()
        if view.entry is None or view.prediction is None:
            return
        now = datetime.now().astimezone()
        from app.analysis.export_request import request_of  # brings pyqtgraph along

        request = request_of(view, view.prediction, view.entry, choice, now)
        job = self._session.run(f"Exporting {choice.stem.name}", export, request)
        job.finished.connect(self._written)

    def _written(self, paths: tuple[str, ...]) -> None:
        folder = Path(paths[0]).parent
        names = ", ".join(Path(path).name for path in paths)
        show = QUrl.fromLocalFile(str(folder))
        self._session.tell(
            f"Written to {folder}",
            names,
            "good",
            actions=(
                ("Show folder", lambda: QDesktopServices.openUrl(show)),
                (
                    "Copy path",
                    lambda: QGuiApplication.clipboard().setText(paths[0]),
                ),
            ),
        )

    def _tell(self, title: str, html: str) -> None:
        HelpDialog(title, html, self._window).open()
