"""What the card of the training set asks for: systems, folders, the training."""

from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app import dialogs
from app.making import SystemChoice
from app.notice import Notice
from app.session import Session
from onne_core.errors import OnneError
from onne_core.recipe import Recipe, read_recipe


class MakingCommands(QObject):
    """The commands around making and training; asks where needed."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._preferences = session.preferences
        self._offered: Recipe | None = None

    def prepare(self) -> None:
        """Offer the supplied systems and the one that Shells shows, this one first."""
        maker = self._session.maker
        maker.prepare(self._place())
        recipe = self._session.project.recipe
        if recipe is None or recipe is self._offered or maker.state.is_running:
            return
        self._offered = recipe
        if maker.state.step == "plan":
            title = recipe.system.name or recipe.system.absorber
            self.plan_system(SystemChoice(f"{title} (as in Shells)", recipe))

    def plan_system(self, system: SystemChoice) -> None:
        """Plan to make a set of ``system``."""
        self._session.maker.choose_system(system, self._place())

    def open_system(self) -> None:
        """Ask for a system's file and plan to make a set of it."""
        path = dialogs.ask_file(
            self._window, self._preferences, "Open system", "Systems (*.json)"
        )
        if path is None:
            return
        try:
            recipe = read_recipe(path)
        except OnneError as error:
            notice = Notice(f"{path.name} was not opened", str(error), "error")
            self._session.noticed.emit(notice)
            return
        self.plan_system(SystemChoice(path.stem, recipe))

    def choose_folder(self) -> None:
        """Ask for the folder of the training set."""
        title = "Folder of the training set (new, or one that goes on)"
        folder = dialogs.ask_folder(self._window, self._preferences, title)
        if folder is not None:
            self._session.maker.choose_folder(folder)

    def use_finished(self) -> None:
        """Ask for the folder of a finished set and take it."""
        title = "Use a finished training set (its folder)"
        folder = dialogs.ask_folder(self._window, self._preferences, title)
        if folder is not None:
            self._session.maker.use(folder)

    def plan_another(self) -> None:
        """Plan another training set."""
        self._session.maker.plan_another(self._place())

    def train(self) -> None:
        """Ask for name and size of an ensemble, and train it."""
        from app.train_dialog import TrainDialog

        made = self._session.maker.state.made
        if made is None:
            return
        dialog = TrainDialog(made, self._preferences, self._window)
        dialog.chosen.connect(self._session.maker.train)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_folder(self, folder: Path) -> None:
        """Show ``folder`` in the desktop's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def may_stop(self) -> bool:
        """Whether what runs may be stopped: nothing runs, or the user agrees."""
        maker = self._session.maker
        if not maker.state.is_running or maker.job is None:
            return True
        return dialogs.ask_to_stop(self._window, maker.job.name)

    def _place(self) -> Path:
        folder = self._preferences.folder
        return Path(folder) if folder and Path(folder).is_dir() else Path.home()
