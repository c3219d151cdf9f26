"""File formats: one module per format, and the tables of readers and writers.

A suffix that is in no table is decided by the content: the XDI version line, then the
names of the columns, then the values of the first (100 or more are eV). A file may hold
one spectrum or a series of them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats import (
    athena,
    chi_columns,
    cluster_cif,
    cluster_xyz,
    hdf5,
    json_project,
    larix_session,
    mu_columns,
    xdi,
)
from onne_core.formats.column_choice import Columns, absorption_in
from onne_core.formats.content import is_athena_project, shown
from onne_core.formats.contents import Contents, Measured, collected
from onne_core.formats.scans import pf9809
from onne_core.formats.series_columns import series_in
from onne_core.formats.text_table import TextTable, read_tables
from onne_core.values.edge_position import edge_quality
from onne_core.values.structure import Cluster

CLEAR_EDGE = 20.0
"""Least edge step over noise of a column that has no name and is taken as mu."""

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
    if json_project.is_json_project(path):
        return json_project.read(path)
    if larix_session.is_larix_session(path):
        return larix_session.read(path)
    if path.suffix.lower() == ".prj" or is_athena_project(path):
        return athena.read(path)
    if hdf5.is_hdf5(path):
        return hdf5.read(path)
    tables = read_tables(path)
    if len(tables) == 1:
        return _of_table(path, tables[0][1]())
    attempts = (
        (name, lambda reader=reader: _one(path, reader())) for name, reader in tables
    )
    return collected(path, attempts, kind="scan")


def _one(path: Path, table: TextTable) -> Measured:
    return _of_table(path, table).measured[0]


def _of_table(path: Path, table: TextTable) -> Contents:
    """Return the spectra of one table of text."""
    if chi_columns.is_feff(table):
        return Contents((chi_columns.from_feff(table),))
    table = pf9809.named(table)
    series = series_in(table)
    if series is not None:
        return series
    reader = READERS.get(path.suffix.lower(), _by_content)
    return Contents((reader(table),))


def read_columns(path: Path, columns: Columns) -> Contents:
    """Return mu(E) of the chosen ``columns`` of every scan in the file at ``path``.

    Raises
    ------
    FormatError
        If they cannot be used.
    """
    tables = read_tables(path)
    if len(tables) == 1:
        return Contents((absorption_in(tables[0][1](), columns),))
    attempts = (
        (name, lambda reader=reader: absorption_in(reader(), columns))
        for name, reader in tables
    )
    return collected(path, attempts, kind="scan")


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
        is_energy = "angle" in table.columns or _is_energy(table)
    if is_energy:
        return mu_columns.from_table(table)
    try:
        return chi_columns.from_table(table)
    except FormatError as error:
        named = {"k", "r"} & set(table.columns) or chi_columns.is_filtered(table)
        if table.width == 2 or named:
            raise
        raise ColumnsUnclearError(
            f"{shown(table.path)}: unknown format: the first of {table.width} columns "
            "is neither an energy nor k; choose the columns: --columns "
            '"energy=2 i0=3 itrans=4" in the terminal.'
        ) from error


def _is_energy(table: TextTable) -> bool:
    """Return whether the first column of a table without names is an energy.

    Energies in keV begin far above zero and are no wave numbers: k of a whole EXAFS
    begins below 4 Å^-1.
    """
    first = table.rows[:, 0]
    if first.max() >= mu_columns.ENERGY_RANGE[0]:
        return True
    if first.min() <= chi_columns.LATEST_START or table.width != 2:
        return False
    order = np.argsort(first, kind="stable")
    energy = 1000.0 * first[order]
    return edge_quality(energy, table.rows[order, 1]).ratio > CLEAR_EDGE
