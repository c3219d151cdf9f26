"""Plan of a training set, and the content of folders. Values only."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from onne_core.codec import read_json
from onne_core.errors import DefinitionError, StorageError
from onne_core.locations import resources_folder
from onne_core.training_set.training_set import MANIFEST, read_manifest
from onne_core.values.recipe import Recipe, read_recipe, recipe_from_json

SUFFIX = "-set"
"""Ends the proposed name of a training set's folder."""

MOST_FOLDERS = 100
"""Numbers that are tried for it; where nothing can be read none of them is free."""

RECIPE_FILE = "recipe.json"
"""The definition that generation keeps in the folder, finished or not."""

Held = Literal["nothing", "begun", "finished", "other"]


@dataclass(frozen=True)
class SystemChoice:
    """A system to choose: its name in the list, and its recipe."""

    title: str
    recipe: Recipe


@dataclass(frozen=True)
class Plan:
    """Plan of a training set: system, folder, number of processes."""

    system: SystemChoice | None = None
    folder: Path | None = None
    workers: int = 1

    @property
    def recipe(self) -> Recipe | None:
        """The recipe of the system."""
        return self.system.recipe if self.system else None

    @property
    def microstates(self) -> int:
        """Spectra behind each macrostate."""
        return self.recipe.sampling.microstates if self.recipe else 0


@dataclass(frozen=True, eq=False)
class MadeSet:
    """A finished training set: its folder and its manifest."""

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    @property
    def recipe(self) -> dict[str, Any]:
        """Recipe of the set, as JSON; empty for given structures."""
        return self.manifest.get("description", {}).get("recipe") or {}


@dataclass(frozen=True, eq=False)
class PlanState:
    """A plan, the state of its folder, and whether a queued task writes there."""

    plan: Plan = field(default_factory=Plan)
    held: Held = "nothing"
    is_queued: bool = False

    @property
    def hindrance(self) -> str:
        """Reason why it cannot be queued; empty if it can."""
        if self.plan.system is None:
            return "Choose a system."
        if self.plan.folder is None:
            return "Choose a folder."
        if not self.plan.folder.is_absolute():
            return "Enter the full path of the folder."
        if self.held == "other":
            return (
                "This folder contains something else, or a training set with "
                "another system or other settings. Choose another folder."
            )
        return "A queued job already writes to this folder." if self.is_queued else ""


def supplied_systems() -> tuple[SystemChoice, ...]:
    """Return the built-in systems that can be read."""
    found = []
    for path in sorted((resources_folder() / "systems").glob("*.json")):
        try:
            found.append(SystemChoice(path.stem, read_recipe(path)))
        except DefinitionError:
            continue
    return tuple(found)


def with_numbers(
    system: SystemChoice, *, macrostates: int, microstates: int
) -> SystemChoice:
    """Return ``system`` with other sample numbers."""
    sampling = replace(
        system.recipe.sampling, macrostates=macrostates, microstates=microstates
    )
    return replace(system, recipe=replace(system.recipe, sampling=sampling))


def proposed_folder(system: SystemChoice, place: Path) -> Path:
    """Return a folder in ``place`` where a set of ``system`` can start or resume."""
    name = system.recipe.system.name or system.title
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.").lower() or "system"
    first = place / f"{stem}{SUFFIX}"
    others = (place / f"{stem}{SUFFIX}-{n}" for n in range(2, MOST_FOLDERS))
    for folder in (first, *others):
        if held_in(folder, system.recipe) in ("nothing", "begun"):
            return folder
    return first


def held_in(folder: Path, recipe: Recipe) -> Held:
    """Return the state of ``folder`` relative to a set made by ``recipe``.

    How the networks are trained does not matter here.
    """
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return "nothing"
        made = recipe_from_json(read_json(folder / RECIPE_FILE))
    except (OSError, DefinitionError):
        return "other"
    if replace(made, training=recipe.training) != recipe:
        return "other"
    return "finished" if (folder / MANIFEST).is_file() else "begun"


def made_in(folder: Path) -> MadeSet:
    """Return the finished training set in ``folder``.

    Raises
    ------
    StorageError
        If there is none, or its manifest is damaged.
    """
    manifest = read_manifest(folder)
    if not isinstance(manifest.get("items"), int):
        raise StorageError(f"{folder / MANIFEST}: damaged; make the set again.")
    return MadeSet(folder, manifest)
