"""KEK-PF's format 9809: scans by angle, with the spacing of the crystal in the header.

The columns are Angle(c), Angle(o), time, then detectors. The line "Mode" gives the
purpose of each: 1 is I0, 2 transmitted and 3 fluorescence intensity. Where it does not
say, I0 is the first, and the line "Transmission( 2)" or "Fluorescence( 3)" names the
others. Energies follow from the angle that was attained, Angle(o). Layout: as the
plug-in of Demeter reads it (Ravel and Newville 2005).
"""

import re
from dataclasses import replace

from onne_core.formats.columns import by_quantity
from onne_core.formats.text_table import TextTable

_FORMAT = re.compile(r"\s*9809\s+\w", re.ASCII)
_FLUORESCENCE = re.compile(r"fluo", re.IGNORECASE)


def named(table: TextTable) -> TextTable:
    """Return ``table`` with the labels of the format, unchanged if it is another."""
    head = table.header[:30]
    is_own = any(_FORMAT.match(line[:80]) for line in head)
    if not is_own or table.width < 5 or not any("Angle(c)" in line for line in head):
        return table
    is_fluorescence = any(_FLUORESCENCE.search(line[:200]) for line in head)
    by_mode = _by_mode(head, table.width)
    if by_mode:
        return replace(table, labels=by_mode, columns=by_quantity(list(by_mode)))
    detectors = [("ifluor" if is_fluorescence else "itrans")] + [
        f"ifluor {i}" if is_fluorescence else "" for i in range(2, table.width - 3)
    ]
    labels = ["", "angle", "", "i0", *detectors][: table.width]
    return replace(table, labels=tuple(labels), columns=by_quantity(labels))


def _by_mode(head: tuple[str, ...], width: int) -> tuple[str, ...]:
    """Return labels by the numbers of the line "Mode", none unless they are clear."""
    lines = (line.split() for line in head if line.split()[:1] == ["Mode"])
    modes = next(lines, [])[1:]
    if len(modes) != width - 1 or modes.count("1") != 1 or modes[:2] != ["0", "0"]:
        return ()
    if not {"2", "3"} & set(modes):
        return ()
    names = {"1": "i0", "2": "itrans", "3": "ifluor"}
    labels = [
        f"{names[mode]}{f' {number}' if mode == '3' else ''}" if mode in names else ""
        for number, mode in enumerate(modes[2:], 1)
    ]
    return ("", "angle", "", *labels)
