"""Dialog that plans a training set: its system, folder and size."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QWidget

from app.look import wording
from app.look.preferences import Preferences
from app.look.rich_text import safe_tip
from app.training.dialogs.form import lay_out, spin_box
from app.training.set_plan import (
    SUFFIX,
    Held,
    Plan,
    SystemChoice,
    held_in,
    proposed_folder,
    supplied_systems,
    with_numbers,
)
from app.widgets.basics import (
    button,
    combo,
    label,
    problem_label,
    say,
    set_tone,
    with_chooser,
)
from app.widgets.dialogs import FileDialogs
from app.widgets.fields import SpinBox
from app.widgets.layouts import row_of
from app.work.machine import cores
from app.work.stages import SetRequest, TrainRequest
from onne_core.errors import OnneError
from onne_core.locations import models_folders
from onne_core.values.recipe import MOST_MACROSTATES, MOST_MICROSTATES, read_recipe

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
        self._ask = FileDialogs(self, preferences)
        self._systems = (*systems, *supplied_systems())
        self.plan = Plan()
        self.setWindowTitle("New training set")
        self.setMinimumWidth(560)
        self.systems = combo("System")
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Training set folder")
        self.macrostates = _number("Macrostates", MOST_MACROSTATES, width=96)
        self.microstates = _number(
            "Microstates per macrostate", MOST_MICROSTATES, width=76
        )
        self.workers = _number("Processes", cores(), width=64)
        self.workers.setValue(cores())
        self.then_train = QCheckBox("Then train an ensemble on it")
        self._amount = label("", "small", wrap=True)
        self.problem = problem_label()
        self._note = label("", "note", wrap=True)
        self.start = button("", self._finish, role="primary", icon="play")
        self._lay_out()
        self.systems.activated.connect(lambda i: self._choose_system(self._systems[i]))
        self.folder.editingFinished.connect(self._take_folder)
        self.macrostates.valueChanged.connect(self._take_numbers)
        self.microstates.valueChanged.connect(self._take_numbers)
        if self._systems:
            self._choose_system(self._systems[0])
        else:
            self._show()

    def _lay_out(self) -> None:
        times = label("×", "second")
        cores_of = label(f"of {cores()} cores", "second")
        lay_out(
            self,
            "Samples macrostates from the shell ranges and averages the spectra "
            "of their microstates. Runs in the background; a partial set in the "
            "folder is resumed.",
            (
                (
                    "System",
                    with_chooser(self.systems, "Open system file…", self._ask_system),
                ),
                (
                    "Folder",
                    with_chooser(self.folder, "Choose folder…", self._ask_folder),
                ),
                ("Samples", row_of(self.macrostates, times, self.microstates, None)),
                ("Processes", row_of(self.workers, cores_of, None)),
                ("", self._amount),
                ("", self.problem),
                ("", self.then_train),
            ),
            note=self._note,
            start=self.start,
        )

    def _choose_system(self, system: SystemChoice) -> None:
        if system not in self._systems:
            others = (item for item in self._systems if item.title != system.title)
            self._systems = (system, *others)
        self._plan(system, proposed_folder(system, self._place(), self._is_queued))

    def _ask_system(self) -> None:
        self._ask.file("Open system", "Systems (*.json)", self._open_system)

    def _open_system(self, path: Path) -> None:
        try:
            recipe = read_recipe(path)
        except OnneError as error:
            say(self.problem, f"{path.name} could not be opened: {error}")
            return
        self.problem.hide()
        self._choose_system(SystemChoice(path.stem, recipe))

    def _take_folder(self) -> None:
        text = self.folder.text().strip()
        if text:
            self._plan(self.plan.system, Path(text).expanduser())

    def _ask_folder(self) -> None:
        self._ask.folder(
            "Training set folder (new, or one to resume)",
            lambda folder: self._plan(self.plan.system, folder),
        )

    def _take_numbers(self) -> None:
        system, folder = self.plan.system, self.plan.folder
        if system is None:
            return
        changed = with_numbers(
            system,
            macrostates=self.macrostates.value(),
            microstates=self.microstates.value(),
        )
        if folder is not None and (
            held_in(folder, changed.recipe) == "other" or self._is_queued(folder)
        ):
            folder = proposed_folder(changed, folder.parent, self._is_queued)
        self._plan(changed, folder)

    def _plan(self, system: SystemChoice | None, folder: Path | None) -> None:
        held: Held = "nothing"
        if system is not None and folder is not None:
            held = held_in(folder, system.recipe)
        is_queued = folder is not None and self._is_queued(folder)
        self.plan = Plan(system, folder, held, is_queued)
        self._show()

    def _show(self) -> None:
        system, folder = self.plan.system, self.plan.folder
        titles = [item.title for item in self._systems]
        if titles != [self.systems.itemText(i) for i in range(self.systems.count())]:
            self.systems.clear()
            self.systems.addItems(titles)
        if system is not None:
            sampling = system.recipe.sampling
            if system.title in titles:
                self.systems.setCurrentIndex(titles.index(system.title))
            for field, value in (
                (self.macrostates, sampling.macrostates),
                (self.microstates, sampling.microstates),
            ):
                with QSignalBlocker(field):
                    field.setValue(value)
            spectra = wording.count(sampling.macrostates * sampling.microstates)
            self._amount.setText(f"Macrostates × microstates: {spectra} spectra")
        text = str(folder) if folder else ""
        if text != self.folder.text():
            self.folder.setText(text)
        self.folder.setToolTip(safe_tip(text))
        self._show_note()

    def _show_note(self) -> None:
        hindrance, held = self.plan.hindrance, self.plan.held
        notes = {
            "begun": "Part of this set exists already and is kept.",
            "finished": "This set is already complete.",
        }
        set_tone(self._note, "problem" if hindrance else "note")
        self._note.setText(hindrance or notes.get(held, ""))
        words = {"begun": "Resume", "finished": "Use this set"}
        self.start.setText(words.get(held, "Make training set"))
        self.start.setEnabled(not hindrance)

    def _finish(self) -> None:
        system, folder = self.plan.system, self.plan.folder
        if self.plan.hindrance or system is None or folder is None:
            return
        self.accept()
        is_finished = self.plan.held == "finished"
        if is_finished and not self.then_train.isChecked():
            self.used.emit(folder)
            return
        recipe, workers = system.recipe, self.workers.value()
        requests: list[SetRequest | TrainRequest] = []
        if not is_finished:
            requests.append(SetRequest(recipe, str(folder), workers))
        if self.then_train.isChecked():
            out = str(free_place(folder.name.removesuffix(SUFFIX)))
            members = recipe.training.members
            requests.append(TrainRequest(str(folder), out, members, workers))
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


def _number(name: str, most: int, *, width: int) -> SpinBox:
    spin = spin_box(name, most)
    spin.setFixedWidth(width)
    spin.setToolTip(name)
    # Not with every key: 1200 would be planned as 1, 12 and 120 before.
    spin.setKeyboardTracking(False)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight)
    return spin
