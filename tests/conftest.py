"""What all tests share: checked calls, Qt without a screen, folders."""

import gc
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from beartype import BeartypeConf
from beartype.claw import beartype_packages
from jaxtyping import install_import_hook

ROOT = Path(__file__).resolve().parents[1]
CHECKER = "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
NUMBERS_ARE_FLOATS = BeartypeConf(is_pep484_tower=True, claw_is_pep526=False)


def checked_modules() -> tuple[list[str], list[str]]:
    """Return the modules whose calls are checked for shapes, and for types alone.

    A check of shapes takes much longer, so it is made where there are any, and where
    beartype alone would miss names that only type checkers import.
    Left out are those that compile functions with numba, which cannot compile a
    checked function, and packages, whose name would include all that is in them.
    """
    with_shapes, others = [], []
    for path in sorted((ROOT / "onne_core").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name == "__init__.py" or "from numba import" in text:
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        has_shapes = "from jaxtyping import" in text or "TYPE_CHECKING" in text
        (with_shapes if has_shapes else others).append(name)
    return with_shapes, others


def x11_is_usable() -> bool:
    """Whether there is an X display, real or virtual, and Qt finds its libraries."""
    if not (os.environ.get("DISPLAY") or shutil.which("Xvfb")):
        return False
    package = find_spec("PySide6")
    if package is None or package.origin is None:
        return False
    plugin = Path(package.origin).parent / "Qt/plugins/platforms/libqxcb.so"
    ran = subprocess.run(["ldd", str(plugin)], capture_output=True, text=True)
    return ran.returncode == 0 and "not found" not in ran.stdout


# Both must be settled before the modules that they concern are imported.
with_shapes, others = checked_modules()
install_import_hook(with_shapes, CHECKER)
beartype_packages(others, conf=NUMBERS_ARE_FLOATS)
if sys.platform.startswith("linux"):
    platform = "xcb" if x11_is_usable() else "offscreen"
    os.environ.setdefault("QT_QPA_PLATFORM", platform)


@pytest.hookimpl(optionalhook=True)
def pytest_xvfb_disable() -> bool:
    """Start no virtual screen for tests that do not use it."""
    return os.environ.get("QT_QPA_PLATFORM") != "xcb"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the number of processes of ``--numprocesses auto``.

    Windows of several would take the focus and the clipboard from each other on one
    screen; pytest-xvfb gives each a virtual one. More than four only wait for memory.
    """
    platform = os.environ.get("QT_QPA_PLATFORM")
    have_own_screens = platform == "offscreen" or shutil.which("Xvfb")
    return min(os.cpu_count() or 1, 4) if have_own_screens else 1


def pytest_collection_finish() -> None:
    """Keep all that imports and collecting have made out of the search for garbage.

    The tests of the window search after every test, which took each half a second.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of measured spectra and structures beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the measured data in ../shared/data, which is not there")
    return folder


@pytest.fixture(scope="session")
def artefacts() -> Path:
    """Return the folder in which tests leave pictures to be looked at."""
    folder = ROOT / "build" / "artefacts"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
