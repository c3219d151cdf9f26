"""Folders of the program's own files and the user's ensembles."""

import sys
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

SET_ASIDE = "set-aside"
"""Folder beside recovered work that takes what is damaged."""

PROJECT = Path(__file__).resolve().parent.parent
"""The folder that holds the package: this project's tree, or site-packages."""


def resources_folder() -> Path:
    """Return the folder of recipes and examples shipped with the program."""
    return _shipped("resources")


def examples_folder() -> Path:
    """Return the folder of the example spectra."""
    return resources_folder() / "examples"


def guide_text() -> Path:
    """Return the folder of the user guide's text."""
    return _shipped("docs") / "guide"


def guide_pages() -> Path | None:
    """Return the folder of the user guide as pages for a browser, where it was built.

    In the project's tree that is what ``make docs`` writes.
    """
    folder = PROJECT / "build" / "docs" / "guide"
    return folder if (folder / "index.html").is_file() else None


def models_folders() -> list[Path]:
    """Return the folders of ensembles: the program's own first, then the user's.

    The user's folder need not exist.
    """
    return [_shipped("models"), _user_folder() / "models"]


def trash_folder() -> Path:
    """Return the folder of removed ensembles until the user deletes them."""
    return _user_folder() / "trash"


def phases_folder() -> Path:
    """Return the folder of the phases of previews; it can be deleted at any time."""
    return user_cache_path("onne", appauthor=False) / "phases"


def _user_folder() -> Path:
    return user_data_path("onne", appauthor=False)


def _shipped(name: str) -> Path:
    """Return a folder of the project's tree, or where a wheel has put it."""
    if (PROJECT / "pyproject.toml").is_file():
        return PROJECT / name
    return Path(sys.prefix) / "share" / "onne" / name
