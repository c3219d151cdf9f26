"""CSV as all results are written: comments, then rows; no number is an empty cell."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from onne_core import files


def write_rows(
    path: Path, rows: Iterable[Sequence[object]], comments: Iterable[str] = ()
) -> None:
    """Write ``comments``, a line each behind ``#``, and ``rows`` to ``path``.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    buffer = io.StringIO()
    for line in comments:
        # A name may hold a line break, which would end the comment.
        buffer.write(f"# {' '.join(line.split())}\n")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    files.write_text(path, buffer.getvalue())


def cell(value: float) -> str:
    """Return ``value`` with six digits; not every program understands "nan"."""
    return f"{value:.6g}" if math.isfinite(value) else ""
