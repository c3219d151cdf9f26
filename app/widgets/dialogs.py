"""Dialogs that ask for files, folders and decisions."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.look.preferences import Preferences
from onne_core.storage import ARCHIVE_SUFFIX, SUFFIX

SPECTRA = (
    "Spectra (*.xdi *.chi *.chik *.dat *.txt *.xmu *.csv *.nor *.prj *.h5 *.hdf5 *.nxs)"
    ";;All files (*)"
)


ANY = (
    "All supported files (*.xdi *.chi *.chik *.dat *.txt *.xmu *.csv *.nor *.prj "
    f"*.h5 *.hdf5 *.nxs *.json *.cif *.xyz *{ARCHIVE_SUFFIX});;All files (*)"
)


def ask_any(parent: QWidget, preferences: Preferences) -> list[Path]:
    """Return the files of any kind chosen by the user."""
    names, _ = QFileDialog.getOpenFileNames(parent, "Open", preferences.folder, ANY)
    return _remembered(names, preferences)


def ask_spectra(parent: QWidget, preferences: Preferences) -> list[Path]:
    """Return the measured files chosen by the user."""
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Open spectra", preferences.folder, SPECTRA
    )
    return _remembered(names, preferences)


def ask_file(
    parent: QWidget, preferences: Preferences, title: str, pattern: str
) -> Path | None:
    """Return the file chosen by the user."""
    name, _ = QFileDialog.getOpenFileName(parent, title, preferences.folder, pattern)
    return next(iter(_remembered([name], preferences)), None)


def ask_folder(parent: QWidget, preferences: Preferences, title: str) -> Path | None:
    """Return the folder chosen by the user."""
    name = QFileDialog.getExistingDirectory(parent, title, preferences.folder)
    return next(iter(_remembered([name], preferences)), None)


def ask_place(
    parent: QWidget,
    preferences: Preferences,
    title: str,
    *,
    name: str,
    pattern: str,
) -> Path | None:
    """Return the output path chosen by the user; ``name`` is proposed."""
    start = str(Path(preferences.folder) / name)
    chosen, _ = QFileDialog.getSaveFileName(parent, title, start, pattern)
    return next(iter(_remembered([chosen], preferences)), None)


def ask_project_place(
    parent: QWidget, preferences: Preferences, name: str
) -> Path | None:
    """Return the project folder chosen by the user."""
    return ask_place(
        parent,
        preferences,
        "Save project",
        name=f"{name}{SUFFIX}",
        pattern=f"ONNE projects (*{SUFFIX})",
    )


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


def _remembered(names: list[str], preferences: Preferences) -> list[Path]:
    """Return the paths ``names``, none of them empty, and remember their folder."""
    paths = [Path(name) for name in names if name]
    if paths:
        preferences.folder = str(paths[0].parent)
    return paths
