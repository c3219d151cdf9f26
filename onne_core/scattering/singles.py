"""Single scattering: exact traces on a grid of distances, and their interpolation.

Without exp(2ipr) and 1/(pr)^2 the trace is a polynomial in 1/r, so smooth that six
points of the grid give it to ten digits: a path costs six rows instead of a sum over
partial waves.
"""

import numpy as np
from jaxtyping import Complex
from numba import njit

from onne_core.scattering.elementary import FAST
from onne_core.scattering.layout import ROW
from onne_core.scattering.phases import BOHR

SHORTEST = 0.5
LONGEST = 10.2
"""Distances that the grid covers, Å; paths of r_max = 10 Å are the longest."""

START = BOHR / LONGEST
STEP = 0.0025 * BOHR
POINTS = 6
"""Start and step of the grid of 1/r, bohr^-1; points of one interpolation."""


def single_distances() -> np.ndarray:
    """Return the grid of distances, bohr, uniform in 1/r."""
    count = 1 + int(np.ceil((BOHR / SHORTEST - START) / STEP))
    return 1.0 / (START + STEP * np.arange(count))


def single_traces(
    p: Complex[np.ndarray, " e"],
    t: Complex[np.ndarray, "e potential l"],
    terminal: Complex[np.ndarray, "e 3"],
    order: int,
) -> Complex[np.ndarray, "e potential distance"]:
    """Return Tr[T F] of two-leg paths: all members with abs(mu), nu <= ``order``.

    Backscattering makes d^l_mn(pi) = (-1)^(l - n) delta_(m, -n), so norms and signs of
    mu cancel and both signs of mu contribute the same. ``p`` in bohr^-1, ``terminal``
    as in Tables.
    """
    r = single_distances()
    waves = polynomials_of(1.0 / (1j * p[:, None] * r), t.shape[2], 2 * order + 1)
    l = np.arange(t.shape[2])
    signs = (-1.0) ** l * (2 * l + 1)
    found = np.zeros((len(p), t.shape[1], r.size), complex)
    for big_l in range(terminal.shape[1]):
        if not terminal[:, big_l].any():
            continue
        outer = -((-1.0) ** big_l) * (2 * big_l + 1) * terminal[:, big_l]
        for m in range(min(big_l, order) + 1):
            both = 1.0 if m == 0 else 2.0
            pair = _to_and_from(waves, big_l, m, order)
            for potential in range(t.shape[1]):
                inner = np.einsum("el,ler->er", signs * t[:, potential], pair)
                found[:, potential] += both * outer[:, None] * inner
    return found


def _to_and_from(waves: np.ndarray, big_l: int, m: int, order: int) -> np.ndarray:
    """Return the product of the waves (L, m) to the scatterer and back, [l, e, r]."""
    nus = range(min(order, big_l - m) + 1)
    there = np.sum([waves[nu] * waves[m + nu, big_l] for nu in nus], axis=0)
    nus = range(min(order, big_l) + 1)
    back = np.sum([waves[m + nu] * waves[nu, big_l] for nu in nus], axis=0)
    return there * back


def polynomials_of(
    z: Complex[np.ndarray, "*shape"], count: int, orders: int
) -> Complex[np.ndarray, "order l *shape"]:
    """Return c_l^(m)(z) for l < ``count`` and m < ``orders``.

    The upward recursion starts from c_(-1) = c_0 and itself makes c_l^(m) = 0, l < m.
    """
    found = np.zeros((orders, count, *z.shape), complex)
    found[0, 0] = 1.0
    for l in range(count - 1):
        for m in range(orders):
            lower = found[m - 1, l] if m > 0 else 0.0
            step = (2 * l + 1) * z * (found[m, l] + lower)
            found[m, l + 1] = found[m, max(l - 1, 0)] - step
    return found


@njit(**FAST)
def single_trace(singles, potential, r, out, n):
    """Fill ``out[n]`` with the trace of a two-leg path of distance ``r`` (bohr)."""
    place = (1.0 / r - START) / STEP
    first = int(place) - POINTS // 2 + 1
    first = max(0, min(first, singles.shape[1] - POINTS))
    for x in range(ROW):
        out[n, x] = 0.0
    for i in range(POINTS):
        weight = 1.0
        for j in range(POINTS):
            if j != i:
                weight *= (place - first - j) / (i - j)
        for x in range(ROW):
            out[n, x] += weight * singles[potential, first + i, x]
