"""Plan of a training set: system, folder, number of samples, processes."""

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.look import wording
from app.training.set_plan import PlanState, SystemChoice
from app.widgets.basics import button, icon_button, label, set_tone
from app.widgets.fields import ComboBox, SpinBox
from app.work.machine import cores
from onne_core.values.recipe import MOST_MACROSTATES, MOST_MICROSTATES

NAMES = 66
"""Width of the names beside the fields."""


class PlanPanel(QWidget):
    """Panel of system, folder, sample numbers and processes."""

    system_chosen = Signal(object)
    system_wanted = Signal()
    folder_chosen = Signal(object)
    folder_wanted = Signal()
    numbers_chosen = Signal(int, int)
    start_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._systems: tuple[SystemChoice, ...] = ()
        self._state = PlanState()
        self.systems = ComboBox()
        self.systems.setAccessibleName("System")
        self.systems.setSizeAdjustPolicy(
            ComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.folder = QLineEdit()
        self.folder.setAccessibleName("Training set folder")
        self.macrostates = _spin("Macrostates", MOST_MACROSTATES, width=96)
        self.microstates = _spin(
            "Microstates per macrostate", MOST_MICROSTATES, width=76
        )
        self.workers = _spin("Processes", cores(), width=64)
        self._amount = label("", "small", wrap=True)
        self._note = label("", "note", wrap=True)
        self._note.setMinimumHeight(34)
        self.start = button("", self.start_wanted.emit, role="primary", icon="play")
        self.start.setDefault(True)
        self._lay_out()
        self.systems.activated.connect(self._report_system)
        self.folder.editingFinished.connect(self._report_folder)
        self.macrostates.valueChanged.connect(self._report_numbers)
        self.microstates.valueChanged.connect(self._report_numbers)

    def show_state(self, state: PlanState, systems: tuple[SystemChoice, ...]) -> None:
        """Show the plan of ``state``."""
        self._state = state
        plan, recipe = state.plan, state.plan.recipe
        titles = tuple(item.title for item in systems)
        if titles != tuple(item.title for item in self._systems):
            self.systems.clear()
            self.systems.addItems(titles)
        self._systems = systems
        if plan.system is not None and plan.system.title in titles:
            self.systems.setCurrentIndex(titles.index(plan.system.title))
        text = str(plan.folder) if plan.folder else ""
        if text != self.folder.text():
            self.folder.setText(text)
        self.folder.setToolTip(text)
        for spin, value in (
            (self.macrostates, recipe.sampling.macrostates if recipe else 1),
            (self.microstates, recipe.sampling.microstates if recipe else 1),
            (self.workers, plan.workers),
        ):
            with QSignalBlocker(spin):
                spin.setValue(value)
        self._amount.setText(_amount(state))
        self._show_note()

    def _show_note(self) -> None:
        state = self._state
        hindrance = state.hindrance
        finished = state.held == "finished" and not hindrance
        text = hindrance
        if not text and state.held == "begun":
            text = "Part of this set exists already and is kept."
        if not text and finished:
            text = "This set is already complete."
        set_tone(self._note, "problem" if hindrance else "note")
        self._note.setText(text)
        words = {"begun": "Resume", "finished": "Use this set"}
        self.start.setText(words.get(state.held, "Make training set"))
        self.start.setEnabled(not hindrance)

    def _report_system(self, index: int) -> None:
        if 0 <= index < len(self._systems):
            self.system_chosen.emit(self._systems[index])

    def _report_folder(self) -> None:
        text = self.folder.text().strip()
        folder = Path(text).expanduser() if text else None
        if folder is not None and folder != self._state.plan.folder:
            self.folder_chosen.emit(folder)

    def _report_numbers(self) -> None:
        self.numbers_chosen.emit(self.macrostates.value(), self.microstates.value())

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        file = icon_button("open", "Open system file…", self.system_wanted.emit)
        place = icon_button("open", "Choose folder…", self.folder_wanted.emit)
        layout.addLayout(_named("System", self.systems, file))
        layout.addLayout(_named("Folder", self.folder, place))
        times = label("×", "second")
        layout.addLayout(_named("Samples", self.macrostates, times, self.microstates))
        layout.addLayout(
            _named("Processes", self.workers, label(f"of {cores()} cores", "second"))
        )
        layout.addWidget(self._amount)
        layout.addWidget(self._note)


def _amount(state: PlanState) -> str:
    recipe = state.plan.recipe
    if recipe is None:
        return ""
    spectra = recipe.sampling.macrostates * recipe.sampling.microstates
    return f"macrostates × microstates each: {wording.count(spectra)} spectra"


def _spin(name: str, most: int, *, width: int) -> SpinBox:
    spin = SpinBox()
    spin.setRange(1, most)
    spin.setFixedWidth(width)
    spin.setAccessibleName(name)
    spin.setToolTip(name)
    # Not with every key: 1200 would be planned as 1, 12 and 120 before.
    spin.setKeyboardTracking(False)
    spin.setAlignment(Qt.AlignmentFlag.AlignRight)
    return spin


def _named(name: str, *widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    title = label(name, "second")
    title.setFixedWidth(NAMES)
    row.addWidget(title)
    for widget in widgets:
        row.addWidget(widget, 1 if isinstance(widget, QLineEdit | ComboBox) else 0)
    if not any(isinstance(widget, QLineEdit | ComboBox) for widget in widgets):
        row.addStretch(1)
    return row
