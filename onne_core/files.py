"""Atomic writing: a file is the old one or the whole new one; folder locks.

Reading is bounded, since devices and pipes have no end.
"""

import contextlib
import errno
import json
import os
import shutil
import stat
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from onne_core.errors import StorageError

LONGEST_STEM = 180
"""Characters of a name that a temporary file beside it begins with."""

PAUSE = 0.02
"""Time between two looks at a lock that another process holds, s."""


def is_file(path: Path) -> bool:
    """Return whether ``path`` is a regular file; false if that cannot be determined."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long, not to be looked at, or no path at all
        return False


def is_folder(path: Path) -> bool:
    """Return whether ``path`` is a folder; false if that cannot be determined."""
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def read_bytes(path: Path, *, most: int) -> bytes:
    """Return the content of a regular file of at most ``most`` bytes.

    Raises
    ------
    OSError
        If it is missing or cannot be read, is larger, or is a folder, pipe or device.
    """
    try:
        status = path.stat()
    except ValueError as error:
        raise OSError(f"no path: {error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is not a file")
    content = b""
    if status.st_size <= most:
        with path.open("rb") as stream:
            content = stream.read(most + 1)
    if max(status.st_size, len(content)) > most:
        raise OSError(f"it is larger than {most >> 20} MiB")
    return content


def write_bytes(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` through a temporary file, fsync and rename.

    A new file has the mode that the user's umask says, an old one keeps its own. Where
    a link leads is written, and what is no file, such as /dev/stdout, is written to.

    Raises
    ------
    StorageError
        If the folder is not writable or the disk is full; an old file stays.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        old = path.stat().st_mode if path.exists() else None
        if old is not None and not stat.S_ISREG(old) and not stat.S_ISDIR(old):
            with path.open("wb") as stream:
                stream.write(content)
            return
        target = path.resolve() if path.is_symlink() else path
        made = target.with_name(
            f".{target.name[:LONGEST_STEM]}.{uuid.uuid4().hex}.part"
        )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        handle = os.open(made, flags, 0o666)
        temporary = made
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if old is not None:
            made.chmod(stat.S_IMODE(old))
        made.replace(target)
        temporary = None
        _sync_folder(target.parent)
    except (OSError, ValueError) as error:  # ValueError: no path at all
        raise unwritable(path, error) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write_first(path: Path, text: str) -> bool:
    """Write ``text`` to ``path``, all at once; false if it is there already.

    Of several processes that try, on however many machines, the first one wins, where
    the file system has hard links; elsewhere the last one of those that found nothing.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    if path.exists():
        return False
    made = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    write_text(made, text)
    try:
        os.link(made, path)
        _sync_folder(path.parent)
    except FileExistsError:
        return False
    except OSError:
        write_text(path, text)
    finally:
        with contextlib.suppress(OSError):
            made.unlink()
    return True


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path``, atomically.

    What is no character, as in the names of files from before UTF-8, becomes "?".
    """
    write_bytes(path, text.encode(errors="replace"))


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON to ``path``, atomically; NaN is refused."""
    write_text(path, json.dumps(value, indent=2, allow_nan=False) + "\n")


def publish(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Make ``folder`` with these files, all at once; false if it is there already.

    Of several processes that try, on however many machines, the first one wins.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}.part")
        made.mkdir()
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        for name, content in contents.items():
            write_bytes(made / name, content)
        made.rename(folder)
        _sync_folder(folder.parent)
    except OSError as error:
        if folder.is_dir():
            return False
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return True


@contextlib.contextmanager
def locked(
    path: Path, *, shared: bool = False, patience: float = 0.0
) -> Iterator[None]:
    """Hold the lock file ``path``; it is released however this process ends.

    Any number of processes may hold it ``shared``, which keeps out those that want it
    for themselves. ``patience`` is how long another holder is waited for, s.

    Raises
    ------
    StorageError
        If another process holds it, or its folder is not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+b")
    except (OSError, ValueError) as error:  # ValueError: no path at all
        raise unwritable(path.parent, error) from error
    with stream:
        end = time.monotonic() + patience
        while not (is_held := _lock(stream, shared=shared)) and time.monotonic() < end:
            time.sleep(PAUSE)
        if not is_held:
            raise StorageError(
                f"{path.parent}: another process is using this folder; wait for it "
                "to finish, or choose another folder."
            )
        yield


def _lock(stream: IO[bytes], *, shared: bool) -> bool:
    """Lock an open file for this process; return whether nobody else holds it."""
    if sys.platform == "win32":
        import msvcrt

        if shared:  # Windows has no such locks
            return True
        try:
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(stream, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems have no locks; work there unguarded.
        return True
    return True


def clear_parts(folder: Path) -> None:
    """Delete what killed writers have left in ``folder``, which nobody else writes."""
    for path in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            path.unlink()


def refuse_unwritable(folder: Path) -> None:
    """Create ``folder`` and test that it can be written, before any work is done.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, ValueError) as error:
        raise unwritable(folder, error) from error


def refuse_unwritable_file(path: Path) -> None:
    """Do the same as :func:`refuse_unwritable` for the folder of a file.

    Raises
    ------
    StorageError
        If it cannot be written there, or is a folder.
    """
    if is_folder(path):
        text = os.strerror(errno.EISDIR)
        raise unwritable(path, IsADirectoryError(errno.EISDIR, text))
    refuse_unwritable(path.parent)


def unwritable(path: Path, error: OSError | ValueError) -> StorageError:
    """Return the error to raise if ``path`` cannot be written."""
    return StorageError(
        f"{path}: cannot be written ({getattr(error, 'strerror', None) or error}); "
        "check the folder's permissions and the free space."
    )


def _sync_folder(folder: Path) -> None:
    """Make a rename in ``folder`` durable where the platform allows it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
