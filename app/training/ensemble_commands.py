"""Commands for finished ensembles: export, import, rename, remove."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from app.session.service import EnsembleInfo
from app.session.session import Session
from app.training.ensemble_stages import measure_both
from app.widgets.dialogs import FileDialogs
from app.work.stages import of_pipeline
from onne_core.errors import OnneError
from onne_core.jobs import Failed

ZIP = "Ensembles (*.zip)"

BUNDLES = "ensembles.bundles"


class EnsembleCommands(QObject):
    """Commands for ensembles; ``measured`` carries the errors of two of them."""

    measured = Signal(object)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._ask = FileDialogs(window, session.preferences)

    def import_ensemble(self) -> None:
        """Ask for a zip file or a folder and import it."""
        box = QMessageBox(self._window)
        box.setWindowTitle("Import ensemble")
        box.setText("Import from a zip file or a folder?")
        box.setInformativeText(
            "The file is checked first; only the network weights are imported."
        )
        zipped = box.addButton("Zip file…", QMessageBox.ButtonRole.AcceptRole)
        folder = box.addButton("Folder…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        if box.clickedButton() is zipped:
            self._ask.file("Import ensemble", ZIP, self.import_from)
        elif box.clickedButton() is folder:
            self._ask.folder("Import ensemble (folder)", self.import_from)

    def import_from(self, source: Path) -> None:
        """Check the bundle in ``source`` and add it to the user's ensembles."""
        job = self._session.jobs.start(
            f"Importing {source.name}", of_pipeline(BUNDLES, "import_ensemble"), source
        )
        job.finished.connect(self._take)
        job.failed.connect(
            partial(self._refuse, f"{source.name} could not be imported")
        )

    def export(self, info: EnsembleInfo) -> None:
        """Ask for a path and export the ensemble as one file."""
        path = self._ask.place("Export ensemble", name=f"{info.name}.zip", pattern=ZIP)
        if path is None:
            return
        if path.suffix != ".zip":
            path = path.with_name(f"{path.name}.zip")
        job = self._session.jobs.start(
            f"Exporting {info.name}",
            of_pipeline(BUNDLES, "export_ensemble"),
            info.folder,
            path,
        )
        job.finished.connect(
            lambda path: self._session.tell("Ensemble exported", str(path), "good")
        )
        job.failed.connect(partial(self._refuse, f"{info.name} could not be exported"))

    def rename(self, info: EnsembleInfo) -> None:
        """Ask for a new name."""
        name, agreed = QInputDialog.getText(
            self._window,
            "Rename ensemble",
            (
                "New name. Other projects that use this ensemble will still look for "
                "the old name."
            ),
            text=info.name,
        )
        if agreed and name.strip() and name.strip() != info.name:
            self.rename_to(info, name.strip())

    def rename_to(self, info: EnsembleInfo, name: str) -> None:
        """Rename ``info``."""
        job = self._session.jobs.start(
            f"Renaming {info.name}",
            of_pipeline(BUNDLES, "rename_ensemble"),
            info.folder,
            name,
        )
        job.finished.connect(partial(self._take_renamed, info))
        job.failed.connect(partial(self._refuse, f"{info.name} could not be renamed"))

    def remove(self, info: EnsembleInfo) -> None:
        """Move an ensemble to the trash; the notice offers to undo."""
        from onne_core.pipeline.ensembles.bundles import remove_ensemble

        try:
            removed = remove_ensemble(info.folder)
        except OnneError as error:
            title = f"{info.name} could not be removed"
            self._session.tell(title, str(error), "error")
            return
        self._session.drop_ensemble(info)
        self._session.tell(
            f"Ensemble {info.name} removed",
            f"It is kept in {removed} until you delete it there.",
            actions=(("Undo", lambda: self._restore(info, removed)),),
        )

    def measure(self, first: EnsembleInfo, second: EnsembleInfo) -> None:
        """Ask for a training set and measure the errors of both on it."""
        self._ask.folder(
            "Training set to test both on (folder)",
            partial(self._measure_on, first, second),
        )

    def _measure_on(
        self, first: EnsembleInfo, second: EnsembleInfo, folder: Path
    ) -> None:
        job = self._session.jobs.start(
            f"Testing {first.name} and {second.name}",
            measure_both,
            str(first.folder),
            str(second.folder),
            str(folder),
        )
        job.finished.connect(self.measured)
        job.failed.connect(partial(self._refuse, "Test failed"))

    def _restore(self, info: EnsembleInfo, removed: Path) -> None:
        from onne_core.pipeline.ensembles.bundles import restore_ensemble

        try:
            folder = restore_ensemble(removed, info.folder)
        except OnneError as error:
            title = f"{info.name} could not be restored"
            self._session.tell(title, str(error), "error")
            return
        if self._session.add_ensemble(folder) is not None:
            title = f"Ensemble {info.name} removed"
            self._session.tell(title, "Restored.", "good")

    def _take(self, folder: Path) -> None:
        info = self._session.add_ensemble(folder)
        if info is not None:
            self._session.tell(
                f"Ensemble {info.name} imported",
                "It passed the checks and is in the list under Training.",
                "good",
                actions=(
                    ("Use ensemble", lambda: self._session.choose_ensemble(info)),
                ),
            )

    def _take_renamed(self, info: EnsembleInfo, folder: Path) -> None:
        was_used = self._session.ensemble is info
        self._session.drop_ensemble(info)
        renamed = self._session.add_ensemble(folder)
        if renamed is not None and was_used:
            self._session.choose_ensemble(renamed)

    def _refuse(self, title: str, failed: Failed) -> None:
        self._session.tell(title, failed.message, "error", failed.details)
