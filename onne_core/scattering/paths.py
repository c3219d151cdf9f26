"""Scattering paths of a cluster, compiled: all with two to four legs that matter.

Atom 0 absorbs. Of a path and its time reverse one is taken, with degeneracy 2. The
filter is that of FEFF's pathfinder: a plane-wave estimate against the shortest path.
"""

import math

import numpy as np
from numba import njit

from onne_core.scattering.waves import FAST

SMALLEST_COSINE = 0.3
"""Floor of abs(cos beta) at the absorber in the plane-wave estimate, as in FEFF."""

COSINE_STEP = 0.025
"""Step of the tabulated abs(f) over cos beta."""

MOST_SCATTERERS = 3
NONE = -1


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
def leg_factors(distances, longest, real_p, imaginary_p):
    """Return exp(-r Im p) / (r Re p) per pair and energy; 0 beyond ``longest``."""
    atoms, count = distances.shape[0], real_p.size
    factors = np.zeros((atoms, atoms, count))
    for i in range(atoms):
        for j in range(i):
            r = distances[i, j]
            if r > longest:
                continue
            for e in range(count):
                value = math.exp(-r * imaginary_p[e]) / (r * real_p[e])
                factors[i, j, e] = value
                factors[j, i, e] = value
    return factors


@njit(**FAST)
def cosine_at(positions, distances, before, vertex, after):
    """Return cos beta at ``vertex`` on the way from ``before`` to ``after``."""
    dot = 0.0
    for axis in range(3):
        dot += (positions[vertex, axis] - positions[before, axis]) * (
            positions[after, axis] - positions[vertex, axis]
        )
    cosine = dot / (distances[before, vertex] * distances[vertex, after])
    return max(-1.0, min(1.0, cosine))


@njit(**FAST)
def importance(path, count, positions, indices, distances, factors, strength, weights):
    """Return the plane-wave estimate of a path's strength, without its degeneracy.

    ``path`` lists ``count`` scatterers; ``weights`` integrate over Re p.
    """
    last = path[count - 1]
    end = abs(cosine_at(positions, distances, last, 0, path[0]))
    work = max(end, SMALLEST_COSINE) * weights * factors[last, 0]
    before = 0
    for j in range(count):
        vertex = path[j]
        after = path[j + 1] if j + 1 < count else 0
        cosine = cosine_at(positions, distances, before, vertex, after)
        row = strength[indices[vertex], int((cosine + 1.0) / COSINE_STEP + 0.5)]
        leg = factors[before, vertex]
        for e in range(weights.size):
            work[e] *= leg[e] * row[e]
        before = vertex
    return work.sum()


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
def select_paths(
    chosen, found, threshold, positions, indices, distances, factors, strength, weights
):
    """Keep the rows of ``chosen`` that reach ``threshold``; return how many.

    The threshold is a share of the importance of the shortest path. Rows move to the
    front; their order stays.
    """
    path = np.empty(MOST_SCATTERERS, np.int64)
    path[0] = 1 + np.argmin(distances[0, 1:])
    limit = threshold * importance(
        path, 1, positions, indices, distances, factors, strength, weights
    )
    kept = 0
    for n in range(found):
        path[:] = chosen[n]
        count = scatterers_of(path)
        value = degeneracy_of(path) * importance(
            path, count, positions, indices, distances, factors, strength, weights
        )
        if value >= limit:
            chosen[kept] = path
            kept += 1
    return kept


@njit(**FAST)
def scatterers_of(path):
    """Return the number of scatterers of ``path``."""
    count = 0
    while count < MOST_SCATTERERS and path[count] != NONE:
        count += 1
    return count


@njit(**FAST)
def degeneracy_of(path):
    """Return 2 if the time-reversed path is another one, else 1."""
    count = scatterers_of(path)
    return 1.0 if path[0] == path[count - 1] else 2.0


@njit(**FAST)
def _store(chosen, row, i, j, k):
    chosen[row, 0], chosen[row, 1], chosen[row, 2] = i, j, k
