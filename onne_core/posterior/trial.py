"""The first run of a foreign bundle: in a process of its own, with limits.

The checks on reading (bundle.py) leave only plain networks; should a runtime have a
fault that these can still reach, it is this process that dies. Bundles that have passed
are remembered by their digest, so that only the first load takes the time.
"""

import logging
from pathlib import Path

from onne_core import files
from onne_core.bundle.bundle import Bundle, read_bundle
from onne_core.bundle.folder import read_manifest
from onne_core.confined import Limits, confined
from onne_core.errors import BundleError, JobError, StorageError
from onne_core.posterior.predict import load

logger = logging.getLogger(__name__)

LIMITS = Limits(memory=512 << 20, seconds=60.0)
"""Most that reading, loading and running a bundle on its reference spectra may take."""

MOST_REMEMBERED = 1000
"""Digests that are kept, the latest ones."""

REFUSED = "do not use this ensemble, or ask its makers for a sound one."


def tried_bundle(folder: Path, *, passed: Path, limits: Limits = LIMITS) -> Bundle:
    """Return the bundle in ``folder`` after it has run elsewhere, now or before.

    ``passed`` is the file with the digests of bundles that have; it need not exist, and
    where it cannot be written the next load runs the bundle again.

    Raises
    ------
    BundleError
        If the bundle is damaged, or exceeds ``limits``; the text says which.
    """
    digest = _manifest_digest(folder)
    known = _digests_in(passed)
    if digest not in known:
        digest = _tried(folder, limits)
        _remember(passed, (*known, digest))
    bundle = read_bundle(folder)
    if bundle.digest != digest:
        raise BundleError(f"{folder}: it changes while it is read; {REFUSED}")
    return bundle


def _manifest_digest(folder: Path) -> str:
    """Return what the manifest claims; whether the files fit to it is not looked at."""
    try:
        return read_manifest(folder).digest
    except BundleError:
        # Reading refuses it, too, and says what to do.
        return read_bundle(folder).digest


def _tried(folder: Path, limits: Limits) -> str:
    """Return the digest of the bundle that has run in a process of its own."""
    try:
        return confined(_run, folder.absolute(), limits=limits)
    except JobError as error:
        raise BundleError(
            f"{folder}: its networks could not be run safely: {error} {REFUSED}"
        ) from error


def _run(folder: Path) -> str:
    """Read and run the bundle on its reference spectra; return its digest."""
    return load(read_bundle(folder)).digest


def _digests_in(passed: Path) -> tuple[str, ...]:
    try:
        return tuple(passed.read_text(encoding="ascii").split())
    except (OSError, UnicodeDecodeError):
        return ()


def _remember(passed: Path, digests: tuple[str, ...]) -> None:
    try:
        files.write_text(passed, "\n".join(digests[-MOST_REMEMBERED:]) + "\n")
    except StorageError as error:
        logger.warning("%s", error)
