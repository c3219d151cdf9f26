"""Dialog of the known structure of a measured standard."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QLineEdit, QWidget

from app.look.preferences import Preferences
from app.widgets.basics import button, closing_row, icon_button, label
from app.widgets.dialogs import FileDialogs
from app.widgets.fields import ComboBox
from app.widgets.layouts import DIALOG, Item, column_of, row_of
from app.widgets.number_field import number_field
from app.widgets.segments import Segments
from app.work.analysis_stages import LearnRequest
from onne_core.values.project import SpectrumEntry
from onne_core.values.structure import EDGES

LATTICES = ("fcc", "bcc")
KINDS = (*LATTICES, "file")
STRUCTURES = "Structures (*.cif *.xyz *.extxyz *.vasp *.pdb *.traj);;All files (*)"
METALS = "Al, Cu, Fe, Ni, Pd, Pt, W"
"""Metals whose measured force constants serve instead of a Debye temperature."""

SUFFIX = ".standard.json"


class StandardDialog(QDialog):
    """Dialog; ``chosen`` carries the request."""

    chosen = Signal(object)

    def __init__(
        self,
        entry: SpectrumEntry,
        absorber: tuple[str, str],
        preferences: Preferences,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._entry, self._ask = entry, FileDialogs(self, preferences)
        self.setWindowTitle("Learn standard")
        self.setMinimumWidth(500)
        self.absorber = QLineEdit(absorber[0])
        self.absorber.setAccessibleName("Absorber")
        self.absorber.setFixedWidth(76)
        self.edge = ComboBox()
        self.edge.setAccessibleName("Edge")
        self.edge.addItems(EDGES)
        self.edge.setCurrentText(absorber[1])
        self.kind = Segments("Structure", KINDS)
        self.kind.choose(0)
        self.constant = number_field(
            "Lattice constant", (2.0, 8.0), 0.001, 4, suffix=" Å", width=110
        )
        self.constant.setValue(3.6)
        self.file = QLineEdit()
        self.file.setAccessibleName("Structure file")
        self.temperature = number_field(
            "Temperature", (0.0, 3000.0), 10.0, 0, suffix=" K", width=110
        )
        self.temperature.setValue(300.0)
        self.debye = number_field(
            "Debye temperature", (0.0, 3000.0), 10.0, 0, suffix=" K", width=110
        )
        self.debye.setSpecialValueText("force constants")
        self.debye.setFixedWidth(140)
        self.out = QLineEdit()
        self.out.setAccessibleName("Standard file")
        self.out.setPlaceholderText("kept in this project only")
        self._problem = label("", "note", wrap=True)
        self._problem.setMinimumHeight(34)
        self.learn = button("Learn", self._finish, role="primary", icon="play")
        self._lay_out()
        self.kind.chosen.connect(lambda _index: self._tell())
        for field in (self.absorber, self.file, self.out):
            field.textChanged.connect(self._tell)
        for number in (self.temperature, self.debye):
            number.valueChanged.connect(self._tell)
        self._tell()

    def request(self) -> LearnRequest:
        """Return the values of the fields."""
        kind = self._kind()
        structure = f"{kind}:{self.constant.value():g}"
        if kind not in LATTICES:
            structure = self.file.text().strip()
        debye = self.debye.value()
        return LearnRequest(
            spectrum=self._entry.spectrum,
            structure=structure,
            temperature=self.temperature.value(),
            absorber=self.absorber.text().strip(),
            edge=self.edge.currentText(),
            debye=debye if debye > 0.0 else None,
            out=self.out.text().strip(),
        )

    def _kind(self) -> str:
        return KINDS[self.kind.index]

    def _lay_out(self) -> None:
        title = label(f"Learn standard from {self._entry.name}", "empty")
        words = label(
            "A measured crystal of known structure shows how FEFF's amplitudes and "
            "phases differ from experiment. The correction applies to other spectra of "
            "this absorber. Colder measurements work better; the data must reach k = "
            "14 Å⁻¹.",
            "note",
            wrap=True,
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        self._constant_row = _row(self.constant, label("at this temperature", "small"))
        self._file_row = _row(
            self.file, icon_button("open", "Choose file…", self._choose)
        )
        for row, (name, widget) in enumerate(
            (
                ("Absorber, edge", _row(self.absorber, self.edge, None)),
                ("Structure", _row(self.kind, None)),
                ("Lattice constant", self._constant_row),
                ("File", self._file_row),
                ("Temperature", _row(self.temperature, None)),
                (
                    "Debye temperature",
                    _row(
                        self.debye, label(f"0: measured values, for {METALS}", "small")
                    ),
                ),
                (
                    "Save as",
                    _row(self.out, icon_button("open", "Save as…", self._choose_out)),
                ),
            )
        ):
            named = label(name, "second")
            grid.addWidget(named, row, 0)
            grid.addWidget(widget, row, 1)
            if widget is self._constant_row:
                self._constant_title = named
            elif widget is self._file_row:
                self._file_title = named
        parts = title, words, grid, self._problem, closing_row(self, self.learn)
        column_of(*parts, within=self, spacing=10, margins=DIALOG)

    def _choose(self) -> None:
        self._ask.file(
            "Structure of the standard",
            STRUCTURES,
            lambda path: self.file.setText(str(path)),
        )

    def _choose_out(self) -> None:
        path = self._ask.place(
            "Save standard",
            name=f"{self._entry.name}{SUFFIX}",
            pattern=f"Standards (*{SUFFIX})",
        )
        if path is not None:
            self.out.setText(str(path))

    def _tell(self) -> None:
        """Show the fields for the kind of structure, and any problem."""
        is_file = self._kind() not in LATTICES
        for widget in (self._constant_row, self._constant_title):
            widget.setVisible(not is_file)
        for widget in (self._file_row, self._file_title):
            widget.setVisible(is_file)
        problem = _problem(self.request(), is_file=is_file)
        self._problem.setText(
            problem or "Takes about a minute in the background. FEFF runs once."
        )
        self.learn.setEnabled(not problem)

    def _finish(self) -> None:
        request = self.request()
        self.accept()
        self.chosen.emit(request)


def _problem(request: LearnRequest, *, is_file: bool) -> str:
    if not request.absorber:
        return "Enter the absorber's chemical symbol, such as Cu."
    if is_file and not Path(request.structure).is_file():
        return "Choose a structure file."
    if request.out and not Path(request.out).parent.is_dir():
        return "The folder of the standard file does not exist. Choose another."
    if request.spectrum.k[-1] < 14.0:
        end = f"{request.spectrum.k[-1]:.1f}"
        return f"The spectrum ends at k = {end} Å⁻¹; a standard must reach 14 Å⁻¹."
    return ""


def _row(*parts: Item) -> QWidget:
    row = QWidget()
    row_of(*parts, within=row, spacing=8)
    return row
