"""Amplitudes of the paths of one cluster, compiled: legs shared, blocks of energies."""

import math

import numpy as np
from numba import njit

from onne_core.scattering.kernel import (
    MEMBERS,
    multiply,
    single_scattering,
    terminal,
    trace_of_product,
    turn,
    vertex,
    vertex_constants,
    vertex_factors,
)
from onne_core.scattering.paths import (
    MOST_SCATTERERS,
    degeneracy_of,
    scatterers_of,
)
from onne_core.scattering.tables import BLOCK, MOST_TERMINAL_L
from onne_core.scattering.waves import (
    FAST,
    angles,
    norms,
    polynomials,
    rotation,
    rotation_constants,
)

MOST_LEGS = MOST_SCATTERERS + 1


@njit(**FAST)
def route_of(path, route):
    """Fill ``route`` with absorber, scatterers, absorber; return the number of legs."""
    count = scatterers_of(path)
    route[0] = 0
    for j in range(count):
        route[j + 1] = path[j]
    route[count + 1] = 0
    return count + 1


@njit(**FAST)
def shared_legs(chosen, atoms):
    """Return the number of each pair's leg (-1: in no path) and of all legs."""
    slots = np.full((atoms, atoms), -1, np.int64)
    route = np.empty(MOST_LEGS + 1, np.int64)
    used = 0
    for n in range(chosen.shape[0]):
        for j in range(route_of(chosen[n], route)):
            if slots[route[j], route[j + 1]] < 0:
                slots[route[j], route[j + 1]] = used
                slots[route[j + 1], route[j]] = used
                used += 1
    return slots, used


@njit(**FAST)
def path_amplitudes(
    chosen, positions, indices, distances, k, p, t, l_max, table, order
):
    """Return c(E) per path [path, part, energy] and the half path lengths (bohr).

    ``chosen`` rows are scatterers; atom 0 absorbs. The factor exp(2ikR) is taken out;
    one orientation, no degeneracy. ``p``, ``t``, ``l_max``, ``table`` are in blocks.
    """
    found, atoms, blocks = chosen.shape[0], positions.shape[0], p.shape[0]
    slots, used = shared_legs(chosen, atoms)
    deepest = t.shape[3] - 1
    waves = np.empty((used, blocks, 2 * order + 1, 2, deepest + 1, BLOCK))
    for a in range(atoms):
        for b in range(a):
            if slots[a, b] >= 0:
                for block in range(blocks):
                    top = max(l_max[block].max(), MOST_TERMINAL_L)
                    leg = waves[slots[a, b], block]
                    polynomials(distances[a, b], p[block], top, leg)
    result = np.zeros((found, 2, blocks * BLOCK))
    lengths, geometry = _geometries(chosen, positions, distances)
    norm, constants = norms(deepest), rotation_constants(deepest)
    ratios = np.empty((deepest + 1, MEMBERS, MEMBERS))
    vertex_constants(norm, ratios)
    for n in range(found):
        _traces(
            chosen[n],
            indices,
            geometry[n],
            slots,
            waves,
            t,
            l_max,
            table,
            norm,
            ratios,
            constants,
            order,
            result[n],
        )
    _propagate(chosen, distances, lengths, k, p, result)
    return result[:, :, : k.size], lengths


@njit(**FAST)
def _geometries(chosen, positions, distances):
    """Return half path lengths, and cos beta and eta of every leg [path, 2, leg]."""
    found = chosen.shape[0]
    lengths = np.zeros(found)
    geometry = np.zeros((found, 2, MOST_LEGS))
    route = np.empty(MOST_LEGS + 1, np.int64)
    legs = np.empty((MOST_LEGS, 3))
    for n in range(found):
        count = route_of(chosen[n], route)
        for j in range(count):
            r = distances[route[j], route[j + 1]]
            lengths[n] += 0.5 * r
            for axis in range(3):
                step = positions[route[j + 1], axis] - positions[route[j], axis]
                legs[j, axis] = step / r
        angles(legs, count, geometry[n, 0], geometry[n, 1])
    return lengths, geometry


@njit(**FAST)
def _traces(
    path,
    indices,
    geometry,
    slots,
    waves,
    t,
    l_max,
    table,
    norm,
    ratios,
    constants,
    order,
    out,
):
    """Fill ``out[part, e]`` with Tr[T F ... F] of one path."""
    route = np.empty(MOST_LEGS + 1, np.int64)
    legs = route_of(path, route)
    blocks = t.shape[0]
    if legs == 2:
        i = indices[route[1]]
        for block in range(blocks):
            single_scattering(
                t[block, i],
                l_max[block, i],
                table[block],
                waves[slots[0, route[1]], block],
                order,
                out[:, block * BLOCK : (block + 1) * BLOCK],
            )
        return
    deepest = norm.shape[0] - 1
    d = np.empty((deepest + 1, 5, 5))
    factors = np.empty((legs - 1, deepest + 1, MEMBERS, MEMBERS))
    for j in range(legs - 1):
        top = l_max[:, indices[route[j + 1]]].max()
        rotation(geometry[0, j], top, constants, d)
        vertex_factors(d, ratios, top, factors[j])
    rotation(geometry[0, legs - 1], MOST_TERMINAL_L, constants, d)
    for block in range(blocks):
        _trace_in_block(
            route,
            legs,
            indices,
            geometry[1],
            slots,
            waves,
            block,
            t[block],
            l_max[block],
            table[block],
            d,
            norm,
            factors,
            4 if order == 1 else MEMBERS,
            out[:, block * BLOCK : (block + 1) * BLOCK],
        )


@njit(**FAST)
def _trace_in_block(
    route,
    legs,
    indices,
    etas,
    slots,
    waves,
    block,
    t,
    l_max,
    table,
    d,
    norm,
    factors,
    ends,
    out,
):
    """Fill ``out[part, e]`` with Tr[T F ... F] in one block of energies."""
    # Zeros: where a factor is zero its product was never written.
    product = np.zeros((2, 3, 2, 2, BLOCK))
    scratch = np.empty((2, BLOCK))
    matrix = np.empty((MEMBERS, MEMBERS, 2, BLOCK))
    chain = np.empty((MEMBERS, MEMBERS, 2, BLOCK))
    longer = np.empty((MEMBERS, MEMBERS, 2, BLOCK))
    for j in range(legs - 1):
        i = indices[route[j + 1]]
        rows = ends if j == legs - 2 else MEMBERS
        columns = ends if j == 0 else MEMBERS
        target = chain if j == 0 else matrix
        leaving = waves[slots[route[j + 1], route[j + 2]], block]
        arriving = waves[slots[route[j], route[j + 1]], block]
        vertex(
            t[i],
            l_max[i],
            leaving,
            arriving,
            factors[j],
            rows,
            columns,
            target,
            product,
            scratch,
        )
        turn(target, rows, columns, etas[j + 1])
        if j > 0:
            multiply(matrix, chain, rows, MEMBERS, ends, longer)
            chain, longer = longer, chain
    leaving = waves[slots[0, route[1]], block]
    arriving = waves[slots[route[legs - 1], 0], block]
    terminal(table, leaving, arriving, d, norm, etas[0], ends, matrix)
    trace_of_product(matrix, chain, ends, out)


@njit(**FAST)
def _propagate(chosen, distances, lengths, k, p, result):
    """Multiply by exp(i (p - k) L) / (rho_1 ... rho_N), in place."""
    route = np.empty(MOST_LEGS + 1, np.int64)
    for n in range(chosen.shape[0]):
        legs = route_of(chosen[n], route)
        product = 1.0
        for j in range(legs):
            product *= distances[route[j], route[j + 1]]
        length = 2.0 * lengths[n]
        for i in range(k.size):
            x, y = p[i // BLOCK, 0, i % BLOCK], p[i // BLOCK, 1, i % BLOCK]
            u, v = x, y
            for _ in range(legs - 1):
                u, v = u * x - v * y, u * y + v * x
            size = (u * u + v * v) * product
            damping = math.exp(-y * length) / size
            angle = (x - k[i]) * length
            c, s = damping * math.cos(angle), damping * math.sin(angle)
            fx, fy = c * u + s * v, s * u - c * v
            a, b = result[n, 0, i], result[n, 1, i]
            result[n, 0, i] = a * fx - b * fy
            result[n, 1, i] = a * fy + b * fx


@njit(**FAST)
def add_path(amplitude, k, length, degeneracy, step, chi):
    """Add n |c| sin(2kR + arg c) to ``chi`` on the grid 0, step ... (bohr^-1).

    Modulus and unwrapped phase are linear between the energies, as in FEFF, so within
    an interval the argument is linear in k and the sine follows by rotation.
    """
    last = k.size - 2
    phase = math.atan2(amplitude[1, 0], amplitude[0, 0])
    modulus = math.hypot(amplitude[0, 0], amplitude[1, 0])
    point = 0
    for e in range(last + 1):
        following = math.atan2(amplitude[1, e + 1], amplitude[0, e + 1])
        turns = math.floor((following - phase) / (2.0 * math.pi) + 0.5)
        following -= 2.0 * math.pi * turns
        next_modulus = math.hypot(amplitude[0, e + 1], amplitude[1, e + 1])
        slope = (following - phase) / (k[e + 1] - k[e])
        growth = (next_modulus - modulus) / (k[e + 1] - k[e])
        offset = point * step - k[e]
        argument = 2.0 * point * step * length + phase + slope * offset
        s, c = math.sin(argument), math.cos(argument)
        turn_by = step * (2.0 * length + slope)
        ts, tc = math.sin(turn_by), math.cos(turn_by)
        while point < chi.size and (e == last or point * step < k[e + 1]):
            here = modulus + growth * (point * step - k[e])
            chi[point] += degeneracy * here * s
            s, c = s * tc + c * ts, c * tc - s * ts
            point += 1
        phase, modulus = following, next_modulus


@njit(**FAST)
def path_strengths(amplitudes, weights):
    """Return the integral of abs(c) over abs(p) per path; ``weights`` integrate."""
    strengths = np.zeros(amplitudes.shape[0])
    for n in range(amplitudes.shape[0]):
        for e in range(weights.size):
            c = math.sqrt(amplitudes[n, 0, e] ** 2 + amplitudes[n, 1, e] ** 2)
            strengths[n] += weights[e] * c
    return strengths


@njit(**FAST)
def add_paths(chosen, kept, amplitudes, lengths, k, step, chi):
    """Add the paths at ``kept`` to ``chi``, each with its degeneracy."""
    for n in kept:
        add_path(amplitudes[n], k, lengths[n], degeneracy_of(chosen[n]), step, chi)


@njit(**FAST)
def kinds(chosen):
    """Return the number of scatterers and the degeneracy of every path."""
    counts = np.empty(chosen.shape[0], np.int64)
    degeneracies = np.empty(chosen.shape[0])
    for n in range(chosen.shape[0]):
        counts[n] = scatterers_of(chosen[n])
        degeneracies[n] = degeneracy_of(chosen[n])
    return counts, degeneracies
