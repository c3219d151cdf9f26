"""Layout of rows over energies, common to all compiled loops.

A row holds SLOTS real parts, then SLOTS imaginary ones; the highest energy comes first
and the lowest is repeated to fill up. A high partial wave counts only at high energies,
so that loops run over the first part of a row, and no further.
"""

import numpy as np

SLOTS = 64
"""Places for energies in a row; FEFF's grid to 20 Å^-1 has 59."""

ROW = 2 * SLOTS

LANES = 8
"""Numbers of the energies that loops run over are multiples of it."""

QUAD = 4
"""Partial waves that are summed together; a chunk holds so many."""


def downwards(values: np.ndarray) -> np.ndarray:
    """Return ``values`` [energy, ...] with the highest energy first, SLOTS of them."""
    missing = SLOTS - len(values)
    return np.concatenate([values[::-1], np.repeat(values[:1], missing, axis=0)])


def rows(values: np.ndarray) -> np.ndarray:
    """Return complex ``values`` [energy, ...] as rows [..., ROW]."""
    ordered = np.moveaxis(downwards(values), 0, -1)
    return np.ascontiguousarray(
        np.concatenate([np.real(ordered), np.imag(ordered)], axis=-1)
    )
