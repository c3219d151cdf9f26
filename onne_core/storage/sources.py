"""Where the parts of a stored project come from and go to: named pieces of bytes.

Pieces with arrays lie under the digest of their bytes, so that a changed one is
noticed. They hold their arrays uncompressed; what is compressed is refused, since a
small file could then ask for any amount of memory.
"""

import io
import lzma
import re
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from onne_core import files
from onne_core.digest import digest_of_bytes
from onne_core.errors import StorageError

PROJECT_FILE = "project.json"
ARRAYS, RESULTS = "arrays", "results"
MOST_BYTES_OF_PIECE = 512 * 2**20
"""Largest piece, and all of an archive unpacked, bytes."""

MOST_BYTES_OF_TEXT = 32 * 2**20
"""Largest project.json: that of some 50,000 spectra. JSON of small values takes thirty
times its size in memory."""

PIECE = re.compile(r"[0-9a-f]{64}\.npz")

DAMAGED = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    RuntimeError,
    EOFError,
    struct.error,
    lzma.LZMAError,
    tokenize.TokenError,  # NumPy, of the header of an array
    zipfile.BadZipFile,
    zlib.error,
)
"""What foreign content can raise while it is decoded."""


@dataclass(frozen=True)
class Folder:
    """A project's folder."""

    place: Path

    def read(self, name: str) -> bytes:
        """Return the content of the file ``name``."""
        path = self.place / name
        try:
            return files.read_bytes(path, most=most_bytes_of(name))
        except OSError as error:
            reason = error.strerror or error
            raise StorageError(
                f"{path}: cannot be read ({reason}); restore the folder from a copy."
            ) from error


@dataclass(frozen=True)
class Archive:
    """An open zip whose members lie in one folder, or at its root."""

    place: Path
    members: zipfile.ZipFile = field(repr=False)
    root: str = ""

    def read(self, name: str) -> bytes:
        """Return the member ``name``; StorageError if it is missing or damaged."""
        try:
            member = self.members.getinfo(self.root + name)
            if member.file_size > most_bytes_of(name):
                raise ValueError(f"it has {member.file_size / 2**20:.0f} MiB")
            return self.members.read(member)
        except (OSError, *DAMAGED) as error:
            raise StorageError(
                f"{self.place}: {name} cannot be read ({error}); "
                "export the project again."
            ) from error


Source = Folder | Archive


def most_bytes_of(name: str) -> int:
    """Return how large the piece ``name`` may be."""
    return MOST_BYTES_OF_TEXT if name == PROJECT_FILE else MOST_BYTES_OF_PIECE


@dataclass
class Pieces:
    """Pieces that are to be written, by their names."""

    contents: dict[str, bytes] = field(default_factory=dict)

    def add(self, arrays: Mapping[str, np.ndarray], folder: str = ARRAYS) -> str:
        """Add ``arrays``; return the name of their piece in ``folder``."""
        buffer = io.BytesIO()
        np.savez(buffer, **arrays)  # type: ignore[arg-type]
        name = f"{digest_of_bytes(buffer.getvalue())}.npz"
        self.contents[f"{folder}/{name}"] = buffer.getvalue()
        return name


def read_arrays(name: Any, source: Source, folder: str = ARRAYS) -> dict[str, Any]:
    """Return the arrays of the piece ``name`` in ``folder``.

    Raises
    ------
    StorageError
        If it cannot be read, or was changed.
    ValueError
        If it holds no plain arrays.
    """
    if not isinstance(name, str) or not PIECE.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of an array file")
    content = source.read(f"{folder}/{name}")
    if digest_of_bytes(content) != name.removesuffix(".npz"):
        raise StorageError(
            f"{source.place / folder / name}: changed since it was saved "
            "(sha256 differs); restore the folder from a copy."
        )
    return unpacked(content)


def unpacked(content: bytes) -> dict[str, np.ndarray]:
    """Return the arrays of an npz; ValueError if it is none, or is compressed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as members:
            for member in members.infolist():
                if member.compress_type or member.file_size > len(content):
                    raise ValueError(f"{member.filename!r} is compressed")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {key: archive[key] for key in archive.files}
    except DAMAGED as error:
        raise ValueError(f"no arrays ({error})") from error
