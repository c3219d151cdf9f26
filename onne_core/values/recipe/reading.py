"""The file of a recipe: JSON, read strictly."""

import json
from dataclasses import asdict, fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

from onne_core import files
from onne_core.errors import DefinitionError
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe.limits import (
    COMMON_BOUNDS,
    COMMON_DEFAULTS,
    SHELL_BOUNDS,
    Bounds,
    Quantity,
    is_number,
    shown,
)
from onne_core.values.recipe.stages import (
    ClusterRecipe,
    FeffRecipe,
    Recipe,
    SamplingRecipe,
    TrainingRecipe,
)
from onne_core.values.spectrum import LONGEST_NAME
from onne_core.values.structure import (
    EDGES,
    MOST_NEIGHBOURS,
    Angles,
    Range,
    Shell,
    System,
)

SCHEMA = 1
"""Version of the JSON form of systems and recipes."""

MOST_BYTES = 4 * 2**20
"""Largest file of a recipe, bytes; one with many shells has 10 kB."""

STAGES = ("sampling", "clusters", "scattering", "radial", "training")

Section = TypeVar("Section")


def read_recipe(path: Path) -> Recipe:
    """Read a recipe, or a system alone (the rest takes defaults), from JSON.

    Raises
    ------
    DefinitionError
        If the file is missing, no JSON, of another schema, or contradicts itself; the
        text names the place and the remedy.
    """
    try:
        text = files.read_bytes(path, most=MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, UnicodeDecodeError):
            reason = "it is not a text file"
        raise DefinitionError(f"{path}: cannot be read ({reason}).") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise DefinitionError(
            f"{path.name}, line {error.lineno}: not valid JSON ({error.msg})."
        ) from error
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"{path.name}: not valid JSON ({error}).") from error
    try:
        return _found_beside(path, recipe_from_json(content))
    except DefinitionError as error:
        raise DefinitionError(f"{path.name}: {error}") from error


def _found_beside(path: Path, recipe: Recipe) -> Recipe:
    """Return ``recipe`` with the reference that lies beside its file, if one does."""
    reference = recipe.scattering.reference
    if reference is None or not (beside := path.parent / reference).is_file():
        return recipe
    return replace(recipe, scattering=replace(recipe.scattering, reference=str(beside)))


def recipe_from_json(content: Any) -> Recipe:
    """Return the recipe in ``content``; a bare system gets default stages."""
    content = _table(content, "file")
    _check_schema(content)
    if "system" not in content:
        return Recipe(system=system_from_json(content))
    _refuse_unknown(content, {"schema", "system", *STAGES}, "")
    return Recipe(
        system=system_from_json(content["system"], nested=True),
        sampling=_section(SamplingRecipe, content, "sampling"),
        clusters=_section(ClusterRecipe, content, "clusters"),
        scattering=_section(FeffRecipe, content, "scattering"),
        radial=_section(RadialGrid, content, "radial")
        if "radial" in content
        else Recipe.radial,
        training=_section(TrainingRecipe, content, "training"),
    )


def recipe_to_json(recipe: Recipe) -> dict[str, Any]:
    """Return ``recipe`` as JSON types; :func:`recipe_from_json` reads it back."""
    return {
        "schema": SCHEMA,
        "system": system_to_json(recipe.system, nested=True),
        **{name: _as_json(getattr(recipe, name)) for name in STAGES},
    }


def training_from_json(content: Any) -> TrainingRecipe:
    """Return the networks' recipe in ``content``."""
    return _built(TrainingRecipe, _table(content, "training"), "training")


def training_to_json(training: TrainingRecipe) -> dict[str, Any]:
    """Return ``training`` as JSON types; :func:`training_from_json` reads it back."""
    return _as_json(training)


def system_from_json(content: Any, *, nested: bool = False) -> System:
    """Return the system in ``content``; errors name the place, such as shells[1]."""
    content = _table(content, "system")
    if not nested:
        _check_schema(content)
    _refuse_unknown(
        content,
        {
            *("schema", "name", "absorber", "edge", "shells"),
            *(*COMMON_DEFAULTS, "angles"),
        },
        "",
    )
    absorber = _element(content.get("absorber"), "absorber")
    edge = content.get("edge")
    if edge not in EDGES:
        raise DefinitionError(f"edge: {edge!r}; use one of {', '.join(EDGES)}.")
    shells = content.get("shells")
    if not isinstance(shells, list) or not shells:
        raise DefinitionError("shells: give a list with at least one shell.")
    if len(shells) > MOST_NEIGHBOURS:
        raise DefinitionError(
            f"shells: {len(shells)}; FEFF8L takes at most {MOST_NEIGHBOURS} neighbours."
        )
    angles = _table(content.get("angles", {}), "angles")
    return System(
        absorber=absorber,
        edge=edge,
        shells=tuple(_shell(item, f"shells[{i}]") for i, item in enumerate(shells)),
        **{
            name: _range(content.get(name, default), name, COMMON_BOUNDS[name])
            for name, default in COMMON_DEFAULTS.items()
        },
        angles=_built(Angles, angles, "angles"),
        name=_text(content.get("name", ""), "name"),
    )


def system_to_json(system: System, *, nested: bool = False) -> dict[str, Any]:
    """Return ``system`` as JSON types; :func:`system_from_json` reads it back."""
    head = {} if nested else {"schema": SCHEMA}
    return {
        **head,
        "name": system.name,
        "absorber": system.absorber,
        "edge": system.edge,
        **{name: _ends(getattr(system, name)) for name in COMMON_DEFAULTS},
        "angles": asdict(system.angles),
        "shells": [
            {
                "element": shell.element,
                **{name: _ends(getattr(shell, name)) for name in SHELL_BOUNDS},
                "reported": shell.reported,
                **({"head": shell.head} if shell.head else {}),
            }
            for shell in system.shells
        ],
    }


def _ends(ends: Range) -> list[float]:
    return [ends.lower, ends.upper]


def _shell(content: Any, place: str) -> Shell:
    content = _table(content, place)
    known = {"element", *SHELL_BOUNDS, "reported", "head"}
    _refuse_unknown(content, known, f"{place}.")
    reported = content.get("reported", True)
    if not isinstance(reported, bool):
        raise DefinitionError(f"{place}.reported: {reported!r}; give true or false.")

    def ends(name: Quantity, default: float | None = None) -> Range:
        value = content.get(name, default)
        return _range(value, f"{place}.{name}", SHELL_BOUNDS[name])

    return Shell(
        element=_element(content.get("element"), f"{place}.element"),
        distance=ends("distance"),
        deviation=ends("deviation"),
        coordination=ends("coordination"),
        skewness=ends("skewness", 0.0),
        reported=reported,
        head=_text(content.get("head", ""), f"{place}.head").strip(),
    )


def _range(content: Any, place: str, bounds: Bounds) -> Range:
    """Return a range from a number (fixed) or a list of two numbers."""
    unit = f" {bounds.unit}" if bounds.unit else ""
    ends = content if isinstance(content, list) else [content, content]
    if len(ends) != 2 or not all(is_number(end) for end in ends):
        raise DefinitionError(
            f"{place}: {content!r}; give one number or [lower, upper]{unit}."
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
            f"{place}: {content!r} is no chemical symbol; write it as in Ni or Cl."
        )
    return content


def _section(kind: type[Section], content: dict[str, Any], name: str) -> Section:
    return _built(kind, _table(content.get(name, {}), name), name)


def _built(kind: type[Section], content: dict[str, Any], place: str) -> Section:
    """Return ``kind`` with the values of ``content``, their types checked."""
    defaults = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    _refuse_unknown(content, set(defaults), f"{place}.")
    values = {
        name: _as_declared(value, defaults[name].type, f"{place}.{name}")
        for name, value in content.items()
    }
    try:
        return kind(**values)
    except TypeError as error:
        raise DefinitionError(f"{place}: {error}.") from error


def _as_declared(value: Any, declared: Any, place: str) -> Any:
    """Return ``value`` in the type that a field declares."""
    kind, parts = get_origin(declared), get_args(declared)
    if declared is float:
        return _number(value, place)
    if declared is int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise DefinitionError(f"{place}: {value!r}; give a whole number.")
        if not is_number(value):
            raise DefinitionError(f"{place}: {shown(value)}; give a smaller one.")
    elif declared is bool:
        if not isinstance(value, bool):
            raise DefinitionError(f"{place}: {value!r}; give true or false.")
    elif kind is UnionType and get_origin(parts[0]) is tuple:
        return None if value is None else _as_declared(value, parts[0], place)
    elif kind is tuple:
        if not isinstance(value, (list, tuple)) or len(value) != len(parts):
            raise DefinitionError(f"{place}: {value!r}; give {len(parts)} numbers.")
        return tuple(_number(item, place) for item in value)
    elif kind is dict:
        return {
            name: _number(item, f"{place}.{name}")
            for name, item in _table(value, place).items()
        }
    elif kind is Literal:
        if value not in parts:
            raise DefinitionError(f"{place}: {value!r}; use {' or '.join(parts)}.")
    elif not isinstance(value, declared) or "\0" in (value or ""):
        raise DefinitionError(f"{place}: {value!r}; give a text.")
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise DefinitionError(f"{place}: {value!r}; give a text.")
    if len(value) > LONGEST_NAME:
        raise DefinitionError(
            f"{place}: {len(value)} characters; give {LONGEST_NAME} or fewer."
        )
    return value


def _number(value: Any, place: str) -> float:
    if not is_number(value):
        raise DefinitionError(f"{place}: {value!r}; give a number.")
    return float(value)


def _as_json(section: Any) -> dict[str, Any]:
    """Return a stage's parameters as JSON types: lists, no tuples."""
    return json.loads(json.dumps(asdict(section)))


def _check_schema(content: dict[str, Any]) -> None:
    schema = content.get("schema")
    if type(schema) is not int or schema != SCHEMA:
        newer = is_number(schema) and schema > SCHEMA
        remedy = "use a newer program" if newer else f'begin with "schema": {SCHEMA}'
        raise DefinitionError(
            f"schema: {schema!r}; this program reads schema {SCHEMA}, {remedy}."
        )


def _refuse_unknown(content: dict[str, Any], known: set[str], place: str) -> None:
    for name in content:
        if name not in known:
            raise DefinitionError(
                f"{place}{name}: unknown; known are {', '.join(sorted(known))}."
            )


def _table(content: Any, place: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise DefinitionError(f"{place}: give a JSON object with named values.")
    return content
