"""The manifest of a bundle: name, card, and the sha256 and size of every file.

A manifest is read only in the exact bytes in which this program writes it, and it
carries a seal over its own content: a single changed byte is refused.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from onne_core import __version__
from onne_core.codec import (
    MOST_BYTES,
    Codec,
    check_plain,
    parsed,
    refused_as,
    table,
)
from onne_core.digest import digest
from onne_core.errors import BundleError

FILE = "manifest.json"
FORMAT = "onne ensemble"
SCHEMA = 2

HEAD = ("format", "schema", "seal")
CODEC = Codec()
LONGEST_NAME = 100
SHA256 = re.compile(r"[0-9a-f]{64}")


class ForeignSchemaError(BundleError):
    """A manifest or card of a kind that this program does not read."""


@dataclass(frozen=True)
class FileEntry:
    """What the manifest says of a file: ``sha256`` (hex) and ``size`` in bytes."""

    sha256: str
    size: int = field(metadata={"key": "bytes"})

    def __post_init__(self) -> None:
        if not SHA256.fullmatch(self.sha256) or self.size < 0:
            raise BundleError(f"{FILE}: the sha256 or size of a file is malformed")


@dataclass(frozen=True, eq=False)
class Manifest:
    """Name and card of an ensemble, and its files by name.

    ``version`` is the version of ONNE that wrote the bundle.
    """

    name: str
    card: dict[str, Any] = field(repr=False)
    files: dict[str, FileEntry] = field(repr=False)
    version: str = field(default=__version__, metadata={"key": "onne"})

    def __post_init__(self) -> None:
        for text in (self.name, self.version):
            if len(text) > LONGEST_NAME or not text.isprintable():
                raise BundleError(
                    f"{FILE}: name or version is not one line of at most "
                    f"{LONGEST_NAME} characters"
                )
        if not self.name or self.name != self.name.strip():
            raise BundleError(f"{FILE}: the name is empty or has blanks around it")

    @property
    def digest(self) -> str:
        """What identifies the ensemble: the digest of its files and card."""
        return digest({"card": self.card, "files": CODEC.encode(self.files)})


def encode_manifest(manifest: Manifest) -> bytes:
    """Return ``manifest`` as JSON with its seal; equal values give equal bytes.

    Raises
    ------
    BundleError
        If the card holds NaN, an infinite number, or text that is not Unicode.
    """
    content = {"format": FORMAT, "schema": SCHEMA, **CODEC.encode(manifest)}
    with refused_as(BundleError, f"{FILE}: "):
        check_plain(content, "card")
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
    with refused_as(BundleError, f"{FILE}: "):
        values = table(parsed(content), "content")
        check_plain(values, "content")
        if values.get("format") != FORMAT:
            raise BundleError(f"{FILE}: not the manifest of an ensemble")
        if type(values.get("schema")) is not int or values["schema"] != SCHEMA:
            raise ForeignSchemaError(
                f"{FILE}: not of schema {SCHEMA}, which is read here"
            )
        own = {name: item for name, item in values.items() if name not in HEAD}
        manifest = CODEC.value(Manifest, own)
    if encode_manifest(manifest) != content:
        raise BundleError(f"{FILE}: changed since it was written (the seal is broken)")
    return manifest
