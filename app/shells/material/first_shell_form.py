"""Form of a first shell: absorber, ligand, number, distance, oxidation state."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCompleter, QFormLayout, QLineEdit, QWidget

from app.shells.material.choice import FirstShellChoice
from app.widgets.basics import combo, label
from app.widgets.fields import DoubleSpinBox
from onne_core.proposals.bond_lengths import oxidation_states
from onne_core.proposals.first_shell import MOST_LIGANDS
from onne_core.values.elements import elements

LIGANDS = ("O", "N", "F", "S", "Cl", "Br", "C", "P", "Se", "I")
UNKNOWN = "Not known: 1 to 8"
LONGEST = 4.0


class FirstShellForm(QWidget):
    """Form that reports the ``edited`` choice."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._choice = FirstShellChoice()
        self.absorber = QLineEdit()
        self.absorber.setPlaceholderText("Cr, Zn, Pt …")
        self.absorber.setAccessibleName("Absorber")
        self.absorber.setCompleter(QCompleter(list(elements()), self))
        self.ligand, self.coordination = combo("Ligand"), combo("Coordination number")
        self.oxidation = combo("Oxidation state")
        self.distance = DoubleSpinBox()
        self.distance.setAccessibleName("Expected distance")
        self.distance.setRange(0.0, LONGEST)
        self.distance.setSingleStep(0.01)
        self.distance.setSpecialValueText("from bond lengths")
        self.distance.setKeyboardTracking(False)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        for name, field in (
            ("Absorber", self.absorber),
            ("Nearest neighbours", self.ligand),
            ("Coordination number", self.coordination),
            ("Oxidation state", self.oxidation),
            ("Distance (Å)", self.distance),
        ):
            form.addRow(label(name, "second"), field)
        form.addRow(
            label(
                "For an ion in solution, a single site, a molecule or a glass. What "
                "lies beyond scatters, but is not reported.",
                "note",
                wrap=True,
            )
        )
        self._connect()
        self.show_choice(self._choice)

    def show_choice(self, choice: FirstShellChoice) -> None:
        """Show ``choice``."""
        self._choice = choice
        if self.absorber.text() != choice.absorber:
            with QSignalBlocker(self.absorber):
                self.absorber.setText(choice.absorber)
                self.absorber.selectAll()
        self.ligand.offer([(name, name) for name in LIGANDS], choice.ligand)
        numbers = [(str(n), float(n)) for n in range(1, int(MOST_LIGANDS) + 1)]
        self.coordination.offer([(UNKNOWN, None), *numbers], choice.coordination)
        states = oxidation_states(choice.absorber.strip(), choice.ligand)
        usual = f"Usual: +{states[0]}" if states else "Not tabulated"
        items = [(usual, None), *((f"+{state}", state) for state in states)]
        self.oxidation.offer(items, choice.oxidation)
        self.oxidation.setEnabled(len(states) > 1 and choice.distance is None)
        with QSignalBlocker(self.distance):
            self.distance.setValue(choice.distance or 0.0)

    def _change(self, **changes: object) -> None:
        self.edited.emit(replace(self._choice, **changes))  # type: ignore[arg-type]

    def _connect(self) -> None:
        self.absorber.textChanged.connect(
            lambda text: self._change(absorber=text, oxidation=None)
        )
        self.ligand.activated.connect(
            lambda _: self._change(ligand=self.ligand.currentData(), oxidation=None)
        )
        self.coordination.activated.connect(
            lambda _: self._change(coordination=self.coordination.currentData())
        )
        self.oxidation.activated.connect(
            lambda _: self._change(oxidation=self.oxidation.currentData())
        )
        self.distance.valueChanged.connect(
            lambda value: self._change(distance=value or None)
        )
