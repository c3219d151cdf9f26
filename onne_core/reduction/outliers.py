"""Points of mu(E) that stick out of their neighbours: a proposal to remove them."""

import numpy as np
from jaxtyping import Float

LIMIT = 8.0
"""Deviations beyond so many times the usual one are outliers."""

SMALLEST = 0.004
"""Deviations below this share of the edge step are left alone."""

NEIGHBOURHOOD = 51
"""Points from which the usual deviation is taken."""

EDGE_BELOW, EDGE_ABOVE = -20.0, 40.0
"""Part of the scan where mu bends sharply by itself, eV above E0."""

ROUNDS = 5
"""Times that the search is repeated, for glitches of several points."""

MOST = 60
"""Most points that are proposed; more are no glitches but a bad scan."""

Energies = Float[np.ndarray, " _"]


def outliers(energy: Energies, mu: Energies, e0: float, step: float) -> Energies:
    """Return the energies (eV) of points that stick out, rising; often none.

    Every point is held against the cubic through its two neighbours on either side;
    ``step`` is the edge step, in units of ``mu``.
    """
    left = np.arange(energy.size)
    found: list[int] = []
    for _ in range(ROUNDS):
        gap = np.abs(_deviations(energy[left], mu[left]))
        usual = _running_median(gap)
        limit = np.maximum(LIMIT * usual, SMALLEST * step)
        x = energy[left] - e0
        ratio = np.where((x > EDGE_BELOW) & (x < EDGE_ABOVE), 0.0, gap / limit)
        # The worst of neighbours only: it spoils the cubics of the others.
        worst = ratio >= _running_maximum(ratio)
        new = np.flatnonzero((ratio > 1.0) & worst)
        if not new.size or len(found) + new.size > MOST:
            break
        found += left[new].tolist()
        left = np.delete(left, new)
    kept = [at for at in found if _sticks_out(at, left, energy, mu, step)]
    return energy[sorted(kept)]


def _sticks_out(
    at: int, left: np.ndarray, energy: Energies, mu: Energies, step: float
) -> bool:
    """Return whether a point is far from all that are ``left``.

    A good point beside a glitch looked bad only because of it.
    """
    place = int(np.searchsorted(left, at))
    start = max(0, place - NEIGHBOURHOOD // 2)
    near = np.insert(left[start : place + NEIGHBOURHOOD // 2], place - start, at)
    gap = np.abs(_deviations(energy[near], mu[near]))
    usual = float(np.median(gap))
    return bool(gap[place - start] > max(LIMIT * usual, SMALLEST * step))


def _deviations(x: Energies, y: Energies) -> Energies:
    """Return y minus the cubic through two points on either side, 0 at the ends."""
    result = np.zeros_like(y)
    middle = np.arange(2, y.size - 2)
    if not middle.size:
        return result
    around = (-2, -1, 1, 2)
    value = np.zeros(middle.size)
    for i in around:
        weight = np.ones(middle.size)
        for j in around:
            if j != i:
                weight *= x[middle] - x[middle + j]
                weight /= x[middle + i] - x[middle + j]
        value += weight * y[middle + i]
    result[middle] = y[middle] - value
    return result


def _running_median(values: Energies) -> Energies:
    from scipy.ndimage import median_filter

    return median_filter(values, min(NEIGHBOURHOOD, values.size), mode="nearest")


def _running_maximum(values: Energies) -> Energies:
    from scipy.ndimage import maximum_filter1d

    return maximum_filter1d(values, 5, mode="nearest")
