"""File formats: one module per format, and the tables of readers and writers.

A suffix that is in no table is decided by the content: the XDI version line, then the
names of the columns, then the values of the first (100 or more are eV). A file may hold
one spectrum or a series of them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from onne_core.errors import FormatError
from onne_core.formats import (
    athena,
    chi_columns,
    cluster_cif,
    cluster_xyz,
    hdf5,
    mu_columns,
    xdi,
)
from onne_core.formats.content import is_athena_project, shown
from onne_core.formats.contents import Contents, Measured
from onne_core.formats.series_columns import series_in
from onne_core.formats.text_table import TextTable, read_table
from onne_core.values.structure import Cluster

READERS: dict[str, Callable[[TextTable], Measured]] = {
    ".chi": chi_columns.from_table,
    ".nor": mu_columns.from_table,
    ".xmu": mu_columns.from_table,
    ".xdi": xdi.from_table,
}
"""Who reads a table of text, per suffix (small letters); raises FormatError."""

WRITERS: dict[str, Callable[[Sequence[Cluster], Sequence[str]], str]] = {
    ".xyz": cluster_xyz.written,
    ".cif": cluster_cif.written,
}
"""Writer of clusters per suffix: takes clusters and a title for each, returns text."""


def read_all(path: Path) -> Contents:
    """Return every chi(k) and mu(E) in the file at ``path``.

    Raises
    ------
    FormatError
        If nothing of it can be used; the message names file, place and remedy.
    """
    if path.suffix.lower() == ".prj" or is_athena_project(path):
        return athena.read(path)
    if hdf5.is_hdf5(path):
        return hdf5.read(path)
    table = read_table(path)
    series = series_in(table)
    if series is not None:
        return series
    reader = READERS.get(path.suffix.lower(), _by_content)
    return Contents((reader(table),))


def read_measured(path: Path) -> Measured:
    """Return the only chi(k) or mu(E) in the file at ``path``.

    Raises
    ------
    FormatError
        If the file cannot be used, or holds several spectra; the message names file,
        place and remedy.
    """
    measured = read_all(path).measured
    refuse_several(path, measured)
    return measured[0]


def refuse_several(path: Path, measured: Sequence[Measured]) -> None:
    """Refuse a file with more than one spectrum where only one can be used.

    Raises
    ------
    FormatError
        With the names of some of them.
    """
    if len(measured) > 1:
        names = ", ".join(one.name for one in measured[:3])
        raise FormatError(
            f"{shown(path)}: contains {len(measured)} spectra ({names} ...); give "
            "a file with only one."
        )


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
