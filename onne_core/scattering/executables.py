"""Runs of the FEFF8L executables, each in a new folder, checked for completion.

They take no arguments, work on fixed names in their working directory, and exit with
0 on almost every failure.
"""

import contextlib
import os
import platform
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from onne_core.errors import JobError, ScatteringError, StorageError
from onne_core.jobs import kill_group, owned_group

MODULES = {
    "rdinp": (None, "geom.json"),
    "pot": ("Done with module 1", "pot.pad"),
    "xsph": ("Done with module 2", "phase.pad"),
    "pathfinder": ("Done with module 4", "paths.dat"),
    "genfmt": ("Done with module 5", "feff.pad"),
    "ff2x": ("Done with module 6", "chi.dat"),
}
"""Per executable: the line that proves completion and the file that it must leave."""

LEAST_SPACE = 50_000_000
"""Free bytes without which no run starts or counts: on a full disk the executables
truncate their files without a word."""

FROM_OUTSIDE = {"SIGHUP", "SIGINT", "SIGTERM", "SIGKILL"}
"""Signals that somebody sends; the others are crashes of the executable itself."""


@lru_cache(maxsize=1)
def executables() -> Path:
    """Return the folder of the feff8l executables that xraylarch ships.

    Raises
    ------
    ScatteringError
        If xraylarch is not installed or ships none for this platform.
    """
    found = find_spec("larch")
    names = {"Linux": "linux64", "Darwin": "darwin64", "Windows": "win64"}
    if found is not None and found.origin is not None:
        folder = Path(found.origin).parent / "bin" / names.get(platform.system(), "")
        if all(shutil.which(f"feff8l_{name}", path=str(folder)) for name in MODULES):
            return folder
    raise ScatteringError(
        f"No FEFF8L executables for {platform.system()}; "
        "install xraylarch on a platform that it supports.",
        reason="no executables",
    )


@contextlib.contextmanager
def fresh_folder(scratch: Path | None) -> Iterator[Path]:
    """Make a folder for one run; refuse the run if the disk fills up.

    Raises
    ------
    StorageError
        If the disk is full or the folder was removed during the run.
    """
    with tempfile.TemporaryDirectory(
        prefix="onne-feff-", dir=scratch, ignore_cleanup_errors=True
    ) as name:
        folder = Path(name)
        _check_space(folder)
        try:
            yield folder
        except (ScatteringError, OSError):
            _check_space(folder)
            raise
        _check_space(folder)


def _check_space(folder: Path) -> None:
    """Refuse a folder that has gone or whose disk is full: no fault of the cluster."""
    if not folder.is_dir():
        raise StorageError(
            f"{folder}: removed while FEFF was running there; run the command again."
        )
    if shutil.disk_usage(folder).free < LEAST_SPACE:
        raise StorageError(
            f"{folder.parent}: less than {LEAST_SPACE / 1e6:g} MB free, too little "
            "for FEFF; free some space and run the command again."
        )


def run_module(name: str, folder: Path, timeout: float) -> None:
    """Run the executable ``name`` in ``folder``, in its own process group.

    Raises
    ------
    ScatteringError
        If it does not finish within ``timeout`` s or leaves no usable file.
    JobError
        If somebody killed it.
    """
    proof, product = MODULES[name]
    process = subprocess.Popen(
        [str(executables() / f"feff8l_{name}")],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        with owned_group(process.pid):
            output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise ScatteringError(
            f"FEFF {name} did not finish within {timeout:g} s.",
            reason=f"{name} timed out",
        ) from None
    finally:
        _end(process)
    _check_exit(process.returncode, name)
    log = output.decode("latin-1")
    produced = folder / product
    if (
        (proof is not None and proof not in log)
        or not produced.is_file()
        or produced.stat().st_size == 0
    ):
        raise ScatteringError(
            f"FEFF {name} did not finish: no usable {product}.",
            reason=f"{name} did not finish",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a run that is still going; a finished one is not touched."""
    if process.poll() is None:
        kill_group(process.pid)
        process.communicate()


def _check_exit(code: int, name: str) -> None:
    """Tell a run that somebody ended from one that failed on its cluster.

    The number itself means little: the executables return 0 on almost every failure.
    """
    if code < 0 and (ended := signal.Signals(-code).name) in FROM_OUTSIDE:
        raise JobError(
            f"FEFF {name} was killed ({ended}); check the free memory and run the "
            "command again."
        )
