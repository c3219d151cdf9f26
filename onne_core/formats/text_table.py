"""Numeric text with header lines, common to all column files.

Read are white space, comma and semicolon as separators, decimal points, and Fortran
exponents (1.0D+02). Lost: comments between and after the numbers.
"""

import io
import re
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from onne_core.errors import FormatError
from onne_core.formats.columns import Column, columns_of
from onne_core.formats.content import read_text, shown

COMMENT_SIGNS = "#%!"

LINE_LIMIT = 100_000
"""Longest line that is read, characters."""

ROW_LIMIT = 200_000
"""Largest number of rows; continuous scans have some 10 000."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eEdD][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)|\*+", re.IGNORECASE)
_COMMA_INSIDE = re.compile(r"\d,\d", re.ASCII)
_FIELD = re.compile(r"([A-Za-z]\w*\.\w+)\s*:\s*(.*)")


@dataclass(frozen=True, eq=False)
class TextTable:
    """The numbers of a text file, and its header.

    ``header`` has the lines before the first row without comment signs, ``columns``
    the columns that could be named, by quantity, and ``lines`` the line number of
    every row.
    """

    path: Path
    header: tuple[str, ...]
    rows: Float[np.ndarray, "row column"] = field(repr=False)
    lines: Int[np.ndarray, " row"] = field(repr=False)
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.rows.shape[1]

    @property
    def fields(self) -> dict[str, str]:
        """Header fields ``Namespace.tag: value``; names in small letters."""
        found = [_FIELD.fullmatch(line) for line in self.header]
        return {match[1].lower(): match[2].strip() for match in found if match}

    def place(self, row: int) -> str:
        """Return the file name and the line of ``row``, for messages."""
        return f"{shown(self.path)}, line {self.lines[row]}"


def read_table(path: Path) -> TextTable:
    """Return the table in the text file at ``path``.

    Raises
    ------
    FormatError
        If the file is not usable text, holds no rows of at least two numbers, rows of
        unequal length, words, NaN, or commas as decimal sign; the line is named.
    """
    header: list[str] = []
    values, lines = array("d"), array("q")
    width = 0
    for number, raw in enumerate(io.StringIO(read_text(path), newline=None), 1):
        place = f"{shown(path)}, line {number}"
        line = _content_of(raw, place)
        if not line:
            continue
        if line[0] in COMMENT_SIGNS:
            if not lines:
                header.append(line.lstrip(COMMENT_SIGNS).strip())
            continue
        if not lines and not _is_row(line):
            header.append(line)
            continue
        row = _numbers(line, place)
        width = width or len(row)
        _check_row(row, place, width=width, above=len(lines))
        values.extend(row)
        lines.append(number)
    if not lines:
        raise FormatError(
            f"{shown(path)}: no rows of numbers; give two or more columns of numbers."
        )
    rows = np.array(values).reshape(-1, width)
    numbers = np.array(lines, dtype=np.int64)
    rows.flags.writeable = numbers.flags.writeable = False
    named = columns_of(tuple(header), width)
    return TextTable(path, tuple(header), rows, numbers, named)


def _content_of(raw: str, place: str) -> str:
    """Return the line without surrounding space and the DOS end-of-file sign."""
    if len(raw) > LINE_LIMIT:
        raise FormatError(f"{place}: longer than {LINE_LIMIT} characters; not a table.")
    return raw.strip(" \t\n\v\f\x1a")


def _is_row(line: str) -> bool:
    """Return whether a line before the first row is meant as a row of numbers."""
    tokens = [token for token in re.split(r"[\s,;]+", line) if token]
    numeric = [bool(_NUMBER.fullmatch(t) or _NOT_FINITE.fullmatch(t)) for t in tokens]
    return bool(numeric) and numeric[0] and sum(numeric) >= len(numeric) / 2


def _numbers(line: str, place: str) -> list[float]:
    """Return the numbers of one row."""
    tokens = _tokens(line, place)
    for token in tokens:
        if not _NUMBER.fullmatch(token):
            raise FormatError(f"{place}: {_complaint(token)}")
    row = [float(token.translate(_FORTRAN_EXPONENT)) for token in tokens]
    if not np.all(np.isfinite(row)):
        raise FormatError(f"{place}: a number is too large; correct or remove the row.")
    return row


_FORTRAN_EXPONENT = str.maketrans("dD", "ee")


def _tokens(line: str, place: str) -> list[str]:
    """Return the fields of one row, which spaces, commas or semicolons separate."""
    parts = [part for part in re.split(r"[\s;]+", line) if part]
    commas_inside = [part for part in parts if _COMMA_INSIDE.search(part)]
    if len(parts) > 1 and commas_inside and not re.search(r",[\s;]|[\s;],", line):
        raise FormatError(
            f"{place}: comma inside the number {commas_inside[0][:24]}; "
            "write decimal points and no thousands marks."
        )
    for separator in ";,":
        if separator in line:
            line = line.removesuffix(separator)
            return [token.strip() for token in line.split(separator)]
    return parts


def _complaint(token: str) -> str:
    """Return what is wrong with a field that is not a number, and the remedy."""
    if not token:
        return "an empty field; fill it or remove the row."
    if _NOT_FINITE.fullmatch(token):
        return f"{token[:24]} is not a finite number; remove the row."
    return f"{token[:24]!a} is not a number; correct or remove the row."


def _check_row(row: list[float], place: str, *, width: int, above: int) -> None:
    """Raise FormatError if a row does not fit to the ``above`` rows before it."""
    if width < 2:
        raise FormatError(f"{place}: one column only; give two or more columns.")
    if len(row) != width:
        raise FormatError(
            f"{place}: {len(row)} numbers, but {width} in the rows above; "
            "complete or remove the row."
        )
    if above >= ROW_LIMIT:
        raise FormatError(f"{place}: more than {ROW_LIMIT} rows; rebin the data first.")
