"""Dialog of training set, folder and size of a new ensemble."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from app.look import wording
from app.look.preferences import Preferences
from app.training.dialogs.form import lay_out, spin_box
from app.training.dialogs.set_dialog import free_place
from app.training.set_plan import SUFFIX, made_in
from app.widgets.basics import button, label, set_tone, with_chooser
from app.widgets.dialogs import FileDialogs
from app.widgets.fields import ComboBox
from app.widgets.layouts import row_of
from app.work.machine import cores
from app.work.stages import TrainRequest
from onne_core.bundle.bundle import MOST_NETWORKS
from onne_core.bundle.manifest import FILE
from onne_core.errors import OnneError
from onne_core.locations import models_folders
from onne_core.values.recipe import TrainingRecipe


@dataclass(frozen=True)
class SetOffer:
    """Training set to train on: finished, or queued.

    ``items`` counts its averaged spectra, ``members`` the networks of its recipe.
    """

    folder: Path
    items: int
    members: int = TrainingRecipe.members
    is_queued: bool = False

    @property
    def text(self) -> str:
        """Text in the list."""
        state = ", queued before this job" if self.is_queued else ""
        return f"{self.folder.name} ({wording.count(self.items)} spectra{state})"


def offer_of(folder: Path) -> SetOffer:
    """Return the finished set in ``folder``.

    Raises
    ------
    StorageError
        If there is none.
    """
    made = made_in(folder)
    members = made.recipe.get("training", {}).get("members")
    return SetOffer(folder, made.manifest["items"], members or TrainingRecipe.members)


class TrainDialog(QDialog):
    """Dialog; ``chosen`` carries the requests."""

    chosen = Signal(object)

    def __init__(
        self,
        offers: tuple[SetOffer, ...],
        preferences: Preferences,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._offers, self._ask = offers, FileDialogs(self, preferences)
        self._problem_of_set = ""
        self.setWindowTitle("Train an ensemble")
        self.setMinimumWidth(560)
        self.sets = ComboBox()
        self.sets.setAccessibleName("Training set")
        self.sets.addItems([offer.text for offer in offers])
        self.name = QLineEdit()
        self.name.setAccessibleName("Ensemble name")
        self.folder = QLineEdit(str(models_folders()[-1]))
        self.folder.setAccessibleName("Folder")
        self.members = spin_box("Networks", MOST_NETWORKS)
        self.workers = spin_box("Processes", cores())
        self.workers.setValue(cores())
        self._note = label("", "note", wrap=True)
        self.train = button("Train", self._finish, role="primary", icon="training")
        self._lay_out()
        self.sets.currentIndexChanged.connect(self._take_set)
        for field in (self.name, self.folder):
            field.textChanged.connect(self._tell)
        self._take_set()

    @property
    def offer(self) -> SetOffer | None:
        """The chosen training set."""
        index = self.sets.currentIndex()
        return self._offers[index] if 0 <= index < len(self._offers) else None

    def request(self) -> TrainRequest:
        """Return the values of the fields."""
        return TrainRequest(
            folder=str(self.offer.folder) if self.offer else "",
            out=str(self._out()),
            members=self.members.value(),
            workers=self.workers.value(),
        )

    def use_set(self, folder: Path) -> None:
        """Train on the finished set in ``folder``."""
        known = [offer.folder for offer in self._offers]
        if folder in known:
            self.sets.setCurrentIndex(known.index(folder))
            return
        try:
            offer = offer_of(folder)
        except OnneError as error:
            self._problem_of_set = str(error)
            self._tell()
            return
        self._problem_of_set = ""
        self._offers = (offer, *self._offers)
        self.sets.insertItem(0, offer.text)
        self.sets.setCurrentIndex(0)
        self._take_set()

    def _take_set(self) -> None:
        """Propose a name and the size given by the set's recipe."""
        offer = self.offer
        if offer is not None:
            self.name.setText(free_place(offer.folder.name.removesuffix(SUFFIX)).name)
            self.members.setValue(offer.members)
            self._problem_of_set = ""
        self._tell()

    def _out(self) -> Path:
        place = Path(self.folder.text().strip()).expanduser()
        return place / self.name.text().strip()

    def _lay_out(self) -> None:
        cores_of = label(f"of {cores()} cores", "second")
        lay_out(
            self,
            "Runs in the background when its turn comes. To resume a stopped run, "
            "give the same name.",
            (
                (
                    "Training set",
                    with_chooser(self.sets, "Choose set…", self._choose_set),
                ),
                ("Name", self.name),
                (
                    "Save in",
                    with_chooser(self.folder, "Choose folder…", self._choose),
                ),
                ("Networks", row_of(self.members, None)),
                ("Processes", row_of(self.workers, cores_of, None)),
            ),
            note=self._note,
            start=self.train,
        )

    def _choose_set(self) -> None:
        self._ask.folder("Complete training set (folder)", self.use_set)

    def _choose(self) -> None:
        self._ask.folder_into(self.folder, "Save ensemble in")

    def _tell(self) -> None:
        """Show the output folder, or its problem."""
        problem = self._problem_of_set
        if not problem and self.offer is None:
            problem = "Choose a training set folder, or make a training set first."
        problem = problem or _problem(self._out(), self.name.text().strip())
        text = problem or f"Writes {self._out()}"
        if not problem and (self._out() / FILE).is_file():
            text = f"Replaces the ensemble in {self._out()}"
        self._note.setText(text)
        set_tone(self._note, "problem" if problem else "note")
        self.train.setEnabled(not problem)

    def _finish(self) -> None:
        request = self.request()
        self.accept()
        self.chosen.emit((request,))


def _problem(out: Path, name: str) -> str:
    if not name or "/" in name or "\\" in name or name.startswith("."):
        return "Enter a name without slashes that does not start with a dot."
    if not out.is_absolute():
        return "Enter the full path of the folder."
    supplied = models_folders()[0]
    if out.parent == supplied:
        return "This folder is reserved for the built-in ensembles. Choose another."
    holds_other = out.is_file() or (out.is_dir() and any(out.iterdir()))
    if holds_other and not (out / FILE).is_file():
        return (
            "A folder with this name already contains something else. Choose "
            "another name."
        )
    return ""
