"""Sessions of Larix (``.larix``): every group that has energy and mu.

A compressed text: after ``##LARIX`` the symbols, each a line with its name and a line
of JSON, arrays in base64. Read are energy, mu, name, element, edge and E0. Lost: all
other symbols, and the parameters of the background.
"""

import base64
import binascii
import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.errors import FormatError
from onne_core.formats import athena
from onne_core.formats.content import read_bytes, shown, start_of
from onne_core.formats.contents import Contents

START = b"##LARIX:"
GZIP = b"\x1f\x8b"
UNPACKED_LIMIT = 512 * 2**20
"""Most bytes of a session unpacked."""

NUMBERS = ("<f8", "<f4", "<i8", "<i4")
"""Kinds of numbers in arrays that are read."""


def is_larix_session(path: Path) -> bool:
    """Return whether the file at ``path`` is such a session, whatever its name."""
    start = start_of(path)
    if start.startswith(GZIP):
        try:
            start = zlib.decompressobj(wbits=31).decompress(start, 64)
        except zlib.error:
            return False
    return start.startswith(START)


def read(path: Path) -> Contents:
    """Return the spectra of the session at ``path``, in order.

    Raises
    ------
    FormatError
        If it is damaged, too large, or holds no group with energy and mu.
    """
    raw = read_bytes(path)
    if raw.startswith(GZIP):
        raw = b"".join(athena.unpacked(path, raw, UNPACKED_LIMIT))
    groups: list[athena.Group] = []
    name = ""
    for line in raw.split(b"\n"):
        if line.startswith(b"<:") and line.endswith(b":>"):
            name = line[2:-2].decode("utf-8", "replace")
        elif name and b'"energy"' in line and b'"mu"' in line:
            group = _group(name, _parsed(path, line))
            groups += [group] if group is not None else []
            name = ""
    if len(groups) > athena.GROUP_LIMIT:
        raise FormatError(
            f"{shown(path)}: more than {athena.GROUP_LIMIT} groups; save fewer."
        )
    return athena.measured_groups(path, groups)


def _parsed(path: Path, line: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{shown(path)}: damaged (JSON: {str(error)[:80]}); save it again in Larix."
        ) from error


def _group(name: str, content: Any) -> athena.Group | None:  # noqa: ANN401 - likewise
    """Return the group in ``content``, ``None`` if it has no mu(E)."""
    if not isinstance(content, dict):
        return None
    energy, mu = (_array(content.get(key)) for key in ("energy", "mu"))
    if energy is None or mu is None or energy.size != mu.size:
        return None
    texts = {"label": "filename", "bkg_z": "atsym", "fft_edge": "edge", "bkg_e0": "e0"}
    args = {
        own: str(value)[:200]
        for own, key in texts.items()
        if isinstance(value := content.get(key), (str, int, float))
    }
    return athena.Group(name, args, {"x": energy, "y": mu})


def _array(content: Any) -> np.ndarray | None:  # noqa: ANN401 - likewise
    """Return the numbers of one array, ``None`` if there are none."""
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("value"), list):
        return _listed(content["value"])
    try:
        inner = json.loads(content["__value__"])
        shape, kind = inner["shape"], inner["dtype"]
        raw = base64.b64decode(inner["value"], validate=True)
        if kind not in NUMBERS or len(shape) != 1:
            return None
        if len(raw) != math.prod(shape) * np.dtype(kind).itemsize:
            return None
    except (KeyError, TypeError, ValueError, binascii.Error, RecursionError):
        return None
    values = np.frombuffer(raw, kind).astype(float)
    return values if values.size <= athena.ROW_LIMIT else None


def _listed(values: list[Any]) -> np.ndarray | None:
    try:
        found = np.array(values, dtype=float)
    except (ValueError, TypeError):
        return None
    return found if found.ndim == 1 and found.size <= athena.ROW_LIMIT else None
