"""Project folders: NAME.onne/ with project.json, and arrays and results beside it.

Arrays are stored under the digest of their bytes and written first; project.json
names them and is replaced last. A save that is killed leaves the old project whole.
"""

import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from onne_core import files
from onne_core.digest import digest_of_bytes
from onne_core.errors import DefinitionError, FormatError, StorageError
from onne_core.storage.archive import packed, source_of
from onne_core.storage.entries import project_from_json, project_to_json, whole_parts
from onne_core.storage.packs import FEW
from onne_core.storage.results import Result, results_to_json
from onne_core.storage.sources import (
    ARRAYS,
    DAMAGED,
    MOST_BYTES_OF_TEXT,
    PIECE,
    PROJECT_FILE,
    RESULTS,
    Folder,
    Pieces,
    Source,
)
from onne_core.values.project import Project

SCHEMA = 1
SERIES_SCHEMA = 2
"""Schema of a project with more spectra than have a piece each."""

SUFFIX = ".onne"

LOCK = ".lock"
PATIENCE = 10.0
"""Time for which a save, or a reader that it disturbed, waits for another one, s."""

Results = Mapping[str, Result]
NO_RESULTS: Results = MappingProxyType({})


class ChangedElsewhereError(StorageError):
    """The project in a folder is another one than was expected there."""


def is_project(path: Path) -> bool:
    """Whether ``path`` is a folder that holds a project."""
    return files.is_file(path / PROJECT_FILE)


def stamp_of(folder: Path) -> str:
    """Return what tells whether the project in ``folder`` is still the same.

    It is the digest of its project.json, "" where that is not there or cannot be read.
    """
    try:
        return digest_of_bytes(
            files.read_bytes(folder / PROJECT_FILE, most=MOST_BYTES_OF_TEXT)
        )
    except OSError:
        return ""


def save(
    project: Project, folder: Path, results: Results = NO_RESULTS, *, seen: str = ""
) -> str:
    """Write ``project`` to ``folder`` and return its stamp.

    The old content stays until all is written. ``results`` are answers to keep with
    it, by the digests of their questions; ``seen`` is the stamp of the project that
    this one may replace, "" for any.

    Raises
    ------
    ChangedElsewhereError
        If ``folder`` holds another project than was ``seen``.
    StorageError
        If ``folder`` holds something else than a project, or cannot be written.
    """
    _refuse_something_else(folder)
    with files.locked(folder / LOCK, patience=PATIENCE):
        if seen and stamp_of(folder) not in ("", seen):
            raise ChangedElsewhereError(
                f"{folder}: somebody else, or another window, has saved it since it "
                "was opened here. Save this one under another name, or write it over "
                "that one."
            )
        content, pieces = _stored(project, results)
        text = _text_of(content, folder)
        for name, piece in pieces.contents.items():
            if not _is_there(folder / name, piece):
                files.write_bytes(folder / name, piece)
        files.write_text(folder / PROJECT_FILE, text)
        _clear_unused(folder, set(pieces.contents))
    return digest_of_bytes(text.encode())


def _refuse_something_else(folder: Path) -> None:
    """Refuse a folder of other files; what a killed first save has left is none."""
    own = {LOCK, ARRAYS, RESULTS}
    try:
        if not folder.exists() or is_project(folder):
            return
        is_other = not folder.is_dir() or any(
            path.name not in own and not path.name.endswith(".part")
            for path in folder.iterdir()
        )
    except OSError as error:
        raise files.unwritable(folder, error) from error
    if is_other:
        raise StorageError(
            f"{folder}: exists and holds no project; choose another name."
        )


def save_archive(project: Project, path: Path, results: Results = NO_RESULTS) -> None:
    """Write ``project`` with ``results`` as one file to ``path``.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    content, pieces = _stored(project, results)
    text = _text_of(content, path).encode()
    root = path.name.removesuffix(".zip")
    files.write_bytes(path, packed({PROJECT_FILE: text} | pieces.contents, root))


def load(place: Path) -> Project:
    """Read the project at ``place``, a folder or one file.

    Raises
    ------
    StorageError
        If there is none, it is damaged, or it was written by a newer program.
    """
    stamp = stamp_of(place)
    try:
        return _loaded(place)
    except StorageError:
        # A save in between deletes what project.json of before had named.
        if stamp_of(place) == stamp:
            raise
    with files.locked(place / LOCK, shared=True, patience=PATIENCE):
        return _loaded(place)


def _loaded(place: Path) -> Project:
    with source_of(place) as source:
        content = _content_of(source)
        try:
            return project_from_json(content, source)
        except (DefinitionError, FormatError, *DAMAGED) as error:
            raise StorageError(
                f"{place / PROJECT_FILE}: a value is missing or of the wrong kind "
                f"({type(error).__name__}: {error}); restore the folder from a copy."
            ) from error


def load_what_is_whole(place: Path) -> tuple[Project, tuple[str, ...]]:
    """Return what can be read of a damaged project, and what cannot, in sentences.

    Raises
    ------
    StorageError
        If nothing can be read.
    """
    with source_of(place) as source:
        return whole_parts(_content_of(source), source)


def _stored(project: Project, results: Results) -> tuple[dict[str, Any], Pieces]:
    pieces = Pieces()
    schema = SCHEMA if len(project.spectra) <= FEW else SERIES_SCHEMA
    content = {"schema": schema, **project_to_json(project, pieces)}
    content[RESULTS] = results_to_json(results, pieces)
    return content, pieces


def _text_of(content: dict[str, Any], place: Path) -> str:
    """Return ``content`` as JSON, unless it is more than will be read again."""
    text = _as_json(content)
    if len(text) > MOST_BYTES_OF_TEXT:
        raise StorageError(
            f"{place}: not written; {len(content['spectra'])} spectra are more than a "
            "project holds. Remove some, or save them in several projects."
        )
    return text


def _as_json(content: dict[str, Any]) -> str:
    """Return ``content`` as JSON; of a long series one line per spectrum.

    Python indents slowly, which is seconds for thousands of spectra.
    """
    if content["schema"] == SCHEMA:
        return json.dumps(content, indent=2, allow_nan=False) + "\n"
    lines = [json.dumps(item, allow_nan=False) for item in content["spectra"]]
    others = {name: item for name, item in content.items() if name != "spectra"}
    rest = json.dumps(others, indent=2, allow_nan=False)
    body = ",\n".join(lines)
    return f'{{\n"spectra": [\n{body}\n],{rest[1:]}\n'


def _content_of(source: Source) -> dict[str, Any]:
    """Return project.json, of the right schema."""
    place = source.place
    if isinstance(source, Folder) and not is_project(place):
        raise StorageError(
            f"{place}: no project here ({PROJECT_FILE} is missing); "
            "choose a folder that was saved by this program."
        )
    try:
        content = json.loads(source.read(PROJECT_FILE))
    except (ValueError, RecursionError) as error:
        raise StorageError(
            f"{place / PROJECT_FILE}: cannot be read ({error}); "
            "restore the folder from a copy."
        ) from error
    if not isinstance(content, dict):
        raise StorageError(f"{place}: not a project; restore the folder from a copy.")
    if content.get("schema") not in (SCHEMA, SERIES_SCHEMA):
        raise StorageError(
            f"{place}: schema {content.get('schema')!r}; this program reads "
            f"{SCHEMA} and {SERIES_SCHEMA}. Open it with the program that wrote it."
        )
    return content


def _is_there(path: Path, piece: bytes) -> bool:
    """Whether ``piece`` lies at ``path`` already."""
    try:
        return files.read_bytes(path, most=len(piece)) == piece
    except OSError:
        return False  # missing, or what must be replaced


def _clear_unused(folder: Path, written: set[str]) -> None:
    """Delete pieces that nothing uses any more; a failure leaves them lying."""
    for place in (folder, folder / ARRAYS, folder / RESULTS):
        files.clear_parts(place)
    for part in (ARRAYS, RESULTS):
        for path in (folder / part).glob("*.npz"):
            name = f"{part}/{path.name}"
            if name not in written and PIECE.fullmatch(path.name):
                with contextlib.suppress(OSError):
                    path.unlink()
