"""The file of a recipe: JSON, read strictly."""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

from onne_core.codec import (
    Codec,
    Form,
    is_number,
    read_json,
    refused_as,
    shown,
    table,
    without_schema,
)
from onne_core.errors import DefinitionError
from onne_core.values.recipe.limits import COMMON_BOUNDS, SHELL_BOUNDS
from onne_core.values.recipe.shells_reach import completed
from onne_core.values.recipe.stages import Recipe, TrainingRecipe
from onne_core.values.spectrum import LONGEST_NAME
from onne_core.values.structure import Element, Label, Name, Range, System

logger = logging.getLogger(__name__)

SCHEMA = 1
"""Version of the JSON form of systems and recipes."""

BOUNDS = {**SHELL_BOUNDS, **COMMON_BOUNDS}


def read_recipe(path: Path) -> Recipe:
    """Read a recipe, or a system alone, from JSON.

    What it leaves out takes defaults; grid of g(r), path length and Fourier filter are
    then those that the shells need.

    Raises
    ------
    DefinitionError
        If the file is missing, no JSON, of another schema, or contradicts itself; the
        text names the place and the remedy.
    """
    with refused_as(DefinitionError, f"{path.name}: "):
        content = _as_recipe(read_json(path))
        system = CODEC.decode(System, content["system"], "system")
        recipe = CODEC.value(Recipe, completed(content, system))
        return _found_beside(path, recipe)


def _found_beside(path: Path, recipe: Recipe) -> Recipe:
    """Return ``recipe`` with the reference that lies beside its file, if one does."""
    reference = recipe.scattering.reference
    if reference is None or not (beside := path.parent / reference).is_file():
        return recipe
    return replace(recipe, scattering=replace(recipe.scattering, reference=str(beside)))


def recipe_from_json(content: Any) -> Recipe:
    """Return the recipe in ``content``; a bare system gets default stages."""
    return CODEC.value(Recipe, _as_recipe(content))


def _as_recipe(content: Any) -> dict[str, Any]:
    content = without_schema(content, schema=SCHEMA)
    return content if "system" in content else {"system": content}


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """Return ``recipe`` as JSON types; :func:`recipe_from_json` reads it back."""
    return {"schema": SCHEMA, **CODEC.encode(recipe)}


def training_from_json(content: Any) -> TrainingRecipe:
    """Return the networks' recipe in ``content``."""
    return CODEC.value(TrainingRecipe, content, "training")


def training_to_json(training: TrainingRecipe) -> dict[str, Any]:
    """Return ``training`` as JSON types; :func:`training_from_json` reads it back."""
    return CODEC.encode(training)


def _system(content: Any, _: str = "") -> System:
    """Return the system in ``content``; places begin in the system."""
    return PARTS.value(System, table(content, "system"))


def _system_to_json(system: System) -> dict[str, Any]:
    """Return the name first, the shells last; of heads and crystal what there is."""
    content = {"name": "", **PARTS.encode(system)}
    if content["angles"]["crystal"] is None:
        del content["angles"]["crystal"]
    shells = content.pop("shells")
    for shell in shells:
        if not shell["head"]:
            del shell["head"]
    return {**content, "shells": shells}


def _range(content: Any, place: str) -> Range:
    """Return a range from a number (fixed) or a list of two numbers."""
    bounds = BOUNDS[place.rpartition(".")[2]]
    unit = f" {bounds.unit}" if bounds.unit else ""
    ends = content if isinstance(content, list) else [content, content]
    if len(ends) != 2 or not all(is_number(end) for end in ends):
        raise DefinitionError(
            f"{place}: {shown(content)}; give one number or [lower, upper]{unit}."
        )
    lower, upper = (float(end) for end in ends)
    if lower > upper:
        raise DefinitionError(
            f"{place}: {lower:g} to {upper:g}{unit}, the lower end must come first."
        )
    if lower < bounds.lowest or upper > bounds.highest:
        raise DefinitionError(
            f"{place}: {lower:g} to {upper:g}{unit} lies outside {bounds.words}."
        )
    return Range(lower, upper)


def _element(content: Any, place: str) -> str:
    # Imported here: the window reads recipes only after it has been shown.
    from ase.data import atomic_numbers

    if not isinstance(content, str) or atomic_numbers.get(content, 0) < 1:
        raise DefinitionError(
            f"{place}: {shown(content)} is no chemical symbol; write it as in Ni or Cl."
        )
    return content


def _text(content: Any, place: str) -> str:
    if not isinstance(content, str) or "\0" in content:  # which no path has
        raise DefinitionError(f"{place}: {shown(content)}; give a text.")
    return content


def _name(content: Any, place: str) -> str:
    name = _text(content, place)
    if len(name) > LONGEST_NAME:
        raise DefinitionError(
            f"{place}: {len(name)} characters; give {LONGEST_NAME} or fewer."
        )
    return name


PARTS = Codec(
    {
        Range: Form(_range, lambda ends: [float(ends.lower), float(ends.upper)]),
        Element: Form(_element),
        Label: Form(lambda content, place: _name(content, place).strip()),
        Name: Form(_name),
        str: Form(_text),
    }
)
"""Codec of a system."""

CODEC = Codec({System: Form(_system, _system_to_json), str: Form(_text)})
"""Codec of a recipe."""


def _kept_recipe(content: Any, _: str) -> Recipe:
    """Return the recipe kept in a project or queue, which must open.

    Convolutional networks, which earlier versions trained, become dense ones.
    """
    training = content.get("training") if isinstance(content, dict) else None
    if isinstance(training, dict) and training.get("network") == "convolutional":
        logger.warning("training.network: 'convolutional' is read as 'dense'")
        content = {**content, "training": {**training, "network": "dense"}}
    return recipe_from_json(content)


FORM = Form(_kept_recipe, recipe_to_json)
"""Form of a recipe within a project or a queue."""
