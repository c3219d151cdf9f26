"""Dialog that plans a training set: its system, folder and size."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.look.preferences import Preferences
from app.training.dialogs.plan_panel import PlanPanel
from app.training.set_plan import (
    SUFFIX,
    Plan,
    PlanState,
    SystemChoice,
    held_in,
    proposed_folder,
    supplied_systems,
    with_numbers,
)
from app.widgets import dialogs
from app.widgets.basics import button, label
from app.work.machine import cores
from app.work.stages import SetRequest, TrainRequest
from onne_core.errors import OnneError
from onne_core.locations import models_folders
from onne_core.values.recipe import read_recipe

MOST_NAMES = 100


class SetDialog(QDialog):
    """Dialog; ``chosen`` carries the requests, ``used`` a finished set.

    ``systems`` are offered before the built-in ones. ``is_queued`` says
    whether the queue will write to a folder.
    """

    chosen = Signal(object)
    used = Signal(object)

    def __init__(
        self,
        systems: tuple[SystemChoice, ...],
        preferences: Preferences,
        is_queued: Callable[[Path], bool],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._preferences, self._is_queued = preferences, is_queued
        self._systems = (*systems, *supplied_systems())
        self._state = PlanState(Plan(workers=cores()))
        self.setWindowTitle("New training set")
        self.setMinimumWidth(560)
        self.panel = PlanPanel()
        self.then_train = QCheckBox("Then train an ensemble on it")
        self.problem = label("", "problem", wrap=True)
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(label("New training set", "empty"))
        layout.addWidget(
            label(
                "Samples macrostates from the shell ranges and averages the spectra "
                "of their microstates. Runs in the background; a partial set in the "
                "folder is resumed.",
                "second",
                wrap=True,
            )
        )
        layout.addWidget(self.panel)
        layout.addWidget(self.problem)
        layout.addWidget(self.then_train)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button("Cancel", self.reject))
        row.addWidget(self.panel.start)
        layout.addLayout(row)
        self._connect()
        if self._systems:
            self._choose_system(self._systems[0])
        else:
            self._show()

    @property
    def state(self) -> PlanState:
        """Current plan."""
        return self._state

    def _connect(self) -> None:
        panel = self.panel
        panel.system_chosen.connect(self._choose_system)
        panel.system_wanted.connect(self._open_system)
        panel.folder_chosen.connect(self._choose_folder)
        panel.folder_wanted.connect(self._ask_folder)
        panel.numbers_chosen.connect(self._choose_numbers)
        panel.workers.valueChanged.connect(self._choose_workers)
        panel.start_wanted.connect(self._finish)

    def _choose_system(self, system: SystemChoice) -> None:
        if system not in self._systems:
            others = (item for item in self._systems if item.title != system.title)
            self._systems = (system, *others)
        folder = self._free(system, self._place())
        self._plan(replace(self._state.plan, system=system, folder=folder))

    def _open_system(self) -> None:
        path = dialogs.ask_file(
            self, self._preferences, "Open system", "Systems (*.json)"
        )
        if path is None:
            return
        try:
            recipe = read_recipe(path)
        except OnneError as error:
            self.problem.setText(f"{path.name} could not be opened: {error}")
            self.problem.show()
            return
        self.problem.hide()
        self._choose_system(SystemChoice(path.stem, recipe))

    def _choose_folder(self, folder: Path) -> None:
        self._plan(replace(self._state.plan, folder=folder))

    def _ask_folder(self) -> None:
        title = "Training set folder (new, or one to resume)"
        folder = dialogs.ask_folder(self, self._preferences, title)
        if folder is not None:
            self._choose_folder(folder)

    def _choose_numbers(self, macrostates: int, microstates: int) -> None:
        plan = self._state.plan
        if plan.system is None:
            return
        changed = with_numbers(
            plan.system, macrostates=macrostates, microstates=microstates
        )
        folder = plan.folder
        if folder is not None and (
            held_in(folder, changed.recipe) == "other" or self._is_queued(folder)
        ):
            folder = self._free(changed, folder.parent)
        self._plan(replace(plan, system=changed, folder=folder))

    def _choose_workers(self, workers: int) -> None:
        self._plan(replace(self._state.plan, workers=workers))

    def _free(self, system: SystemChoice, place: Path) -> Path:
        """Return a folder for a set of ``system`` that no queued task writes to."""
        folder = proposed_folder(system, place)
        number = 2
        while self._is_queued(folder) and number < MOST_NAMES:
            stem = proposed_folder(system, place).name.partition(SUFFIX)[0]
            folder = place / f"{stem}{SUFFIX}-{number}"
            number += 1
        return folder

    def _plan(self, plan: Plan) -> None:
        held = self._state.held
        if plan.folder is not None and plan.recipe is not None:
            held = held_in(plan.folder, plan.recipe)
        is_queued = plan.folder is not None and self._is_queued(plan.folder)
        self._state = PlanState(plan, held, is_queued)
        self._show()

    def _show(self) -> None:
        self.panel.show_state(self._state, self._systems)

    def _finish(self) -> None:
        plan = self._state.plan
        if self._state.hindrance or plan.recipe is None or plan.folder is None:
            return
        self.accept()
        if self._state.held == "finished" and not self.then_train.isChecked():
            self.used.emit(plan.folder)
            return
        requests: list[SetRequest | TrainRequest] = []
        if self._state.held != "finished":
            requests.append(SetRequest(plan.recipe, str(plan.folder), plan.workers))
        if self.then_train.isChecked():
            out = free_place(plan.folder.name.removesuffix(SUFFIX))
            members = plan.recipe.training.members
            requests.append(
                TrainRequest(str(plan.folder), str(out), members, plan.workers)
            )
        self.chosen.emit(tuple(requests))

    def _place(self) -> Path:
        folder = self._preferences.folder
        return Path(folder) if folder and Path(folder).is_dir() else Path.home()


def free_place(stem: str) -> Path:
    """Return a free folder among the user's ensembles, named after ``stem``."""
    place = models_folders()[-1]
    names = (stem, *(f"{stem}-{n}" for n in range(2, MOST_NAMES)))
    free = (place / name for name in names if not (place / name).exists())
    return next(free, place / stem)
