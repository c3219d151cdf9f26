"""chi(k) in columns: two or more, as Athena, ifeffit, larch and FEFF write them.

The columns are found by their names (k, chi); without names the first two are taken.
E0 is taken from a line of the header that says nothing else first: "e0 = 8333" as
ifeffit writes it, "Athena.e0: 8333", the absorber as absorber_field.py finds it. Lost:
all other columns (chi k, window, phase) and the rest of the header.
"""

import re

import numpy as np

from onne_core.errors import FormatError
from onne_core.formats.absorber_field import absorber_in
from onne_core.formats.content import shown
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import Spectrum

LARGEST_K = 100.0
"""Wave numbers are below this, energies in eV above it, Å^-1 and eV."""

LATEST_START = 4.0
"""Largest k of the first row, Å^-1; what starts later is no whole EXAFS."""

EARLIEST_END = 5.0
"""Smallest k of the last row, Å^-1."""

LARGEST_CHI = 5.0
"""Largest abs(chi) beyond k = 2 Å^-1; more means that chi is k-weighted."""

LARGEST_CHI_AT_EDGE = 1000.0
"""Largest abs(chi) anywhere; near k = 0 remains of the edge may be large."""

SMALLEST_CHI = 1e-6
"""Least of the largest abs(chi) beyond k = 2 Å^-1; shells have 0.01 and more."""

SMALLEST_STEP = 1e-4
"""Rows closer than this repeat the same k, Å^-1."""

WIDEST_GAP = 0.5
"""Widest step between rows, Å^-1; chi in a wider one would be invented."""

FEWEST_ROWS = 20

_E0 = re.compile(r"(?:Athena\.)?e0\s*[:=]\s*(\d{3,6}(?:\.\d*)?)\b", re.IGNORECASE)
"""Energy of k = 0 in eV at the beginning of a line; shifts of E0 are smaller."""


def from_table(table: TextTable) -> Spectrum:
    """Return chi(k) of ``table``.

    Raises
    ------
    FormatError
        If k does not increase, or the values cannot be
        chi(k) without weight.
    """
    columns = table.columns
    if "weighted chi" in columns and "chi" not in columns:
        raise FormatError(
            f"{shown(table.path)}: chi is k-weighted (column "
            f"{columns['weighted chi'].label}); export unweighted chi(k)."
        )
    named = "k" in columns and "chi" in columns
    k = table.rows[:, columns["k"].index if named else 0]
    chi = table.rows[:, columns["chi"].index if named else 1]
    _check_k(table, k)
    _check_chi(table, k, chi)
    absorber = absorber_in(table.header)
    return Spectrum(
        k=k.copy(),
        chi=chi.copy(),
        name=shown(table.path.with_suffix("")),
        source=str(table.path),
        e0=_e0_in(table.header),
        element=absorber.element if absorber else "",
        edge=absorber.edge if absorber else "",
    )


def _e0_in(header: tuple[str, ...]) -> float | None:
    """Return the energy of k = 0 (eV) that a header names, ``None`` if none does."""
    found = [match for match in map(_E0.match, header) if match is not None]
    return float(found[0][1]) if found else None


def _check_k(table: TextTable, k: np.ndarray) -> None:
    """Raise FormatError unless ``k`` (Å^-1) rises without gaps."""
    if k.size < FEWEST_ROWS:
        raise FormatError(
            f"{shown(table.path)}: only {k.size} rows; chi(k) needs at least "
            f"{FEWEST_ROWS}; export the whole spectrum."
        )
    _check_range(table, k)
    steps = np.diff(k)
    falling = np.flatnonzero(steps < SMALLEST_STEP)
    if falling.size:
        row = int(falling[0]) + 1
        raise FormatError(
            f"{table.place(row)}: k must increase ({k[row - 1]:g} is followed by "
            f"{k[row]:g}); sort the rows and remove repeated ones."
        )
    row = int(np.argmax(steps)) + 1
    if steps[row - 1] > WIDEST_GAP:
        raise FormatError(
            f"{table.place(row)}: gap between k = {k[row - 1]:g} and {k[row]:g} "
            f"Å^-1; steps must be {WIDEST_GAP:g} or less; fill the gap or cut the "
            "data there."
        )


def _check_range(table: TextTable, k: np.ndarray) -> None:
    """Raise FormatError unless ``k`` (Å^-1) covers the range of an EXAFS."""
    where = shown(table.path)
    if k.max() >= LARGEST_K:
        raise FormatError(
            f"{where}: k goes up to {k.max():g}, so these look like energies; name "
            "the columns 'energy mu' in the last header line, or give chi(k)."
        )
    if k.min() < 0.0:
        row = int(np.argmin(k))
        raise FormatError(
            f"{table.place(row)}: k = {k[row]:g} Å^-1 is negative; remove such rows."
        )
    if k.min() > LATEST_START or k.max() < EARLIEST_END:
        raise FormatError(
            f"{where}: k runs from {k.min():g} to {k.max():g}; chi(k) must start below "
            f"{LATEST_START:g} and end above {EARLIEST_END:g} Å^-1. For energies in "
            "keV, name the columns 'energy(keV) mu' in the last header line."
        )


def _check_chi(table: TextTable, k: np.ndarray, chi: np.ndarray) -> None:
    """Raise FormatError unless ``chi`` can be a chi(k) without weight."""
    where = shown(table.path)
    if np.ptp(chi) == 0.0:
        raise FormatError(
            f"{where}: chi is {chi[0]:g} in every row; give the column with chi."
        )
    if chi.min() >= 0.0 or chi.max() <= 0.0:
        raise FormatError(
            f"{where}: chi never changes sign, so it is not chi(k); name the "
            "columns in the last header line ('k chi' or 'energy mu')."
        )
    largest = float(np.abs(chi[k > 2.0]).max())
    if largest > LARGEST_CHI:
        raise FormatError(
            f"{where}: abs(chi) goes up to {largest:g}; chi(k) stays below "
            f"{LARGEST_CHI:g}, so this is k-weighted or not chi(k); export "
            "unweighted chi(k)."
        )
    if largest < SMALLEST_CHI:
        raise FormatError(
            f"{where}: abs(chi) stays below {SMALLEST_CHI:g}; there is no signal; "
            "give the column with chi."
        )
    row = int(np.argmax(np.abs(chi)))
    if abs(chi[row]) > LARGEST_CHI_AT_EDGE:
        raise FormatError(
            f"{table.place(row)}: chi = {chi[row]:g} is impossible; correct the "
            "row, or remove the rows up to it."
        )
