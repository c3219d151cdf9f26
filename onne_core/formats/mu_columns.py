"""mu(E) in columns: energy with mu, or with the intensities that give it.

The columns are found by their names (energy with mu, xmu, mutrans or normalized, else
i0 with itrans or ifluor); without names the two columns must be energy and mu. Rows
that repeat an energy are averaged, which is logged. Lost: all other columns, and the
header but for the fields ``Element.symbol`` and ``Element.edge``.
"""

import logging

import numpy as np
from jaxtyping import Float

from onne_core.errors import ColumnsUnclearError, FormatError
from onne_core.formats.columns import Column
from onne_core.formats.content import shown
from onne_core.formats.text_table import TextTable
from onne_core.values.spectrum import Absorption

_LOG = logging.getLogger(__name__)

ENERGY_RANGE = (100.0, 200_000.0)
"""Energies of X-ray absorption edges, eV; a value below it is taken as keV."""

FEWEST_ROWS = 20

Values = Float[np.ndarray, " e"]


def from_table(table: TextTable) -> Absorption:
    """Return mu(E) of ``table``.

    Raises
    ------
    FormatError
        If the columns are not clear, energies are not
        rising, or intensities are not positive.
    """
    if len(table.rows) < FEWEST_ROWS:
        raise FormatError(
            f"{shown(table.path)}: only {len(table.rows)} rows; mu(E) needs at least "
            f"{FEWEST_ROWS}; export the whole scan."
        )
    energy, mu = _merged(table, _energies(table), _absorption(table))
    if np.ptp(mu) == 0.0:
        raise FormatError(
            f"{shown(table.path)}: mu is {mu[0]:g} in every row; give the column "
            "with mu."
        )
    return Absorption(
        energy=energy,
        mu=mu,
        element=table.fields.get("element.symbol", "").capitalize(),
        edge=table.fields.get("element.edge", "").upper(),
        name=shown(table.path.with_suffix("")),
        source=str(table.path),
    )


def _energies(table: TextTable) -> Values:
    """Return the energies of the rows, eV."""
    column = table.columns.get("energy")
    energy = table.rows[:, column.index if column else 0]
    unit = column.unit if column else ""
    if unit == "keV" or (not unit and energy.max() < ENERGY_RANGE[0]):
        _LOG.info("%s: energies read as keV", shown(table.path))
        energy = 1000.0 * energy
    outside = np.flatnonzero((energy < ENERGY_RANGE[0]) | (energy > ENERGY_RANGE[1]))
    if outside.size:
        row = int(outside[0])
        raise FormatError(
            f"{table.place(row)}: energy {energy[row]:g} eV is outside "
            f"{ENERGY_RANGE[0]:g} to {ENERGY_RANGE[1]:g} eV; give energies in eV, or "
            "name the column 'energy(keV)'."
        )
    return energy


def _absorption(table: TextTable) -> Values:
    """Return mu of the rows: as given, else ln(i0/itrans), else ifluor/i0."""
    columns = table.columns
    if "mu" in columns:
        return table.rows[:, columns["mu"].index]
    if "i0" in columns and "itrans" in columns:
        ratio = _intensity(table, columns["i0"]) / _intensity(table, columns["itrans"])
        return np.log(ratio)
    if "i0" in columns and "ifluor" in columns:
        fluorescence = table.rows[:, columns["ifluor"].index]
        return fluorescence / _intensity(table, columns["i0"])
    if table.width == 2:
        return table.rows[:, 1]
    raise ColumnsUnclearError(
        f"{shown(table.path)}: it is not clear which of the {table.width} columns is "
        "mu; name them in the last header line ('energy mu' or 'energy i0 itrans')."
    )


def _intensity(table: TextTable, column: Column) -> Values:
    """Return a column of detector counts, which must be positive."""
    counts = table.rows[:, column.index]
    dark = np.flatnonzero(counts <= 0.0)
    if dark.size:
        row = int(dark[0])
        raise FormatError(
            f"{table.place(row)}: {column.label} is {counts[row]:g}; counts must be "
            "positive; remove the row."
        )
    return counts


def _merged(
    table: TextTable, energy: Values, mu: Values
) -> tuple[Float[np.ndarray, " single"], Float[np.ndarray, " single"]]:
    """Return energy and mu with the mean mu where an energy is repeated."""
    falling = np.flatnonzero(np.diff(energy) < 0.0)
    if falling.size:
        row = int(falling[0]) + 1
        raise FormatError(
            f"{table.place(row)}: energy must increase ({energy[row - 1]:g} eV is "
            f"followed by {energy[row]:g} eV); sort the rows, one scan per file."
        )
    single, inverse, count = np.unique(energy, return_inverse=True, return_counts=True)
    if single.size < energy.size:
        repeated = energy.size - single.size
        _LOG.warning("%s: %d repeated energies averaged", shown(table.path), repeated)
    return single, np.bincount(inverse, weights=mu) / count
