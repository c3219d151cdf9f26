"""Measured files: one module per format, and the table of who reads which suffix.

A suffix that is not in READERS is decided by the content: the XDI version line, then
the names of the columns, then the values of the first (100 or more are eV).
"""

from collections.abc import Callable
from pathlib import Path

from onne_core.formats import chi_columns, mu_columns, xdi
from onne_core.formats.text_table import TextTable, read_table
from onne_core.spectrum import Absorption, Spectrum

Measured = Spectrum | Absorption

READERS: dict[str, Callable[[Path], Measured]] = {
    ".chi": chi_columns.read,
    ".xmu": mu_columns.read,
    ".xdi": xdi.read,
}
"""Reader per suffix (small letters); each raises FormatError for what it cannot use."""


def read_measured(path: Path) -> Measured:
    """Return the chi(k) or mu(E) that the file at ``path`` holds.

    Raises
    ------
    FormatError
        If the file cannot be used; the message names file, place and remedy.
    """
    reader = READERS.get(path.suffix.lower())
    return reader(path) if reader else _by_content(read_table(path))


def _by_content(table: TextTable) -> Measured:
    """Return what ``table`` holds, decided by its header and its first column."""
    if xdi.is_xdi(table):
        return xdi.from_table(table)
    k, energy = table.columns.get("k"), table.columns.get("energy")
    if k and energy:
        is_energy = energy.index < k.index
    elif k or energy:
        is_energy = energy is not None
    else:
        is_energy = bool(table.rows[:, 0].max() >= mu_columns.ENERGY_RANGE[0])
    return mu_columns.from_table(table) if is_energy else chi_columns.from_table(table)
