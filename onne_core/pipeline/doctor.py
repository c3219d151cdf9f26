"""Pipeline, what the program needs on this machine, checked by trying it."""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from onne_core import __version__
from onne_core.errors import OnneError
from onne_core.locations import models_folders
from onne_core.pipeline.analysis import ensemble_folders, load_ensemble
from onne_core.scattering.executables import executables

ENOUGH_SPACE = 1e9
"""Free space that a training set and an ensemble may need, bytes."""


@dataclass(frozen=True)
class Finding:
    """One part of the program with whether it works here."""

    name: str
    good: bool
    text: str


def diagnose() -> tuple[Finding, ...]:
    """Return what was found of every part; nothing is changed."""
    checks: tuple[tuple[str, Callable[[], str]], ...] = (
        ("onne", lambda: f"{__version__}, Python {platform.python_version()}"),
        ("FEFF8L", lambda: str(executables())),
        *((name, _package(name)) for name in PACKAGES),
        ("display", _display),
        ("ensembles", _ensembles),
        ("free space", _free_space),
    )
    return tuple(_finding(name, check) for name, check in checks)


PACKAGES = ("numpy", "numba", "larch", "onnxruntime", "tensorflow", "PySide6.QtWidgets")


def _finding(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, check())
    except (OnneError, ImportError, OSError) as error:
        return Finding(name, False, str(error))


def _package(name: str) -> Callable[[], str]:
    distributions = {
        "larch": "xraylarch",
        "tensorflow": "keras",
        "PySide6.QtWidgets": "PySide6-Essentials",
    }

    def check() -> str:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        import_module(name)
        return version(distributions.get(name, name))

    return check


def _display() -> str:
    if sys.platform != "linux":
        return "native"
    found = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    return found or "none: the window needs one, the command line does not"


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
        raise OSError(f"{free / 1e9:.1f} GB free in {Path(place)}; 1 GB may be needed")
    return f"{free / 1e9:.0f} GB in {place}"
