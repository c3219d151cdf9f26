"""chi(k) in columns: two or more, as Athena, ifeffit, larch and FEFF write them.

The columns are found by their names (k, chi); without names the first two are taken.
E0 is taken from a line of the header that says nothing else first: "e0 = 8333" as
ifeffit writes it, "Athena.e0: 8333", the absorber as absorber_field.py finds it. Lost:
all other columns (chi k, window, phase) and the rest of the header.
"""

import re
from dataclasses import replace

import numpy as np

from onne_core.errors import FormatError
from onne_core.formats.absorber_field import absorber_in
from onne_core.formats.columns import plain_name
from onne_core.formats.content import shown
from onne_core.formats.text_table import LARGEST_K, TextTable
from onne_core.values.spectrum import Spectrum

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

WEIGHTED_ABOVE = 0.2
"""Root mean square of chi between 4 and 8 Å^-1 above which it is k-weighted; metals at
low temperature have 0.1."""

WEIGHTED_GROWING, GROWTH = 0.12, 1.4
"""The same for a chi whose root mean square grows by this factor, from 3-5 to 7-10."""

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
    if "r" in columns and columns["r"].index == 0:
        raise FormatError(
            f"{shown(table.path)}: the first column is named {columns['r'].label}, so "
            "this is chi(R), not chi(k); export chi(k)."
        )
    if is_filtered(table):
        raise FormatError(
            f"{shown(table.path)}: the first column is named q, so this is the Fourier "
            "filtered chi(q), which lacks all but some shells; export chi(k)."
        )
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
        name=table.name or shown(table.path.with_suffix("")),
        source=str(table.path),
        e0=_e0_in(table.header),
        notes=(*table.notes, *_weight_note(k, chi)),
        element=absorber.element if absorber else "",
        edge=absorber.edge if absorber else "",
    )


def from_feff(table: TextTable) -> Spectrum:
    """Return chi(k) of FEFF's xmu.dat: its columns k and chi as they stand.

    E0 is the energy of k = 0; rows below it are left out.

    Raises
    ------
    FormatError
        If the values cannot be chi(k).
    """
    columns = table.columns
    k = table.rows[:, columns["k"].index]
    above = np.flatnonzero(k >= 0.0)
    energy = table.rows[:, columns["energy"].index]
    e0 = float(np.interp(0.0, k, energy)) if (np.diff(k) > 0.0).all() else None
    note = "columns k and chi of FEFF's xmu.dat taken as they stand"
    if above.size == 0:
        _check_k(table, k)
    start = int(above[0])
    found = from_table(table.part(slice(start, None)))
    return replace(
        found, e0=e0 if found.e0 is None else found.e0, notes=(note, *found.notes)
    )


def is_filtered(table: TextTable) -> bool:
    """Return whether the first column is q, as that of a Fourier filtered chi is."""
    return bool(table.labels) and plain_name(table.labels[0]) == "q"


def is_feff(table: TextTable) -> bool:
    """Return whether the columns are those of FEFF's xmu.dat: omega, e, k, mu, chi."""
    names = {plain_name(label) for label in table.labels}
    return {"omega", "e", "k", "mu", "mu0", "chi"} <= names


def _weight_note(k: np.ndarray, chi: np.ndarray) -> tuple[str, ...]:
    """Return a warning where the envelope of ``chi`` is that of a weighted one.

    chi(k) of any material is below a tenth on average where the first shell is strong,
    and falls; a power of k makes it larger and lets it grow.
    """

    def mean(low: float, high: float) -> float:
        part = chi[(k > low) & (k < high)]
        return float(np.sqrt(np.mean(part**2))) if part.size else 0.0

    middle, early, late = mean(4.0, 8.0), mean(3.0, 5.0), mean(7.0, 10.0)
    grows = middle > WEIGHTED_GROWING and late > GROWTH * early
    if middle <= WEIGHTED_ABOVE and not grows:
        return ()
    return (
        f"chi(k) looks k-weighted: its mean size is {middle:.2g} between 4 and 8 Å^-1, "
        "too large for chi(k); export chi(k) without weight",
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
