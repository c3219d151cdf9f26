"""Commands of the queue: training sets, ensembles, fine-tuning, left tasks."""

from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.session.service import EnsembleInfo
from app.session.session import Session
from app.training.set_plan import SUFFIX, SystemChoice, proposed_folder
from app.work.machine import cores
from app.work.queue_file import LeftWork
from app.work.queueing import Task
from app.work.stages import MakeRequest, SetRequest
from onne_core.errors import OnneError
from onne_core.values.quality import FIRST, LEVELS, Quality
from onne_core.values.recipe import Recipe

LEFT = "Unfinished work from an earlier session"
DAMAGED = "The queue from an earlier session is damaged"


class TrainingCommands(QObject):
    """Commands of the queue; ``queued`` names the first added task."""

    queued = Signal(str)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self._preferences = session.preferences

    def new_set(self) -> None:
        """Plan a training set; the system of Shells is offered first."""
        recipe = self._session.project.recipe
        if recipe is None:
            self._ask_set(())
            return
        title = recipe.system.name or recipe.system.absorber
        self._ask_set((SystemChoice(f"{title} (as in Shells)", recipe),))

    def plan_system(self, title: str, recipe: Recipe) -> None:
        """Plan a training set for the system of ``recipe``."""
        self._ask_set((SystemChoice(title, recipe),))

    def make_ensemble(self, recipe: Recipe, quality: Quality) -> None:
        """Queue one job that makes an ensemble of ``quality`` from ``recipe``."""
        from app.training.dialogs.set_dialog import free_place

        name = recipe.system.name or recipe.system.absorber
        chosen = Path(self._preferences.folder) if self._preferences.folder else None
        place = chosen if chosen is not None and chosen.is_dir() else Path.home()
        folder = proposed_folder(
            SystemChoice(name, LEVELS[quality].recipe(recipe, FIRST)),
            place,
            self._session.work.queue.holds,
            grows=True,
        )
        out = free_place(folder.name.replace(SUFFIX, ""))
        self._add((MakeRequest(recipe, str(folder), str(out), quality, cores()),))

    def train(self, folder: Path | None = None) -> None:
        """Ask for a training set and options; the set in ``folder`` is proposed."""
        from app.training.dialogs.train_dialog import TrainDialog

        dialog = TrainDialog(self._offers(), self._preferences, self._window)
        if folder is not None:
            dialog.use_set(folder)
        dialog.chosen.connect(self._add)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def tune(self, info: EnsembleInfo | None = None) -> None:
        """Ask for the trajectory to fine-tune an ensemble to."""
        from app.training.dialogs.tune_dialog import TuneDialog

        ensembles = self._session.view().ensembles
        dialog = TuneDialog(ensembles, self._preferences, self._window)
        chosen = info or self._session.ensemble
        if chosen is not None:
            dialog.choose(chosen)
        dialog.chosen.connect(self._add)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def show_folder(self, folder: Path) -> None:
        """Show ``folder`` in the desktop's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def show_log(self, key: str) -> None:
        """Show the log of a task."""
        from app.training.dialogs.task_log_dialog import TaskLogDialog

        task = self._session.work.queue.task(key)
        if task is not None:
            text = self._session.work.log(key) or task.details
            TaskLogDialog(task.title, text, self._window).open()

    def offer_left_work(self) -> None:
        """Offer to resume the unfinished tasks of earlier windows."""
        left = self._session.work.left_work()
        if left.set_aside:
            copies = ", ".join(str(path) for path in left.set_aside)
            text = (
                "The job queue is damaged. A copy is kept; add the missing jobs "
                "again under Training. Completed work is still in its folders."
            )
            self._session.tell(DAMAGED, text, "error", copies)
        if not left.tasks:
            return
        names = ", ".join(task.title for task in left.tasks)
        self._session.tell(
            LEFT,
            f"{names}. Completed work is kept.",
            actions=(
                ("Resume", lambda: self._go_on(left)),
                ("Dismiss", lambda: self._give_up(left)),
            ),
        )

    def _go_on(self, left: LeftWork) -> None:
        self._session.work.take_over(left)
        text = "Resumed; see the queue under Training."
        self._session.tell(LEFT, text, "good")

    def _give_up(self, left: LeftWork) -> None:
        self._session.work.forget(left)
        folders = ", ".join(str(task.folder) for task in left.tasks)
        text = f"Dismissed. Completed work stays in {folders}."
        self._session.tell(LEFT, text, "good")

    def _ask_set(self, systems: tuple[SystemChoice, ...]) -> None:
        from app.training.dialogs.set_dialog import SetDialog

        dialog = SetDialog(
            systems, self._preferences, self._session.work.queue.holds, self._window
        )
        dialog.chosen.connect(self._add)
        dialog.used.connect(self.train)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add(self, requests: tuple) -> None:
        """Queue ``requests``, unless a job of the queue writes the same folder."""
        targets = (target for one in requests for target in Task(one).targets)
        taken = next(filter(self._session.work.queue.holds, targets), None)
        if taken is not None:
            text = (
                f"A job of the queue already writes {taken}. Wait for it, cancel it, "
                "or choose another name."
            )
            self._session.tell("The job was not added", text, "error")
            return
        for request in requests:
            if isinstance(request, SetRequest):  # others remember theirs at their end
                self._preferences.remember_set(Path(request.folder))
        tasks = self._session.work.add(*requests)
        self.queued.emit(tasks[0].key)

    def _offers(self) -> tuple:
        """Return the available training sets: queued ones, then finished ones."""
        from app.training.dialogs.train_dialog import SetOffer, offer_of

        offers = [
            SetOffer(
                task.folder,
                task.request.recipe.sampling.macrostates,
                task.request.recipe.training.members,
                is_queued=True,
            )
            for task in self._session.work.queue.left
            if isinstance(task.request, SetRequest)
        ]
        queued = {offer.folder for offer in offers}
        for folder in self._preferences.sets:
            if folder in queued:
                continue
            try:
                offers.append(offer_of(folder))
            except OnneError:
                continue  # it was moved, or never finished
        finished = [offer for offer in offers if not offer.is_queued]
        return tuple(finished + [offer for offer in offers if offer.is_queued])
