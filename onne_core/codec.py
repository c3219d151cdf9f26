"""Frozen dataclasses as plain JSON, and back: what is read must fit the annotations.

The annotations of a class say what its file may hold, so that content that somebody
else wrote gives a value of the right types, or is refused with its place in the file
(``shells[2].distance``) and what to write there instead. What the numbers may be is
the matter of each class's ``__post_init__``.

Entries of a field's metadata that matter here: ``key`` is its name in the file, where
that is another one, ``formerly`` the one that older files have, and ``required`` says
that every file has it though it has a default.
"""

import contextlib
import dataclasses
import json
import math
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, TypeGuard, TypeVar, get_args, get_origin

import numpy as np

from onne_core import files
from onne_core.errors import DefinitionError, OnneError

MOST_BYTES = 2**20
"""Largest file of JSON, bytes; a recipe has 10 kB."""

MOST_DEPTH = 16
"""Deepest nesting of what no annotation describes."""

LARGEST_NUMBER = 1e300

LARGEST_INTEGER = 2**53
"""Beyond it whole numbers and JSON readers disagree."""

LONGEST_SHOWN = 80
"""Characters of wrong content that an error shows."""

REQUIRED = {"required": True}
"""Metadata of a field with a default that no file lacks."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Form:
    """How values of one type are read and written, where their fields do not say it.

    ``read`` takes the content and its place, and raises DefinitionError.
    """

    read: Callable[[Any, str], Any] = lambda content, _: content
    write: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True)
class Codec:
    """Writes and reads the values of one kind of file.

    ``forms`` belong to classes and annotations, that of ``np.ndarray`` to all arrays.
    Keys that no field has are refused unless ``ignores_unknown``; numbers must be
    finite unless ``allows_nan``.
    """

    forms: Mapping[Any, Form] = field(default_factory=dict)
    ignores_unknown: bool = False
    allows_nan: bool = False

    def encode(self, value: Any) -> Any:
        """Return ``value`` as JSON types; :meth:`decode` reads it back."""
        if form := self.forms.get(type(value)):
            return form.write(value)
        if dataclasses.is_dataclass(value):
            return {
                key: self.encode(getattr(value, name))
                for name, key, *_ in _fields(type(value))
            }
        if isinstance(value, dict):
            return {str(key): self.encode(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.encode(item) for item in value]
        if isinstance(value, np.generic):
            return self.encode(value.item())
        return str(value) if isinstance(value, Path) else value

    def decode(self, hint: Any, content: Any, place: str = "") -> Any:
        """Return the value of type ``hint`` that ``content`` describes.

        Raises
        ------
        DefinitionError
            If there is none; the text names the place and the remedy.
        """
        is_array = hasattr(hint, "array_type")
        if form := self.forms.get(np.ndarray if is_array else hint):
            return form.read(content, place)
        if dataclasses.is_dataclass(hint):
            return self.value(hint, content, place)  # type: ignore[arg-type]
        origin, inner = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self.decode(inner[0], content, place)
        if origin in (typing.Union, types.UnionType):
            if content is None and type(None) in inner:
                return None
            (kind,) = (item for item in inner if item is not type(None))
            return self.decode(kind, content, place)
        if origin is tuple:
            return self._tuple(inner, content, place)
        if origin is dict:
            return {
                self.decode(inner[0], key, place): self.decode(
                    inner[1], item, _inside(place, key)
                )
                for key, item in table(content, place).items()
            }
        if origin is Literal:
            return _one_of(inner, content, place)
        return self._plain(hint, content, place)

    def value(self, kind: type[Value], content: Any, place: str = "") -> Value:
        """Return the dataclass ``kind`` that ``content`` describes, as :meth:`decode`.

        What older files lack takes the default of its field.
        """
        left = dict(table(content, place))
        found = {}
        known = _fields(kind)
        for name, key, formerly, hint, is_required in known:
            present = formerly if formerly in left and key not in left else key
            if present in left:
                inside = _inside(place, key)
                found[name] = self.decode(hint, left.pop(present), inside)
            elif is_required:
                raise DefinitionError(f"{_inside(place, key)}: missing; add it.")
        if left and not self.ignores_unknown:
            keys = ", ".join(sorted(key for _, key, *_ in known))
            raise DefinitionError(
                f"{_inside(place, next(iter(left)))}: unknown; known are {keys}."
            )
        return kind(**found)

    def _tuple(self, inner: tuple[Any, ...], content: Any, place: str) -> Any:
        is_open = inner[-1:] == (Ellipsis,)
        length = f"{len(inner)} numbers" if not is_open else "a list"
        fits = isinstance(content, (list, tuple)) and (
            is_open or len(content) == len(inner)
        )
        if not fits:
            raise DefinitionError(f"{place}: {shown(content)}; give {length}.")
        hints = inner[:1] * len(content) if is_open else inner
        return tuple(
            self.decode(hint, item, f"{place}[{i}]")
            for i, (hint, item) in enumerate(zip(hints, content, strict=True))
        )

    def _plain(self, hint: Any, content: Any, place: str) -> Any:
        if hint is float:
            is_real = type(content) in (int, float)
            if not (is_number(content) or (self.allows_nan and is_real)):
                raise DefinitionError(f"{place}: {shown(content)}; give a number.")
            return float(content)
        if hint is Any:
            check_plain(content, place)
            return content
        words = {int: "a whole number", bool: "true or false", str: "a text"}[hint]
        if type(content) is not hint:
            raise DefinitionError(f"{place}: {shown(content)}; give {words}.")
        if hint is int and not is_number(content):
            raise DefinitionError(f"{place}: {in_short(content)}; give a smaller one.")
        return content


@contextlib.contextmanager
def refused_as(kind: type[OnneError], before: str, behind: str = "") -> Iterator[None]:
    """Raise what is refused inside as ``kind``, with these words around its reason."""
    try:
        yield
    except DefinitionError as error:
        raise kind(f"{before}{error}{behind}") from error


RECORDS = Codec(
    {
        float: Form(write=lambda value: value if math.isfinite(value) else None),
        np.ndarray: Form(write=lambda values: RECORDS.encode(values.tolist())),
    }
)
"""Codec of what is only written, for other programs: no number is null."""


def listed(kind: Any, length: int) -> Form:
    """Return the form of a dataclass of numbers as the list of them."""

    def read(content: Any, place: str) -> Any:
        return kind(*Codec().decode(tuple[(float,) * length], content, place))

    return Form(read, lambda value: list(dataclasses.astuple(value)))


def parsed(content: bytes) -> Any:
    """Return the JSON in ``content``.

    Raises
    ------
    DefinitionError
        If it is none.
    """
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise DefinitionError("not valid JSON (it is not a text file).") from error
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"not valid JSON ({error}).") from error


def read_json(path: Path) -> Any:
    """Return the JSON in the file ``path`` of at most MOST_BYTES.

    Raises
    ------
    DefinitionError
        If it cannot be read or is none; the text does not name ``path``.
    """
    try:
        return parsed(files.read_bytes(path, most=MOST_BYTES))
    except OSError as error:
        reason = error.strerror or error
        raise DefinitionError(f"cannot be read ({reason}).") from error


def without_schema(content: Any, *, schema: int, place: str = "file") -> dict[str, Any]:
    """Return ``content`` without the number of its schema, which must be ``schema``."""
    found = dict(table(content, place))
    number = found.pop("schema", None)
    if type(number) is not int or number != schema:
        newer = is_number(number) and number > schema
        remedy = "use a newer program" if newer else f'begin with "schema": {schema}'
        raise DefinitionError(
            f"schema: {shown(number)}; this program reads schema {schema}, {remedy}."
        )
    return found


def table(content: Any, place: str) -> dict[str, Any]:
    """Return ``content``, which must be a JSON object."""
    if not isinstance(content, dict):
        raise DefinitionError(
            f"{place or 'file'}: give a JSON object with named values."
        )
    return content


def check_plain(content: Any, place: str = "", depth: int = 0) -> None:
    """Refuse deep nesting and numbers that JSON readers do not agree on."""
    if depth > MOST_DEPTH:
        raise DefinitionError(f"{place}: nested deeper than {MOST_DEPTH} levels.")
    if isinstance(content, (dict, list, tuple)):
        for item in content.values() if isinstance(content, dict) else content:
            check_plain(item, place, depth + 1)
    elif isinstance(content, float) and not math.isfinite(content):
        raise DefinitionError(f"{place}: it holds a number that is not finite.")
    elif isinstance(content, int) and abs(content) > LARGEST_INTEGER:
        raise DefinitionError(f"{place}: it holds a whole number beyond 2^53.")


def is_number(value: Any) -> TypeGuard[float]:
    """Whether ``value`` is a number that can be calculated with."""
    # False for NaN too.
    return type(value) in (int, float) and abs(value) < LARGEST_NUMBER


def in_short(value: float) -> str:
    """Return ``value`` as text, be it a whole number of any length."""
    try:
        return f"{value:g}"
    except OverflowError:
        return "a number of hundreds of digits"


def shown(content: Any) -> str:
    """Return ``content`` as an error shows it."""
    text = repr(content)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"


def _one_of(allowed: tuple[Any, ...], content: Any, place: str) -> Any:
    for item in allowed:
        if type(item) is type(content) and item == content:
            return item
    words = [str(item) for item in allowed]
    choice = " or ".join(words) if len(words) < 3 else f"one of {', '.join(words)}"
    raise DefinitionError(f"{place}: {shown(content)}; use {choice}.")


def _inside(place: str, key: str) -> str:
    """Return the place of ``key`` in the object at ``place``."""
    name = key if key.isprintable() and len(key) <= LONGEST_SHOWN else shown(key)
    return f"{place}.{name}" if place else name


@cache
def _fields(kind: type) -> tuple[tuple[str, str, str, Any, bool], ...]:
    """Return name, key, former key, annotation, and whether it must be there."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(
        (
            item.name,
            item.metadata.get("key", item.name),
            item.metadata.get("formerly", ""),
            hints[item.name],
            "required" in item.metadata
            or item.default is item.default_factory is dataclasses.MISSING,
        )
        for item in dataclasses.fields(kind)
    )
