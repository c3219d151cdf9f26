"""Pipeline: the folder of a training set, its owner and its locks."""

import contextlib
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onne_core import files
from onne_core.errors import DefinitionError, StorageError

SCRATCH = ".scratch"
REQUEST = "request"
LOCK = ".lock"
PORTIONS = "portions"
"""File that holds the number of portions while a set is made in portions."""


@dataclass(frozen=True)
class Portion:
    """Every ``of``-th shard from the ``number``-th on, counted from one."""

    number: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise DefinitionError(
                f"shard {self.number}/{self.of}: give I/N with I from 1 to N."
            )

    def holds(self, index: int) -> bool:
        """Return whether the shard ``index``, counted from zero, belongs to it."""
        return index % self.of == self.number - 1


@dataclass(frozen=True)
class Place:
    """The folder of a training set, as seen by one run.

    ``token`` names the run's own folder for temporary files. A machine that sees that
    folder sees the training set; one that does not sends back what it makes.
    """

    folder: Path
    token: str

    def scratch(self) -> Path | None:
        """Return the folder for temporary files, None if it is not accessible."""
        path = self.folder / SCRATCH / self.token
        return path if path.is_dir() else None


@contextlib.contextmanager
def claimed(
    folder: Path,
    *,
    request: str,
    record: dict[str, Any],
    name: str,
    portion: Portion | None = None,
) -> Iterator[Place]:
    """Hold ``folder`` for the training set of digest ``request``, or refuse it.

    The definition is kept as JSON (``record``, in the file ``name``). What a killed
    run has left half written is removed. Runs that make portions hold the folder
    together, and remove nothing.

    Raises
    ------
    StorageError
        If ``folder`` holds a training set of another digest, or another process works
        in it.
    """
    token = uuid.uuid4().hex
    with files.locked(folder / LOCK, shared=portion is not None):
        if portion is None and _is_bare(folder, name):
            (folder / REQUEST).unlink(missing_ok=True)
        refuse_other(folder, request)
        if portion is None:
            clear(folder)
        if not files.write_first(folder / REQUEST, request + "\n"):
            refuse_other(folder, request)  # another portion may have come first
        if portion is not None:
            _agree(folder, portion)
        files.write_json(folder / name, record)
        scratch = folder / SCRATCH / token
        scratch.mkdir(parents=True)
        try:
            yield Place(folder, token)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
            with contextlib.suppress(OSError):
                scratch.parent.rmdir()  # others may work there


def _is_bare(folder: Path, name: str) -> bool:
    """Whether a run has claimed ``folder``, but made nothing: its input was wrong."""
    seen = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    return seen == {REQUEST, name}


def refuse_other(folder: Path, request: str) -> None:
    """Refuse ``folder`` if it contains a training set of another digest."""
    found = request_of(folder)
    if found is not None and found != request.encode():
        raise StorageError(
            f"{folder}: contains a training set of another recipe or version; "
            "choose another folder, or delete this one."
        )


def _agree(folder: Path, portion: Portion) -> None:
    """Refuse a portion of another number than the folder was begun with.

    Jobs that count differently make some shards twice and others never.
    """
    path = folder / PORTIONS
    if files.write_first(path, f"{portion.of}\n"):
        return
    of = portions_in(folder)
    if of == 0:  # the file is damaged
        files.write_text(path, f"{portion.of}\n")
    elif of != portion.of:
        raise StorageError(
            f"{folder}: begun in {of} portions, not {portion.of}; give --shard I/{of}, "
            "or run without --shard to make all that is missing here."
        )


def portions_in(folder: Path) -> int:
    """Return in how many portions the set is being made, 0 if that is not known."""
    try:
        return int((folder / PORTIONS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0


def request_of(folder: Path) -> bytes | None:
    """Return the digest of the training set that ``folder`` is for, None if free."""
    try:
        return (folder / REQUEST).read_bytes().strip()
    except OSError:
        return None


def clear(folder: Path) -> None:
    """Remove leftovers of killed runs from the folder of a training set."""
    if request_of(folder) is None:
        return
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    for part in (*folder.glob(".*.part"), *folder.glob("*/.*.part")):
        with contextlib.suppress(OSError):
            shutil.rmtree(part) if part.is_dir() else part.unlink()
