"""Numeric text with header lines, common to all column files.

Read are white space, comma and semicolon as separators, decimal points or commas, and
Fortran exponents (1.0D+02). A file may hold several scans, as those of SPEC do (``#S``
begins one), with the spectra of multichannel analysers left out (``@A``). Numbers above
words that come before the table belong to the header. Lost: comments between and after
the numbers; words after the last row and a number of points before the first are said
in ``notes``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from onne_core.errors import FormatError
from onne_core.formats.columns import Column, by_quantity, is_chi, labels_of_columns
from onne_core.formats.content import read_text, shown

COMMENT_SIGNS = "#%!"

LINE_LIMIT = 100_000
"""Longest line that is read, characters."""

ROW_LIMIT = 200_000
"""Largest number of rows; continuous scans have some 10 000."""

LARGEST_K = 100.0
"""Wave numbers are below this, energies in eV above it, Å^-1 and eV."""

HEADER_LIMIT = 2000
"""Lines of a header that are looked at: the first half of them, and the last."""

SCAN_LIMIT = 5000
"""Largest number of scans in a file."""

MOST_WORDS_AFTER = 50
"""Most lines of words after the last row; more is another table."""

MOST_IN_HEADER = 6
"""Most rows of numbers above words that count as part of the header."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eEdD][+-]?\d+)?", re.ASCII)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)|\*+", re.IGNORECASE)
_COMMA_INSIDE = re.compile(r"\d,\d", re.ASCII)
_DECIMAL_COMMAS = re.compile(r"[+-]?\d+(,\d+)?([eEdD][+-]?\d+)?", re.ASCII)
_FIELD = re.compile(r"([A-Za-z]\w*\.\w+)\s*:\s*(.*)")
_SCAN = re.compile(r"#S\s+(\d+)\b(.*)")
_PLAIN = str.maketrans("", "", "0123456789+-.eE \t\n")
_FORTRAN_EXPONENT = str.maketrans("dD", "ee")

Numbered = list[tuple[int, str]]
"""Lines with their numbers."""


@dataclass(frozen=True, eq=False)
class TextTable:
    """The numbers of a text file, and its header.

    ``header`` has the lines before the first row without comment signs, ``columns``
    the columns that could be named, by quantity, ``labels`` those of all columns where
    there are any, and ``lines`` the line number of every row. ``notes`` say what was
    left out, ``name`` is that of a scan among several.
    """

    path: Path
    header: tuple[str, ...]
    rows: Float[np.ndarray, "row column"] = field(repr=False)
    lines: Int[np.ndarray, " row"] = field(repr=False)
    columns: dict[str, Column] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    name: str = ""

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.rows.shape[1]

    @cached_property
    def fields(self) -> dict[str, str]:
        """Header fields ``Namespace.tag: value``; names in small letters."""
        found = [_FIELD.fullmatch(line) for line in self.header]
        return {match[1].lower(): match[2].strip() for match in found if match}

    def place(self, row: int) -> str:
        """Return the file name and the line of ``row``, for messages."""
        return f"{shown(self.path)}, line {self.lines[row]}"

    def part(self, rows: slice) -> "TextTable":
        """Return the table of some of the rows."""
        return replace(self, rows=self.rows[rows], lines=self.lines[rows])


def read_table(path: Path) -> TextTable:
    """Return the table in the text file at ``path``, the first of several.

    Raises
    ------
    FormatError
        If the file is not usable text, holds no rows of at least two numbers, rows of
        unequal length, words, or NaN; the line is named.
    """
    return read_tables(path)[0][1]()


def read_tables(path: Path) -> "tuple[tuple[str, TableReader], ...]":
    """Return a name and a reader of each table in the text file at ``path``.

    Raises
    ------
    FormatError
        If the file is not usable text, or holds too many scans.
    """
    text = read_text(path).replace("\r\n", "\n").replace("\r", "\n")
    lines = list(enumerate(text.split("\n"), 1))
    starts = [i for i, (_, line) in enumerate(lines) if line.startswith("#S ")]
    starts = [i for i in starts if _SCAN.match(lines[i][1])]
    if len(starts) > SCAN_LIMIT:
        raise FormatError(
            f"{shown(path)}: more than {SCAN_LIMIT} scans; save fewer of them."
        )
    if not starts:
        return ((path.stem, TableReader(path, (), lines, "")),)
    common = tuple(line.lstrip(COMMENT_SIGNS).strip() for _, line in lines[: starts[0]])
    common = common[:HEADER_LIMIT]
    found = []
    for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        match = _SCAN.match(lines[begin][1])
        number = match[1] if match else ""
        name = f"{shown(path.with_suffix(''))} scan {number}" if len(starts) > 1 else ""
        found.append(
            (f"scan {number}", TableReader(path, common, lines[begin:end], name))
        )
    return tuple(found)


@dataclass(frozen=True)
class TableReader:
    """Reader of one table: the ``lines`` of its part of a file, and the file's head."""

    path: Path
    common: tuple[str, ...]
    lines: Numbered = field(repr=False)
    name: str = ""

    def __call__(self) -> TextTable:
        """Return the table.

        Raises
        ------
        FormatError
            If it has no usable rows; the line is named.
        """
        header, rows, notes = _parted(self.path, self.lines)
        values, numbers = _values(self.path, rows)
        values.flags.writeable = numbers.flags.writeable = False
        whole = (*self.common, *_shortened(header))
        labels = tuple(labels_of_columns(whole, values.shape[1]))
        named = by_quantity(list(labels))
        k = None if is_chi(named) else named.get("k")
        if k is not None and values[:, k.index].max() >= LARGEST_K:
            del named["k"]  # "K edge" is no name of a column
        return TextTable(
            self.path, whole, values, numbers, named, labels, tuple(notes), self.name
        )


def _shortened(header: list[str]) -> list[str]:
    """Return the first and the last lines of a long header."""
    half = HEADER_LIMIT // 2
    return header if len(header) <= HEADER_LIMIT else header[:half] + header[-half:]


def _parted(path: Path, lines: Numbered) -> tuple[list[str], Numbered, list[str]]:
    """Return the header, the lines that are rows, and notes on what was left out."""
    header: list[str] = []
    rows: Numbered = []
    above: list[int] = []
    is_channels = False
    for number, raw in lines:
        if len(raw) > LINE_LIMIT:
            raise FormatError(
                f"{shown(path)}, line {number}: longer than {LINE_LIMIT} characters; "
                "not a table."
            )
        line = raw.strip(" \t\n\v\f\x1a")
        if not line:
            continue
        if is_channels or line.startswith("@A"):
            is_channels = line.endswith("\\")
            continue
        if 0 < len(rows) <= MOST_IN_HEADER and _names_a_part(line):
            above += [one for one, _ in rows]
            header += [text for _, text in rows]
            rows = []
        if line[0] in COMMENT_SIGNS:
            if not rows:
                header.append(line.lstrip(COMMENT_SIGNS).strip())
        elif rows or _is_row(line):
            rows.append((number, line))
        else:
            header.append(line)
    notes: list[str] = []
    if above:
        notes.append(f"numbers in the header left out, lines {above[0]} to {above[-1]}")
    rows = _without_count(rows, notes)
    return header, _without_words(rows, notes), notes


def _without_count(rows: Numbered, notes: list[str]) -> Numbered:
    """Return ``rows`` without a first one that is the number of points."""
    is_count = len(rows) > 2 and rows[0][1].isdecimal()
    if not is_count or len(_parts(rows[1][1])) < 2:
        return rows
    notes.append(f"line {rows[0][0]} left out: a number of points")
    return rows[1:]


def _without_words(rows: Numbered, notes: list[str]) -> Numbered:
    """Return ``rows`` without lines of words after the last of numbers."""
    end = len(rows)
    while end and len(rows) - end < MOST_WORDS_AFTER and _is_words(rows[end - 1][1]):
        end -= 1
    if 0 < end < len(rows):
        first = rows[end]
        notes.append(f"text after the numbers left out, from line {first[0]}")
        return rows[:end]
    return rows


def _names_a_part(line: str) -> bool:
    """Return whether a line is the title of a part of the header, such as "Data:"."""
    return line[0].isalpha() and line.endswith(":") and "," not in line


def _is_words(line: str) -> bool:
    """Return whether a line begins with a word, not with a number or what is none."""
    first = _parts(line)[:1]
    return bool(first) and first[0][0].isalpha() and not _NOT_FINITE.fullmatch(first[0])


def _parts(line: str) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", line) if part]


def _values(
    path: Path, rows: Numbered
) -> tuple[Float[np.ndarray, "row column"], Int[np.ndarray, " row"]]:
    """Return the numbers of ``rows`` and the numbers of their lines."""
    if not rows:
        raise FormatError(
            f"{shown(path)}: no rows of numbers; give two or more columns of numbers."
        )
    if len(rows) > ROW_LIMIT:
        raise FormatError(
            f"{shown(path)}, line {rows[ROW_LIMIT][0]}: more than {ROW_LIMIT} rows; "
            "rebin the data first."
        )
    _refuse_split_numbers(path, rows)
    numbers = np.array([number for number, _ in rows], dtype=np.int64)
    lines = [line for _, line in rows]
    if _has_decimal_commas(lines):
        lines = [line.replace(",", ".") for line in lines]
    quick = _quickly(lines)
    if quick is not None:
        return quick, numbers
    values: list[list[float]] = []
    for number, line in zip(numbers.tolist(), lines, strict=True):
        place = f"{shown(path)}, line {number}"
        row = _numbers(line, place)
        _check_row(row, place, width=len(values[0]) if values else len(row))
        values.append(row)
    return np.array(values), numbers


def _quickly(lines: list[str]) -> Float[np.ndarray, "row column"] | None:
    """Return the numbers of plain rows, ``None`` where anything is unusual."""
    if "\n".join(lines).translate(_PLAIN):
        return None
    try:
        values = np.loadtxt(lines, dtype=float, ndmin=2, comments=None)
    except (ValueError, OverflowError):
        return None
    usable = values.shape[0] == len(lines) and values.shape[1] > 1
    return values if usable and bool(np.isfinite(values).all()) else None


def _refuse_split_numbers(path: Path, rows: Numbered) -> None:
    """Refuse decimal commas between columns that commas part as well."""
    sample = [line for _, line in (*rows[:20], *rows[-20:])]
    parts = [_parts(line) for line in sample]
    if any(re.search(r"[.;]|[^,\s]\s+\S", line) or "," not in line for line in sample):
        return
    whole = all(part.lstrip("+-").isdecimal() for row in parts for part in row)
    columns = list(zip(*parts, strict=False))
    padded = [any(re.match(r"[+-]?0\d", part) for part in one) for one in columns]
    if whole and len(padded) >= 4 and any(padded[1::2]) and not any(padded[::2]):
        raise FormatError(
            f"{shown(path)}, line {rows[0][0]}: commas both inside numbers and between "
            "them; export with semicolons or tabs between columns."
        )


def _has_decimal_commas(lines: Sequence[str]) -> bool:
    """Return whether all numbers have decimal commas, and none a point."""
    sample = [*lines[:20], *lines[-20:]]
    if any("." in line or re.search(r",[\s;]|[\s;],", line) for line in sample):
        return False
    if not any(_COMMA_INSIDE.search(line) for line in sample):
        return False
    parts = [[part for part in re.split(r"[\s;]+", line) if part] for line in sample]
    return all(
        len(row) > 1 and all(_DECIMAL_COMMAS.fullmatch(part) for part in row)
        for row in parts
    )


def _is_row(line: str) -> bool:
    """Return whether a line before the first row is meant as a row of numbers."""
    if not (line[0].isdigit() or line[0] in "+-.*naiNAI"):
        return False
    tokens = _parts(line)
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


def _check_row(row: list[float], place: str, *, width: int) -> None:
    """Raise FormatError if a row does not fit to those before it."""
    if width < 2:
        raise FormatError(f"{place}: one column only; give two or more columns.")
    if len(row) != width:
        raise FormatError(
            f"{place}: {len(row)} numbers, but {width} in the rows above; "
            "complete or remove the row."
        )
