"""Digests of values: a result is current if its digest equals that of its inputs."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

_PLAIN = frozenset({type(None), str, int, float, bool})
_ENCODER = json.JSONEncoder(sort_keys=True)


def digest(*values: Any) -> str:
    """Return the sha256 (hex) of the canonical form of ``values``.

    Dataclasses, tuples, dictionaries, arrays, numbers and text are understood; equal
    values give equal digests on every machine. A renamed field goes by the name that
    its metadata has as ``formerly``, a renamed class by its ``__digest_name__``, and a
    field with ``added`` in its metadata is left out at its default, so that digests
    stay what they were.
    """
    accumulator = hashlib.sha256()
    for value in values:
        accumulator.update(_ENCODER.encode(canonical(value)).encode())
        accumulator.update(b"\x00")
    return accumulator.hexdigest()


def canonical(value: Any) -> Any:
    """Return ``value`` in terms of JSON types, arrays as shape, type and sha256."""
    if type(value) in _PLAIN:
        return value
    if value is None or isinstance(value, (str, int, float, bool)):
        return value.item() if isinstance(value, np.generic) else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            field.metadata.get("formerly", field.name): canonical(
                getattr(value, field.name)
            )
            for field in dataclasses.fields(value)
            if not _is_as_before(field, value)
        }
        name = getattr(type(value), "__digest_name__", type(value).__name__)
        return {"__type__": name, **fields}
    if isinstance(value, np.ndarray):
        data = np.ascontiguousarray(value)
        return [list(data.shape), data.dtype.str, digest_of_bytes(data.tobytes())]
    if isinstance(value, dict):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"no canonical form for {type(value).__name__}")


def _is_as_before(field: dataclasses.Field, value: Any) -> bool:
    """Return whether a field that was added later says nothing new."""
    if "added" not in field.metadata:
        return False
    own = getattr(value, field.name)
    return own is field.default or (
        not isinstance(own, np.ndarray) and own == field.default
    )


def digest_of_bytes(content: bytes) -> str:
    """Return the sha256 (hex) of ``content``."""
    return hashlib.sha256(content).hexdigest()


def digest_of_file(path: Path) -> str:
    """Return the sha256 (hex) of the file at ``path``, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
