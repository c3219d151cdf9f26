"""Single scattering: exact traces on a grid of distances, and their interpolation.

Without exp(2ipr) and 1/(pr)^2 the trace is a polynomial in 1/r, so smooth that six
points of the grid give it to ten digits: a path costs six rows instead of a sum over
partial waves.
"""

import itertools
from collections.abc import Iterator

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
    z = 1.0 / (1j * p[:, None] * single_distances())
    orders = 2 * order + 1
    ends = [c.copy() for _, c in zip(range(3), polynomials_of(z, orders), strict=False)]
    found = np.zeros((len(p), t.shape[1], z.shape[1]), complex)
    for l, c in zip(range(t.shape[2]), polynomials_of(z, orders), strict=False):
        wave = np.zeros(z.shape, complex)
        for big_l in map(int, np.flatnonzero(terminal.any(axis=0))):
            outer = -((-1.0) ** big_l) * (2 * big_l + 1) * terminal[:, big_l, None]
            for m in range(min(big_l, order) + 1):
                both = 1.0 if m == 0 else 2.0
                wave += both * outer * _to_and_from(c, ends[big_l], big_l, m, order)
        inner = (-1.0) ** l * (2 * l + 1) * t[:, :, l]
        found += inner[:, :, None] * wave[:, None, :]
    return found


def _to_and_from(
    c: np.ndarray, end: np.ndarray, big_l: int, m: int, order: int
) -> np.ndarray:
    """Return the product of the waves to the scatterer and back, for one l and (L, m).

    ``c`` and ``end`` are the polynomials of l and L by their orders.
    """
    nus = min(order, big_l - m) + 1
    there = np.einsum("n...,n...", c[:nus], end[m : m + nus])
    nus = min(order, big_l) + 1
    back = np.einsum("n...,n...", c[m : m + nus], end[:nus])
    return there * back


def polynomials_of(
    z: Complex[np.ndarray, "..."], orders: int
) -> Iterator[Complex[np.ndarray, "order ..."]]:
    """Yield c_l^(m)(z), m < ``orders``, for l = 0, 1 ... without end.

    The upward recursion starts from c_(-1) = c_0 and itself makes c_l^(m) = 0, l < m.
    """
    here = np.zeros((orders, *z.shape), complex)
    here[0] = 1.0
    before = here
    for l in itertools.count():
        yield here
        following = before - (2 * l + 1) * z * here
        following[1:] -= (2 * l + 1) * z * here[:-1]
        before, here = here, following


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
