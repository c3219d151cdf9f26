"""Several spectra in one column file: one abscissa, and one column per spectrum.

Such a file names its columns in the last header line: ``k`` or ``energy`` first, then
names that begin with chi or mu and go on (``chi_300K chi_400K``), or that are nothing
but a temperature or a time (``300K 400K``), or, in exports of marked groups by Athena
or Larix, names of any kind. Lost: columns with other names.
"""

import re
from collections.abc import Callable

from onne_core.formats import chi_columns, mu_columns
from onne_core.formats.columns import NAMES, Column, labels_in, quantity_of
from onne_core.formats.contents import Contents, Measured, collected
from onne_core.formats.text_table import TextTable

_KNOWN = {name for names in NAMES.values() for name in names}
_SPECTRUM = re.compile(r"(chi|xmu|mu|normalized|norm)[^a-z].*|\d+(k|c|s|min|h)")
_BESIDE = frozenset(
    ("mag", "magnitude", "phase", "pha", "re", "im", "real", "imag", "win", "window",
     "bkg", "background", "error", "sigma", "noise", "std", "weight", "time", "energy",
     "kw", "delta", "epsilon", "residual", "fit", "chire", "chiim", "chimag", "chipha")
)  # fmt: skip
"""Columns that programs write beside chi(k)."""

_EXPORT = re.compile(r"marked groups|athena|demeter|larch|larix|multi-?column", re.I)
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
        if first not in (*NAMES["k"], *NAMES["energy"]):
            return None
        columns = [i for i, text in enumerate(labels) if i and _is_spectrum(text)]
        if not columns and _holds_groups(table, labels, first):
            columns = list(range(1, table.width))
        if len(columns) < 2:
            return None
        is_energy = first in NAMES["energy"]
        attempts = (
            (labels[i], _reader(table, labels, i, is_energy=is_energy)) for i in columns
        )
        return collected(table.path, attempts, kind="column")
    return None


def _holds_groups(table: TextTable, labels: list[str], first: str) -> bool:
    """Return whether the columns are spectra that go by names of their own.

    After k any columns that no program writes beside chi are; after an energy those of
    an export by Athena or Larix are, since counters have names of their own, too.
    """
    names = [_SIGNS.sub("", label.lower()) for label in labels[1:]]
    if any(
        name in _KNOWN or name in _BESIDE or quantity_of(label)
        for name, label in zip(names, labels[1:], strict=True)
    ):
        return False
    if first in NAMES["k"]:
        return True
    return any(_EXPORT.search(line[:500]) for line in table.header[:50])


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
    part = TextTable(
        table.path, table.header, rows, table.lines, columns, tuple(names), table.notes
    )
    read = mu_columns.from_table if is_energy else chi_columns.from_table
    return lambda: read(part)
