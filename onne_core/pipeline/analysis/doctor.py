"""Pipeline: checks that everything the program needs works on this computer."""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from onne_core import __version__
from onne_core.errors import OnneError
from onne_core.jobs import Progress, Stage
from onne_core.locations import models_folders
from onne_core.pipeline.analysis.analysis import ensemble_folders, load_ensemble
from onne_core.scattering.executables import executables

ENOUGH_SPACE = 1e9
"""Free space that a training set and an ensemble may need, bytes."""

PACKAGES = ("numpy", "numba", "larch", "onnxruntime", "tensorflow", "PySide6.QtWidgets")
"""What is imported to see whether it works; its top level knows its version."""


@dataclass(frozen=True)
class PartCheck:
    """One part of the program, and whether it works here."""

    name: str
    good: bool
    text: str


def diagnose() -> Stage[tuple[PartCheck, ...]]:
    """Return the findings on every part; nothing is changed."""
    checks: dict[str, Callable[[], str]] = {
        "onne": lambda: f"{__version__}, Python {platform.python_version()}",
        "FEFF8L": lambda: str(executables()),
        **{name: partial(_package, name) for name in PACKAGES},
        "display": _display,
        "ensembles": _ensembles,
        "free space": _free_space,
    }
    found = []
    for done, (name, check) in enumerate(checks.items()):
        yield Progress(done, len(checks), name)
        found.append(_finding(name, check))
    yield Progress(len(checks), len(checks), "checked")
    return tuple(found)


def _finding(name: str, check: Callable[[], str]) -> PartCheck:
    try:
        return PartCheck(name, True, check())
    except (OnneError, ImportError, OSError) as error:
        return PartCheck(name, False, str(error))


def _package(name: str) -> str:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import_module(name)
    return import_module(name.partition(".")[0]).__version__


def _display() -> str:
    if sys.platform != "linux":
        return "native"
    found = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return found or "none; the window needs one, the command line does not"


def _ensembles() -> str:
    names = list(ensemble_folders())
    for name in names:
        load_ensemble(name)
    return ", ".join(names) or "none installed"


def _free_space() -> str:
    place = models_folders()[-1]
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < ENOUGH_SPACE:
        raise OSError(f"{free / 1e9:.1f} GB free in {place}; 1 GB may be needed")
    return f"{free / 1e9:.0f} GB in {place}"
