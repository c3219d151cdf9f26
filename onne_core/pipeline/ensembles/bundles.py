"""Pipeline: export, import, renaming and removal of ensembles."""

import time
from pathlib import Path

from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.locations import models_folders, trash_folder
from onne_core.posterior import transfer


def export_ensemble(folder: Path, target: Path) -> Stage[Path]:
    """Write the ensemble in ``folder`` as the zip file ``target``."""
    yield Progress(0, 1, f"writing {target.name}")
    return transfer.export_bundle(folder, target)


def import_ensemble(source: Path) -> Stage[Path]:
    """Bring a bundle (zip file or folder) among the user's ensembles; return where.

    It is checked, and must answer as it did where it was made.
    """
    yield Progress(0, 1, f"checking {source.name}")
    return transfer.import_bundle(source, models_folders()[-1])


def rename_ensemble(folder: Path, name: str) -> Stage[Path]:
    """Rename an ensemble of the user."""
    yield Progress(0, 1, f"renaming {folder.name}")
    return transfer.rename_bundle(folder, name)


def remove_ensemble(folder: Path, trash: Path | None = None) -> Path:
    """Move the ensemble in ``folder`` to the trash and return its new folder.

    Raises
    ------
    StorageError
        If it cannot be moved.
    """
    trash = trash or trash_folder()
    target = trash / f"{folder.name}.{time.time_ns():x}"
    return _moved(folder, target)


def restore_ensemble(removed: Path, folder: Path) -> Path:
    """Restore an ensemble from the trash to its ``folder``.

    Raises
    ------
    StorageError
        If something else is there now.
    """
    if folder.exists():
        raise StorageError(
            f"{folder}: another ensemble is there now; the removed one stays in "
            f"{removed}."
        )
    return _moved(removed, folder)


def _moved(folder: Path, target: Path) -> Path:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return folder.rename(target)
    except OSError as error:
        raise StorageError(
            f"{folder}: cannot be moved to {target} ({error.strerror or error}); "
            "check the permissions of both folders."
        ) from error
