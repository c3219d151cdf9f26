"""Export and import of bundles, as a zip file or a folder.

Imports are untrusted: names and sizes are checked before anything is unpacked, only
files of a bundle are accepted, and the networks must reproduce the answers stored with
them before the bundle is installed.
"""

import io
import lzma
import re
import shutil
import tempfile
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from onne_core import codec, files
from onne_core.bundle import manifest as manifests
from onne_core.bundle.bundle import (
    MOST_BYTES_OF_BUNDLE,
    MOST_BYTES_OF_FILE,
    MOST_NETWORKS,
    Bundle,
    checked_manifest,
    read_bundle,
    write_bundle,
)
from onne_core.bundle.folder import read_file, replace_folder
from onne_core.errors import BundleError, StorageError
from onne_core.posterior.predict import load

MOST_ENTRIES = 4 * MOST_NETWORKS
"""Entries of a zip file that are looked at."""

MOST_COPIES = 100
"""Numbers that are tried behind a name that is taken."""

MOMENT = (1980, 1, 1, 0, 0, 0)
"""Time of every entry, so that the same bundle gives the same zip file."""

NAME = re.compile(r"[^\W_][\w.+-]{0,63}")
"""What an ensemble may be called: its folder has the same name."""


def export_bundle(folder: Path, target: Path) -> Path:
    """Write the bundle in ``folder`` as the zip file ``target``, all at once.

    Raises
    ------
    BundleError
        If it is damaged.
    StorageError
        If the file cannot be written.
    """
    bundle = read_bundle(folder)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, content in _contents(folder).items():
            entry = zipfile.ZipInfo(f"{bundle.name}/{file}", MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    files.write_bytes(target, buffer.getvalue())
    return target


def import_bundle(source: Path, place: Path) -> Path:
    """Put the bundle in ``source`` (zip file or folder) into ``place``.

    Return its new folder. One of a name that is taken gets a number behind it, and one
    that is there already stays as it is.

    Raises
    ------
    BundleError
        If it is no bundle, damaged, or does not answer as it should.
    StorageError
        If ``place`` cannot be written.
    """
    contents = _unzipped(source) if files.is_file(source) else _contents(source)
    try:
        place.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=".import.", dir=place))
    except OSError as error:
        raise files.unwritable(place, error) from error
    folder = scratch / "bundle"
    try:
        files.publish(folder, contents)
        bundle = read_bundle(folder)
        load(bundle)
    except BundleError as error:
        raise BundleError(str(error).replace(str(folder), source.name)) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    target = _place_for(bundle, place)
    if target.is_dir():
        return target
    if target.name == bundle.name:
        replace_folder(target, contents)
    else:
        _write(target, bundle)
    return target


def rename_bundle(folder: Path, name: str) -> Path:
    """Rename the bundle in ``folder`` and its folder; return the new folder.

    The name is a part of the bundle: its digest is another one afterwards.

    Raises
    ------
    BundleError
        If the bundle is damaged, or the name cannot be one.
    StorageError
        If the name is taken, or nothing can be written.
    """
    if NAME.fullmatch(name) is None:
        raise BundleError(
            f"{name!r} cannot be the name of an ensemble; use up to 64 letters, "
            "digits, dots, dashes and pluses, a letter or digit first."
        )
    target = folder.parent / name
    if target.exists():
        raise StorageError(f"{target}: already exists; choose another name.")
    _write(target, read_bundle(folder))
    shutil.rmtree(folder, ignore_errors=True)
    return target


def _write(target: Path, bundle: Bundle) -> None:
    """Write ``bundle`` under the name of ``target``."""
    card = {**bundle.card, "name": target.name}
    write_bundle(target, replace(bundle, name=target.name, card=card))


def _place_for(bundle: Bundle, place: Path) -> Path:
    """Return where ``bundle`` goes; its own place where it is there already."""
    name = bundle.name if NAME.fullmatch(bundle.name) else "ensemble"
    for number in range(1, MOST_COPIES):
        target = place / (name if number == 1 else f"{name}-{number}")
        if not target.exists() or _is_same(target, bundle):
            return target
    raise StorageError(
        f"{place}: contains too many ensembles called {name}; rename some."
    )


def _is_same(folder: Path, bundle: Bundle) -> bool:
    try:
        present = read_bundle(folder)
    except BundleError:
        return False
    return present.networks == bundle.networks


def _contents(folder: Path) -> dict[str, bytes]:
    """Return the files that belong to the bundle in ``folder``."""
    try:
        encoded = read_file(folder, manifests.FILE, most=codec.MOST_BYTES)
        found = {
            file: read_file(folder, file, most=entry.size)
            for file, entry in checked_manifest(encoded).files.items()
        }
    except BundleError as error:
        raise BundleError(
            f"{folder.name}: not a readable ensemble ({error})."
        ) from error
    return {manifests.FILE: encoded, **found}


def _limit(file: str) -> int:
    """Return how large a file of this name may be, 0 where there is none such."""
    if file == manifests.FILE:
        return codec.MOST_BYTES
    known = re.fullmatch(
        r"README\.md|(statistics|reference_io)\.npz|net_\d\d\.onnx", file
    )
    return MOST_BYTES_OF_FILE[Path(file).suffix] if known else 0


def _unzipped(path: Path) -> dict[str, bytes]:
    """Return the files of a bundle in a zip file, read with limits."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = _entries(archive, path)
            return {file: _read(archive, entry) for file, entry in entries.items()}
    except (
        OSError,
        EOFError,
        ValueError,
        RuntimeError,
        NotImplementedError,
        lzma.LZMAError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise BundleError(
            f"{path.name}: not a readable zip file ({error}); download or copy it "
            "again."
        ) from error


def _entries(archive: zipfile.ZipFile, path: Path) -> dict[str, zipfile.ZipInfo]:
    """Return the entries that are files of a bundle, all of them in one folder."""
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise BundleError(
            f"{path.name}: {len(infos)} entries; an ensemble has at most "
            f"{MOST_ENTRIES}."
        )
    found: dict[str, zipfile.ZipInfo] = {}
    folders = set()
    for info in infos:
        place = PurePosixPath(info.filename)
        most = _limit(place.name)
        if info.is_dir() or not most:
            continue
        if len(place.parts) > 2 or ".." in place.parts or place.is_absolute():
            raise BundleError(
                f"{path.name}: {info.filename[:80]!r} points outside its folder."
            )
        if place.name in found or info.file_size > most or info.flag_bits & 0x1:
            raise BundleError(
                f"{path.name}: {place.name} is duplicated, too large, or encrypted."
            )
        found[place.name] = info
        folders.add(place.parent)
    if manifests.FILE not in found or len(folders) > 1:
        raise BundleError(
            f"{path.name}: contains no ensemble ({manifests.FILE} with its files "
            "in one folder); choose a file exported by ONNE."
        )
    if sum(info.file_size for info in found.values()) > MOST_BYTES_OF_BUNDLE:
        raise BundleError(f"{path.name}: more than {MOST_BYTES_OF_BUNDLE} bytes.")
    return found


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return the content of an entry, up to its declared size."""
    with archive.open(info) as stream:
        content = stream.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise BundleError(f"{info.filename}: larger than the zip file says.")
    return content
