"""Plan of a training set, and the content of folders. Values only."""

import re
from collections.abc import Callable
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
    """Plan of a training set: system, folder, its content, whether it is queued."""

    system: SystemChoice | None = None
    folder: Path | None = None
    held: Held = "nothing"
    is_queued: bool = False

    @property
    def hindrance(self) -> str:
        """Reason why it cannot be queued; empty if it can."""
        if self.system is None:
            return "Choose a system."
        if self.folder is None:
            return "Choose a folder."
        if not self.folder.is_absolute():
            return "Enter the full path of the folder."
        if self.held == "other":
            return (
                "This folder contains something else, or a training set with "
                "another system or other settings. Choose another folder."
            )
        return "A queued job already writes to this folder." if self.is_queued else ""


@dataclass(frozen=True, eq=False)
class MadeSet:
    """A finished training set: its folder and its manifest."""

    folder: Path
    manifest: dict[str, Any] = field(repr=False)

    @property
    def recipe(self) -> dict[str, Any]:
        """Recipe of the set, as JSON; empty for given structures."""
        return self.manifest.get("description", {}).get("recipe") or {}


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


def proposed_folder(
    system: SystemChoice,
    place: Path,
    is_queued: Callable[[Path], bool] = lambda _: False,
    *,
    grows: bool = False,
) -> Path:
    """Return a folder in ``place`` where a set of ``system`` can start or resume.

    ``is_queued`` tells whether a queued task writes to a folder. A set that ``grows``
    may go on from one with any number of macrostates.
    """
    name = system.recipe.system.name or system.title
    stem = re.sub(r"[^\w.-]+", "-", name).strip("-.").lower() or "system"
    first = place / f"{stem}{SUFFIX}"
    others = (place / f"{stem}{SUFFIX}-{n}" for n in range(2, MOST_FOLDERS))
    for folder in (first, *others):
        held = held_in(folder, system.recipe, grows=grows)
        is_free = held in ("nothing", "begun") or (grows and held == "finished")
        if is_free and not is_queued(folder):
            return folder
    return first


def held_in(folder: Path, recipe: Recipe, *, grows: bool = False) -> Held:
    """Return the state of ``folder`` relative to a set made by ``recipe``.

    How the networks are trained does not matter here, and if the set ``grows`` neither
    does the number of its macrostates.
    """
    try:
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return "nothing"
        made = recipe_from_json(read_json(folder / RECIPE_FILE))
    except (OSError, DefinitionError):
        return "other"
    if grows:
        count = recipe.sampling.macrostates
        made = replace(made, sampling=replace(made.sampling, macrostates=count))
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
