"""Sums of path amplitudes to chi(k), and path strengths; compiled.

Modulus and unwrapped phase are linear in k between the energies, as in FEFF: within an
interval the argument of the sine is linear, and the sine follows by rotation.
"""

import math

import numpy as np
from jaxtyping import Float, Int
from numba import njit

from onne_core.scattering.elementary import FAST, angle, sine_cosine
from onne_core.scattering.layout import SLOTS
from onne_core.scattering.paths import degeneracy_of, scatterers_of

TINY = 1e-150
"""Added to a modulus that is divided by; amplitudes are never that small."""


def interval_starts(
    k: Float[np.ndarray, " e"], step: float, size: int
) -> Int[np.ndarray, " e"]:
    """Return the first point of the grid 0, step ... in every interval of ``k``.

    The first interval also serves points below it, the last one those above; the
    number after the last interval is ``size``.
    """
    firsts = np.ceil(k / step - 1e-9).astype(np.int64)
    firsts[0], firsts[-1] = 0, size
    return np.clip(firsts, 0, size)


@njit(**FAST)
def path_strengths(amplitudes, weights):
    """Return the integral of abs(c) over abs(p) per path; ``weights`` integrate."""
    strengths = np.empty(amplitudes.shape[0])
    for n in range(amplitudes.shape[0]):
        total = 0.0
        for e in range(SLOTS):
            x, y = amplitudes[n, e], amplitudes[n, SLOTS + e]
            total += weights[e] * math.sqrt(x * x + y * y)
        strengths[n] = total
    return strengths


@njit(**FAST)
def add_paths(degeneracies, kept, amplitudes, lengths, k, starts, step, chi):
    """Add n |c| sin(2kR + arg c) of the paths at ``kept`` to ``chi``.

    n are the ``degeneracies``; ``k`` upwards and ``step`` in bohr^-1; ``starts`` as of
    :func:`interval_starts`.
    """
    last = k.size - 1
    modulus, turned = np.empty(SLOTS), np.empty((2, SLOTS))
    growth, turning, begin = np.empty(SLOTS), np.empty((2, SLOTS)), np.empty(SLOTS)
    widths, offsets = np.empty(SLOTS), np.empty(SLOTS)
    for e in range(last):
        # Row order: the energy above has the smaller number.
        widths[last - e] = k[e + 1] - k[e]
        offsets[last - e] = starts[e] * step - k[e]
    for n in kept:
        degeneracy = degeneracies[n]
        length = lengths[n]
        for e in range(last + 1):
            x, y = amplitudes[n, e], amplitudes[n, SLOTS + e]
            size = math.sqrt(x * x + y * y)
            modulus[e] = size
            turned[0, e] = x / (size + TINY)
            turned[1, e] = y / (size + TINY)
        for e in range(1, last + 1):
            x, y = turned[0, e], turned[1, e]
            u, v = turned[0, e - 1], turned[1, e - 1]
            slope = angle(x * u + y * v, x * v - y * u) / widths[e]
            growth[e] = (modulus[e - 1] - modulus[e]) / widths[e]
            sine, cosine = sine_cosine(step * (2.0 * length + slope))
            turning[0, e], turning[1, e] = cosine, sine
            begin[e] = slope * offsets[e]
        for e in range(1, last + 1):
            point = starts[last - e]
            end = starts[last - e + 1]
            if point == end:
                continue
            sine, cosine = sine_cosine(2.0 * point * step * length + begin[e])
            x = turned[0, e] * cosine - turned[1, e] * sine
            y = turned[0, e] * sine + turned[1, e] * cosine
            here = degeneracy * (modulus[e] + growth[e] * offsets[e])
            more = degeneracy * growth[e] * step
            u, v = turning[0, e], turning[1, e]
            for i in range(point, end):
                chi[i] += here * y
                here += more
                x, y = x * u - y * v, x * v + y * u


@njit(**FAST)
def kinds(chosen):
    """Return the number of scatterers and the degeneracy of every path."""
    counts = np.empty(chosen.shape[0], np.int64)
    degeneracies = np.empty(chosen.shape[0])
    for n in range(chosen.shape[0]):
        counts[n] = scatterers_of(chosen, n)
        degeneracies[n] = degeneracy_of(chosen, n)
    return counts, degeneracies
