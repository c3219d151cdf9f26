"""Several spectra in one column file: one abscissa, and one column per spectrum.

Such a file names its columns in the last header line: ``k`` or ``energy`` first, then
names that begin with chi or mu and go on (``chi_300K chi_400K``), or that are nothing
but a temperature or a time (``300K 400K``). Lost: columns with other names.
"""

import re
from collections.abc import Callable

from onne_core.formats import chi_columns, mu_columns
from onne_core.formats.columns import NAMES, Column, labels_in
from onne_core.formats.contents import Contents, Measured, collected
from onne_core.formats.text_table import TextTable

_KNOWN = {name for names in NAMES.values() for name in names}
_SPECTRUM = re.compile(r"(chi|xmu|mu|normalized|norm)[^a-z].*|\d+(k|c|s|min|h)")
_SIGNS = re.compile(r"[^a-z0-9]")


def series_in(table: TextTable) -> Contents | None:
    """Return the spectra of ``table``, ``None`` if it is not a series.

    Raises
    ------
    FormatError
        If it holds a series of which no spectrum can be used.
    """
    for line in reversed(table.header):
        labels = labels_in(line, table.width)
        if not labels:
            continue
        first = _SIGNS.sub("", labels[0].split("(")[0].lower())
        columns = [i for i, text in enumerate(labels) if i and _is_spectrum(text)]
        if len(columns) < 2 or first not in (*NAMES["k"], *NAMES["energy"]):
            return None
        is_energy = first in NAMES["energy"]
        attempts = (
            (labels[i], _reader(table, labels, i, is_energy=is_energy)) for i in columns
        )
        return collected(table.path, attempts, kind="column")
    return None


def _is_spectrum(label: str) -> bool:
    small = label.lower()
    return _SIGNS.sub("", small) not in _KNOWN and bool(_SPECTRUM.fullmatch(small))


def _reader(
    table: TextTable, labels: list[str], index: int, *, is_energy: bool
) -> Callable[[], Measured]:
    """Return what reads column ``index`` as a spectrum of its own."""
    names = ("energy", "mu") if is_energy else ("k", "chi")
    columns = {names[0]: Column(0, labels[0]), names[1]: Column(1, labels[index])}
    rows = table.rows[:, [0, index]]
    part = TextTable(table.path, table.header, rows, table.lines, columns)
    read = mu_columns.from_table if is_energy else chi_columns.from_table
    return lambda: read(part)
