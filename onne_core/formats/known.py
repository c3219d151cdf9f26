"""Known partial g(r) as CSV: comments, a row ``r,<pair>,<pair>...``, rows of numbers.

r in Å at equal steps (centres of bins), g(r) in Å^-1. Lost: the comments.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from onne_core import files
from onne_core.errors import FormatError
from onne_core.formats.content import shown
from onne_core.formats.text_table import TextTable, read_table
from onne_core.values.radial import RadialDistribution

FEWEST_ROWS = 3

STEP_TOLERANCE = 1e-3
"""Largest deviation of a step of r from their mean, relative."""

_PAIR = re.compile(r"[A-Z][a-z]?-[A-Z][a-z]?")


def read_known_distribution(path: Path) -> RadialDistribution:
    """Return the partial g(r) (Å^-1) per pair in the CSV file at ``path``.

    Raises
    ------
    FormatError
        If the file is no such table, r is not at equal rising steps, or g is negative.
    """
    table = read_table(path)
    pairs = _pairs(table)
    r = table.rows[:, 0]
    _check_steps(table, r)
    negative = np.argwhere(table.rows[:, 1:] < 0.0)
    if negative.size:
        row, column = (int(index) for index in negative[0])
        raise FormatError(
            f"{table.place(row)}: g(r) of {pairs[column]} is negative; correct the row."
        )
    partials = {
        pair: table.rows[:, column].copy() for column, pair in enumerate(pairs, 1)
    }
    return RadialDistribution(r=r.copy(), partials=partials)


def _pairs(table: TextTable) -> tuple[str, ...]:
    """Return the pair names of the header row."""
    names = (
        [name.strip() for name in table.header[-1].split(",")] if table.header else []
    )
    pairs = tuple(names[1:])
    if not pairs or names[0] != "r" or len(names) != table.width:
        raise FormatError(
            f"{shown(table.path)}: the row above the numbers must name every "
            "column, r and then pairs, such as 'r,Ni-Ni,Ni-O'."
        )
    unknown = [pair for pair in pairs if not _PAIR.fullmatch(pair)]
    if unknown or len(set(pairs)) < len(pairs):
        raise FormatError(
            f"{shown(table.path)}: each pair must be named once, as two elements "
            f"such as Ni-O; correct {(unknown or list(pairs))[0]!a}."
        )
    return pairs


def _check_steps(table: TextTable, r: np.ndarray) -> None:
    """Raise FormatError unless ``r`` (Å) rises in equal steps from 0 or more."""
    if r.size < FEWEST_ROWS:
        raise FormatError(
            f"{shown(table.path)}: only {r.size} rows; give {FEWEST_ROWS} or more."
        )
    step = (r[-1] - r[0]) / (r.size - 1)
    uneven = np.flatnonzero(np.abs(np.diff(r) - step) > STEP_TOLERANCE * step)
    if r[0] < 0.0 or step <= 0.0 or uneven.size:
        row = int(uneven[0]) + 1 if uneven.size else 0
        raise FormatError(
            f"{table.place(row)}: r must increase in equal steps from 0 Å or more; "
            "interpolate g(r) onto such a grid."
        )


def write_known_distribution(
    path: Path, distribution: RadialDistribution, comments: Sequence[str]
) -> None:
    """Write ``distribution`` as CSV to ``path``, ``comments`` as '#' lines before it.

    Reading it again gives the same numbers.
    """
    columns = [distribution.r, *distribution.partials.values()]
    lines = [f"# {line}" for comment in comments for line in comment.splitlines()]
    lines.append(",".join(("r", *distribution.partials)))
    lines += [
        ",".join(repr(float(x)) for x in row) for row in zip(*columns, strict=True)
    ]
    files.write_text(path, "\n".join(lines) + "\n")
