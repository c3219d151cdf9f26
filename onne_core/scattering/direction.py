"""Direction of time in which a path is computed, compiled.

The truncated expansion gives a path and its time reverse slightly different amplitudes.
FEFF takes the one with the smaller number below, which depends on neither the
orientation of the cluster nor the order of its atoms; neither does the sum, then.
"""

import math

import numpy as np
from numba import njit

from onne_core.scattering.paths import MOST_SCATTERERS, scatterers_of
from onne_core.scattering.phases import BOHR
from onne_core.scattering.waves import FAST

ATOM_BASE = 16.12345678
POTENTIAL_BASE = 8.57654321
AXIS_WEIGHTS = np.array([1.0, 0.894375, 0.573498])
"""FEFF's weights of an atom's place in the path, its potential, and x, y, z."""

PER_ANGSTROM = 1000.0
POTENTIAL_WEIGHT = 1000.0

ON_AXIS = 1e-4
"""Distance from the axis of the first leg below which an atom lies on it, Å."""


@njit(**FAST)
def orient(chosen, positions, indices):
    """Turn the rows of ``chosen`` into FEFF's direction, in place (bohr)."""
    reverse = np.empty(MOST_SCATTERERS, np.int64)
    for path in chosen:
        count = scatterers_of(path)
        reverse[:] = path
        for j in range(count):
            reverse[j] = path[count - 1 - j]
        there = path_number(path, count, positions, indices)
        if path_number(reverse, count, positions, indices) < there:
            path[:] = reverse


@njit(**FAST)
def path_number(path, count, positions, indices):
    """Return FEFF's number of a path, without its constant for the number of legs.

    Coordinates are whole thousandths of an Å in the frame of the path: z along the
    first leg, the first atom off it at positive x, the next off this plane at
    positive y.
    """
    atoms = np.empty((count, 3))
    for j in range(count):
        for axis in range(3):
            atoms[j, axis] = (positions[path[j], axis] - positions[0, axis]) * BOHR
    frame = _frame(atoms)
    number, of_atom, of_potential = 0.0, 1.0, POTENTIAL_WEIGHT
    for j in range(count):
        for axis in range(3):
            along = 0.0
            for i in range(3):
                along += frame[axis, i] * atoms[j, i]
            whole = math.floor(PER_ANGSTROM * along + 0.5)
            number += of_atom * AXIS_WEIGHTS[axis] * whole
        number += of_potential * indices[path[j]]
        of_atom *= ATOM_BASE
        of_potential *= POTENTIAL_BASE
    return number


@njit(**FAST)
def _frame(atoms):
    """Return the axes x, y, z of a path as rows; x and y stay 0 where none is set."""
    frame = np.zeros((3, 3))
    first = math.sqrt(np.sum(atoms[0] * atoms[0]))
    frame[2] = atoms[0] / first
    for atom in atoms[1:]:
        across = atom - np.sum(atom * frame[2]) * frame[2]
        size = math.sqrt(np.sum(across * across))
        if size > ON_AXIS and not frame[0].any():
            frame[0] = across / size
        elif size > ON_AXIS and not frame[1].any():
            across -= np.sum(atom * frame[0]) * frame[0]
            size = math.sqrt(np.sum(across * across))
            if size > ON_AXIS:
                frame[1] = across / size
    return frame
