"""What the installation holds and what the science may import."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

IMPORT_ALL = """
import importlib, pkgutil, sys
for name in ("PySide6", "pyqtgraph", "tensorflow", "keras", "larch", "matplotlib"):
    sys.modules[name] = None
import onne_core
modules = pkgutil.walk_packages(onne_core.__path__, "onne_core.")
for module in modules:
    importlib.import_module(module.name)
"""
"""Imports all of the science; the packages named first count as not installed."""


def test_science_imports_without_qt_and_tensorflow() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_the_lock_names_hashes_and_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.findall(r"\w+://|--index|--extra-index|--find-links", lock)
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 50
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_lock_is_made_from_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert names(project["dependencies"]) == names(lines("requirements.in"))
    wanted = names(project["optional-dependencies"]["dev"])
    assert wanted == names(lines("requirements-dev.in"))
    assert names(lines("requirements.in")) | wanted <= names(lines("requirements.lock"))


def lines(file: str) -> list[str]:
    text = (ROOT / file).read_text()
    return [line for line in text.splitlines() if line and line[0] not in " #"]


def names(requirements: list[str]) -> set[str]:
    """Return the names of the packages in ``requirements``, in one spelling."""
    found = [re.match(r"[A-Za-z0-9._-]+", item) for item in requirements]
    return {re.sub(r"[-_.]+", "-", match[0]).lower() for match in found if match}
