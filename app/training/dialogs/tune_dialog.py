"""Dialog of the trajectory to fine-tune to, and the set to replay."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from app.look.preferences import Preferences
from app.session.service import EnsembleInfo
from app.training.dialogs.form import lay_out, spin_box
from app.training.dialogs.set_dialog import free_place
from app.training.set_plan import made_in
from app.widgets.basics import button, label, set_tone, with_chooser
from app.widgets.dialogs import FileDialogs
from app.widgets.fields import ComboBox, DoubleSpinBox
from app.work.machine import cores
from app.work.stages import TuneRequest
from onne_core.errors import OnneError

TRAJECTORIES = (
    "Trajectories (*.xyz *.extxyz *.traj *.cif *.pdb XDATCAR*);;All files (*)"
)
PAIRS = "-pairs"


class TuneDialog(QDialog):
    """Dialog; ``chosen`` carries the requests."""

    chosen = Signal(object)

    def __init__(
        self,
        ensembles: tuple[EnsembleInfo, ...],
        preferences: Preferences,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._ensembles = tuple(info for info in ensembles if not info.card.tuning)
        self._ask = FileDialogs(self, preferences)
        self.setWindowTitle("Fine-tune an ensemble")
        self.setMinimumWidth(580)
        self.ensembles = ComboBox()
        self.ensembles.setAccessibleName("Ensemble")
        self.ensembles.addItems([info.name for info in self._ensembles])
        self.trajectory, self.replay = QLineEdit(), QLineEdit()
        self.trajectory.setAccessibleName("Trajectory")
        self.replay.setAccessibleName("Training set of the ensemble")
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the fine-tuned ensemble")
        self.cutoff = DoubleSpinBox()
        self.cutoff.setRange(2.0, 12.0)
        self.cutoff.setSingleStep(0.1)
        self.cutoff.setSuffix(" Å")
        self.cutoff.setAccessibleName("Neighbours up to")
        self.group = spin_box("Environments averaged per example", 1000)
        self.group.setValue(3)
        self._note = label("", "note", wrap=True)
        self.tune = button("Fine-tune", self._finish, role="primary", icon="training")
        self._lay_out()
        self.ensembles.currentIndexChanged.connect(self._take_ensemble)
        for field in (self.trajectory, self.replay, self.name):
            field.textChanged.connect(self._tell)
        self._take_ensemble()

    def choose(self, info: EnsembleInfo) -> None:
        """Choose the ensemble ``info``."""
        if info in self._ensembles:
            self.ensembles.setCurrentIndex(self._ensembles.index(info))

    def request(self) -> TuneRequest:
        """Return the values of the fields."""
        info = self._ensembles[self.ensembles.currentIndex()]
        out = free_place(self.name.text().strip())
        trajectory = Path(self.trajectory.text().strip())
        return TuneRequest(
            ensemble=str(info.folder),
            trajectory=str(trajectory),
            absorber=info.card.absorber,
            edge=info.card.edge,
            cutoff=self.cutoff.value(),
            group=self.group.value(),
            replay=self.replay.text().strip(),
            pairs=str(trajectory.parent / f"{trajectory.stem}{PAIRS}"),
            out=str(out),
            workers=cores(),
        )

    def _take_ensemble(self) -> None:
        index = self.ensembles.currentIndex()
        if 0 <= index < len(self._ensembles):
            info = self._ensembles[index]
            self.name.setText(free_place(f"{info.name}-tuned").name)
            self.cutoff.setValue(min(12.0, info.card.radial.upper))
        self._tell()

    def _lay_out(self) -> None:
        lay_out(
            self,
            "Extra layers are trained on the trajectory; half of each batch is "
            "replayed from the original set so that it is not forgotten.",
            (
                ("Ensemble", self.ensembles),
                (
                    "Training set",
                    with_chooser(self.replay, "Choose set…", self._ask_set),
                ),
                (
                    "Trajectory",
                    with_chooser(self.trajectory, "Choose trajectory…", self._ask_file),
                ),
                ("Neighbours up to", self.cutoff),
                ("Averaged environments", self.group),
                ("Name", self.name),
            ),
            note=self._note,
            start=self.tune,
        )

    def _ask_file(self) -> None:
        self._ask.file(
            "Trajectory",
            TRAJECTORIES,
            lambda path: self.trajectory.setText(str(path)),
        )

    def _ask_set(self) -> None:
        self._ask.folder_into(self.replay, "Training set of the ensemble (folder)")

    def _problem(self) -> str:
        """Return why it cannot be fine-tuned, in words; nothing if it can."""
        index = self.ensembles.currentIndex()
        if not 0 <= index < len(self._ensembles):
            return "Every available ensemble is already fine-tuned."
        if not self.replay.text().strip():
            return "Choose the training set that the ensemble was trained on."
        try:
            made = made_in(Path(self.replay.text().strip()))
        except OnneError as error:
            return str(error)
        card = self._ensembles[index].card
        if made.manifest.get("digest") != card.training_set:
            return (
                "Wrong training set. The ensemble was trained on the one with "
                f"digest {card.training_set[:12]}."
            )
        if not Path(self.trajectory.text().strip()).is_file():
            return "Choose a trajectory (any structure file that ASE reads)."
        return "" if self.name.text().strip() else "Enter a name."

    def _tell(self) -> None:
        problem = self._problem()
        out = free_place(self.name.text().strip() or "tuned")
        self._note.setText(
            problem or f"Writes {out}; the examples are saved beside the trajectory."
        )
        set_tone(self._note, "problem" if problem else "note")
        self.tune.setEnabled(not problem)

    def _finish(self) -> None:
        request = self.request()
        self.accept()
        self.chosen.emit((request,))
