"""Amplitudes of the paths of one cluster, compiled."""

from typing import NamedTuple

import numpy as np
from numba import njit

from onne_core.scattering.couplings import ORDERS, ROTATIONS, STATES, TARGETS
from onne_core.scattering.elementary import FAST, decay, sine_cosine
from onne_core.scattering.kernel import (
    closing,
    mix,
    multiply,
    scatter,
    spread,
    trace,
    turn_rows,
    vertex_factors,
    vertex_sums,
)
from onne_core.scattering.layout import QUAD, ROW, SLOTS
from onne_core.scattering.paths import MOST_SCATTERERS, scatterers_of
from onne_core.scattering.singles import single_trace
from onne_core.scattering.waves import angles, polynomials, rotations

MOST_LEGS = MOST_SCATTERERS + 1
ROTATION_COUNT = len(ROTATIONS)


class Room(NamedTuple):
    """Work arrays, made once per cluster; some share memory.

    ``waves`` [leg, order, l] and ``quads`` [leg, order, chunk] are those between two
    scatterers, ``scattered`` with the t-matrix. ``first``, ``inner`` and ``last`` are
    sums of vertices, flat [group] and as cubes [group, target].
    """

    waves: np.ndarray
    quads: np.ndarray
    scattered: np.ndarray
    scattered_quads: np.ndarray
    d: np.ndarray
    factors: np.ndarray
    first: np.ndarray
    first_cube: np.ndarray
    inner: np.ndarray
    inner_cube: np.ndarray
    last: np.ndarray
    last_cube: np.ndarray
    chain: np.ndarray
    longer: np.ndarray
    dense: np.ndarray
    absorber: np.ndarray
    row: np.ndarray


@njit(**FAST)
def path_amplitudes(chosen, atoms, k, partial):
    """Return c(E) per path as rows, and the half path lengths (bohr).

    ``chosen`` lists scatterers of ``atoms``. The factor exp(2ikR) is taken out; one
    orientation, no degeneracy. ``k`` upwards in energy, ``partial`` as in Tables.
    """
    found = chosen.shape[0]
    result, lengths = np.empty((found, ROW)), np.empty(found)
    room = _room(partial.active.shape[1], partial.couplings)
    slots, absorber_waves = _absorber_waves(chosen, atoms, partial, room)
    route = np.empty(MOST_LEGS + 1, np.int64)
    cosines, etas = np.empty(MOST_LEGS), np.empty(MOST_LEGS)
    for n in range(found):
        legs = route_of(chosen, n, route)
        if legs == 2:
            i = route[1]
            r = atoms.distances[0, i]
            single_trace(partial.singles, atoms.indices[i], r, result, n)
            continue
        angles(route, legs, atoms.positions, cosines, etas)
        _sum_ends(route, legs, atoms, partial, slots, absorber_waves, cosines, room)
        closing(partial.couplings, room.d, etas[0], etas[legs - 1], room.absorber)
        if legs == 4:
            _lengthen(route, atoms, partial, cosines, etas, room)
        _close(partial, legs, room, result, n)
    _propagate(chosen, atoms.distances, k, partial.p, result, lengths)
    return result, lengths


@njit(**FAST)
def route_of(chosen, n, route):
    """Fill ``route`` with absorber, scatterers, absorber; return the number of legs."""
    count = scatterers_of(chosen, n)
    route[0] = 0
    for j in range(count):
        route[j + 1] = chosen[n, j]
    route[count + 1] = 0
    return count + 1


@njit(**FAST)
def _room(chunks, couplings):
    ends, states, l_count = couplings.ends.shape[0], len(STATES), chunks * QUAD
    groups = max(
        couplings.first.left.size, couplings.inner.left.size, couplings.last.left.size
    )
    waves = np.empty((2, ORDERS, l_count, ROW))
    scattered = np.empty((1, ORDERS, l_count, ROW))
    first, inner = np.empty((groups, TARGETS * ROW)), np.empty((groups, TARGETS * ROW))
    last = np.empty((groups, TARGETS * ROW))
    dense = np.empty((states, ends, 2), np.int64)
    for row in range(states):
        for column in range(ends):
            dense[row, column, 0], dense[row, column, 1] = row, column
    return Room(
        waves,
        waves.reshape((2, ORDERS, chunks, QUAD * ROW)),
        scattered,
        scattered.reshape((1, ORDERS, chunks, QUAD * ROW)),
        np.empty((l_count, ROTATION_COUNT)),
        np.empty((chunks, groups, TARGETS * QUAD)),
        first,
        first.reshape((groups, TARGETS, ROW)),
        inner,
        inner.reshape((groups, TARGETS, ROW)),
        last,
        last.reshape((groups, TARGETS, ROW)),
        np.empty((states, ends, ROW)),
        np.empty((states, ends, ROW)),
        dense,
        np.empty((ends, ends)),
        np.empty(ROW),
    )


@njit(**FAST)
def _absorber_waves(chosen, atoms, partial, room):
    """Return the slot of every atom, and its waves from and to the absorber.

    The waves are [slot, kind, chunk], kinds as in Couplings.waves, with the t-matrix of
    the atom. Atoms that no path of more than two legs starts or ends with have none.
    """
    slots = np.full(atoms.indices.size, -1, np.int64)
    used = 0
    for n in range(chosen.shape[0]):
        count = scatterers_of(chosen, n)
        for place in (0, count - 1):
            atom = chosen[n, place]
            if count > 1 and slots[atom] < 0:
                slots[atom] = used
                used += 1
    kinds, chunks = partial.couplings.waves, partial.active.shape[1]
    found = np.empty((used, kinds.shape[0], chunks * QUAD, ROW))
    for atom in range(slots.size):
        if slots[atom] < 0:
            continue
        r, potential = atoms.distances[0, atom], atoms.indices[atom]
        polynomials(r, partial.p, partial.widest, room.row, room.waves, 0)
        for kind in range(kinds.shape[0]):
            mix(room.waves, partial, potential, kind, found, slots[atom])
    return slots, found.reshape((used, kinds.shape[0], chunks, QUAD * ROW))


@njit(**FAST)
def _sum_ends(route, legs, atoms, partial, slots, absorber_waves, cosines, room):
    """Fill the sums of the first and the last vertex, then the rotations at the end."""
    for j in range(1, legs - 1):
        r = atoms.distances[route[j], route[j + 1]]
        polynomials(r, partial.p, partial.widest, room.row, room.waves, j - 1)
    first, last = partial.couplings.first, partial.couplings.last
    l_count, active = room.d.shape[0], partial.active
    i, j = route[1], route[legs - 1]
    rotations(cosines[0], l_count, partial.steps, partial.starts, room.d)
    vertex_factors(room.d, first, room.factors)
    vertex_sums(
        first,
        room.factors,
        room.quads,
        0,
        absorber_waves,
        slots[i],
        active,
        atoms.indices[i],
        room.first,
    )
    rotations(cosines[legs - 2], l_count, partial.steps, partial.starts, room.d)
    vertex_factors(room.d, last, room.factors)
    vertex_sums(
        last,
        room.factors,
        absorber_waves,
        slots[j],
        room.quads,
        legs - 3,
        active,
        atoms.indices[j],
        room.last,
    )
    terminal_count = partial.terminal.shape[0]
    rotations(cosines[legs - 1], terminal_count, partial.steps, partial.starts, room.d)


@njit(**FAST)
def _lengthen(route, atoms, partial, cosines, etas, room):
    """Fill ``room.longer`` with the inner vertex of a path times its first one."""
    inner, ends = partial.couplings.inner, partial.couplings.ends.shape[0]
    potential = atoms.indices[route[2]]
    spread(room.first_cube, partial.couplings.first.at, room.chain)
    turn_rows(room.chain, ends, etas[1])
    l_count = room.d.shape[0]
    rotations(cosines[1], l_count, partial.steps, partial.starts, room.d)
    vertex_factors(room.d, inner, room.factors)
    scatter(room.waves, 1, partial, potential, room.scattered)
    vertex_sums(
        inner,
        room.factors,
        room.scattered_quads,
        0,
        room.quads,
        0,
        partial.active,
        potential,
        room.inner,
    )
    multiply(room.inner_cube, inner.at, room.chain, ends, room.longer)
    turn_rows(room.longer, ends, etas[2])


@njit(**FAST)
def _close(partial, legs, room, result, n):
    """Fill ``result[n]`` with the trace of a path of three or four legs."""
    chain, at = room.first_cube, partial.couplings.first.at
    if legs == 4:
        chain, at = room.longer, room.dense
    trace(partial, room.absorber, room.last_cube, chain, at, room.row, result, n)


@njit(**FAST)
def _propagate(chosen, distances, k, p, result, lengths):
    """Multiply by exp(i (p - k) L) / (rho_1 ... rho_N), in place; fill L / 2."""
    route = np.empty(MOST_LEGS + 1, np.int64)
    shift = np.empty(SLOTS)
    for e in range(SLOTS):
        shift[e] = p[e] - k[max(k.size - 1 - e, 0)]
    for n in range(chosen.shape[0]):
        legs = route_of(chosen, n, route)
        product, length = 1.0, 0.0
        for j in range(legs):
            product *= distances[route[j], route[j + 1]]
            length += distances[route[j], route[j + 1]]
        lengths[n] = 0.5 * length
        for e in range(SLOTS):
            x, y = p[e], p[SLOTS + e]
            u, v = x * x - y * y, 2.0 * x * y
            if legs == 3:
                u, v = u * x - v * y, u * y + v * x
            elif legs == 4:
                u, v = u * u - v * v, 2.0 * u * v
            damping = decay(y * length) / ((u * u + v * v) * product)
            sine, cosine = sine_cosine(shift[e] * length)
            cosine, sine = damping * cosine, damping * sine
            fx, fy = cosine * u + sine * v, sine * u - cosine * v
            a, b = result[n, e], result[n, SLOTS + e]
            result[n, e] = a * fx - b * fy
            result[n, SLOTS + e] = a * fy + b * fx
