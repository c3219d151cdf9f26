"""Athena's project file as JSON, which recent versions can save in place of Perl.

One object per group with ``args``, ``x`` and ``y``; a header and the order of the
groups beside them. What is read and what is lost is as in :mod:`.athena`.
"""

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.errors import FormatError
from onne_core.formats import athena
from onne_core.formats.content import read_bytes, shown, start_of
from onne_core.formats.contents import Contents
from onne_core.values.spectrum import one_line

GZIP = b"\x1f\x8b"
UNPACKED_LIMIT = 256 * 2**20
"""Most bytes of a project unpacked."""


def is_json_project(path: Path) -> bool:
    """Return whether the file at ``path`` is such a project, whatever its name."""
    return _begins_project(start_of(path))


def _begins_project(start: bytes) -> bool:
    if start.startswith(GZIP):
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, 4096)
        except zlib.error:
            return False
    return start.lstrip().startswith(b"{") and b"_____header" in start[:4096]


def read(path: Path) -> Contents:
    """Return all spectra of the project at ``path``, in order.

    Raises
    ------
    FormatError
        If it is damaged, too large, or holds no group that can be used.
    """
    content = _parsed(path)
    order = content.get("_____order")
    names = [name for name in content if not name.startswith("_____")]
    if isinstance(order, list):
        listed = [name for name in order if isinstance(name, str) and name in content]
        names = listed + [name for name in names if name not in listed]
    if len(names) > athena.GROUP_LIMIT:
        raise FormatError(
            f"{shown(path)}: more than {athena.GROUP_LIMIT} groups; save fewer."
        )
    groups, problems = [], []
    for name in names:
        try:
            groups.append(_group(name, content[name]))
        except FormatError as error:
            problems.append(f"{shown(path)}, group {one_line(name)}: {error}")
    found = athena.measured_groups(path, groups)
    return Contents(found.measured, (*problems, *found.problems))


def _parsed(path: Path) -> dict[str, Any]:
    raw = read_bytes(path)
    if raw.startswith(GZIP):
        raw = b"".join(athena.unpacked(path, raw, UNPACKED_LIMIT))
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{shown(path)}: damaged (JSON: {str(error)[:80]}); save the project again."
        ) from error
    if not isinstance(content, dict):
        raise FormatError(f"{shown(path)}: not an Athena project; give column files.")
    return content


def _group(name: str, group: Any) -> athena.Group:  # noqa: ANN401 - likewise
    """Return the record of one group.

    Raises
    ------
    FormatError
        If it is none.
    """
    if not isinstance(group, dict) or not isinstance(group.get("args"), dict):
        raise FormatError("neither parameters nor numbers; save the project again.")
    args = {
        str(key): "" if isinstance(value, (dict, list)) or value is None else str(value)
        for key, value in group["args"].items()
    }
    columns = {}
    for key in ("x", "y"):
        try:
            columns[key] = np.array(group.get(key, []), dtype=float)
        except (ValueError, TypeError) as error:
            raise FormatError(f"{key} contains a value that is no number.") from error
        if columns[key].ndim != 1 or columns[key].size > athena.ROW_LIMIT:
            raise FormatError(f"{key} is no list of numbers of a usable length.")
    return athena.Group(name, args, columns)
