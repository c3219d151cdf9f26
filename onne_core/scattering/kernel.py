"""Scattering matrices of paths, compiled: sums over partial waves, their products.

Rows of numbers over energies (see layout.py) are addressed within one large array
each: a view made in a loop would cost as much as the loop.
"""

import math

from numba import njit

from onne_core.scattering.couplings import TARGETS
from onne_core.scattering.elementary import FAST
from onne_core.scattering.layout import QUAD, ROW, SLOTS


@njit(**FAST)
def vertex_factors(d, vertex, out):
    """Fill ``out[chunk, group, target * QUAD + i]`` with the weights of a vertex.

    ``d[l, number]`` are the rotations of its angle.
    """
    for chunk in range(vertex.weights.shape[0]):
        for g in range(vertex.left.size):
            for t in range(TARGETS):
                one, other = vertex.rotations[g, t, 0], vertex.rotations[g, t, 1]
                for i in range(QUAD):
                    place = t * QUAD + i
                    l = chunk * QUAD + i
                    value = vertex.weights[chunk, g, place, 0] * d[l, one]
                    value += vertex.weights[chunk, g, place, 1] * d[l, other]
                    out[chunk, g, place] = value


@njit(**FAST)
def vertex_sums(
    vertex, factors, leaving, leaving_at, arriving, arriving_at, active, potential, out
):
    """Fill ``out[group, target * ROW]`` with the matrix elements of a vertex.

    ``leaving[leaving_at]`` and ``arriving[arriving_at]`` are waves [row, chunk, QUAD
    rows]; the t-matrix is in one of them.
    """
    for g in range(vertex.left.size):
        for x in range(TARGETS * ROW):
            out[g, x] = 0.0
    for chunk in range(active.shape[1]):
        for g in range(vertex.left.size):
            _add_group(
                leaving,
                leaving_at,
                vertex.left[g],
                arriving,
                arriving_at,
                vertex.right[g],
                chunk,
                active[potential, chunk],
                factors,
                g,
                out,
            )


@njit(**FAST)
def _add_group(a, at, i, b, bt, j, chunk, count, factors, g, out):
    """Add QUAD partial waves of one product of waves to its TARGETS sums.

    Everything that a product is needed for happens while it is in registers.
    """
    for e in range(count):
        x0, y0 = a[at, i, chunk, e], a[at, i, chunk, SLOTS + e]
        x1, y1 = a[at, i, chunk, ROW + e], a[at, i, chunk, ROW + SLOTS + e]
        x2, y2 = a[at, i, chunk, 2 * ROW + e], a[at, i, chunk, 2 * ROW + SLOTS + e]
        x3, y3 = a[at, i, chunk, 3 * ROW + e], a[at, i, chunk, 3 * ROW + SLOTS + e]
        u0, v0 = b[bt, j, chunk, e], b[bt, j, chunk, SLOTS + e]
        u1, v1 = b[bt, j, chunk, ROW + e], b[bt, j, chunk, ROW + SLOTS + e]
        u2, v2 = b[bt, j, chunk, 2 * ROW + e], b[bt, j, chunk, 2 * ROW + SLOTS + e]
        u3, v3 = b[bt, j, chunk, 3 * ROW + e], b[bt, j, chunk, 3 * ROW + SLOTS + e]
        p0, q0 = x0 * u0 - y0 * v0, x0 * v0 + y0 * u0
        p1, q1 = x1 * u1 - y1 * v1, x1 * v1 + y1 * u1
        p2, q2 = x2 * u2 - y2 * v2, x2 * v2 + y2 * u2
        p3, q3 = x3 * u3 - y3 * v3, x3 * v3 + y3 * u3
        for t in range(TARGETS):
            f0, f1 = factors[chunk, g, QUAD * t], factors[chunk, g, QUAD * t + 1]
            f2, f3 = factors[chunk, g, QUAD * t + 2], factors[chunk, g, QUAD * t + 3]
            out[g, t * ROW + e] += f0 * p0 + f1 * p1 + f2 * p2 + f3 * p3
            out[g, t * ROW + SLOTS + e] += f0 * q0 + f1 * q1 + f2 * q2 + f3 * q3


@njit(**FAST)
def scatter(waves, at, partial, potential, out):
    """Fill ``out[0, m, l]`` with t_l c_l^(m) for the waves c at ``waves[at]``."""
    t, active = partial.t, partial.active
    for m in range(waves.shape[1]):
        for l in range(waves.shape[2]):
            for e in range(active[potential, l // QUAD]):
                x, y = waves[at, m, l, e], waves[at, m, l, SLOTS + e]
                u, v = t[potential, l, e], t[potential, l, SLOTS + e]
                out[0, m, l, e] = x * u - y * v
                out[0, m, l, SLOTS + e] = x * v + y * u


@njit(**FAST)
def mix(waves, partial, potential, kind, out, slot):
    """Fill ``out[slot, kind, l]`` with t_l (c_l c_L + c_l c_L).

    The polynomials are those of ``waves[0]``; their L and orders as in Couplings.waves.
    """
    t, kinds = partial.t, partial.couplings.waves
    big_l = kinds[kind, 0]
    for l in range(waves.shape[2]):
        count = partial.active[potential, l // QUAD]
        for e in range(count):
            out[slot, kind, l, e] = 0.0
            out[slot, kind, l, SLOTS + e] = 0.0
        for place in (1, 3):
            a, b = kinds[kind, place], kinds[kind, place + 1]
            if a < 0:
                continue
            for e in range(count):
                x, y = waves[0, a, l, e], waves[0, a, l, SLOTS + e]
                u, v = waves[0, b, big_l, e], waves[0, b, big_l, SLOTS + e]
                out[slot, kind, l, e] += x * u - y * v
                out[slot, kind, l, SLOTS + e] += x * v + y * u
        for e in range(count):
            x, y = out[slot, kind, l, e], out[slot, kind, l, SLOTS + e]
            u, v = t[potential, l, e], t[potential, l, SLOTS + e]
            out[slot, kind, l, e] = x * u - y * v
            out[slot, kind, l, SLOTS + e] = x * v + y * u


@njit(**FAST)
def spread(sums, at, out):
    """Fill the matrix ``out[row, column]`` from the sums of a vertex."""
    for row in range(at.shape[0]):
        for column in range(at.shape[1]):
            g, t = at[row, column, 0], at[row, column, 1]
            if g < 0:
                for e in range(ROW):
                    out[row, column, e] = 0.0
            else:
                for e in range(ROW):
                    out[row, column, e] = sums[g, t, e]


@njit(**FAST)
def turn_rows(matrix, columns, eta):
    """Turn the rows of ``matrix``, which are states, by eta about their leg."""
    for plus, minus, m in ((2, 4, 1), (3, 5, 2)):
        c, s = math.cos(m * eta), math.sin(m * eta)
        for column in range(columns):
            for e in range(ROW):
                x, y = matrix[plus, column, e], matrix[minus, column, e]
                matrix[plus, column, e] = c * x + s * y
                matrix[minus, column, e] = c * y - s * x


@njit(**FAST)
def multiply(sums, at, right, columns, out):
    """Fill ``out`` with the matrix of a vertex times the matrix ``right``."""
    for row in range(at.shape[0]):
        for column in range(columns):
            for e in range(ROW):
                out[row, column, e] = 0.0
            for i in range(at.shape[1]):
                g, t = at[row, i, 0], at[row, i, 1]
                if g < 0:
                    continue
                for e in range(SLOTS):
                    x, y = sums[g, t, e], sums[g, t, SLOTS + e]
                    u, v = right[i, column, e], right[i, column, SLOTS + e]
                    out[row, column, e] += x * u - y * v
                    out[row, column, SLOTS + e] += x * v + y * u


@njit(**FAST)
def closing(couplings, d, first_eta, last_eta, out):
    """Fill ``out[end, end]`` with the absorber's matrix but for its matrix elements.

    ``d[l, number]`` are the rotations of its angle; the legs beside it turn by
    ``first_eta`` and ``last_eta``.
    """
    ends = couplings.ends
    count = ends.shape[0]
    for i in range(count):
        for j in range(count):
            value = 0.0
            for s in range(2):
                turned = d[ends[i, 0], couplings.rotations[i, j, s]]
                value += couplings.weights[i, j, s] * turned
            out[i, j] = value
    for plus in range(count):
        for minus in range(plus + 1, count):
            m = ends[plus, 1]
            if m == 0 or ends[minus, 1] != m or ends[minus, 0] != ends[plus, 0]:
                continue
            c, s = math.cos(m * first_eta), math.sin(m * first_eta)
            for j in range(count):
                x, y = out[plus, j], out[minus, j]
                out[plus, j], out[minus, j] = c * x + s * y, c * y - s * x
            c, s = math.cos(m * last_eta), math.sin(m * last_eta)
            for i in range(count):
                x, y = out[i, plus], out[i, minus]
                out[i, plus], out[i, minus] = c * x - s * y, c * y + s * x


@njit(**FAST)
def trace(partial, absorber, last, chain, chain_at, total, out, n):
    """Fill ``out[n]`` with the trace of absorber, last vertex and the chain before it.

    ``absorber`` is that of :func:`closing`; ``chain_at[state, end]`` says where in
    ``chain`` an element is; ``total`` is room for a row.
    """
    terminal, ends = partial.terminal, partial.couplings.ends
    last_at = partial.couplings.last.at
    for e in range(ROW):
        out[n, e] = 0.0
    for l in range(terminal.shape[0]):
        for e in range(ROW):
            total[e] = 0.0
        for i in range(ends.shape[0]):
            for j in range(ends.shape[0]):
                factor = absorber[i, j]
                if ends[i, 0] != l or factor == 0.0:
                    continue
                for m in range(last_at.shape[1]):
                    g, t = last_at[j, m, 0], last_at[j, m, 1]
                    h, u = chain_at[m, i, 0], chain_at[m, i, 1]
                    if g < 0 or h < 0:
                        continue
                    for e in range(SLOTS):
                        x, y = factor * last[g, t, e], factor * last[g, t, SLOTS + e]
                        v, w = chain[h, u, e], chain[h, u, SLOTS + e]
                        total[e] += x * v - y * w
                        total[SLOTS + e] += x * w + y * v
        for e in range(SLOTS):
            x, y = terminal[l, e], terminal[l, SLOTS + e]
            v, w = total[e], total[SLOTS + e]
            out[n, e] += x * v - y * w
            out[n, SLOTS + e] += x * w + y * v
