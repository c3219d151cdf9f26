"""Dialogs that ask for files, folders and decisions."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox, QWidget

from app.look.preferences import Preferences


class FileDialogs:
    """Dialogs over ``parent`` that begin in the last folder; ``then`` gets the choice.

    Nothing is called where the user chooses nothing.
    """

    def __init__(self, parent: QWidget, preferences: Preferences) -> None:
        self._parent, self._preferences = parent, preferences

    def files(
        self, title: str, pattern: str, then: Callable[[list[Path]], object]
    ) -> None:
        """Ask for any number of files."""
        start = self._preferences.folder
        names, _ = QFileDialog.getOpenFileNames(self._parent, title, start, pattern)
        if names:
            then([self._remembered(name) for name in names])

    def file(self, title: str, pattern: str, then: Callable[[Path], object]) -> None:
        """Ask for a file."""
        start = self._preferences.folder
        name, _ = QFileDialog.getOpenFileName(self._parent, title, start, pattern)
        if name:
            then(self._remembered(name))

    def folder(self, title: str, then: Callable[[Path], object]) -> None:
        """Ask for a folder."""
        start = self._preferences.folder
        name = QFileDialog.getExistingDirectory(self._parent, title, start)
        if name:
            then(self._remembered(name))

    def folder_into(self, field: QLineEdit, title: str) -> None:
        """Ask for a folder and write it into ``field``."""
        self.folder(title, lambda folder: field.setText(str(folder)))

    def place(self, title: str, *, name: str, pattern: str) -> Path | None:
        """Return the output path chosen by the user; ``name`` is proposed."""
        start = str(Path(self._preferences.folder) / name)
        chosen, _ = QFileDialog.getSaveFileName(self._parent, title, start, pattern)
        return self._remembered(chosen) if chosen else None

    def _remembered(self, name: str) -> Path:
        path = Path(name)
        self._preferences.folder = str(path.parent)
        return path


def ask_to_save(parent: QWidget, name: str) -> QMessageBox.StandardButton:
    """Ask whether to save the changes to ``name`` before closing it."""
    box = QMessageBox(parent)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText("Otherwise your changes are lost.")
    button = QMessageBox.StandardButton
    box.setStandardButtons(button.Save | button.Discard | button.Cancel)
    box.setDefaultButton(button.Save)
    return QMessageBox.StandardButton(box.exec())


def ask_to_stop(parent: QWidget, names: Sequence[str], *, goes_on: bool) -> bool:
    """Ask whether to stop the jobs ``names`` because the window closes.

    ``goes_on`` says whether the first is a queued job, which the next start can
    resume.
    """
    box = QMessageBox(parent)
    one = len(names) == 1
    said = "You can start it again later." if one else "You can start them again later."
    if goes_on:
        own = "Progress" if one else f"Progress on {names[0]}"
        said = f"{own} is kept; you can resume next time."
    if one:
        box.setWindowTitle("Job running")
        box.setText(f"{names[0]} is still running. Stop it and close?")
    else:
        box.setWindowTitle("Jobs are running")
        box.setText(f"{len(names)} jobs are still running. Stop them and close?")
        listed = "\n".join(f"\N{BULLET} {name}" for name in names)
        said = f"{listed}\n\n{said}"
    box.setInformativeText(said)
    stop = box.addButton("Stop and close", QMessageBox.ButtonRole.DestructiveRole)
    stay = box.addButton("Keep running", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.exec()
    return box.clickedButton() is stop
