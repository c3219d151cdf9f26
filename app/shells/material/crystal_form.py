"""Form of a crystal: element or formula, lattice, constants, absorber; or a file."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QCompleter, QGridLayout, QLineEdit, QWidget

from app.shells.material.choice import CrystalChoice, without_file
from app.widgets.basics import button, combo, label, say
from app.widgets.fields import DoubleSpinBox
from onne_core.crystals.prototypes import HEXAGONAL, PROTOTYPES
from onne_core.errors import OnneError
from onne_core.proposals.lattice_constants import (
    KnownCrystal,
    compounds,
    given_crystal,
    of_element,
)
from onne_core.values.elements import elements

LONGEST = 20.0
AUTOMATIC = "From the tables"


class CrystalForm(QWidget):
    """Form that reports the ``edited`` choice; ``file_wanted`` asks for a file."""

    edited = Signal(object)
    file_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._choice = CrystalChoice()
        self.material = QLineEdit()
        self.material.setPlaceholderText("Pt, NiO, SrTiO3 …")
        self.material.setAccessibleName("Element or formula")
        self.lattice, self.absorber = combo("Lattice"), combo("Absorber")
        self.site = combo("Absorbing site")
        self.a, self.c = (
            _constant("Lattice constant a"),
            _constant("Lattice constant c"),
        )
        self.file = button("Open CIF or POSCAR…", self.file_wanted.emit, role="link")
        self.by_name = button("Use a name instead", self._by_name, role="link")
        self.source = label("", "note", wrap=True)
        self._names: list[QWidget] = []
        self._lay_out()
        self._connect()
        self.show_choice(self._choice)

    def show_choice(self, choice: CrystalChoice) -> None:
        """Show ``choice``."""
        self._choice = choice
        if self.material.text() != choice.material:
            with QSignalBlocker(self.material):
                self.material.setText(choice.material)
                self.material.selectAll()
        has_file = choice.content is not None
        for widget in (self.material, self.lattice, self.a, self.c, *self._names):
            widget.setVisible(not has_file)
        self._c_name.setVisible(not has_file and self._is_hexagonal())
        self.c.setVisible(not has_file and self._is_hexagonal())
        self.site.setVisible(has_file)
        self._site_name.setVisible(has_file)
        self.by_name.setVisible(has_file)
        found = choice.elements
        self.absorber.offer([(name, name) for name in found], choice.chosen_absorber)
        self.absorber.setEnabled(len(found) > 1)
        self._show_lattice()
        self._show_sites()
        say(self.source, f"From {choice.name}" if has_file else self._source())

    def _known(self) -> KnownCrystal | None:
        choice = self._choice
        try:
            return given_crystal(
                choice.material.strip(), choice.lattice, choice.a, choice.c
            )
        except OnneError:
            return None

    def _is_hexagonal(self) -> bool:
        known = self._known()
        name = known.lattice if known is not None else self._choice.lattice
        return name in HEXAGONAL

    def _show_lattice(self) -> None:
        known, choice = self._known(), self._choice
        usual = f": {known.lattice}" if known and choice.lattice is None else ""
        items = [(f"{AUTOMATIC}{usual}", None), *((name, name) for name in PROTOTYPES)]
        self.lattice.offer(items, choice.lattice)
        for field, value in (
            (self.a, known.a if known else choice.a),
            (self.c, known.c if known else choice.c),
        ):
            with QSignalBlocker(field):
                field.setValue(value or 0.0)

    def _show_sites(self) -> None:
        try:
            sites = self._choice.sites()
        except OnneError:
            sites = ()
        items: list[tuple[str, object]] = [(item.text, item.number) for item in sites]
        if len(items) > 1:
            items.insert(0, (f"All {len(items)} sites, averaged", None))
        chosen = self._choice.site if len(sites) > 1 else 1
        self.site.offer(items, chosen)
        self.site.setEnabled(len(items) > 1)

    def _source(self) -> str:
        known = self._known()
        if known is None:
            return ""
        if known.source == "given":
            return "Lattice constant as given."
        return f"Lattice constant: {known.source}."

    def _by_name(self) -> None:
        self.edited.emit(without_file(self._choice))

    def _change(self, **changes: object) -> None:
        self.edited.emit(replace(self._choice, **changes))  # type: ignore[arg-type]

    def _take_material(self, text: str) -> None:
        # Constants and lattice were those of another material.
        self._change(material=text, lattice=None, a=None, c=None, absorber=None)

    def _connect(self) -> None:
        self.material.textChanged.connect(self._take_material)
        self.lattice.activated.connect(
            lambda _: self._change(lattice=self.lattice.currentData(), a=None, c=None)
        )
        self.absorber.activated.connect(
            lambda _: self._change(absorber=self.absorber.currentData(), site=None)
        )
        self.site.activated.connect(
            lambda _: self._change(site=self.site.currentData())
        )
        self.a.valueChanged.connect(lambda value: self._change(a=value or None))
        self.c.valueChanged.connect(lambda value: self._change(c=value or None))

    def _lay_out(self) -> None:
        completer = QCompleter(_names(), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseSensitive)
        self.material.setCompleter(completer)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(1, 1)
        rows = (
            ("Element or formula", self.material),
            ("Lattice", self.lattice),
            ("<i>a</i> (Å)", self.a),
            ("<i>c</i> (Å)", self.c),
            ("Absorber", self.absorber),
            ("Absorbing site", self.site),
        )
        for row, (name, field) in enumerate(rows):
            words = label(name, "second")
            grid.addWidget(words, row, 0)
            grid.addWidget(field, row, 1)
            if field in (self.material, self.lattice, self.a):
                self._names.append(words)
            elif field is self.c:
                self._c_name = words
            elif field is self.site:
                self._site_name = words
        grid.addWidget(self.source, len(rows), 0, 1, 2)
        grid.addWidget(self.file, len(rows) + 1, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.by_name, len(rows) + 2, 0, 1, 2, Qt.AlignmentFlag.AlignLeft)


def _constant(name: str) -> DoubleSpinBox:
    field = DoubleSpinBox()
    field.setAccessibleName(name)
    field.setRange(0.0, LONGEST)
    field.setDecimals(4)
    field.setSingleStep(0.01)
    field.setSpecialValueText("not known")
    field.setKeyboardTracking(False)
    return field


def _names() -> list[str]:
    """Return the materials of the tables."""
    metals = [symbol for symbol in elements() if of_element(symbol) is not None]
    return [*metals, *(item.formula for item in compounds())]
