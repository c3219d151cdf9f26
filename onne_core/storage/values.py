"""Frozen dataclasses as JSON and arrays, and back: what is read must fit the types.

The annotations of the dataclass decide how a stored value is read, so that content
that somebody else wrote gives a value of the right types or is refused.
"""

import dataclasses
import types
import typing
from typing import Any, Literal

import numpy as np

from onne_core.digest import digest

Arrays = dict[str, np.ndarray]


def encoded(value: Any, arrays: Arrays) -> Any:
    """Return ``value`` as JSON; its arrays are put into ``arrays``, equal ones once."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: encoded(getattr(value, field.name), arrays)
            for field in dataclasses.fields(value)
        }
    if isinstance(value, np.ndarray):
        name = f"a{digest(value)[:32]}"
        arrays[name] = value
        return name
    if isinstance(value, dict):
        return {str(key): encoded(item, arrays) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [encoded(item, arrays) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def decoded(hint: Any, content: Any, arrays: Arrays) -> Any:
    """Return the value of type ``hint`` that :func:`encoded` made ``content`` of.

    Raises
    ------
    TypeError, ValueError, KeyError
        If ``content`` is no such value.
    """
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = typing.get_type_hints(hint)
        fields = {
            name: decoded(hints[name], item, arrays)
            for name, item in _dictionary(content).items()
        }
        return hint(**fields)
    if origin in (typing.Union, types.UnionType):
        return _of_union(inner, content, arrays)
    if origin is tuple:
        return _tuple(inner, content, arrays)
    if origin is dict:
        return {
            str(key): decoded(inner[1], item, arrays)
            for key, item in _dictionary(content).items()
        }
    if origin is Literal:
        return _one_of(inner, content)
    if hasattr(hint, "array_type") or hint is np.ndarray:
        return _array(content, arrays)
    return _plain(hint, content)


def _of_union(inner: tuple[Any, ...], content: Any, arrays: Arrays) -> Any:
    if content is None and type(None) in inner:
        return None
    (hint,) = (item for item in inner if item is not type(None))
    return decoded(hint, content, arrays)


def _tuple(inner: tuple[Any, ...], content: Any, arrays: Arrays) -> tuple[Any, ...]:
    if not isinstance(content, list):
        raise TypeError(f"{type(content).__name__} in the place of a list")
    hints = inner[:1] * len(content) if inner[-1:] == (Ellipsis,) else inner
    return tuple(
        decoded(hint, item, arrays) for hint, item in zip(hints, content, strict=True)
    )


def _array(content: Any, arrays: Arrays) -> np.ndarray:
    found = arrays[content]
    if found.dtype.kind not in "fiub":
        raise TypeError(f"an array of {found.dtype} in the place of numbers")
    return found


def _one_of(allowed: tuple[Any, ...], content: Any) -> Any:
    if content not in allowed:
        raise ValueError(f"{content!r} is none of {allowed}")
    return content


def _plain(hint: Any, content: Any) -> Any:
    wanted = (int, float) if hint is float else hint
    if not isinstance(content, wanted) or (
        isinstance(content, bool) and hint is not bool
    ):
        raise TypeError(f"{content!r} in the place of {hint}")
    return float(content) if hint is float else content


def _dictionary(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise TypeError(f"{type(content).__name__} in the place of fields")
    return content
