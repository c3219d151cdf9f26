"""Dialog of a new ensemble: the material, its purpose, the shells that follow."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.look import wording
from app.shells.forward import Forward
from app.shells.material.choice import (
    KINDS,
    CrystalChoice,
    FirstShellChoice,
    Kind,
    MaterialChoice,
    StructuresChoice,
    fits,
    proposal_of,
)
from app.shells.material.cover_check import CoverCheck
from app.shells.material.crystal_form import CrystalForm
from app.shells.material.first_shell_form import FirstShellForm
from app.shells.material.quality_words import QUALITIES, words_of
from app.widgets.basics import button, label, problem_label, rule, say
from app.widgets.layouts import DIALOG, column_of, row_of
from app.widgets.segments import Segments
from app.widgets.text_table import TextColumn, TextTable
from onne_core.errors import OnneError
from onne_core.proposals.lattice_constants import of_element
from onne_core.proposals.proposal import Proposal, ShellRow, shell_rows
from onne_core.proposals.purposes import Purpose
from onne_core.proposals.structure_file import CrystalFile
from onne_core.values.quality import Quality
from onne_core.values.shells_of_structure import StructureShells
from onne_core.values.spectrum import Spectrum
from onne_core.values.structure import Range

WORDS: dict[Purpose, tuple[str, str]] = {
    "bulk": (
        "Bulk",
        "Foil or powder: nearly full shells, up to about 600 K.",
    ),
    "nanoparticle": (
        "Nanoparticle",
        "Fewer neighbours, the farther out the fewer; strain; from about 0.7 nm.",
    ),
    "disordered": (
        "Disordered",
        "Hot or amorphous: wide, skewed shells; the far ones may vanish.",
    ),
}
OF_FIRST_SHELL: dict[Purpose, tuple[str, str]] = {
    "bulk": ("Well defined", "One distance, with thermal motion."),
    "disordered": ("Disordered", "A wider range of distances, with a tail."),
}
"""Purposes that make a difference to a first shell."""

LEFT, RIGHT = 380, 560
ROWS_SEEN = 180
"""Height of the table, at least: five shells."""


class MaterialDialog(QDialog):
    """Dialog; ``chosen`` carries the recipe, and how good an ensemble to make of it.

    The second is empty where the recipe is to be edited before.

    ``spectrum`` is the one at hand and ``measured`` its element, "" if unknown.
    ``crystal_wanted`` asks for a crystal's file, ``structures_wanted`` for a
    trajectory with the absorber. ``forward`` calculates what the ranges allow.
    """

    chosen = Signal(object, str)
    crystal_wanted = Signal()
    structures_wanted = Signal(str)

    def __init__(
        self,
        spectrum: Spectrum | None,
        measured: str,
        forward: Forward,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._spectrum, self._measured = spectrum, measured
        self._forward = forward
        self.choice = _first_choice(measured)
        self._proposal: Proposal | None = None
        self.setWindowTitle("New ensemble")
        texts = ("Crystal", "First shell", "From structures")
        self.kinds = Segments("What is it?", texts)
        self.kinds.choose(0)
        self.crystal, self.first_shell = CrystalForm(), FirstShellForm()
        self.absorber = QLineEdit(measured)
        self.absorber.setPlaceholderText("Absorber, such as Ni")
        self.absorber.setAccessibleName("Absorber of the structures")
        self.trajectory = button("Open structures…", self._ask_structures)
        self.taken = label("", "note", wrap=True)
        self.purposes = Segments("What is it for?")
        self._purpose = label("", "note", wrap=True)
        self.table = TextTable(
            "Proposed shells",
            TextColumn("Shell", is_number=False),
            TextColumn("<i>R</i> (Å)"),
            TextColumn("<i>σ</i> (Å)"),
            TextColumn("CN"),
            TextColumn("Answer", is_number=False),
        )
        self.table.setMinimumHeight(ROWS_SEEN)
        self.cover = CoverCheck(forward)
        self.notes = label("", "small", wrap=True)
        self.problem = problem_label()
        self.quality: Quality = "standard"
        self.qualities = Segments("How good?", tuple(QUALITIES.values()))
        self.qualities.choose(list(QUALITIES).index(self.quality))
        self._quality = label("", "note", wrap=True)
        self.edit_button = button("Edit in Shells", self._edit, icon="shells")
        self.accepted_button = button(
            "Make the ensemble", self._finish, role="primary", icon="training"
        )
        self._lay_out()
        self._connect()
        self._show()

    def take_crystal(self, path: Path, content: CrystalFile) -> None:
        """Take the crystal in a file."""
        crystal = replace(
            self.choice.crystal,
            content=content,
            name=path.stem,
            site=None,
            absorber=None,
        )
        self._take(replace(self.choice, kind="crystal", crystal=crystal))

    def take_structures(self, absorber: str, taken: StructureShells) -> None:
        """Take the shells of a trajectory."""
        structures = StructuresChoice(absorber, taken)
        self._take(replace(self.choice, kind="structures", structures=structures))

    def say(self, text: str) -> None:
        """Show a problem with a file."""
        say(self.problem, text)

    def _take(self, choice: MaterialChoice) -> None:
        self.choice = choice
        self._show()

    def _show(self) -> None:
        choice = self.choice
        self.kinds.choose(KINDS.index(choice.kind))
        self._forms.setCurrentIndex(KINDS.index(choice.kind))
        self.crystal.show_choice(choice.crystal)
        self.first_shell.show_choice(choice.first_shell)
        taken = choice.structures.taken
        say(self.taken, f"From {Path(taken.path).name}" if taken else "")
        self.trajectory.setEnabled(bool(self.absorber.text().strip()))
        # The ranges of structures are those found in them.
        self._for.setVisible(choice.kind != "structures")
        words = _words(choice.kind)
        self.purposes.set_texts([text for text, _ in words.values()])
        chosen = choice.purpose if choice.purpose in words else "bulk"
        self.purposes.choose(list(words).index(chosen))
        self._purpose.setText(words[chosen][1])
        problem = ""
        self._proposal = None
        try:
            self._proposal = proposal_of(choice, self._spectrum, self._measured)
        except OnneError as error:
            problem = str(error)
        say(self.problem, problem)
        self._show_proposal()

    def _show_proposal(self) -> None:
        proposal = self._proposal
        rows = shell_rows(proposal.recipe.system) if proposal else ()
        hidden = {i for i, row in enumerate(rows) if not row.is_reported}
        self.table.table_model.set_rows([_cells(row) for row in rows], muted=hidden)
        spectrum = self._spectrum
        if proposal and not fits(proposal, self._measured):
            spectrum = None
        self.notes.setText(_notes(proposal, spectrum) if proposal else "")
        self.cover.setVisible(proposal is not None and spectrum is not None)
        if proposal is not None and spectrum is not None:
            self.cover.show_for(proposal, spectrum)
        self._how_good.setVisible(proposal is not None)
        if proposal is not None:
            self._quality.setText(words_of(proposal.recipe, self.quality))
        for part in (self.accepted_button, self.edit_button):
            part.setEnabled(proposal is not None)

    def _finish(self) -> None:
        self._end(self.quality)

    def _edit(self) -> None:
        self._end("")

    def _end(self, quality: Quality | Literal[""]) -> None:
        if self._proposal is not None:
            self.accept()
            self.chosen.emit(self._proposal.recipe, quality)

    def _take_quality(self, index: int) -> None:
        self.quality = list(QUALITIES)[index]
        self._show_proposal()

    def _ask_structures(self) -> None:
        self.structures_wanted.emit(self.absorber.text().strip())

    def _take_purpose(self, index: int) -> None:
        purpose = list(_words(self.choice.kind))[index]
        self._take(replace(self.choice, purpose=purpose))

    def _take_kind(self, index: int) -> None:
        self._take(replace(self.choice, kind=KINDS[index]))

    def _connect(self) -> None:
        self.kinds.chosen.connect(self._take_kind)
        self.purposes.chosen.connect(self._take_purpose)
        self.crystal.edited.connect(
            lambda made: self._take(replace(self.choice, crystal=made))
        )
        self.crystal.file_wanted.connect(self.crystal_wanted)
        self.first_shell.edited.connect(
            lambda made: self._take(replace(self.choice, first_shell=made))
        )
        self.absorber.textChanged.connect(lambda _: self._show())
        self.qualities.chosen.connect(self._take_quality)
        self.finished.connect(self.cover.stop)
        self.rejected.connect(self._forward.cancel)

    def _lay_out(self) -> None:
        self._forms = QStackedWidget()
        structures = QWidget()
        words = label(
            "A trajectory or another structure file: the shells around every absorber "
            "atom, each with a margin.",
            "note",
            wrap=True,
        )
        named = row_of(label("Absorber", "second"), (self.absorber, 1))
        chosen = row_of(self.trajectory, None)
        parts = named, chosen, self.taken, words, None
        column_of(*parts, within=structures, spacing=8)
        for form in (_at_top(self.crystal), _at_top(self.first_shell), structures):
            self._forms.addWidget(form)
        self._for = QWidget()
        column_of(
            rule(),
            label("What is it for?", "heading"),
            row_of(self.purposes, None),
            self._purpose,
            within=self._for,
            spacing=8,
        )
        self._how_good = QWidget()
        column_of(
            rule(),
            label("How good?", "heading"),
            row_of(self.qualities, None),
            self._quality,
            within=self._how_good,
            spacing=8,
        )
        left = QWidget()
        left.setFixedWidth(LEFT)
        column_of(
            label("What is it?", "heading"),
            row_of(self.kinds, None),
            self._forms,
            self._for,
            self._how_good,
            None,
            within=left,
            spacing=8,
        )
        right = QWidget()
        right.setMinimumWidth(RIGHT)
        column_of(
            label("Shells that follow", "heading"),
            (self.table, 1),
            (self.cover, 1),
            self.problem,
            self.notes,
            within=right,
            spacing=8,
        )
        self.accepted_button.setDefault(True)
        last = row_of(
            None,
            button("Cancel", self.reject),
            self.edit_button,
            self.accepted_button,
            spacing=8,
        )
        column_of(
            label(self.windowTitle(), "empty"),
            (row_of(left, (right, 1), spacing=20), 1),
            rule(),
            last,
            within=self,
            spacing=10,
            margins=DIALOG,
        )
        self.resize(LEFT + RIGHT + 80, 680)


def _words(kind: Kind) -> dict[Purpose, tuple[str, str]]:
    """Return name and sentence of the purposes that ``kind`` has."""
    return OF_FIRST_SHELL if kind == "first shell" else WORDS


def _first_choice(measured: str) -> MaterialChoice:
    """Return what is filled in for a spectrum of the element ``measured``."""
    metal = measured if measured and of_element(measured) is not None else ""
    return MaterialChoice(
        crystal=CrystalChoice(metal), first_shell=FirstShellChoice(measured)
    )


def _at_top(form: QWidget) -> QWidget:
    holder = QWidget()
    outer = QVBoxLayout(holder)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(form, 0, Qt.AlignmentFlag.AlignTop)
    return holder


def _cells(row: ShellRow) -> tuple[str, ...]:
    return (
        wording.pair(row.label),
        _span(row.distance, 2),
        _span(row.deviation, 3),
        _span(row.coordination, 1),
        "reported" if row.is_reported else "only scatters",
    )


def _span(item: Range, decimals: int) -> str:
    return wording.span(item.lower, item.upper, decimals=decimals)


def _notes(proposal: Proposal, spectrum: Spectrum | None) -> str:
    recipe = proposal.recipe
    training = recipe.training
    window = f"k {training.k_min:g}–{training.k_max:g} Å⁻¹"
    whence = f"from {spectrum.name}" if spectrum is not None else "usual for it"
    sentences = (
        *proposal.notes,
        f"{recipe.system.edge} edge, {window} ({whence}), paths to "
        f"{recipe.scattering.r_max:g} Å.",
    )
    return " ".join(sentences)
