"""Special functions of the curved-wave expansion, compiled, one block of energies.

c_l^(m)(z) = z^m/m! d^m c_l / dz^m with z = 1 / (i rho), where the Hankel function is
h_l(rho) = (-i)^(l+1) exp(i rho) / rho * c_l(z); Rehr and Albers, Phys. Rev. B 41, 8139
(1990), doi:10.1103/PhysRevB.41.8139. Rotation matrices are the usual Wigner d.
"""

import math

import numpy as np
from numba import njit

from onne_core.scattering.tables import BLOCK

FAST = {"cache": True, "nogil": True, "fastmath": True, "error_model": "numpy"}
"""Fast mathematics: positions and tables are checked for finite numbers before."""


@njit(**FAST)
def polynomials(length, p, l_max, out):
    """Fill ``out[m, part, l, e]`` with c_l^(m) of rho = p length, m = 0, 1 ...

    The upward recursion in l starts itself: c_l^(m) is 0 for l < m.
    """
    z = np.empty((2, BLOCK))
    for e in range(BLOCK):
        x, y = length * p[0, e], length * p[1, e]
        norm = x * x + y * y
        z[0, e] = -y / norm
        z[1, e] = -x / norm
    orders = out.shape[0]
    out[:, :, :2] = 0.0
    for e in range(BLOCK):
        out[0, 0, 0, e] = 1.0
        out[0, 0, 1, e] = 1.0 - z[0, e]
        out[0, 1, 1, e] = -z[1, e]
        out[1, 0, 1, e] = -z[0, e]
        out[1, 1, 1, e] = -z[1, e]
    for l in range(1, l_max):
        factor = 2.0 * l + 1.0
        for m in range(orders):
            below = max(m - 1, 0)
            share = 1.0 if m > 0 else 0.0
            for e in range(BLOCK):
                x = out[m, 0, l, e] + share * out[below, 0, l, e]
                y = out[m, 1, l, e] + share * out[below, 1, l, e]
                zx, zy = factor * z[0, e], factor * z[1, e]
                out[m, 0, l + 1, e] = out[m, 0, l - 1, e] - (zx * x - zy * y)
                out[m, 1, l + 1, e] = out[m, 1, l - 1, e] - (zx * y + zy * x)


@njit(**FAST)
def rotation_constants(l_max):
    """Return what :func:`rotation` needs of l, m and n alone.

    ``[l, m, n + 2]`` holds the factors of cos beta d^l, of d^l and of d^(l-1) in the
    recursion for d^(l+1); ``[m, m, n + 2, 3]`` the factor of its first value.
    """
    found = np.zeros((l_max + 1, 3, 5, 4))
    for m in range(3):
        for n in range(-m, m + 1):
            ways = math.gamma(2.0 * m + 1.0) / (
                math.gamma(m + n + 1.0) * math.gamma(m - n + 1.0)
            )
            if m <= l_max:
                found[m, m, n + 2, 3] = math.sqrt(ways)
            for l in range(m, l_max + 1):
                if l == 0:
                    found[l, m, n + 2, 0] = 1.0
                    continue
                up = l * math.sqrt(((l + 1.0) ** 2 - m * m) * ((l + 1.0) ** 2 - n * n))
                down = (l + 1.0) * math.sqrt((1.0 * l * l - m * m) * (l * l - n * n))
                found[l, m, n + 2, 0] = (2 * l + 1) * l * (l + 1.0) / up
                found[l, m, n + 2, 1] = -(2 * l + 1) * m * n / up
                found[l, m, n + 2, 2] = -down / up
    return found


@njit(**FAST)
def rotation(cosine, l_max, constants, out):
    """Fill ``out[l, m + 2, n + 2]`` with d^l_mn(beta) for abs(m), abs(n) <= 2.

    Three terms upwards in l from l = max(abs(m), abs(n)); symmetries give the rest.
    """
    half_cosine = math.sqrt(max(0.0, 0.5 * (1.0 + cosine)))
    half_sine = math.sqrt(max(0.0, 0.5 * (1.0 - cosine)))
    out[: l_max + 1] = 0.0
    for m in range(min(2, l_max) + 1):
        for n in range(-m, m + 1):
            current = constants[m, m, n + 2, 3]
            for _ in range(m + n):
                current *= half_cosine
            for _ in range(m - n):
                current *= -half_sine
            previous = 0.0
            mirrored = 1.0 if (m - n) % 2 == 0 else -1.0
            for l in range(m, l_max + 1):
                out[l, m + 2, n + 2] = current
                out[l, -n + 2, -m + 2] = current
                out[l, n + 2, m + 2] = mirrored * current
                out[l, -m + 2, -n + 2] = mirrored * current
                factors = constants[l, m, n + 2]
                following = (factors[0] * cosine + factors[1]) * current
                following += factors[2] * previous
                previous, current = current, following


@njit(**FAST)
def norms(l_max):
    """Return sqrt((2l + 1) (l - m)! / (l + m)!) for l to ``l_max``, m = 0, 1, 2."""
    found = np.zeros((l_max + 1, 3))
    for l in range(l_max + 1):
        for m in range(min(l, 2) + 1):
            ratio = 1.0
            for i in range(l - m + 1, l + m + 1):
                ratio *= i
            found[l, m] = math.sqrt((2 * l + 1) / ratio)
    return found


@njit(**FAST)
def angles(legs, count, cosines, etas):
    """Fill cos beta at every vertex and eta of every leg of a closed path.

    ``legs`` are unit vectors; vertex j lies at the end of leg j; eta_j turns the plane
    of vertex j - 1 into that of vertex j about leg j. At a collinear vertex any plane
    through the legs will do: its azimuth cancels in the trace.
    """
    normals = np.empty((count, 3))
    for j in range(count):
        u, v = legs[j], legs[(j + 1) % count]
        x = u[1] * v[2] - u[2] * v[1]
        y = u[2] * v[0] - u[0] * v[2]
        z = u[0] * v[1] - u[1] * v[0]
        size = math.sqrt(x * x + y * y + z * z)
        cosines[j] = u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
        if size < 1e-6:
            cosines[j] = 1.0 if cosines[j] > 0.0 else -1.0
            if abs(u[2]) < 0.9:
                x, y, z = u[1], -u[0], 0.0
            else:
                x, y, z = 0.0, u[2], -u[1]
            size = math.sqrt(x * x + y * y + z * z)
        normals[j, 0], normals[j, 1], normals[j, 2] = x / size, y / size, z / size
    for j in range(count):
        a, b, u = normals[(j - 1) % count], normals[j], legs[j]
        along = u[0] * (a[1] * b[2] - a[2] * b[1])
        along += u[1] * (a[2] * b[0] - a[0] * b[2])
        along += u[2] * (a[0] * b[1] - a[1] * b[0])
        etas[j] = math.atan2(along, a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
