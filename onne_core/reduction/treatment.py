"""Operations on a measured mu(E), in their order: shift, deglitch, rebin and so on."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.reduction.self_absorption import corrected
from onne_core.values.spectrum import HBAR2_OVER_2M, Absorption
from onne_core.values.treatment import (
    Deglitch,
    Operation,
    Rebin,
    SelfAbsorption,
    Shift,
    Truncate,
)

FEWEST_LEFT = 20
"""Fewest points that operations may leave."""

PRE_STEP, EDGE_STEP, K_STEP = 5.0, 0.5, 0.05
"""Steps of the grid of a rebinned scan: before the edge and at it (eV), and above it
(Å^-1); Athena's defaults but for the first, which it has at 10 eV."""

EDGE_BEGINS, EDGE_ENDS = -30.0, 50.0
"""Part of the scan with the steps of the edge, eV above E0."""

NEAREST = 1e-3
"""Distance within which an energy is that of a point, eV."""

Energies = Float[np.ndarray, " _"]


def treated(absorption: Absorption, operations: Sequence[Operation]) -> Absorption:
    """Return mu(E) after ``operations``, one after the other.

    Raises
    ------
    FormatError
        If one of them leaves too few points.
    """
    for operation in operations:
        absorption = _applied(absorption, operation)
        if absorption.energy.size < FEWEST_LEFT:
            raise FormatError(
                f"{absorption.name or 'mu(E)'}: only {absorption.energy.size} points "
                "would be left; remove fewer."
            )
    return absorption


def shift_of(operations: Sequence[Operation]) -> float:
    """Return by how much ``operations`` move the energies in all, eV."""
    return sum(one.by for one in operations if isinstance(one, Shift))


def _applied(absorption: Absorption, operation: Operation) -> Absorption:
    energy = absorption.energy
    if isinstance(operation, Shift):
        e0 = absorption.e0
        moved = None if e0 is None else e0 + operation.by
        return replace(absorption, energy=energy + operation.by, e0=moved)
    if isinstance(operation, Deglitch):
        gaps = np.abs(energy[:, None] - np.array(operation.energies)).min(axis=1)
        return _kept(absorption, gaps > NEAREST)
    if isinstance(operation, Truncate):
        lower, upper = operation.lower, operation.upper
        keep = np.ones(energy.size, bool)
        keep &= energy >= lower if lower is not None else True
        keep &= energy <= upper if upper is not None else True
        return _kept(absorption, keep)
    if isinstance(operation, SelfAbsorption):
        return corrected(absorption, operation)
    return _rebinned(absorption, operation)


def _kept(absorption: Absorption, keep: np.ndarray) -> Absorption:
    """Return the points to ``keep``."""
    noise, reference = absorption.noise, absorption.reference
    return replace(
        absorption,
        energy=absorption.energy[keep],
        mu=absorption.mu[keep],
        noise=None if noise is None else noise[keep],
        reference=None if reference is None else reference[keep],
    )


def _rebinned(absorption: Absorption, operation: Rebin) -> Absorption:
    """Return the means of the points that are nearest to each energy of the grid.

    Energies are means too, so that a slope stays one; where the grid is denser than
    the scan, its points stay.
    """
    energy = absorption.energy
    grid = rebinning_grid(float(energy[0]), float(energy[-1]), operation.e0)
    middles = 0.5 * (grid[1:] + grid[:-1])
    place = np.searchsorted(middles, energy)
    _, place, count = np.unique(place, return_inverse=True, return_counts=True)

    def mean(values: Energies) -> Energies:
        return np.bincount(place, weights=values) / count

    noise, reference = absorption.noise, absorption.reference
    return replace(
        absorption,
        energy=mean(energy),
        mu=mean(absorption.mu),
        noise=None if noise is None else np.sqrt(mean(noise**2) / count),
        reference=None if reference is None else mean(reference),
    )


def rebinning_grid(first: float, last: float, e0: float) -> Float[np.ndarray, " grid"]:
    """Return the energies (eV) of a rebinned scan from ``first`` to ``last``."""
    begins, ends = e0 + EDGE_BEGINS, e0 + EDGE_ENDS
    k = np.arange(
        np.sqrt(EDGE_ENDS / HBAR2_OVER_2M),
        np.sqrt(max(last - e0, EDGE_ENDS) / HBAR2_OVER_2M) + K_STEP,
        K_STEP,
    )
    parts = (
        np.arange(begins, min(first, begins) - PRE_STEP, -PRE_STEP)[:0:-1],
        np.arange(begins, ends, EDGE_STEP),
        e0 + HBAR2_OVER_2M * k**2,
    )
    return np.concatenate(parts)
