"""Bundles: an ensemble as a folder that can be shared and is checked when read.

A bundle holds manifest.json, net_00.onnx ..., statistics.npz, reference_io.npz and
README.md. Whoever made it is not trusted. The order of the checks: sizes, names and
kinds of files, sha256, and only then the content of each file, with limits of its
own. Files that the manifest does not name are never read. Of the networks' files only
the weights are taken, and the networks are written again with them.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from onne_core import codec
from onne_core.bundle import manifest as manifests
from onne_core.bundle.arrays import (
    MOST_BYTES_OF_ARRAYS,
    decode_arrays,
    encode_arrays,
)
from onne_core.bundle.folder import read_file, replace_folder
from onne_core.bundle.manifest import (
    FileEntry,
    ForeignSchemaError,
    Manifest,
    decode_manifest,
    encode_manifest,
)
from onne_core.bundle.onnx_reader import written_again
from onne_core.digest import digest_of_bytes
from onne_core.ensemble.card import Card, card_from_json
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.errors import BundleError

README = "README.md"
STATISTICS = "statistics.npz"
REFERENCE = "reference_io.npz"
MOST_NETWORKS = 64
MOST_SPECTRA = 16
"""Most spectra whose answers are stored, so that every load is quick."""

MOST_BYTES_OF_FILE = {".md": 1 << 20, ".npz": MOST_BYTES_OF_ARRAYS, ".onnx": 16 << 20}
"""Largest file by suffix, bytes."""

MOST_BYTES_OF_BUNDLE = 64 << 20
"""Largest bundle, bytes."""

REMEDY = "the bundle is damaged or was modified; import it again."
UPDATE = (
    "install the version of ONNE that made this bundle, or train it again with "
    "this one."
)


@dataclass(frozen=True, eq=False)
class Bundle:
    """An ensemble on disk: checked, but not yet loaded.

    ``card`` says in JSON types what the ensemble is for. ``networks`` are ONNX files
    as :mod:`onnx_writer` writes them, one per member. ``arrays`` are the statistics,
    ``reference`` spectra (``chi``, ``level``) with the answers expected for them; all
    are read-only and finite. ``readme`` is the model card for people. ``digest``
    identifies card and files; it is empty until they are written.
    """

    name: str
    card: dict[str, Any] = field(repr=False)
    networks: tuple[bytes, ...] = field(repr=False)
    arrays: dict[str, np.ndarray] = field(repr=False)
    reference: dict[str, np.ndarray] = field(repr=False)
    readme: str = field(repr=False)
    digest: str = ""


def write_bundle(folder: Path, bundle: Bundle) -> Bundle:
    """Write ``bundle`` to ``folder`` and return it as it will be read.

    The folder is either the old bundle or the whole new one. The same values give the
    same bytes.

    Raises
    ------
    BundleError
        If the bundle is one that :func:`read_bundle` would refuse; nothing is written.
    StorageError
        If ``folder`` holds anything but a bundle, or cannot be written.
    """
    contents = {
        README: bundle.readme.encode(),
        STATISTICS: encode_arrays(bundle.arrays),
        REFERENCE: encode_arrays(bundle.reference),
        **{network_name(i): content for i, content in enumerate(bundle.networks)},
    }
    entries = {
        file: FileEntry(digest_of_bytes(content), len(content))
        for file, content in contents.items()
    }
    try:
        encoded = encode_manifest(Manifest(bundle.name, bundle.card, entries))
        written = _decoded(checked_manifest(encoded), contents)
    except BundleError as error:
        raise BundleError(
            f"{folder}: not written, since reading would refuse it: {_reason(error)}."
        ) from error
    replace_folder(folder, {**contents, manifests.FILE: encoded})
    return written


def read_bundle(folder: Path) -> Bundle:
    """Return the bundle in ``folder``, which may be untrusted.

    Files that the manifest does not name are ignored, so that what a file browser
    leaves behind does no harm. The networks are checked but not run.

    Raises
    ------
    BundleError
        If anything is missing, damaged, changed, too large, or not allowed; the text
        names folder, file and remedy.
    """
    try:
        encoded = read_file(folder, manifests.FILE, most=codec.MOST_BYTES)
        manifest = checked_manifest(encoded)
        contents = {
            file: _read_entry(folder, file, entry)
            for file, entry in manifest.files.items()
        }
        return _decoded(manifest, contents)
    except ForeignSchemaError as error:
        raise BundleError(f"{folder}: {_reason(error)}; {UPDATE}") from error
    except BundleError as error:
        raise BundleError(f"{folder}: {_reason(error)}; {REMEDY}") from error


def _reason(error: BundleError) -> str:
    return str(error).rstrip(".")


def network_name(index: int) -> str:
    """Return the file name of network ``index``."""
    return f"net_{index:02d}.onnx"


def checked_manifest(encoded: bytes) -> Manifest:
    """Return the manifest, its files those of a bundle and not too large."""
    manifest = decode_manifest(encoded)
    networks = len(manifest.files) - 3
    if not 1 <= networks <= MOST_NETWORKS:
        raise BundleError(
            f"{manifests.FILE}: it does not list the files of 1 to {MOST_NETWORKS} "
            "networks"
        )
    expected = {README, STATISTICS, REFERENCE, *map(network_name, range(networks))}
    if manifest.files.keys() != expected:
        unknown = sorted(manifest.files.keys() - expected)[0]
        raise BundleError(
            f"{manifests.FILE}: {unknown[:60]!r} is not a file of a bundle"
        )
    for file, entry in manifest.files.items():
        if entry.size > MOST_BYTES_OF_FILE[Path(file).suffix]:
            raise BundleError(f"{file}: {entry.size} bytes exceed the limit")
    total = sum(entry.size for entry in manifest.files.values())
    if total > MOST_BYTES_OF_BUNDLE:
        raise BundleError(
            f"{manifests.FILE}: {total} bytes in all exceed the limit of "
            f"{MOST_BYTES_OF_BUNDLE}"
        )
    return manifest


def _read_entry(folder: Path, file: str, entry: FileEntry) -> bytes:
    """Return the content of ``file`` if it is the one that the manifest names."""
    content = read_file(folder, file, most=entry.size)
    if len(content) != entry.size or digest_of_bytes(content) != entry.sha256:
        raise BundleError(f"{file}: its sha256 differs from the manifest")
    return content


def _decoded(manifest: Manifest, contents: dict[str, bytes]) -> Bundle:
    """Return the bundle in ``contents``, each file checked by its own rules."""
    try:
        readme = contents[README].decode()
    except UnicodeDecodeError as error:
        raise BundleError(f"{README}: not UTF-8 text") from error
    card = _card(manifest)
    files = sorted(file for file in contents if file.endswith(".onnx"))
    networks = tuple(_network(contents[file], card, file) for file in files)
    reference = decode_arrays(contents[REFERENCE], REFERENCE)
    _check_spectra(reference, card)
    return Bundle(
        name=manifest.name,
        card=manifest.card,
        networks=networks,
        arrays=decode_arrays(contents[STATISTICS], STATISTICS),
        reference=reference,
        readme=readme,
        digest=manifest.digest,
    )


def _card(manifest: Manifest) -> Card:
    """Return the card; its maker meant it so, for the manifest is sealed."""
    try:
        return card_from_json(manifest.card)
    except BundleError as error:
        raise ForeignSchemaError(str(error).removesuffix(".")) from error


def _network(content: bytes, card: Card, file: str) -> bytes:
    """Return the network of this program's own writing with the weights of ``file``."""
    try:
        return written_again(content, card)
    except BundleError as error:
        raise BundleError(f"{file}: {error}") from error


def _check_spectra(reference: dict[str, np.ndarray], card: Card) -> None:
    chi = reference.get("chi")
    level = reference.get("level", np.empty(0))
    points, levels = card.k.size, len(LEVELS)
    if (
        chi is None
        or chi.ndim != 2
        or not 1 <= chi.shape[0] <= MOST_SPECTRA
        or chi.shape[1] != points
    ):
        raise BundleError(
            f"{REFERENCE}: chi is not 1 to {MOST_SPECTRA} spectra of {points} points"
        )
    if level.shape != (len(chi), levels):
        raise BundleError(f"{REFERENCE}: level is not {levels} numbers per spectrum")
