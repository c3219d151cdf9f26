"""Important scattering paths of a cluster with two to four legs; compiled.

Atom 0 absorbs. Of a path and its time reverse one is taken, with degeneracy 2. The
filter is that of FEFF's pathfinder: a plane-wave estimate against the shortest path.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from onne_core.scattering.elementary import FAST, decay
from onne_core.scattering.layout import SLOTS

SMALLEST_COSINE = 0.3
"""Floor of abs(cos beta) at the absorber in the plane-wave estimate, as in FEFF."""

COSINE_STEP = 0.025
"""Step of the tabulated abs(f) over cos beta."""

ROUNDING = 1e-9
"""Relative difference of lengths that is none."""

MOST_SCATTERERS = 3
NONE = -1


class Atoms(NamedTuple):
    """Positions (bohr), potential indices and distances (bohr); atom 0 absorbs."""

    positions: np.ndarray
    indices: np.ndarray
    distances: np.ndarray


@njit(**FAST)
def pair_distances(positions):
    """Return the distances between all atoms, in the unit of ``positions``."""
    atoms = positions.shape[0]
    distances = np.zeros((atoms, atoms))
    for i in range(atoms):
        for j in range(i):
            squared = 0.0
            for axis in range(3):
                squared += (positions[i, axis] - positions[j, axis]) ** 2
            distances[i, j] = math.sqrt(squared)
            distances[j, i] = distances[i, j]
    return distances


@njit(**FAST)
def leg_factors(distances, longest, plane):
    """Return exp(-r Im p) / (r Re p) per pair and energy.

    Pairs that no path of length ``longest`` connects are left out: not a number that
    means anything. The sums of a path are rounded otherwise than those here.
    """
    atoms, longest = distances.shape[0], longest * (1.0 + ROUNDING)
    factors = np.empty((atoms, atoms, SLOTS))
    for i in range(atoms):
        for j in range(i):
            r = distances[i, j]
            if distances[0, i] + r + distances[0, j] > longest:
                continue
            for e in range(SLOTS):
                value = decay(r * plane.imaginary_p[e]) / (r * plane.real_p[e])
                factors[i, j, e] = value
                factors[j, i, e] = value
    return factors


@njit(**FAST)
def cosine_at(atoms, before, vertex, after):
    """Return cos beta at ``vertex`` on the way from ``before`` to ``after``."""
    positions, distances = atoms.positions, atoms.distances
    dot = 0.0
    for axis in range(3):
        dot += (positions[vertex, axis] - positions[before, axis]) * (
            positions[after, axis] - positions[vertex, axis]
        )
    cosine = dot / (distances[before, vertex] * distances[vertex, after])
    return max(-1.0, min(1.0, cosine))


@njit(**FAST)
def angle_at(atoms, before, vertex, after):
    """Return the number of the tabulated cos beta at ``vertex``."""
    cosine = cosine_at(atoms, before, vertex, after)
    return int((cosine + 1.0) / COSINE_STEP + 0.5)


@njit(**FAST)
def importance(chosen, n, atoms, factors, plane):
    """Return the plane-wave estimate of the strength of path ``chosen[n]``.

    Its degeneracy is left out.
    """
    indices, strength, weights = atoms.indices, plane.strength, plane.weights
    i, j, k = chosen[n, 0], chosen[n, 1], chosen[n, 2]
    total = 0.0
    if j == NONE:
        last = i
        x, a = indices[i], angle_at(atoms, 0, i, 0)
        for e in range(SLOTS):
            leg = factors[0, i, e]
            total += weights[e] * leg * leg * strength[x, a, e]
    elif k == NONE:
        last = j
        x, a = indices[i], angle_at(atoms, 0, i, j)
        y, b = indices[j], angle_at(atoms, i, j, 0)
        for e in range(SLOTS):
            legs = factors[0, i, e] * factors[i, j, e] * factors[0, j, e]
            total += weights[e] * legs * strength[x, a, e] * strength[y, b, e]
    else:
        last = k
        x, a = indices[i], angle_at(atoms, 0, i, j)
        y, b = indices[j], angle_at(atoms, i, j, k)
        z, c = indices[k], angle_at(atoms, j, k, 0)
        for e in range(SLOTS):
            legs = factors[0, i, e] * factors[i, j, e]
            legs *= factors[j, k, e] * factors[0, k, e]
            vertices = strength[x, a, e] * strength[y, b, e] * strength[z, c, e]
            total += weights[e] * legs * vertices
    end = abs(cosine_at(atoms, last, 0, i))
    return max(end, SMALLEST_COSINE) * total


@njit(**FAST)
def all_paths(distances, longest, legs, chosen):
    """Fill ``chosen`` with the scatterers of all paths; return how many there are.

    NONE stands for no more scatterers. ``longest`` is the largest sum of the legs.
    The number may exceed the rows of ``chosen``: then those beyond were counted but
    not kept.
    """
    atoms, most = distances.shape[0], chosen.shape[0]
    found = 0
    for i in range(1, atoms):
        if 2.0 * distances[0, i] > longest:
            continue
        if found < most:
            _store(chosen, found, i, NONE, NONE)
        found += 1
        for j in range(atoms):
            head = distances[0, i] + distances[i, j]
            if legs < 3 or j == i or head + distances[j, 0] > longest:
                continue
            if j > i:
                if found < most:
                    _store(chosen, found, i, j, NONE)
                found += 1
            for k in range(i, atoms):
                whole = head + distances[j, k] + distances[k, 0]
                if legs < 4 or k == j or whole > longest:
                    continue
                if found < most:
                    _store(chosen, found, i, j, k)
                found += 1
    return found


@njit(**FAST)
def select_paths(chosen, found, threshold, atoms, factors, plane):
    """Keep the rows of ``chosen`` that reach ``threshold``; return how many.

    The threshold is a share of the importance of the shortest path. Rows move to the
    front; their order stays.
    """
    shortest = np.full((1, MOST_SCATTERERS), NONE)
    shortest[0, 0] = 1 + np.argmin(atoms.distances[0, 1:])
    limit = threshold * importance(shortest, 0, atoms, factors, plane)
    kept = 0
    for n in range(found):
        value = importance(chosen, n, atoms, factors, plane)
        if degeneracy_of(chosen, n) * value >= limit:
            for place in range(MOST_SCATTERERS):
                chosen[kept, place] = chosen[n, place]
            kept += 1
    return kept


@njit(**FAST)
def scatterers_of(chosen, n):
    """Return the number of scatterers of path ``chosen[n]``."""
    count = 0
    while count < MOST_SCATTERERS and chosen[n, count] != NONE:
        count += 1
    return count


@njit(**FAST)
def degeneracy_of(chosen, n):
    """Return 2 if the time-reversed path is another one, else 1."""
    last = scatterers_of(chosen, n) - 1
    return 1.0 if chosen[n, 0] == chosen[n, last] else 2.0


@njit(**FAST)
def _store(chosen, row, i, j, k):
    chosen[row, 0], chosen[row, 1], chosen[row, 2] = i, j, k
