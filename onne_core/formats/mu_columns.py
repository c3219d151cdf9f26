"""mu(E) in columns: energy with mu, or with the intensities that give it.

The columns are found by their names (columns.py); without names the two columns must be
energy and mu. Of several ways to mu (transmission, fluorescence, given columns) the one
with the better edge step to noise is taken (scans/candidates.py), and said. Rows are
sorted, and those that repeat an energy are averaged; all of this is said in ``notes``.
An axis of angles becomes energies by the lattice spacing in the header (scans/axes.py).
"""

import logging

import numpy as np
from jaxtyping import Bool, Float

from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats.absorber_field import absorber_in
from onne_core.formats.content import shown
from onne_core.formats.scans.axes import ENERGY_RANGE, energies_in
from onne_core.formats.scans.candidates import (
    Candidate,
    candidates_in,
    chosen_of,
    usable_in,
)
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import Absorption, ReductionSettings
from onne_core.values.treatment import SELF_ABSORPTION_WARNING

__all__ = ["ENERGY_RANGE", "FEWEST_ROWS", "from_table"]

_LOG = logging.getLogger(__name__)

FEWEST_ROWS = 20

MOST_LEFT_OUT = 0.05
"""Largest share of rows that are left out because an intensity is not positive."""

LARGEST_SHARE_REPEATED = 0.95
"""Largest share of rows that may repeat an energy: beyond it, it is no energy."""

JITTER = 0.01
"""Steps back by less than this share of the range are jitter of an encoder."""

MOST_TURNS = 0.5
"""Most steps against the direction of the scan, relative to all: more is no scan."""

Values = Float[np.ndarray, " e"]


def from_table(table: TextTable) -> Absorption:
    """Return mu(E) of ``table``.

    Raises
    ------
    FormatError
        If the columns are not clear, the axis is no scan of energies, or intensities
        are not positive.
    """
    if len(table.rows) < FEWEST_ROWS:
        raise FormatError(
            f"{shown(table.path)}: only {len(table.rows)} rows; mu(E) needs at least "
            f"{FEWEST_ROWS}; export the whole scan."
        )
    notes = list(table.notes)
    table = _without_empty_rows(table, notes)
    energy = energies_in(table, notes)
    found = candidates_in(table)
    if not found:
        raise ColumnsUnclearError(
            f"{shown(table.path)}: unknown format: it is not clear which of the "
            f"{table.width} columns is mu; name the columns in the last header line "
            "('energy mu' or 'energy i0 itrans'), or choose them: --columns "
            '"energy=1 i0=2 itrans=3" in the terminal.'
        )
    kept = _kept_rows(table, energy, found, notes)
    choice, mu, reason = chosen_of(table, energy, found, kept)
    notes += reason
    energy, mu = _in_order(table, energy[kept], mu, notes)
    _refuse_constant(table, mu)
    if choice.is_fluorescence:
        notes.append(SELF_ABSORPTION_WARNING)
    fields, absorber = table.fields, absorber_in(table.header)
    for note in notes:
        _LOG.info("%s: %s", shown(table.path), note)
    return Absorption(
        energy=energy,
        mu=mu,
        element=fields.get("element.symbol", "").capitalize()
        or (absorber.element if absorber else ""),
        edge=fields.get("element.edge", "").upper()
        or (absorber.edge if absorber else ""),
        name=table.name or shown(table.path.with_suffix("")),
        source=str(table.path),
        notes=tuple(notes),
        settings=ReductionSettings(step=1.0) if choice.is_normalised else None,
    )


def _without_empty_rows(table: TextTable, notes: list[str]) -> TextTable:
    """Return ``table`` without rows of nothing but zeros at its ends."""
    filled = np.flatnonzero(table.rows.any(axis=1))
    if filled.size == 0 or filled.size == len(table.rows):
        return table
    first, last = int(filled[0]), int(filled[-1]) + 1
    count = len(table.rows) - (last - first)
    if count:
        notes.append(f"{count} rows of zeros at the ends left out")
    return table.part(slice(first, last))


def _kept_rows(
    table: TextTable, energy: Values, found: tuple[Candidate, ...], notes: list[str]
) -> Bool[np.ndarray, " e"]:
    """Return the rows in which the intensities of any candidate can be used."""
    masks = [usable_in(table, one) for one in found]
    best = max(masks, key=lambda mask: int(mask.sum()))
    lost = int(best.size - best.sum())
    if lost > max(2, MOST_LEFT_OUT * best.size) or best.sum() < FEWEST_ROWS:
        row = int(np.flatnonzero(~best)[0])
        one = found[masks.index(best)]
        label, value = one.first_dark(table, row)
        raise FormatError(
            f"{table.place(row)}: {label} is {value:g}; counts must be positive; "
            "remove the row, or choose other columns."
        )
    if lost:
        rows = ", ".join(f"{energy[row]:.1f} eV" for row in np.flatnonzero(~best)[:3])
        what = "row" if lost == 1 else "rows"
        notes.append(f"{lost} {what} left out, no positive intensity: {rows}")
    return best


def _in_order(
    table: TextTable, energy: Values, mu: Values, notes: list[str]
) -> tuple[Float[np.ndarray, " single"], Float[np.ndarray, " single"]]:
    """Return energy and mu, rising, with the mean mu where an energy is repeated."""
    steps = np.diff(energy)
    falls, rises = int((steps < 0.0).sum()), int((steps > 0.0).sum())
    if falls:
        if rises == 0:
            notes.append("energies decrease: rows reversed")
        else:
            _refuse_disorder(table, energy)
            notes.append(f"{min(falls, rises)} steps back: rows sorted by energy")
        order = np.argsort(energy, kind="stable")
        energy, mu = energy[order], mu[order]
    single, inverse, count = np.unique(energy, return_inverse=True, return_counts=True)
    repeated = energy.size - single.size
    if repeated > LARGEST_SHARE_REPEATED * energy.size or single.size < FEWEST_ROWS:
        raise ColumnsUnclearError(
            f"{shown(table.path)}: only {single.size} different energies in "
            f"{energy.size} rows; choose the column with the energy (--columns)."
        )
    if repeated:
        text = f"{repeated} repeated energies averaged"
        notes.append(text)
        _LOG.warning("%s: %s", shown(table.path), text)
    return single, np.bincount(inverse, weights=mu) / count


def _refuse_disorder(table: TextTable, energy: Values) -> None:
    """Raise FormatError unless ``energy`` is one scan with jitter, or whole scans."""
    steps = np.diff(energy)
    span = float(np.ptp(energy))
    large = np.flatnonzero(np.abs(steps) > 0.5 * span)
    jumps = steps[large]
    main = np.sign(np.median(steps[steps != 0.0]))
    against = np.count_nonzero(np.sign(steps) == -main) - large.size
    if (jumps * main > 0.0).any() or against > MOST_TURNS * steps.size:
        row = int(np.flatnonzero(steps < 0.0)[0]) + 1
        raise ColumnsUnclearError(
            f"{table.place(row)}: energy must increase ({energy[row - 1]:g} eV is "
            f"followed by {energy[row]:g} eV); this is no scan in order; choose the "
            "column with the energy (--columns)."
        )


def _refuse_constant(table: TextTable, mu: Values) -> None:
    if np.ptp(mu) == 0.0:
        raise FormatError(
            f"{shown(table.path)}: mu is {mu[0]:g} in every row; give the column "
            "with mu."
        )
