"""Couplings of partial waves at the vertices of a path.

Separable expansion of order 2: J. J. Rehr, R. C. Albers, Phys. Rev. B 41, 8139 (1990),
doi:10.1103/PhysRevB.41.8139, with FEFF's conventions. Two changes of basis make the
matrices small, and exact equals of the published ones:

- Members (mu, nu) and (-mu, nu) are joined to an even and an odd state, which a
  vertex does not mix. Only the turn by eta between two planes does, as a rotation.
- The absorber's matrix is a product over its dipole waves (L, M), here called ends: the
  first and the last vertex of a path get columns and rows of ends instead of members.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from onne_core.scattering.layout import QUAD

TARGETS = 3
"""Sums that are made together from one product of two waves."""


ROTATIONS = ((0, 0), (1, 0), (1, 1), (1, -1), (2, 0), (2, 1), (2, -1), (2, 2), (2, -2))
"""The (m, n) of the rotation matrix elements d^l_mn that are computed."""

ORDERS = 3
"""Orders of the polynomials c_l^(m) that vertices need: 0, 1 and 2."""


class State(NamedTuple):
    """A member with a parity: abs(mu), nu, and 1 for even or -1 for odd."""

    m: int
    nu: int
    parity: int


class End(NamedTuple):
    """A dipole wave (L, abs(M)) of the absorber with its parity."""

    l: int
    m: int
    parity: int


STATES = (
    State(0, 0, 1),
    State(0, 1, 1),
    State(1, 0, 1),
    State(2, 0, 1),
    State(1, 0, -1),
    State(2, 0, -1),
)


class Vertex(NamedTuple):
    """The sums over l of one kind of vertex, in groups that share a product of waves.

    Group g multiplies row ``left[g]`` of the leaving waves with row ``right[g]`` of the
    arriving ones; target t of it is the matrix element with the weights
    ``weights[chunk, g, t * QUAD + i, s]`` of the rotations ``rotations[g, t, s]``, for
    l = chunk * QUAD + i. ``at[row, column]`` is the place (g, t) of an element, -1
    where the element is zero.
    """

    left: np.ndarray
    right: np.ndarray
    rotations: np.ndarray
    weights: np.ndarray
    at: np.ndarray


class Couplings(NamedTuple):
    """The three kinds of vertices, and the absorber, of one edge.

    Parameters
    ----------
    first, inner, last
        Vertices of the first, the inner and the last scatterer of a path.
    waves
        Per row of the absorber's waves: L, then the orders of c_l and c_L in its
        first product and in its second one (-1: none).
    ends
        L, M and parity of every end.
    rotations, weights
        Absorber's matrix: rotations and weights [end, end, 2]; weight 0 between
        ends of different L or parity.
    """

    first: Vertex
    inner: Vertex
    last: Vertex
    waves: np.ndarray
    ends: np.ndarray
    rotations: np.ndarray
    weights: np.ndarray


def couplings(momenta: tuple[int, ...], chunks: int) -> Couplings:
    """Return the couplings of dipole channels with orbital momenta ``momenta``.

    ``chunks`` times QUAD partial waves are covered.
    """
    ends = ends_of(momenta)
    waves = _wave_rows(ends)
    rotations, weights = _absorber(ends)
    return Couplings(
        first=_vertex(STATES, ends, waves, chunks),
        inner=_vertex(STATES, STATES, waves, chunks),
        last=_vertex(ends, STATES, waves, chunks),
        waves=np.array(waves, np.int64),
        ends=np.array(ends, np.int64),
        rotations=rotations,
        weights=weights,
    )


def ends_of(momenta: tuple[int, ...]) -> tuple[End, ...]:
    """Return the ends for channels of orbital momenta ``momenta``, even ones first."""
    even = [End(l, m, 1) for l in sorted(set(momenta)) for m in range(l + 1)]
    return (*even, *(End(end.l, end.m, -1) for end in even if end.m > 0))


def norm(l: int, m: int) -> float:
    """Return N_lm = sqrt((2l + 1) (l - m)! / (l + m)!)."""
    return math.sqrt((2 * l + 1) * math.factorial(l - m) / math.factorial(l + m))


def rotation_terms(m: int, n: int, parity: int) -> list[tuple[int, float]]:
    """Return the rotations and their weights that make <m, parity| d |n, parity>.

    It is d_mn + parity (-1)^n d_m,-n, times sqrt(2) where one of them is 0; m, n >= 0.
    """
    if m == 0 or n == 0:
        scale = 1.0 if m == n else math.sqrt(2.0)
        return [_rotation(m, n, scale)]
    return [_rotation(m, n, 1.0), _rotation(m, -n, parity * (-1.0) ** n)]


def _rotation(m: int, n: int, weight: float) -> tuple[int, float]:
    """Return number and weight of d_mn, by its symmetries one of ROTATIONS."""
    if (m, n) in ROTATIONS:
        return ROTATIONS.index((m, n)), weight
    if (n, m) in ROTATIONS:
        return ROTATIONS.index((n, m)), weight * (-1.0) ** (m - n)
    return ROTATIONS.index((-n, -m)), weight


def _left_row(state: State | End, waves: list[tuple[int, ...]]) -> int:
    """Return the row of waves that leave a vertex: an order, or one to the absorber."""
    if isinstance(state, State):
        return state.m + state.nu
    return next(i for i, row in enumerate(waves) if row[:3] == (state.l, state.m, 0))


def _right_row(state: State | End, waves: list[tuple[int, ...]]) -> int:
    """Return the row of waves that arrive: an order, or one from the absorber."""
    if isinstance(state, State):
        return state.nu
    return next(i for i, row in enumerate(waves) if row[:3] == (state.l, 0, state.m))


def _wave_rows(ends: tuple[End, ...]) -> list[tuple[int, ...]]:
    """Return the rows of the absorber's waves: one to an even end, one from it.

    Without M both are the same, and have a second product.
    """
    rows = []
    for end in ends:
        if end.parity > 0 and end.m == 0:
            second = (1, 1) if end.l > 0 else (-1, -1)
            rows.append((end.l, 0, 0, *second))
        elif end.parity > 0:
            rows.append((end.l, 0, end.m, -1, -1))
            rows.append((end.l, end.m, 0, -1, -1))
    return rows


def _leaving_factor(state: State | End, l: int) -> float:
    """Return what stands before the waves that leave a vertex, 0 for too small l."""
    if isinstance(state, End):
        outside = (2 * state.l + 1) / norm(state.l, state.m)
        return outside * (-1.0) ** state.m * norm(l, state.m) if state.m <= l else 0.0
    if state.m + state.nu > l:
        return 0.0
    return (-1.0) ** state.m * norm(l, state.m)


def _arriving_factor(state: State | End, l: int) -> float:
    """Return what stands before the waves that arrive at a vertex."""
    if state.m > l or (isinstance(state, State) and state.nu > l):
        return 0.0
    inside = (2 * l + 1) / norm(l, state.m)
    if isinstance(state, End):
        inside *= (-1.0) ** state.m * norm(state.l, state.m)
    return inside


def _vertex(
    rows: Sequence[State | End],
    columns: Sequence[State | End],
    waves: list[tuple[int, ...]],
    chunks: int,
) -> Vertex:
    """Return the sums of a vertex with states or ends as ``rows`` and ``columns``."""
    elements: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            if row.parity == column.parity:
                key = (_left_row(row, waves), _right_row(column, waves))
                elements.setdefault(key, []).append((i, j))
    groups = [
        (key, members[first : first + TARGETS])
        for key, members in elements.items()
        for first in range(0, len(members), TARGETS)
    ]
    rotations = np.zeros((len(groups), TARGETS, 2), np.int64)
    weights = np.zeros((chunks, len(groups), TARGETS * QUAD, 2))
    at = np.full((len(rows), len(columns), 2), -1, np.int64)
    for g, (_, members) in enumerate(groups):
        for t, (i, j) in enumerate(members):
            at[i, j] = g, t
            terms = rotation_terms(rows[i].m, columns[j].m, rows[i].parity)
            for s, (rotation, weight) in enumerate(terms):
                rotations[g, t, s] = rotation
                for l in range(chunks * QUAD):
                    factor = _leaving_factor(rows[i], l)
                    factor *= _arriving_factor(columns[j], l)
                    place = t * QUAD + l % QUAD
                    weights[l // QUAD, g, place, s] = weight * factor
    left = np.array([key[0] for key, _ in groups], np.int64)
    right = np.array([key[1] for key, _ in groups], np.int64)
    return Vertex(left, right, rotations, weights, at)


def _absorber(ends: tuple[End, ...]) -> tuple[np.ndarray, np.ndarray]:
    rotations = np.zeros((len(ends), len(ends), 2), np.int64)
    weights = np.zeros((len(ends), len(ends), 2))
    for i, row in enumerate(ends):
        for j, column in enumerate(ends):
            if (row.l, row.parity) == (column.l, column.parity):
                terms = rotation_terms(row.m, column.m, row.parity)
                for s, (rotation, weight) in enumerate(terms):
                    rotations[i, j, s] = rotation
                    weights[i, j, s] = -weight
    return rotations, weights
