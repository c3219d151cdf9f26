"""Where a new ensemble goes, how many networks it has, by how many processes."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import dialogs, wording
from app.making import SUFFIX, MadeSet, cores
from app.preferences import Preferences
from app.stages import TrainRequest
from app.widgets.basics import button, icon_button, label, set_tone
from onne_core.ensemble.bundle import MOST_NETWORKS
from onne_core.ensemble.manifest import FILE
from onne_core.locations import models_folders
from onne_core.recipe import TrainingRecipe


class TrainDialog(QDialog):
    """Asks once; ``chosen`` carries the request."""

    chosen = Signal(object)

    def __init__(
        self, made: MadeSet, preferences: Preferences, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._made, self._preferences = made, preferences
        self.setWindowTitle("Train an ensemble")
        self.setMinimumWidth(520)
        self.name = QLineEdit(made.folder.name.removesuffix(SUFFIX))
        self.name.setAccessibleName("Name of the ensemble")
        self.folder = QLineEdit(str(models_folders()[-1]))
        self.folder.setAccessibleName("Folder")
        members = made.recipe.get("training", {}).get("members")
        self.members = _spin("Networks", MOST_NETWORKS)
        self.members.setValue(members if members else TrainingRecipe.members)
        self.workers = _spin("Processes", cores())
        self.workers.setValue(cores())
        self._note = label("", "note", wrap=True)
        self._note.setMinimumHeight(34)
        self.train = button("Train", self._finish, role="primary", icon="training")
        self.train.setDefault(True)
        self._lay_out()
        for field in (self.name, self.folder):
            field.textChanged.connect(self._tell)
        self._tell()

    def request(self) -> TrainRequest:
        """Return what the fields say."""
        return TrainRequest(
            folder=str(self._made.folder),
            out=str(self._out()),
            members=self.members.value(),
            workers=self.workers.value(),
        )

    def _out(self) -> Path:
        place = Path(self.folder.text().strip()).expanduser()
        return place / self.name.text().strip()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(label("Train an ensemble", "empty"))
        items = wording.count(self._made.manifest["items"])
        layout.addWidget(
            label(
                f"On the {items} averaged spectra of {self._made.folder.name}. It runs "
                "in the background; a run that was stopped goes on with the same "
                "name.",
                "second",
                wrap=True,
            )
        )
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(icon_button("open", "Choose the folder…", self._choose))
        cores_of = label(f"of {cores()} cores", "second")
        for row, (name, widget) in enumerate(
            (
                ("Name", self.name),
                ("Kept in", place),
                ("Networks", _left(self.members)),
                ("Processes", _left(self.workers, cores_of)),
            )
        ):
            grid.addWidget(label(name, "second"), row, 0)
            if isinstance(widget, QWidget):
                grid.addWidget(widget, row, 1)
            else:
                grid.addLayout(widget, row, 1)
        layout.addLayout(grid)
        layout.addWidget(self._note)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(button("Cancel", self.reject))
        buttons.addWidget(self.train)
        layout.addLayout(buttons)

    def _choose(self) -> None:
        folder = dialogs.ask_folder(self, self._preferences, "Keep the ensemble in")
        if folder is not None:
            self.folder.setText(str(folder))

    def _tell(self) -> None:
        """Say where it goes, or why it cannot go there."""
        problem = _problem(self._out(), self.name.text().strip())
        text = problem or f"Writes {self._out()}"
        if not problem and (self._out() / FILE).is_file():
            text = f"Replaces the ensemble in {self._out()}"
        self._note.setText(text)
        set_tone(self._note, "problem" if problem else "note")
        self.train.setEnabled(not problem)

    def _finish(self) -> None:
        request = self.request()
        self.accept()
        self.chosen.emit(request)


def _problem(out: Path, name: str) -> str:
    if not name or "/" in name or "\\" in name or name.startswith("."):
        return "Give the ensemble a name without slashes, and no dot first."
    if not out.is_absolute():
        return "Give the whole path of the folder."
    supplied = models_folders()[0]
    if out.parent == supplied:
        return "This folder holds the program's own ensembles; choose another."
    holds_other = out.is_file() or (out.is_dir() and any(out.iterdir()))
    if holds_other and not (out / FILE).is_file():
        return "A folder of this name holds something else; choose another name."
    return ""


def _spin(name: str, most: int) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(1, most)
    spin.setAccessibleName(name)
    return spin


def _left(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row
