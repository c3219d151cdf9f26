"""CSV as all results are written: comments, then rows; no number is an empty cell."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from onne_core import files

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a cell that a spreadsheet takes for a formula ..."""

SIGNED = re.compile(r"[+-][\d.\s±eE+\-()]*")
"""... unless it is a number with a sign, and an uncertainty."""


def write_rows(
    path: Path, rows: Iterable[Sequence[object]], comments: Iterable[str] = ()
) -> None:
    """Write ``comments``, a line each behind ``#``, and ``rows`` to ``path``.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    files.write_text(path, rows_text(rows, comments))


def rows_text(rows: Iterable[Sequence[object]], comments: Iterable[str] = ()) -> str:
    """Return the text of such a file."""
    buffer = io.StringIO()
    for line in comments:
        # A name may hold a line break, which would end the comment.
        buffer.write(f"# {' '.join(line.split())}\n")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _harmless(content: object) -> object:
    """Return a cell behind an apostrophe where a spreadsheet would calculate it."""
    if not isinstance(content, str) or not content.startswith(FORMULA):
        return content
    return content if SIGNED.fullmatch(content) else f"'{content}"


def cell(value: float) -> str:
    """Return ``value`` with six digits; not every program understands "nan"."""
    return f"{value:.6g}" if math.isfinite(value) else ""
