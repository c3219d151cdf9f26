"""Special functions of the curved-wave expansion, compiled.

c_l^(m)(z) = z^m/m! d^m c_l / dz^m with z = 1 / (i rho), where the Hankel function is
h_l(rho) = (-i)^(l+1) exp(i rho) / rho * c_l(z); Rehr and Albers, Phys. Rev. B 41, 8139
(1990), doi:10.1103/PhysRevB.41.8139. Rotation matrices are the usual Wigner d.
"""

import math

import numpy as np
from numba import njit

from onne_core.scattering.couplings import ROTATIONS
from onne_core.scattering.elementary import FAST
from onne_core.scattering.layout import QUAD, SLOTS


@njit(**FAST)
def polynomials(length, p, active, z, out, at):
    """Fill ``out[at, m, l]`` with c_l^(m) of rho = p length.

    ``active[chunk]`` energies, from the highest, need the partial waves of a chunk;
    ``z`` is room for a row. A row has real parts, then imaginary ones.
    """
    for e in range(SLOTS):
        x, y = length * p[e], length * p[SLOTS + e]
        norm = x * x + y * y
        z[e] = -y / norm
        z[SLOTS + e] = -x / norm
    orders = out.shape[1]
    for m in range(orders):
        here = 1.0 if m == 0 else 0.0
        slope = -1.0 if m == 1 else 0.0
        for e in range(SLOTS):
            out[at, m, 0, e] = here
            out[at, m, 0, SLOTS + e] = 0.0
            out[at, m, 1, e] = here + (slope - here) * z[e]
            out[at, m, 1, SLOTS + e] = (slope - here) * z[SLOTS + e]
    for l in range(1, active.size * QUAD - 1):
        count = active[(l + 1) // QUAD]
        factor = 2.0 * l + 1.0
        for e in range(count):
            zx, zy = factor * z[e], factor * z[SLOTS + e]
            x, y = out[at, 0, l, e], out[at, 0, l, SLOTS + e]
            out[at, 0, l + 1, e] = out[at, 0, l - 1, e] - (zx * x - zy * y)
            out[at, 0, l + 1, SLOTS + e] = out[at, 0, l - 1, SLOTS + e] - (
                zx * y + zy * x
            )
        for m in range(1, orders):
            for e in range(count):
                zx, zy = factor * z[e], factor * z[SLOTS + e]
                x = out[at, m, l, e] + out[at, m - 1, l, e]
                y = out[at, m, l, SLOTS + e] + out[at, m - 1, l, SLOTS + e]
                out[at, m, l + 1, e] = out[at, m, l - 1, e] - (zx * x - zy * y)
                out[at, m, l + 1, SLOTS + e] = out[at, m, l - 1, SLOTS + e] - (
                    zx * y + zy * x
                )


def rotation_constants(l_count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what :func:`rotations` needs of l, m and n alone.

    ``steps[l, number]`` holds the factors of cos beta d^l, of d^l and of d^(l-1) in the
    recursion for d^(l+1), per rotation of ROTATIONS; ``starts[number]`` the factor of
    the first value, that of l = m, and the powers of the half angle's cosine and sine.
    """
    steps = np.zeros((l_count, 3, len(ROTATIONS)))
    starts = np.zeros((len(ROTATIONS), 3))
    for number, (m, n) in enumerate(ROTATIONS):
        ways = math.comb(2 * m, m + n)
        starts[number] = math.sqrt(ways) * (-1.0) ** (m - n), m + n, m - n
        for l in range(m, l_count):
            if l == 0:
                steps[l, 0, number] = 1.0
                continue
            up = l * math.sqrt(((l + 1) ** 2 - m**2) * ((l + 1) ** 2 - n**2))
            down = (l + 1) * math.sqrt((l**2 - m**2) * (l**2 - n**2))
            steps[l, 0, number] = (2 * l + 1) * l * (l + 1) / up
            steps[l, 1, number] = -(2 * l + 1) * m * n / up
            steps[l, 2, number] = -down / up
    return steps, starts


@njit(**FAST)
def rotations(cosine, l_count, steps, starts, out):
    """Fill ``out[l, number]`` with d^l_mn(beta) for the (m, n) of ROTATIONS.

    Three terms upwards in l from l = m.
    """
    half_cosine = math.sqrt(max(0.0, 0.5 * (1.0 + cosine)))
    half_sine = math.sqrt(max(0.0, 0.5 * (1.0 - cosine)))
    numbers = starts.shape[0]
    for l in range(min(3, l_count)):
        for number in range(numbers):
            m = (starts[number, 1] + starts[number, 2]) / 2.0
            if l < m:
                out[l, number] = 0.0
            elif l == m:
                value = starts[number, 0]
                for _ in range(int(starts[number, 1])):
                    value *= half_cosine
                for _ in range(int(starts[number, 2])):
                    value *= half_sine
                out[l, number] = value
            else:
                value = (steps[l - 1, 0, number] * cosine + steps[l - 1, 1, number]) * (
                    out[l - 1, number]
                )
                if l > 1:
                    value += steps[l - 1, 2, number] * out[l - 2, number]
                out[l, number] = value
    for l in range(2, l_count - 1):
        for number in range(numbers):
            value = (steps[l, 0, number] * cosine + steps[l, 1, number]) * (
                out[l, number]
            )
            value += steps[l, 2, number] * out[l - 1, number]
            out[l + 1, number] = value


@njit(**FAST)
def angles(route, count, positions, cosines, etas):
    """Fill cos beta at every vertex and eta of every leg of the closed path ``route``.

    Vertex j lies at the end of leg j; eta_j turns the plane of vertex j - 1 into that
    of vertex j about leg j. At a collinear vertex any plane through the legs will do:
    its azimuth cancels in the trace. A triangle lies in one plane.
    """
    legs, normals = np.empty((count, 3)), np.empty((count, 3))
    for j in range(count):
        size = 0.0
        for axis in range(3):
            step = positions[route[j + 1], axis] - positions[route[j], axis]
            legs[j, axis] = step
            size += step * step
        for axis in range(3):
            legs[j, axis] /= math.sqrt(size)
    for j in range(count):
        u, v = legs[j], legs[(j + 1) % count]
        cosines[j] = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
        x = u[1] * v[2] - u[2] * v[1]
        y = u[2] * v[0] - u[0] * v[2]
        z = u[0] * v[1] - u[1] * v[0]
        size = math.sqrt(x * x + y * y + z * z)
        if size < 1e-6:
            cosines[j] = 1.0 if cosines[j] > 0.0 else -1.0
            if abs(u[2]) < 0.9:
                x, y, z = u[1], -u[0], 0.0
            else:
                x, y, z = 0.0, u[2], -u[1]
            size = math.sqrt(x * x + y * y + z * z)
        normals[j, 0], normals[j, 1], normals[j, 2] = x / size, y / size, z / size
    for j in range(count):
        etas[j] = 0.0
        if count > 3:
            a, b, u = normals[(j - 1) % count], normals[j], legs[j]
            along = u[0] * (a[1] * b[2] - a[2] * b[1])
            along += u[1] * (a[2] * b[0] - a[0] * b[2])
            along += u[2] * (a[0] * b[1] - a[1] * b[0])
            etas[j] = math.atan2(along, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
