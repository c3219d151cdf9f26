"""KEK-PF's format 9809: scans by angle, with the spacing of the crystal in the header.

The columns are Angle(c), Angle(o), time, then detectors: I0 first, transmitted or
fluorescence intensity after it, as the line "Transmission( 2)" or "Fluorescence( 3)"
says. Energies follow from the angle that was attained, Angle(o). Layout: as the plug-in
of Demeter reads it (Ravel and Newville 2005).
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
    detectors = [("ifluor" if is_fluorescence else "itrans")] + [
        f"ifluor {i}" if is_fluorescence else "" for i in range(2, table.width - 3)
    ]
    labels = ["", "angle", "", "i0", *detectors][: table.width]
    return replace(table, labels=tuple(labels), columns=by_quantity(labels))
