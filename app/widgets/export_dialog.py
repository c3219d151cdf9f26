"""Dialog of export formats and folder."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from app.look import theme
from app.look.preferences import Preferences
from app.widgets.basics import apart, button, closing_row, label, with_chooser
from app.widgets.dialogs import FileDialogs
from app.widgets.layouts import DIALOG, Part, column_of, row_of
from app.widgets.segments import Segments

KINDS = (
    (
        "html",
        "Report, HTML",
        "figure, tables, verdict, settings and digests on one page",
    ),
    ("png", "Figure, PNG", "300 dots per inch"),
    ("svg", "Figure, SVG", "editable lines and text"),
    ("pdf", "Figure, PDF", "fonts embedded"),
    ("csv", "g(r), CSV", "with bands, networks and comparison curves"),
    ("chi.csv", "χ(k), CSV", "as read, corrected, back-calculated, residual"),
    ("r.csv", "|χ(R)|, CSV", "as read, corrected, back-calculated"),
    ("shells.csv", "Shells and all methods, CSV", "one row per shell and method"),
    ("json", "Everything, JSON", "settings, shells, verdict and its reasons"),
)
FIGURES = ("png", "svg", "pdf")
COLUMNS = ("one", "two", "slide")
WIDTHS = ("One column, 86 mm", "Two columns, 178 mm", "Slide, 16:9")


@dataclass(frozen=True)
class ExportChoice:
    """Path without suffix, the suffixes to write, the width of figures in columns."""

    stem: Path
    suffixes: tuple[str, ...]
    columns: str = "two"


class ExportDialog(QDialog):
    """Dialog for all files of one prediction; ``chosen`` carries the choice."""

    chosen = Signal(object)

    def __init__(
        self,
        name: str,
        preferences: Preferences,
        parent: QWidget,
        kinds: tuple[tuple[str, str, str], ...] = KINDS,
    ) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle("Export")
        self.boxes: dict[str, QCheckBox] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        for row, (suffix, title, note) in enumerate(kinds):
            self.boxes[suffix] = self._box(title)
            grid.addWidget(self.boxes[suffix], row, 0)
            grid.addWidget(label(note, "small"), row, 1)
        self.setMinimumWidth(theme.scaled(560))
        grid.setColumnStretch(1, 1)
        self.width_of_figures = Segments("Figure width", WIDTHS)
        self.width_of_figures.choose(COLUMNS.index(preferences.figure_width))
        self.folder = QLineEdit(preferences.folder or str(Path.home()))
        self.folder.setAccessibleName("Folder")
        self.name = QLineEdit(name)
        self.name.setAccessibleName("File name")
        self._files = label("", "note", wrap=True)
        self._files.setMinimumHeight(34)
        self.export = button("Export", self._finish, role="primary", icon="export")
        choose = with_chooser(self.folder, "Choose folder…", self._choose)
        column_of(
            label(f"Export {name}", "empty"),
            grid,
            apart(label("Figure width"), self.width_of_figures),
            _named("Folder", choose),
            _named("Name", self.name),
            self._files,
            closing_row(self, self.export),
            within=self,
            spacing=8,
            margins=DIALOG,
        )
        for field in (self.folder, self.name):
            field.textChanged.connect(self._tell)
        self._tell()

    def choice(self) -> ExportChoice:
        """Return the values of the fields."""
        stem = Path(self.folder.text().strip()) / self.name.text().strip()
        suffixes = tuple(s for s, box in self.boxes.items() if box.isChecked())
        return ExportChoice(stem, suffixes, COLUMNS[self.width_of_figures.index])

    def _box(self, title: str) -> QCheckBox:
        box = QCheckBox(title)
        box.setChecked(True)
        box.toggled.connect(self._tell)
        return box

    def _choose(self) -> None:
        FileDialogs(self, self._preferences).folder_into(self.folder, "Export to")

    def _tell(self) -> None:
        """List the files to be written, or say why none can be."""
        choice = self.choice()
        problem = _problem(choice, self.name.text().strip())
        files = [f"{choice.stem.name}.{suffix}" for suffix in choice.suffixes]
        has_figures = any(suffix in FIGURES for suffix in choice.suffixes)
        self.width_of_figures.setEnabled(has_figures)
        taken = [n for n in files if (choice.stem.parent / n).exists()]
        text = problem or f"Writes {', '.join(files)}"
        if taken and not problem:
            text += f"; replaces {', '.join(taken)}"
        self._files.setText(text)
        self.export.setEnabled(not problem)

    def _finish(self) -> None:
        choice = self.choice()
        self._preferences.folder = str(choice.stem.parent)
        self._preferences.figure_width = choice.columns
        self.accept()
        self.chosen.emit(choice)


def _named(name: str, field: Part) -> QHBoxLayout:
    title = label(name, "second")
    title.setFixedWidth(52)
    return row_of(title, (field, 1))


def _problem(choice: ExportChoice, name: str) -> str:
    if not choice.suffixes:
        return "Choose at least one file type."
    if not name or "/" in name or "\\" in name:
        return "Enter a file name without slashes."
    if not choice.stem.parent.is_dir():
        return "This folder does not exist. Choose another."
    return ""
