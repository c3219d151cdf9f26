"""Repulsion between atoms on spheres: local search of the genetic algorithm.

Compiled with numba; the functions change arrays in place and allocate little.
"""

import numpy as np
from jaxtyping import Float
from numba import njit

FORCE_POWER = 14.0
"""Exponent of the repulsion: large, so that the closest pairs decide."""

REACH = 1.5
"""Range of the repulsion in units of the smallest distance."""

LONGEST_STEP = 0.06
"""Longest first step of an atom in units of the smallest distance."""


def smallest_distance(positions: Float[np.ndarray, "atom 3"]) -> float:
    """Return the smallest distance (Å) between any two atoms, absorber included."""
    return float(_smallest(np.ascontiguousarray(positions)))


@njit(cache=True, nogil=True)
def repel(positions, radii, steps):
    """Move all atoms on their spheres away from their nearest neighbours.

    ``positions`` (Å) are changed in place to the best set met; the smallest distance
    (Å) reached is returned. Forces fall as distance^-FORCE_POWER relative to the
    smallest distance; the longest step shrinks from LONGEST_STEP of it to nothing.
    """
    best = positions.copy()
    largest = nearest = _smallest(positions)
    force = np.empty_like(positions)
    for step in range(steps):
        nearest = max(nearest, 1e-3)
        _sum_forces(positions, nearest, force)
        strongest = _keep_tangential(force, positions, radii)
        if strongest == 0.0:
            break
        length = LONGEST_STEP * nearest * (1.0 - step / steps) / strongest
        _advance(positions, force, radii, length)
        nearest = _smallest(positions)
        if nearest > largest:
            largest = nearest
            best[:] = positions
    positions[:] = best
    return largest


@njit(cache=True, nogil=True)
def _smallest(positions):
    """Return the smallest distance (Å) between any two atoms, absorber included."""
    smallest = np.inf
    for i in range(positions.shape[0]):
        x, y, z = positions[i, 0], positions[i, 1], positions[i, 2]
        squared = x * x + y * y + z * z
        smallest = min(smallest, squared)
        for j in range(i):
            dx = x - positions[j, 0]
            dy = y - positions[j, 1]
            dz = z - positions[j, 2]
            smallest = min(smallest, dx * dx + dy * dy + dz * dz)
    return np.sqrt(smallest)


@njit(cache=True, nogil=True)
def _sum_forces(positions, nearest, force):
    """Fill ``force`` with the repulsion of all pairs, relative to ``nearest``."""
    reach2 = (REACH * nearest) ** 2
    force[:] = 0.0
    for i in range(positions.shape[0]):
        for j in range(i):
            dx = positions[i, 0] - positions[j, 0]
            dy = positions[i, 1] - positions[j, 1]
            dz = positions[i, 2] - positions[j, 2]
            squared = dx * dx + dy * dy + dz * dz
            if squared > reach2:
                continue
            squared = max(squared, 1e-6)
            pull = (nearest * nearest / squared) ** (0.5 * FORCE_POWER) / squared
            force[i, 0] += pull * dx
            force[i, 1] += pull * dy
            force[i, 2] += pull * dz
            force[j, 0] -= pull * dx
            force[j, 1] -= pull * dy
            force[j, 2] -= pull * dz


@njit(cache=True, nogil=True)
def _keep_tangential(force, positions, radii):
    """Take away what points along the radii; return the strongest of what is left."""
    strongest = 0.0
    for i in range(positions.shape[0]):
        along = 0.0
        for axis in range(3):
            along += force[i, axis] * positions[i, axis]
        along /= radii[i] * radii[i]
        norm2 = 0.0
        for axis in range(3):
            force[i, axis] -= along * positions[i, axis]
            norm2 += force[i, axis] * force[i, axis]
        strongest = max(strongest, norm2)
    return np.sqrt(strongest)


@njit(cache=True, nogil=True)
def _advance(positions, force, radii, length):
    """Move by ``length`` times the force and return to the spheres."""
    for i in range(positions.shape[0]):
        norm2 = 0.0
        for axis in range(3):
            positions[i, axis] += length * force[i, axis]
            norm2 += positions[i, axis] * positions[i, axis]
        scale = radii[i] / np.sqrt(norm2)
        for axis in range(3):
            positions[i, axis] *= scale
