"""The program finds its own files in a clone and in an installation."""

import sys
import tomllib
from pathlib import Path

import pytest

from onne_core import locations

ROOT = Path(__file__).resolve().parents[2]


def test_a_clone_uses_its_own_folders() -> None:
    assert locations.resources_folder() == ROOT / "resources"
    assert locations.examples_folder() == ROOT / "resources" / "examples"
    assert locations.models_folders()[0] == ROOT / "models"


def test_the_systems_of_the_project_are_found() -> None:
    assert (locations.resources_folder() / "systems" / "ni-foil.json").is_file()


def test_an_installation_uses_the_folders_of_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site_packages = tmp_path / "lib" / "site-packages"
    monkeypatch.setattr(locations, "PROJECT", site_packages)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"][
        "build"
    ]
    shared = build["targets"]["wheel"]["shared-data"]
    assert locations.models_folders()[0] == tmp_path / shared["models"]
    assert locations.resources_folder() == tmp_path / shared["resources"]


def test_the_users_ensembles_come_after_the_programs_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    own, users = locations.models_folders()
    assert own == ROOT / "models"
    assert users.is_relative_to(tmp_path)
    assert users.parts[-2:] == ("onne", "models")
