"""Text of untrusted files, read within limits or refused."""

import codecs
import zlib
from pathlib import Path

from onne_core import files
from onne_core.errors import FormatError

SIZE_LIMIT = 64 * 2**20
"""Largest file that is read, bytes; a spectrum has some 20 kB."""

SAMPLE = 4096
"""Bytes at the start of a file that decide whether it is text."""

ATHENA_START = b"# Athena project file"

SIGNATURES = {
    b"\x1f\x8b": "gzip-compressed; unpack it first.",
    b"PK\x03\x04": "a ZIP archive or office document; export its columns as text.",
    b"\x89HDF\r\n\x1a\n": "HDF5 (NeXus); give it a name that ends in .h5 or .nxs.",
    b"\x89PNG": "an image (PNG); give the data as columns of numbers.",
    b"\xff\xd8\xff": "an image (JPEG); give the data as columns of numbers.",
    b"%PDF": "a PDF document; give the data as columns of numbers.",
}
"""First bytes of files that are not text, and what to tell the user."""


def shown(path: Path) -> str:
    """Return the name of ``path`` as one printable line for a message."""
    name = path.name or str(path)
    return name if name.isprintable() else ascii(name)


def read_text(path: Path) -> str:
    """Return the text of the file at ``path``.

    UTF-8 is expected; UTF-16 is known by its mark or its zeros; bytes that are neither
    are taken as Latin-1, the usual encoding of old headers.

    Raises
    ------
    FormatError
        If the file is missing, not readable, not a regular file, empty, larger than
        64 MiB, or not text.
    """
    content = read_bytes(path)
    utf16 = _utf16_of(content)
    if utf16:
        try:
            content = content.decode(utf16).removeprefix("\ufeff").encode()
        except UnicodeError as error:
            raise FormatError(
                f"{shown(path)}: damaged UTF-16 text; save it as UTF-8 or plain ASCII."
            ) from error
    _refuse_binary(path, content)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file of limited size.

    Raises
    ------
    FormatError
        If the file is missing, not readable, not regular, empty or larger than 64 MiB.
    """
    try:
        if path.is_dir():
            raise FormatError(f"{shown(path)}: is a folder; give a file in it.")
        if path.exists() and not path.is_file():
            raise FormatError(f"{shown(path)}: not a regular file; give a text file.")
        with path.open("rb") as stream:
            content = stream.read(SIZE_LIMIT + 1)
    except FileNotFoundError as error:
        raise FormatError(
            f"{shown(path)}: no such file; check the name and the folder."
        ) from error
    except (OSError, ValueError) as error:
        raise FormatError(
            f"{shown(path)}: cannot be read "
            f"({getattr(error, 'strerror', None) or error}); "
            "check the file's name and permissions."
        ) from error
    if len(content) > SIZE_LIMIT:
        raise FormatError(
            f"{shown(path)}: larger than {SIZE_LIMIT // 2**20} MiB; "
            "give one spectrum per file."
        )
    if not content.strip():
        raise FormatError(f"{shown(path)}: the file is empty; export it again.")
    return content


def _refuse_binary(path: Path, content: bytes) -> None:
    """Raise FormatError, with a remedy, if ``content`` is not text."""
    for signature, remedy in SIGNATURES.items():
        if content.startswith(signature):
            raise FormatError(f"{shown(path)}: {remedy}")
    sample = content[:SAMPLE]
    control = sum(byte < 0x20 and byte not in b"\t\n\v\f\r\x1a" for byte in sample)
    if b"\x00" in content or control > len(sample) // 20:
        raise FormatError(
            f"{shown(path)}: a binary file; give columns of numbers as text."
        )


def start_of(path: Path) -> bytes:
    """Return the first bytes of the file at ``path``, none where it cannot be read."""
    if not files.is_file(path):
        return b""  # a pipe would be waited for without end
    try:
        with path.open("rb") as stream:
            return stream.read(SAMPLE)
    except OSError:
        return b""


def is_athena_project(path: Path) -> bool:
    """Return whether the file at ``path`` is a project of Athena, whatever its name."""
    start = start_of(path)
    if start.startswith(b"\x1f\x8b"):
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, SAMPLE)
        except zlib.error:
            return False
    return start.startswith(ATHENA_START)


def _utf16_of(content: bytes) -> str:
    """Return the encoding of ``content`` if it is UTF-16, by mark or zeros, or ""."""
    if content.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if content.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    first, second = content[:SAMPLE:2], content[1:SAMPLE:2]
    for zeros, others, name in (
        (second, first, "utf-16-le"),
        (first, second, "utf-16-be"),
    ):
        if zeros.count(0) > 0.9 * len(zeros) and not others.count(0):
            return name
    return ""
