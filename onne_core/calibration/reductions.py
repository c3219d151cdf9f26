"""Means and moments of g(r), compiled.

For one spectrum numpy would take longer between the operations than for them.
"""

import numpy as np
from jaxtyping import Float
from numba import njit


def moments_over_bins(
    r: Float[np.ndarray, " bin"], g: Float[np.ndarray, "item bin"]
) -> Float[np.ndarray, "item 4"]:
    """Return N, R (Å), sigma (Å) and C3 (Å^3) of whole shells ``g`` (Å^-1)."""
    found = np.empty((len(g), 4))
    _moments(np.array(r), np.ascontiguousarray(g, dtype=float), found)
    return found


def over_members(
    values: Float[np.ndarray, "member item bin"],
) -> tuple[Float[np.ndarray, "item bin"], Float[np.ndarray, "item bin"]]:
    """Return mean and standard deviation over the members."""
    mean, deviation = np.empty(values.shape[1:]), np.empty(values.shape[1:])
    _over_members(values, mean, deviation)
    return mean, deviation


@njit(cache=True, error_model="numpy")
def _moments(r, g, found):
    step = r[1] - r[0]
    for item in range(len(g)):
        number, first = 0.0, 0.0
        for b in range(len(r)):
            number += g[item, b] * step
            first += g[item, b] * step * r[b]
        share = 1.0 / number if number > 0.0 else 1.0
        mean, second, third = first * share, 0.0, 0.0
        for b in range(len(r)):
            offset = r[b] - mean
            squared = g[item, b] * step * offset * offset
            second += squared
            third += squared * offset
        found[item, 0], found[item, 1] = number, mean
        # Networks with linear output, as the paper's, can answer less than nothing.
        found[item, 2] = np.sqrt(max(second * share, 0.0))
        found[item, 3] = third * share


@njit(cache=True, error_model="numpy")
def _over_members(values, mean, deviation):
    members, items, bins = values.shape
    for item in range(items):
        for b in range(bins):
            total = 0.0
            for member in range(members):
                total += values[member, item, b]
            mean[item, b] = total / members
        for b in range(bins):
            total = 0.0
            for member in range(members):
                total += (values[member, item, b] - mean[item, b]) ** 2
            deviation[item, b] = np.sqrt(total / members)
