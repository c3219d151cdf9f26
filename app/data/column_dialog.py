"""Dialog that gives the columns of a table their roles, with a live plot of mu(E)."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.data.plots.candidate_plot import CandidatePicture, CandidatePlot
from app.look import theme
from app.look.rich_text import safe_tip
from app.widgets.basics import button, closing_row, combo, label, plain_label
from app.widgets.fields import ComboBox
from app.widgets.layouts import DIALOG, column_of, row_of
from app.widgets.number_field import number_field
from app.widgets.segments import Segments
from onne_core.formats.column_choice import (
    ROLES,
    SILICON_111,
    Columns,
    Kind,
    Role,
    Unit,
    absorption_in,
    columns_from_roles,
    formula_of,
    labels_of,
    problem_of,
    roles_guessed,
    unit_guessed,
)
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import Absorption

WORDS: dict[Role, str] = {
    "energy": "energy",
    "mu": "μ",
    "i0": "I₀, incident",
    "itrans": "It, transmitted",
    "ifluor": "If, fluorescence",
    "reference": "reference",
    "ignore": "not used",
}
KINDS: tuple[tuple[Kind, str], ...] = (
    ("transmission", "ln(I₀ / It)"),
    ("fluorescence", "If / I₀"),
    ("mu", "μ as it is"),
)
UNITS: tuple[tuple[Unit, str], ...] = (
    ("eV", "eV"),
    ("keV", "keV"),
    ("angle", "angle (°)"),
)
ROWS_SHOWN = 5
WIDE, TALL, COLUMN = 940, 640, 116


class ColumnDialog(QDialog):
    """Dialog that reports the ``chosen`` columns, and whether to remember them."""

    chosen = Signal(object, bool)

    def __init__(
        self,
        table: TextTable,
        count: int,
        columns: Columns | None,
        parent: QWidget,
        problem: str = "",
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Columns of {table.path.name}")
        self._table, self._labels = table, labels_of(table)
        self.roles: list[ComboBox] = []
        self.sheet = self._sheet()
        self.unit = Segments("Unit of the energy", [text for _, text in UNITS])
        self.spacing = number_field(
            "Lattice spacing", (0.5, 20.0), 0.0001, 4, suffix=" Å", width=124
        )
        self.spacing.setValue(SILICON_111)
        self._spacing_name = label("<i>d</i>-spacing", "second")
        self.kind = Segments("How μ is made", [text for _, text in KINDS])
        self.formula = plain_label("")
        self.plot = CandidatePlot()
        self.note = label("", "second", wrap=True)
        files = "file" if count == 1 else f"{count} files"
        self.remember = QCheckBox("Remember for files with these columns")
        self.remember.setChecked(True)
        self.read = button(f"Read {files}", self._accept, role="primary")
        told = problem or "Check which columns make μ(E)."
        more = (
            f" The other {count - 1} files are read the same way." if count > 1 else ""
        )
        rows = len(table.rows)
        words = plain_label(
            f"{table.width} columns, {rows} rows. {told}{more}", "second", wrap=True
        )
        column_of(
            words,
            self.sheet,
            self._choices(),
            (self.plot, 1),
            self.note,
            row_of(self.remember, None),
            closing_row(self, self.read),
            within=self,
            spacing=10,
            margins=DIALOG,
        )
        self.resize(theme.scaled(WIDE), theme.scaled(TALL))
        self._propose(columns)
        self._connect()
        self._refresh()

    @property
    def columns(self) -> Columns:
        """Current choice; columns may be missing."""
        roles: list[Role] = [ROLES[role.currentIndex()] for role in self.roles]
        return columns_from_roles(
            roles,
            KINDS[self.kind.index][0],
            UNITS[self.unit.index][0],
            self.spacing.value(),
        )

    def give(self, number: int, role: Role) -> None:
        """Give column ``number`` (from 1 on) a role, as the user would."""
        self.roles[number - 1].setCurrentIndex(ROLES.index(role))

    def _propose(self, columns: Columns | None) -> None:
        guess = roles_guessed(self._table)
        roles = guess if columns is None else _roles_of(columns, guess)
        for chooser, role in zip(self.roles, roles, strict=True):
            chooser.setCurrentIndex(ROLES.index(role))
        energy = roles.index("energy") + 1 if "energy" in roles else 1
        unit = unit_guessed(self._table, energy) if columns is None else columns.unit
        kind = _kind_of(roles) if columns is None else columns.kind
        self.unit.choose([name for name, _ in UNITS].index(unit))
        self.kind.choose([name for name, _ in KINDS].index(kind))
        if columns is not None:
            self.spacing.setValue(columns.spacing)

    def _connect(self) -> None:
        for number, chooser in enumerate(self.roles):
            chooser.currentIndexChanged.connect(
                lambda _, number=number: self._take_role(number)
            )
        self.unit.chosen.connect(self._refresh)
        self.kind.chosen.connect(self._refresh)
        self.spacing.valueChanged.connect(self._refresh)

    def _take_role(self, number: int) -> None:
        """Let no two columns have a role that only one can have."""
        role = ROLES[self.roles[number].currentIndex()]
        if role not in ("ifluor", "itrans", "mu", "ignore"):
            for other, chooser in enumerate(self.roles):
                if other != number and ROLES[chooser.currentIndex()] == role:
                    chooser.setCurrentIndex(ROLES.index("ignore"))
        roles = [ROLES[chooser.currentIndex()] for chooser in self.roles]
        if role in ("mu", "itrans", "ifluor"):
            kinds = {"mu": "mu", "itrans": "transmission", "ifluor": "fluorescence"}
            has = {name for name in roles if name in kinds}
            if len(has) == 1:
                names = [name for name, _ in KINDS]
                self.kind.choose(names.index(kinds[role]))  # type: ignore[arg-type]
        self._refresh()

    def _refresh(self, _value: object = None) -> None:
        columns = self.columns
        is_angle = columns.unit == "angle"
        self.spacing.setEnabled(is_angle)
        self._spacing_name.setEnabled(is_angle)
        problem = problem_of(self._table, columns)
        self.read.setEnabled(not problem)
        self.read.setToolTip(safe_tip(problem))
        if problem:
            self.formula.setText("")
            self.note.setText(f"{problem}.")
            self.plot.draw(CandidatePicture(None))
            return
        absorption = absorption_in(self._table, columns)
        self.formula.setText(f"μ(E) = {formula_of(columns, self._labels)}")
        self.note.setText(_said(absorption, columns))
        self.plot.draw(CandidatePicture(absorption))

    def _accept(self) -> None:
        self.chosen.emit(self.columns, self.remember.isChecked())
        self.accept()

    def _choices(self) -> QWidget:
        both = QWidget()
        spacing = row_of(self._spacing_name, self.spacing, spacing=6)
        first = row_of(label("Energy in"), self.unit, spacing, None, spacing=8)
        second = row_of(label("μ is"), self.kind, (self.formula, 1), None, spacing=8)
        column_of(first, second, within=both, spacing=8)
        return both

    def _sheet(self) -> QTableWidget:
        """Return the first rows of the file below a choice of role per column."""
        shown = self._table.rows[:ROWS_SHOWN]
        sheet = QTableWidget(len(shown) + 1, self._table.width)
        sheet.setAccessibleName("Columns of the file")
        sheet.setHorizontalHeaderLabels(list(self._labels))
        sheet.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        sheet.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        sheet.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = sheet.horizontalHeader()
        header.setDefaultSectionSize(theme.scaled(COLUMN))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        lines = ["", *(str(line) for line in self._table.lines[:ROWS_SHOWN])]
        sheet.setVerticalHeaderLabels(lines)
        for number, name in enumerate(self._labels):
            chooser = combo(f"Role of {name}")
            chooser.addItems([WORDS[role] for role in ROLES])
            sheet.setCellWidget(0, number, chooser)
            self.roles.append(chooser)
            for row, values in enumerate(shown, 1):
                item = QTableWidgetItem(f"{values[number]:.8g}")
                item.setTextAlignment(
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                )
                sheet.setItem(row, number, item)
        sheet.setRowHeight(0, theme.scaled(34))
        for row in range(1, len(shown) + 1):
            sheet.setRowHeight(row, theme.scaled(24))
        sheet.setFixedHeight(theme.scaled(34 + 24 * ROWS_SHOWN + 48))
        return sheet


def _roles_of(columns: Columns, guess: Sequence[Role]) -> tuple[Role, ...]:
    """Return the roles that ``columns`` stand for; others are not used."""
    roles: list[Role] = ["ignore"] * len(guess)
    signal: dict[Kind, Role] = {
        "mu": "mu",
        "transmission": "itrans",
        "fluorescence": "ifluor",
    }
    given: list[tuple[int, Role]] = [
        (columns.transmitted, "itrans"),
        (columns.reference, "reference"),
        (columns.i0, "i0"),
        *((number, signal[columns.kind]) for number in columns.signals),
        (columns.energy, "energy"),
    ]
    for number, role in given:
        if 0 < number <= len(roles):
            roles[number - 1] = role
    return tuple(roles)


def _kind_of(roles: Sequence[Role]) -> Kind:
    """Return what ``roles`` are likeliest to make."""
    if "mu" in roles:
        return "mu"
    return "fluorescence" if "ifluor" in roles else "transmission"


def _said(absorption: Absorption, columns: Columns) -> str:
    energy = absorption.energy
    text = f"{energy.size} points from {energy[0]:.1f} to {energy[-1]:.1f} eV."
    if columns.reference and absorption.reference is None:
        text += " The reference has been dark: it is left out."
    elif absorption.reference is not None:
        text += " With a reference channel, by which scans are aligned."
    if columns.kind == "fluorescence":
        text += " For a thick or concentrated sample, check self-absorption."
    return text
