"""The manifest of a bundle: name, card, and the sha256 and size of every file.

A manifest is read only in the exact bytes in which this program writes it, and it
carries a seal over its own content: a single changed byte is refused.
"""

import json
import math
import re
from dataclasses import dataclass, field
from typing import Any

from onne_core import __version__
from onne_core.digest import digest
from onne_core.errors import BundleError

FILE = "manifest.json"
FORMAT = "onne ensemble"
SCHEMA = 2

MOST_BYTES = 1 << 20
"""Largest manifest, bytes."""

MOST_DEPTH = 16
"""Deepest nesting of the card."""

LARGEST_INTEGER = 2**53
"""Beyond it whole numbers and JSON readers disagree."""

KEYS = frozenset({"format", "schema", "onne", "name", "card", "files", "seal"})
LONGEST_NAME = 100
SHA256 = re.compile(r"[0-9a-f]{64}")


class ForeignSchemaError(BundleError):
    """A manifest or card of a kind that this program does not read."""


@dataclass(frozen=True)
class FileEntry:
    """What the manifest says of a file: ``sha256`` (hex) and ``size`` in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True, eq=False)
class Manifest:
    """Name and card of an ensemble, and its files by name.

    ``version`` is the version of ONNE that wrote the bundle.
    """

    name: str
    card: dict[str, Any] = field(repr=False)
    files: dict[str, FileEntry] = field(repr=False)
    version: str = __version__

    @property
    def digest(self) -> str:
        """What identifies the ensemble: the digest of its files and card."""
        return digest({"card": self.card, "files": _files_to_json(self.files)})


def encode_manifest(manifest: Manifest) -> bytes:
    """Return ``manifest`` as JSON with its seal; equal values give equal bytes.

    Raises
    ------
    BundleError
        If the card holds NaN, an infinite number, or text that is not Unicode.
    """
    content = {
        "format": FORMAT,
        "schema": SCHEMA,
        "onne": manifest.version,
        "name": manifest.name,
        "card": manifest.card,
        "files": _files_to_json(manifest.files),
    }
    _check_values(content)
    content["seal"] = digest(content)
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
    try:
        return (text + "\n").encode()
    except UnicodeEncodeError as error:
        raise BundleError(f"{FILE}: it holds text that is not Unicode") from error


def decode_manifest(content: bytes) -> Manifest:
    """Return the manifest in ``content``, which may come from a stranger.

    Raises
    ------
    ForeignSchemaError
        If it is a bundle's manifest, but of another schema.
    BundleError
        If it is too large or too deep, not JSON, lacks a value, has one of the wrong
        kind, or is not byte by byte what :func:`encode_manifest` wrote.
    """
    if len(content) > MOST_BYTES:
        raise BundleError(f"{FILE}: larger than {MOST_BYTES} bytes")
    try:
        values = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{FILE}: not readable as JSON ({_brief(error)})") from error
    _check_values(values)
    values = _object(values, "content")
    _check_head(values)
    manifest = Manifest(
        name=_name(values["name"]),
        card=_object(values["card"], "card"),
        files=_files_from_json(values["files"]),
        version=_text(values["onne"], "onne"),
    )
    if encode_manifest(manifest) != content:
        raise BundleError(f"{FILE}: changed since it was written (the seal is broken)")
    return manifest


def _check_head(values: dict[str, Any]) -> None:
    if values.get("format") != FORMAT:
        raise BundleError(f"{FILE}: not the manifest of an ensemble")
    schema = values.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        raise ForeignSchemaError(f"{FILE}: not of schema {SCHEMA}, which is read here")
    if values.keys() != KEYS:
        names = sorted(values.keys() ^ KEYS)
        raise BundleError(f"{FILE}: {names[0][:40]!r} is missing or does not belong")


def _check_values(value: object, depth: int = 0) -> None:
    """Refuse deep nesting and numbers that JSON readers do not agree on."""
    if depth > MOST_DEPTH:
        raise BundleError(f"{FILE}: nested deeper than {MOST_DEPTH} levels")
    if isinstance(value, (dict, list, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            _check_values(item, depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BundleError(f"{FILE}: it holds a number that is not finite")
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise BundleError(f"{FILE}: it holds a whole number beyond 2^53")


def _files_to_json(files: dict[str, FileEntry]) -> dict[str, dict[str, Any]]:
    return {
        name: {"sha256": entry.sha256, "bytes": entry.size}
        for name, entry in files.items()
    }


def _files_from_json(values: object) -> dict[str, FileEntry]:
    return {
        name: _entry(_object(value, "files"))
        for name, value in _object(values, "files").items()
    }


def _entry(value: dict[str, Any]) -> FileEntry:
    sha256, size = value.get("sha256"), value.get("bytes")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise BundleError(f"{FILE}: a sha256 is missing or malformed")
    if type(size) is not int or size < 0:
        raise BundleError(f"{FILE}: the size of a file is missing or malformed")
    return FileEntry(sha256, size)


def _name(value: object) -> str:
    name = _text(value, "name")
    if not name or name != name.strip():
        raise BundleError(f"{FILE}: the name is empty or has blanks around it")
    return name


def _text(value: object, place: str) -> str:
    if (
        not isinstance(value, str)
        or len(value) > LONGEST_NAME
        or not value.isprintable()
    ):
        raise BundleError(
            f"{FILE}: {place} is not one line of at most {LONGEST_NAME} characters"
        )
    return value


def _object(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BundleError(f"{FILE}: {place} is not a JSON object")
    return value


def _brief(error: Exception) -> str:
    return "nested too deep" if isinstance(error, RecursionError) else str(error)[:80]
