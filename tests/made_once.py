"""What is costly to make is made once, for all files and processes of a test run."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest


def common_folder(factory: pytest.TempPathFactory) -> Path:
    """Return the folder that all processes of this test run share."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """Return ``folder``, made by ``make`` in the first process that asks for it.

    The others wait. What fails is tried again by the next one.
    """
    lock = folder.with_name(f"{folder.name}.lock")
    while not folder.exists():
        try:
            lock.mkdir()
        except FileExistsError:
            time.sleep(0.05)
            continue
        try:
            if not folder.exists():
                part = folder.with_name(f"{folder.name}.part") / folder.name
                make(part)
                part.rename(folder)
        finally:
            lock.rmdir()
    return folder
