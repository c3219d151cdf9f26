"""A project as one file: a zip of its folder, which is read without unpacking it.

Anybody may have made the file. Nothing of it is written to disk; names that lead
elsewhere and contents that grow beyond measure are refused.
"""

import contextlib
import io
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from onne_core import files
from onne_core.errors import StorageError
from onne_core.storage.sources import (
    DAMAGED,
    MOST_BYTES_OF_PIECE,
    PROJECT_FILE,
    Archive,
    Folder,
    Source,
)

ARCHIVE_SUFFIX = ".onne.zip"

MOST_MEMBERS = 20_000
MOST_GROWTH = 100
"""Unpacked bytes per packed one, beyond FREE_BYTES; columns of numbers have some 2."""

FREE_BYTES = 16 * 2**20
END_OF_ZIP = b"PK\x05\x06"
END = struct.Struct("<4s4H2LH")
END_AND_COMMENT = END.size + 0xFFFF
"""The last record of a zip: it counts the members and the bytes of their directory."""

LONGEST_ENTRY = 400
"""Bytes of an entry of the directory: its numbers and the name of a piece."""

_DRIVE = re.compile(r"[A-Za-z]:")


@contextlib.contextmanager
def source_of(place: Path) -> Iterator[Source]:
    """Give the pieces of the project at ``place``, a folder or one file.

    Raises
    ------
    StorageError
        If it is a file that is no zip of a project, or one that is not to be trusted.
    """
    if not is_archive(place):
        yield Folder(place)
        return
    try:
        size = place.stat().st_size
        if not files.is_file(place):  # a pipe would be waited for without end
            raise _refusal(place, "it is not a file")
        if size > MOST_BYTES_OF_PIECE:
            raise _refusal(place, f"it has {size / 2**20:.0f} MiB")
        _check_directory(place, size)
        members = zipfile.ZipFile(place)
    except (OSError, *DAMAGED) as error:
        raise StorageError(
            f"{place}: not a project exported as one file ({error}); "
            "export it again, or open its folder."
        ) from error
    with members:
        _check(members, place)
        yield Archive(place, members, _root(members, place))


def _check_directory(place: Path, size: int) -> None:
    """Refuse a zip with a huge directory, which would be read before it is counted."""
    with place.open("rb") as stream:
        stream.seek(max(0, size - END_AND_COMMENT))
        tail = stream.read()
    at = tail.rfind(END_OF_ZIP)
    if at < 0 or len(tail) - at < END.size:
        return  # ZipFile says what is wrong
    _, _, _, _, count, length, _, _ = END.unpack_from(tail, at)
    # The largest values mean that the numbers stand in a record for larger files.
    if count > MOST_MEMBERS or length > MOST_MEMBERS * LONGEST_ENTRY:
        raise _refusal(place, f"it holds {count} files or more")


def is_archive(place: Path) -> bool:
    """Whether ``place`` is a file that would be a project as one file."""
    return place.name.lower().endswith(".zip") and not files.is_folder(place)


def packed(contents: Mapping[str, bytes], root: str) -> bytes:
    """Return the pieces ``contents`` as a zip with one folder ``root``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as members:
        for name, content in contents.items():
            # ZipInfo has a fixed date: the same project gives the same file.
            member = zipfile.ZipInfo(f"{root}/{name}")
            members.writestr(member, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _check(members: zipfile.ZipFile, place: Path) -> None:
    """Refuse an archive whose names or sizes are not those of a project."""
    every = members.infolist()
    if len(every) > MOST_MEMBERS:
        raise _refusal(place, f"it holds {len(every)} files")
    names = [member.filename for member in every]
    strange = next((name for name in names if _leads_elsewhere(name)), None)
    if strange is not None:
        raise _refusal(place, f"the name {strange[:80]!r} leads out of its folder")
    if len(set(names)) < len(names):
        raise _refusal(place, "two of its files have the same name")
    total = sum(member.file_size for member in every)
    packed = sum(member.compress_size for member in every)
    if total > MOST_BYTES_OF_PIECE or total > FREE_BYTES + MOST_GROWTH * packed:
        raise _refusal(
            place, f"it would unpack to {total / 2**20:.0f} MiB from {packed} bytes"
        )


def _leads_elsewhere(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return (
        name.startswith("/")
        or "\\" in name
        or "\x00" in name
        or ".." in parts
        or bool(_DRIVE.match(name))
    )


def _root(members: zipfile.ZipFile, place: Path) -> str:
    """Return the folder of project.json in the archive, with its slash."""
    found = [
        name.removesuffix(PROJECT_FILE)
        for name in members.namelist()
        if PurePosixPath(name).name == PROJECT_FILE and name.count("/") < 2
    ]
    if len(found) != 1:
        raise _refusal(place, f"{len(found)} files project.json are in it, not one")
    return found[0]


def _refusal(place: Path, reason: str) -> StorageError:
    return StorageError(
        f"{place}: not opened, since {reason}; this is no project exported by ONNE. "
        "Do not trust the file."
    )
