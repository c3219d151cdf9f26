"""The file of a standard: small JSON, checked as anybody's."""

import json
import math
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from onne_core import files
from onne_core.errors import FormatError
from onne_core.standard.standard import KNOTS, Standard
from onne_core.values.structure import EDGES

FORMAT = "onne-standard"
SCHEMA = 1

MOST_BYTES = 64 * 1024
MOST_SHELLS = 16
LONGEST_TEXT = 200

RANGES = {
    "temperature": (0.0, 5000.0),
    "e0": (0.0, 200_000.0),
    "e0_shift": (-100.0, 100.0),
    "scale": (0.97, 1.03),
    "s02": (0.1, 3.0),
    "s02_std": (0.0, 3.0),
    "log_amplitude": (-3.0, 3.0),
    "phase": (-10.0, 10.0),
    "distances": (1.0, 10.0),
    "sigma2": (0.0, 0.2),
    "shell_amplitude": (-1.0, 1.0),
    "shell_phase": (-math.pi, math.pi),
    "misfit_before": (0.0, 10.0),
    "misfit": (0.0, 1.0),
}
"""Ends of what a standard can hold: K, eV, rad, Å, Å^2."""

_TEXTS = ("absorber", "edge", "name", "structure", "spectrum")
_SEQUENCES = {
    "log_amplitude",
    "phase",
    "distances",
    "sigma2",
    "shell_amplitude",
    "shell_phase",
}


def write_standard(standard: Standard, path: Path) -> None:
    """Write ``standard`` to ``path``, the whole file or nothing.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    files.write_json(path, _content_of(standard))


def standard_to_text(standard: Standard) -> str:
    """Return what :func:`standard_from_text` reads."""
    return json.dumps(_content_of(standard), allow_nan=False)


def standard_from_text(text: str, where: str) -> Standard:
    """Return the standard that ``text`` holds; ``where`` is named in errors.

    Raises
    ------
    FormatError
        As in :func:`read_standard`.
    """
    try:
        return _standard(_content(text.encode()))
    except FormatError as error:
        raise FormatError(f"{where}: {error} Learn it again: onne standard.") from error


def read_standard(path: Path) -> Standard:
    """Return the standard in ``path``.

    Raises
    ------
    FormatError
        If it is no such file, too new, or a value is missing or out of range.
    """
    try:
        return _standard(_content(_bytes_of(path)))
    except FormatError as error:
        raise FormatError(f"{path}: {error} Learn it again: onne standard.") from error


def _content_of(standard: Standard) -> dict[str, Any]:
    return {"format": FORMAT, "schema": SCHEMA, **asdict(standard)}


def _bytes_of(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise FormatError("no such file.")
        with path.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise FormatError("not a readable JSON file.") from error


def _content(text: bytes) -> dict[str, Any]:
    try:
        if len(text) > MOST_BYTES:
            raise FormatError(f"larger than {MOST_BYTES // 1024} KiB, no standard.")
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FormatError("not a readable JSON file.") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FormatError("not a standard of this program.")
    if content.get("schema") != SCHEMA:
        raise FormatError(
            f"schema {str(content.get('schema'))[:9]}; this version reads {SCHEMA}."
        )
    return content


def _standard(content: dict[str, Any]) -> Standard:
    names = {item.name for item in fields(Standard)}
    if set(content) != names | {"format", "schema"}:
        odd = sorted(set(content) ^ (names | {"format", "schema"}))
        raise FormatError(f"missing or unknown: {', '.join(odd)[:LONGEST_TEXT]}.")
    values: dict[str, Any] = {name: _text(content[name], name) for name in _TEXTS}
    for name in RANGES:
        if name in _SEQUENCES:
            values[name] = _numbers(content[name], name)
        elif name == "e0" and content[name] is None:
            values[name] = None
        else:
            values[name] = _number(content[name], name)
    values["elements"] = _elements(content["elements"])
    _check_lengths(values)
    values["covariance"] = _covariance(content["covariance"], values)
    values["versions"] = _versions(content["versions"])
    return Standard(**values)


def _check_lengths(values: dict[str, Any]) -> None:
    shells = len(values["distances"])
    if not 2 <= shells <= MOST_SHELLS:
        raise FormatError(f"distances: {shells} shells; 2 to {MOST_SHELLS} are read.")
    if any(np.diff(values["distances"]) <= 0.0):
        raise FormatError("distances: they must rise.")
    for name in (_SEQUENCES | {"elements"}) - {"distances"}:
        wanted = len(KNOTS) if name in ("log_amplitude", "phase") else shells
        if len(values[name]) != wanted:
            raise FormatError(f"{name}: {len(values[name])} values, not {wanted}.")
    if values["edge"] not in EDGES:
        raise FormatError(f"edge: use one of {', '.join(EDGES)}.")


def _elements(content: Any) -> tuple[str, ...]:
    if not isinstance(content, list) or len(content) > MOST_SHELLS:
        raise FormatError("elements: no list of chemical symbols.")
    return tuple(_text(item, "elements") for item in content)


def _covariance(
    content: Any,
    values: dict[str, Any],
) -> tuple[tuple[float, ...], ...]:
    size = 2 * len(KNOTS) + 2 + 2 * len(values["distances"])
    if not isinstance(content, list) or len(content) != size:
        raise FormatError(f"covariance: not {size} rows.")
    rows = tuple(_numbers(row, "covariance", ends=(-1e4, 1e4)) for row in content)
    if any(len(row) != size for row in rows):
        raise FormatError(f"covariance: not {size} columns.")
    matrix = np.array(rows)
    scale = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > 1e-6 * scale or (matrix.diagonal() < 0).any():
        raise FormatError("covariance: not symmetric with a positive diagonal.")
    return rows


def _numbers(
    content: Any,
    name: str,
    ends: tuple[float, float] | None = None,
) -> tuple[float, ...]:
    if not isinstance(content, list) or len(content) > 4 * MOST_SHELLS:
        raise FormatError(f"{name}: no list of at most {4 * MOST_SHELLS} numbers.")
    return tuple(_number(value, name, ends) for value in content)


def _number(
    content: Any,
    name: str,
    ends: tuple[float, float] | None = None,
) -> float:
    lowest, highest = ends or RANGES[name]
    is_number = isinstance(content, int | float) and not isinstance(content, bool)
    if not is_number or not lowest <= content <= highest:
        raise FormatError(f"{name}: no number from {lowest:g} to {highest:g}.")
    return float(content)


def _text(content: Any, name: str) -> str:
    if not isinstance(content, str) or len(content) > LONGEST_TEXT:
        raise FormatError(f"{name}: no text of at most {LONGEST_TEXT} characters.")
    if not content.isprintable():
        raise FormatError(f"{name}: unprintable characters.")
    return content


def _versions(content: Any) -> dict[str, str]:
    if not isinstance(content, dict) or len(content) > MOST_SHELLS:
        raise FormatError("versions: no table of names and versions.")
    return {
        _text(name, "versions"): _text(value, "versions")
        for name, value in content.items()
    }
