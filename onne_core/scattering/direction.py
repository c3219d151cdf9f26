"""Direction of time in which a path is computed, compiled.

The truncated expansion gives a path and its time reverse slightly different amplitudes.
FEFF takes the one with the smaller number below, which depends on neither the
orientation of the cluster nor the order of its atoms; neither does the sum, then.
"""

import math

import numpy as np
from numba import njit

from onne_core.scattering.elementary import FAST
from onne_core.scattering.paths import MOST_SCATTERERS, scatterers_of
from onne_core.scattering.phases import BOHR

ATOM_BASE = 16.12345678
POTENTIAL_BASE = 8.57654321
AXIS_WEIGHTS = np.array([1.0, 0.894375, 0.573498])
"""FEFF's weights of an atom's place in the path, its potential, and x, y, z."""

PER_ANGSTROM = 1000.0
POTENTIAL_WEIGHT = 1000.0

ON_AXIS = 1e-4
"""Distance from the axis of the first leg below which an atom lies on it, Å."""


@njit(**FAST)
def orient(chosen, atoms):
    """Turn the rows of ``chosen`` into FEFF's direction, in place (bohr)."""
    both = np.empty((2, MOST_SCATTERERS), np.int64)
    frame, places = np.empty((3, 3)), np.empty((MOST_SCATTERERS, 3))
    for n in range(chosen.shape[0]):
        count = scatterers_of(chosen, n)
        if count == 1:
            continue
        for j in range(count):
            both[0, j], both[1, j] = chosen[n, j], chosen[n, count - 1 - j]
        there = _path_number(both, 0, count, atoms, places, frame)
        back = _path_number(both, 1, count, atoms, places, frame)
        if back < there:
            for j in range(count):
                chosen[n, j] = both[1, j]


@njit(**FAST)
def _path_number(paths, n, count, atoms, places, frame):
    """Return FEFF's number of a path, without its constant for the number of legs.

    Coordinates are whole thousandths of an Å in the frame of the path: z along the
    first leg, the first atom off it at positive x, the next off this plane at
    positive y. ``places`` and ``frame`` are room to work in.
    """
    for j in range(count):
        for axis in range(3):
            place = atoms.positions[paths[n, j], axis] - atoms.positions[0, axis]
            places[j, axis] = place * BOHR
    _fill_frame(places, count, frame)
    number, of_atom, of_potential = 0.0, 1.0, POTENTIAL_WEIGHT
    for j in range(count):
        for axis in range(3):
            along = _dot(frame, axis, places, j)
            whole = math.floor(PER_ANGSTROM * along + 0.5)
            number += of_atom * AXIS_WEIGHTS[axis] * whole
        number += of_potential * atoms.indices[paths[n, j]]
        of_atom *= ATOM_BASE
        of_potential *= POTENTIAL_BASE
    return number


@njit(**FAST)
def _fill_frame(places, count, frame):
    """Fill the axes x, y, z of a path as rows; x and y stay 0 where none is set."""
    size = math.sqrt(_dot(places, 0, places, 0))
    for axis in range(3):
        frame[0, axis] = frame[1, axis] = 0.0
        frame[2, axis] = places[0, axis] / size
    found = 0
    for j in range(1, count):
        if found == 2:
            break
        place = places[j, 0], places[j, 1], places[j, 2]
        if _set_axis(frame, found, place):
            found += 1


@njit(**FAST)
def _set_axis(frame, number, atom):
    """Set axis ``number`` to where ``atom`` is off those that are set; say if it is.

    An atom that lies within ON_AXIS of the first leg sets none.
    """
    x, y, z = atom
    size = 0.0
    for done in range(number + 1):
        axis = 2 if done == 0 else 0
        along = x * frame[axis, 0] + y * frame[axis, 1] + z * frame[axis, 2]
        x -= along * frame[axis, 0]
        y -= along * frame[axis, 1]
        z -= along * frame[axis, 2]
        size = math.sqrt(x * x + y * y + z * z)
        if size <= ON_AXIS:
            return False
    frame[number, 0], frame[number, 1], frame[number, 2] = x / size, y / size, z / size
    return True


@njit(**FAST)
def _dot(a, i, b, j):
    """Return the product of two rows."""
    return a[i, 0] * b[j, 0] + a[i, 1] * b[j, 1] + a[i, 2] * b[j, 2]
