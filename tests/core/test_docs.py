"""What the documents name exists: paths, modules, pages, folders of the tree."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import (
    ClusterRecipe,
    SamplingRecipe,
    ScatteringRecipe,
    TrainingRecipe,
)
from onne_core.values.structure import Angles, Shell, System

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PATH = re.compile(
    r"(?<![\w./~-])(?:app|docs|evaluation|models|onne_core|packaging|resources|tests)"
    r"/[\w./-]*[\w/]"
)
MODULE = re.compile(r"(?<![\w./-])(?:app|evaluation|onne_core|tests)(?:\.\w+)+")
LINK = re.compile(r"\]\((?!https?://)([^)#]+)(?:#[^)]*)?\)")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


documents = pytest.mark.parametrize("document", DOCUMENTS, ids=named)


@documents
def test_every_path_exists(document: Path):
    for path in PATH.findall(document.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path


@documents
def test_every_module_exists(document: Path):
    for module in MODULE.findall(document.read_text(encoding="utf-8")):
        place = ROOT.joinpath(*module.split("."))
        # The last name may be that of something in the module.
        found = [place, place.with_suffix(".py"), place.parent.with_suffix(".py")]
        assert any(path.exists() for path in found), module


@documents
def test_every_link_leads_somewhere(document: Path):
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("package", ["app", "onne_core"])
def test_the_architecture_names_every_folder(package: str):
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for module in (ROOT / package).glob("*/__init__.py"):
        assert f" {module.parent.name}/ " in text, module.parent.name


@pytest.mark.parametrize(
    "part",
    [
        System,
        Angles,
        Shell,
        SamplingRecipe,
        ClusterRecipe,
        ScatteringRecipe,
        TrainingRecipe,
        RadialGrid,
    ],
)
def test_every_field_of_a_system_is_described(part) -> None:
    text = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
    named = {word.rpartition(".")[2] for word in re.findall(r"`([^`]+)`", text)}
    # These two are tables of their own.
    assert not {item.name for item in fields(part)} - named - {"angles", "shells"}
