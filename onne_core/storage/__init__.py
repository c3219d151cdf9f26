"""Projects on disk: a folder NAME.onne, or the same as one file NAME.onne.zip."""

from onne_core.storage.archive import ARCHIVE_SUFFIX, is_archive
from onne_core.storage.folder import (
    SCHEMA,
    SUFFIX,
    ChangedElsewhereError,
    is_project,
    load,
    load_what_is_whole,
    save,
    save_archive,
    stamp_of,
)
from onne_core.storage.results import MOST_RESULTS, Result, load_results
from onne_core.storage.sources import ARRAYS, PROJECT_FILE, RESULTS

__all__ = [
    "ARCHIVE_SUFFIX",
    "ARRAYS",
    "MOST_RESULTS",
    "PROJECT_FILE",
    "RESULTS",
    "SCHEMA",
    "SUFFIX",
    "ChangedElsewhereError",
    "Result",
    "is_archive",
    "is_project",
    "load",
    "load_results",
    "load_what_is_whole",
    "save",
    "save_archive",
    "stamp_of",
]
