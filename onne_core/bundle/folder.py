"""The folder of a bundle: plain files read with a size limit, all replaced at once."""

import contextlib
import os
import shutil
import stat
import uuid
from pathlib import Path

from onne_core import codec, files
from onne_core.bundle import manifest
from onne_core.errors import BundleError, StorageError


def read_file(folder: Path, file: str, *, most: int) -> bytes:
    """Return the content of the plain file ``file`` of at most ``most`` bytes.

    Raises
    ------
    BundleError
        If it is missing, larger, cannot be read, or is a link, folder or device.
    """
    path = folder / file
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise BundleError(f"{file}: not a plain file (a link, folder or device)")
        if status.st_size > most:
            raise BundleError(
                f"{file}: {status.st_size} bytes, at most {most} expected"
            )
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    except FileNotFoundError as error:
        raise BundleError(f"{file}: missing") from error
    except (OSError, ValueError) as error:  # ValueError: no path at all
        raise BundleError(
            f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})"
        ) from error
    if len(content) > most:
        raise BundleError(f"{file}: it grew while being read")
    return content


def read_manifest(folder: Path) -> manifest.Manifest:
    """Return the manifest in ``folder`` without reading other files.

    Raises
    ------
    BundleError
        If it is missing, or not a manifest that this program reads.
    """
    content = read_file(folder, manifest.FILE, most=codec.MOST_BYTES)
    return manifest.decode_manifest(content)


def replace_folder(folder: Path, contents: dict[str, bytes]) -> None:
    """Replace ``folder`` by one with ``contents``.

    The files are written and synced in a hidden folder beside it, which is then
    renamed. Between the renaming of the old and of the new one lies a moment: if the
    computer stops right there, the old one is left as ``.NAME.*.old``.

    Raises
    ------
    StorageError
        If ``folder`` holds anything but a bundle, or cannot be written; what was
        there stays.
    """
    target = folder.resolve()
    refuse_foreign(target)
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        made.mkdir()
        temporary = made
        for file, content in contents.items():
            files.write_bytes(temporary / file, content)
        _swap(temporary, target)
    except OSError as error:
        raise files.unwritable(folder, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def refuse_foreign(folder: Path) -> None:
    """Refuse to replace ``folder`` unless it is absent, empty or a bundle.

    Raises
    ------
    StorageError
        If something else is there, which replacing would delete.
    """
    if not os.path.lexists(folder):
        return
    try:
        present = {path.name for path in folder.iterdir()}
        known = {manifest.FILE, *read_manifest(folder).files} if present else set()
    except (OSError, BundleError) as error:
        raise StorageError(
            f"{folder}: exists and is not an ensemble bundle; choose another folder."
        ) from error
    if foreign := sorted(present - known):
        raise StorageError(
            f"{folder}: contains {foreign[0]}, which is not part of the bundle; "
            "move it, or choose another folder."
        )


def _swap(new: Path, target: Path) -> None:
    """Rename ``new`` to ``target``; an old ``target`` is put back if that fails."""
    if not target.exists():
        new.rename(target)
        return
    old = new.with_suffix(".old")
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        old.rename(target)
        raise
    with contextlib.suppress(OSError):
        shutil.rmtree(old)
