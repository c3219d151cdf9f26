"""Rehr-Albers amplitudes of scattering paths, compiled, one block of energies.

Separable expansion of order 2: J. J. Rehr, R. C. Albers, Phys. Rev. B 41, 8139 (1990),
doi:10.1103/PhysRevB.41.8139, with FEFF's conventions. Matrices have the layout
[row, column, part, energy] with energies innermost and real and imaginary parts apart,
so that the compiler can use vector instructions.

A member lambda = (mu, nu) is numbered 0 (0,0), 1 (-1,0), 2 (1,0), 3 (0,1), 4 (-2,0),
5 (2,0). The legs next to the absorber use the first four for the K and L1 edges and
all six for L2 and L3.
"""

import math

import numpy as np
from numba import njit

from onne_core.scattering.tables import BLOCK, MOST_TERMINAL_L
from onne_core.scattering.waves import FAST

MEMBERS = 6
MU = np.array([0, -1, 1, 0, -2, 2])
MIRROR = np.array([0, 2, 1, 3, 5, 4])
LEAVING = np.array([0, 1, 1, 1, 2, 2])
"""Order |mu| + nu of the polynomials of the leaving leg."""

ARRIVING = np.array([0, 0, 0, 1, 0, 0])
"""Order nu of the polynomials of the arriving leg."""


@njit(**FAST)
def vertex_constants(norm, out):
    """Fill ``out[l, row, column]`` with the norms and signs of F, 0 outside it."""
    for l in range(norm.shape[0]):
        for row in range(MEMBERS):
            mu = abs(MU[row])
            for column in range(MEMBERS):
                other = abs(MU[column])
                out[l, row, column] = 0.0
                if LEAVING[row] <= l and other <= l and ARRIVING[column] <= l:
                    ratio = norm[l, mu] * (2 * l + 1) / norm[l, other]
                    out[l, row, column] = ratio * (1 - 2 * (mu % 2))


@njit(**FAST)
def vertex_factors(d, constants, l_max, out):
    """Fill ``out[l, row, column]`` with what F has of l and the members alone.

    Rows of negative mu are left out: they follow from the mirror image.
    """
    for l in range(l_max + 1):
        for row in range(MEMBERS):
            if MU[row] < 0:
                continue
            for column in range(MEMBERS):
                turned = d[l, MU[row] + 2, MU[column] + 2]
                out[l, row, column] = constants[l, row, column] * turned


@njit(**FAST)
def vertex(t, l_max, leaving, arriving, factors, rows, columns, out, product, scratch):
    """Fill ``out`` with the scattering matrix F, without the phase of eta.

    ``leaving`` and ``arriving`` are the polynomials of the two legs. Members of
    negative mu in the row, and for mu = 0 in the column, follow from the mirror image.
    """
    out[:rows, :columns] = 0.0
    # Real and imaginary parts are added alike: one long loop serves both.
    flat = out.reshape(MEMBERS, MEMBERS, 2 * BLOCK)
    products = product.reshape(2, 3, 2, 2 * BLOCK)
    # Two l at a time: the sums are loaded and stored half as often.
    for l in range(0, l_max + 1, 2):
        upper = l + 1 if l < l_max else l
        for i in range(upper - l + 1):
            _vertex_products(t, l + i, leaving, arriving, product[i], scratch)
        for row in range(rows):
            mu, a = MU[row], LEAVING[row]
            if mu < 0 or a > upper:
                continue
            for column in range(columns):
                if mu == 0 and MU[column] < 0:
                    continue
                b = ARRIVING[column]
                here = factors[l, row, column]
                above = factors[upper, row, column] if upper > l else 0.0
                for x in range(2 * BLOCK):
                    flat[row, column, x] += (
                        here * products[0, a, b, x] + above * products[1, a, b, x]
                    )
    for row in range(rows):
        for column in range(columns):
            mu, other = MU[row], MU[column]
            if mu < 0 or (mu == 0 and other < 0):
                sign = 1.0 if (mu - other) % 2 == 0 else -1.0
                source = out[MIRROR[row], MIRROR[column]]
                for e in range(BLOCK):
                    out[row, column, 0, e] = sign * source[0, e]
                    out[row, column, 1, e] = sign * source[1, e]


@njit(**FAST)
def _vertex_products(t, l, leaving, arriving, out, scratch):
    """Fill ``out[a, b, part, e]`` with t_l c_l^(a) c_l^(b) of the two legs."""
    for a in range(min(2, l) + 1):
        # Two short loops: the compiler vectorises neither if they are one.
        for e in range(BLOCK):
            x, y = leaving[a, 0, l, e], leaving[a, 1, l, e]
            scratch[0, e] = t[0, l, e] * x - t[1, l, e] * y
            scratch[1, e] = t[0, l, e] * y + t[1, l, e] * x
        for b in range(min(1, l) + 1):
            for e in range(BLOCK):
                u, v = arriving[b, 0, l, e], arriving[b, 1, l, e]
                out[a, b, 0, e] = scratch[0, e] * u - scratch[1, e] * v
                out[a, b, 1, e] = scratch[0, e] * v + scratch[1, e] * u


@njit(**FAST)
def turn(matrix, rows, columns, eta):
    """Multiply every row by exp(-i mu eta), in place."""
    for row in range(rows):
        if MU[row] == 0:
            continue
        c, s = math.cos(MU[row] * eta), -math.sin(MU[row] * eta)
        for column in range(columns):
            for e in range(BLOCK):
                x, y = matrix[row, column, 0, e], matrix[row, column, 1, e]
                matrix[row, column, 0, e] = x * c - y * s
                matrix[row, column, 1, e] = x * s + y * c


@njit(**FAST)
def multiply(left, right, rows, inner, columns, out):
    """Fill ``out`` with the product of ``left`` and ``right``."""
    out[:rows, :columns] = 0.0
    for row in range(rows):
        for column in range(columns):
            target = out[row, column]
            for i in range(inner):
                first, second = left[row, i], right[i, column]
                for e in range(BLOCK):
                    x, y = first[0, e], first[1, e]
                    u, v = second[0, e], second[1, e]
                    target[0, e] += x * u - y * v
                    target[1, e] += x * v + y * u


@njit(**FAST)
def terminal(table, leaving, arriving, d, norm, eta, ends, out):
    """Fill ``out`` with the absorber's matrix T; ``table`` as in Tables.terminal."""
    out[:ends, :ends] = 0.0
    product = np.empty((3, 2, 2, BLOCK))
    for l in range(MOST_TERMINAL_L + 1):
        if table[0, l, 0] == 0.0 and table[1, l, 0] == 0.0:
            continue  # no dipole channel ends in this l
        product[:] = 0.0
        for a in range(l + 1):
            for b in range(min(1, l) + 1):
                _add_product(-1.0, table, leaving, arriving, a, b, l, product[a, b])
        for row in range(ends):
            mu, a = MU[row], LEAVING[row]
            if a > l:
                continue
            for column in range(ends):
                other, b = MU[column], ARRIVING[column]
                if abs(other) > l or b > l:
                    continue
                factor = norm[l, abs(mu)] * (2 * l + 1) / norm[l, abs(other)]
                factor *= d[l, mu + 2, other + 2] * (1 - 2 * (abs(mu) % 2))
                for e in range(BLOCK):
                    out[row, column, 0, e] += factor * product[a, b, 0, e]
                    out[row, column, 1, e] += factor * product[a, b, 1, e]
    turn(out, ends, ends, eta)


@njit(**FAST)
def trace_of_product(left, right, size, out):
    """Fill ``out[part, e]`` with the trace of ``left`` times ``right``."""
    out[:] = 0.0
    for row in range(size):
        for column in range(size):
            first, second = left[row, column], right[column, row]
            for e in range(BLOCK):
                x, y = first[0, e], first[1, e]
                u, v = second[0, e], second[1, e]
                out[0, e] += x * u - y * v
                out[1, e] += x * v + y * u


@njit(**FAST)
def single_scattering(t, l_max, table, leg, order, out):
    """Fill ``out[part, e]`` with Tr[T F] of a two-leg path: all abs(mu), nu <= order.

    Backscattering makes d^l_mn(pi) = (-1)^(l - n) delta_(m, -n), so norms and signs of
    mu cancel and both signs of mu contribute the same.
    """
    out[:] = 0.0
    inner = np.empty((3, 3, 2, BLOCK))
    for mu in range(order + 1):
        inner[:] = 0.0
        for l in range(mu, l_max + 1):
            factor = (1.0 - 2.0 * (l % 2)) * (2 * l + 1)
            for nu in range(min(order, l - mu) + 1):
                for other in range(min(order, l) + 1):
                    _add_product(
                        factor, t, leg, leg, mu + nu, other, l, inner[nu, other]
                    )
        for l in range(mu, MOST_TERMINAL_L + 1):
            if table[0, l, 0] == 0.0 and table[1, l, 0] == 0.0:
                continue
            factor = -(1.0 - 2.0 * (l % 2)) * (2 * l + 1) * (1.0 if mu == 0 else 2.0)
            outer = np.zeros((2, BLOCK))
            for nu in range(min(order, l - mu) + 1):
                for other in range(min(order, l) + 1):
                    outer[:] = 0.0
                    _add_product(factor, table, leg, leg, mu + nu, other, l, outer)
                    # A column of T meets the row of F of the same member.
                    match = inner[other, nu]
                    for e in range(BLOCK):
                        x, y = outer[0, e], outer[1, e]
                        u, v = match[0, e], match[1, e]
                        out[0, e] += x * u - y * v
                        out[1, e] += x * v + y * u


@njit(**FAST)
def _add_product(factor, t, leaving, arriving, a, b, l, out):
    """Add factor t_l c_l^(a) c_l^(b) of the two legs to ``out[part, e]``."""
    for e in range(BLOCK):
        x, y = leaving[a, 0, l, e], leaving[a, 1, l, e]
        u, v = arriving[b, 0, l, e], arriving[b, 1, l, e]
        zx, zy = x * u - y * v, x * v + y * u
        out[0, e] += factor * (zx * t[0, l, e] - zy * t[1, l, e])
        out[1, e] += factor * (zx * t[1, l, e] + zy * t[0, l, e])
