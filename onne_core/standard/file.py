"""The file of a standard: small JSON, checked as anybody's."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from onne_core import files
from onne_core.codec import (
    Codec,
    Form,
    is_number,
    parsed,
    read_json,
    refused_as,
    without_schema,
)
from onne_core.errors import DefinitionError, FormatError
from onne_core.standard.standard import KNOTS, Standard
from onne_core.values.structure import EDGES

FORMAT = "onne-standard"
SCHEMA = 1
REMEDY = " Learn it again: onne standard."

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
    "covariance": (-1e4, 1e4),
    "misfit_before": (0.0, 10.0),
    "misfit": (0.0, 1.0),
}
"""Ends of what a standard can hold: K, eV, rad, Å, Å^2."""


LENGTHS = {
    ("log_amplitude", "phase"): len(KNOTS),
    ("elements", "sigma2", "shell_amplitude", "shell_phase"): None,
}
"""How many values there are; ``None``: one per shell."""


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
    with refused_as(FormatError, f"{where}: ", REMEDY):
        return _standard(parsed(text.encode()))


def read_standard(path: Path) -> Standard:
    """Return the standard in ``path``.

    Raises
    ------
    FormatError
        If it is no such file, too new, or a value is missing or out of range.
    """
    with refused_as(FormatError, f"{path}: ", REMEDY):
        return _standard(read_json(path))


def _content_of(standard: Standard) -> dict[str, Any]:
    return {"format": FORMAT, "schema": SCHEMA, **CODEC.encode(standard)}


def _standard(content: Any) -> Standard:
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise DefinitionError("not a standard of this program.")
    standard = CODEC.value(Standard, without_schema(content, schema=SCHEMA))
    _check(standard)
    return standard


def _check(standard: Standard) -> None:
    """Refuse what no standard has: other lengths, no order, no covariance."""
    shells = len(standard.distances)
    if not 2 <= shells <= MOST_SHELLS:
        raise DefinitionError(
            f"distances: {shells} shells; 2 to {MOST_SHELLS} are read."
        )
    if any(np.diff(standard.distances) <= 0.0):
        raise DefinitionError("distances: they must rise.")
    for names, wanted in LENGTHS.items():
        for name in names:
            if (found := len(getattr(standard, name))) != (wanted or shells):
                raise DefinitionError(
                    f"{name}: {found} values, not {wanted or shells}."
                )
    if standard.edge not in EDGES:
        raise DefinitionError(f"edge: use one of {', '.join(EDGES)}.")
    if len(standard.versions) > MOST_SHELLS:
        raise DefinitionError("versions: more than a program has.")
    size = 2 * len(KNOTS) + 2 + 2 * shells
    if len(standard.covariance) != size:
        raise DefinitionError(f"covariance: not {size} rows.")
    if any(len(row) != size for row in standard.covariance):
        raise DefinitionError(f"covariance: not {size} columns.")
    matrix = np.array(standard.covariance)
    scale = float(np.abs(matrix).max())
    if np.abs(matrix - matrix.T).max() > 1e-6 * scale or (matrix.diagonal() < 0).any():
        raise DefinitionError("covariance: not symmetric with a positive diagonal.")


def _number(content: Any, place: str) -> float:
    lowest, highest = RANGES[place.partition("[")[0]]
    if not is_number(content) or not lowest <= content <= highest:
        raise DefinitionError(f"{place}: no number from {lowest:g} to {highest:g}.")
    return float(content)


def _text(content: Any, place: str) -> str:
    if not isinstance(content, str) or len(content) > LONGEST_TEXT:
        raise DefinitionError(f"{place}: no text of at most {LONGEST_TEXT} characters.")
    if not content.isprintable():
        raise DefinitionError(f"{place}: unprintable characters.")
    return content


CODEC = Codec({float: Form(_number), str: Form(_text)})
