"""What to export, and where."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app import dialogs
from app.preferences import Preferences
from app.widgets.basics import button, icon_button, label, set_tone

KINDS = (
    ("png", "Figure, PNG", "300 dots per inch, two columns wide"),
    ("svg", "Figure, SVG", "lines and text that can be edited"),
    ("csv", "g(r) with its bands, CSV", "units, versions and digests in the header"),
    ("chi.csv", "χ(k) with that of g(r), CSV", "corrected, back-calculated, residual"),
    ("json", "Everything, JSON", "settings, shells, verdict and its reasons"),
)


@dataclass(frozen=True)
class ExportChoice:
    """Path without suffix, and the suffixes to write."""

    stem: Path
    suffixes: tuple[str, ...]


class ExportDialog(QDialog):
    """Asks once for all files of one prediction; ``chosen`` carries the answer."""

    chosen = Signal(object)

    def __init__(self, name: str, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setWindowTitle("Export")
        self.setMinimumWidth(460)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(8)
        layout.addWidget(label(f"Export {name}", "empty"))
        self.boxes: dict[str, QCheckBox] = {}
        for suffix, title, note in KINDS:
            self.boxes[suffix] = self._box(title)
            layout.addWidget(self.boxes[suffix])
            text = label(note, "small")
            text.setContentsMargins(26, 0, 0, 4)
            layout.addWidget(text)
        self.folder = QLineEdit(preferences.folder or str(Path.home()))
        self.folder.setAccessibleName("Folder")
        self.name = QLineEdit(name)
        self.name.setAccessibleName("Name of the files")
        layout.addLayout(self._field("Folder", self.folder, choose=True))
        layout.addLayout(self._field("Name", self.name))
        self._files = label("", "note", wrap=True)
        self._files.setMinimumHeight(34)
        layout.addWidget(self._files)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button("Cancel", self.reject))
        self.export = button("Export", self._finish, role="primary", icon="export")
        self.export.setDefault(True)
        row.addWidget(self.export)
        layout.addLayout(row)
        for field in (self.folder, self.name):
            field.textChanged.connect(self._tell)
        self._tell()

    def choice(self) -> ExportChoice:
        """Return what the fields say."""
        stem = Path(self.folder.text().strip()) / self.name.text().strip()
        suffixes = tuple(s for s, box in self.boxes.items() if box.isChecked())
        return ExportChoice(stem, suffixes)

    def _box(self, title: str) -> QCheckBox:
        box = QCheckBox(title)
        box.setChecked(True)
        box.toggled.connect(self._tell)
        return box

    def _field(
        self, name: str, field: QLineEdit, *, choose: bool = False
    ) -> QHBoxLayout:
        row = QHBoxLayout()
        title = label(name, "second")
        title.setFixedWidth(52)
        row.addWidget(title)
        row.addWidget(field, 1)
        if choose:
            row.addWidget(icon_button("open", "Choose the folder…", self._choose))
        return row

    def _choose(self) -> None:
        folder = dialogs.ask_folder(self, self._preferences, "Export to")
        if folder is not None:
            self.folder.setText(str(folder))

    def _tell(self) -> None:
        """Say which files will be written, or why none can be."""
        if not hasattr(self, "export"):
            return
        choice = self.choice()
        problem = _problem(choice, self.name.text().strip())
        files = [f"{choice.stem.name}.{suffix}" for suffix in choice.suffixes]
        taken = [n for n in files if (choice.stem.parent / n).exists()]
        text = problem or f"Writes {', '.join(files)}"
        if taken and not problem:
            text += f"; replaces {', '.join(taken)}"
        self._files.setText(text)
        set_tone(self._files, "note")
        self.export.setEnabled(not problem)

    def _finish(self) -> None:
        choice = self.choice()
        self._preferences.folder = str(choice.stem.parent)
        self.accept()
        self.chosen.emit(choice)


def _problem(choice: ExportChoice, name: str) -> str:
    if not choice.suffixes:
        return "Choose at least one kind of file."
    if not name or "/" in name or "\\" in name:
        return "Give the files a name without slashes."
    if not choice.stem.parent.is_dir():
        return "This folder does not exist; choose another."
    return ""
