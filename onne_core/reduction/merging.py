"""Several scans of one sample as one, with the noise that they tell of each point."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from onne_core.errors import FormatError
from onne_core.values.spectrum import Absorption

FEWEST = 2

SAME_EDGE = 20.0
"""Largest difference of E0 of scans that are merged, eV."""

AVERAGED = 21
"""Points over which the variance is averaged: that of three scans alone is no more
than a guess."""


@dataclass(frozen=True, eq=False)
class Scan:
    """One scan to merge: its mu(E), its E0 (eV), and the white noise of its chi(k)."""

    absorption: Absorption
    e0: float
    noise: float


def merged(scans: Sequence[Scan], name: str) -> Absorption:
    """Return the mean of ``scans``, weighted by their noise, on the first one's grid.

    Scans of different thickness are brought to one edge step before: of each a factor
    and a straight line are fitted to the first. ``noise`` is the standard deviation of
    the mean, from the differences of the scans.

    Raises
    ------
    FormatError
        If there are less than two, or their edges differ.
    """
    if len(scans) < FEWEST:
        raise FormatError("Only one scan is marked; mark two or more to merge.")
    _check_edges(scans)
    first = scans[0]
    low = max(one.absorption.energy[0] for one in scans)
    high = min(one.absorption.energy[-1] for one in scans)
    grid = first.absorption.energy
    keep = (grid >= low) & (grid <= high)
    energy = grid[keep]
    rows = np.array([_matched(energy, one.absorption, first) for one in scans])
    weights = _weights(scans)
    mean = weights @ rows
    spread = weights @ (rows - mean) ** 2 / (len(scans) - 1)
    return Absorption(
        energy=energy,
        mu=mean,
        element=first.absorption.element,
        edge=first.absorption.edge,
        name=name,
        e0=first.e0,
        noise=np.sqrt(_averaged(spread)),
        reference=_mean_reference(scans, energy, weights),
        parts=tuple(one.absorption.name for one in scans),
    )


def _check_edges(scans: Sequence[Scan]) -> None:
    first = scans[0]
    for one in scans[1:]:
        if abs(one.e0 - first.e0) > SAME_EDGE:
            raise FormatError(
                f"Not merged: the edge of {one.absorption.name} is at "
                f"{one.e0:.1f} eV, that of {first.absorption.name} at "
                f"{first.e0:.1f} eV; mark scans of one edge."
            )


def _weights(scans: Sequence[Scan]) -> Float[np.ndarray, " scan"]:
    """Return weights of sum 1, in proportion to 1/noise²; equal if noise is unknown."""
    noise = np.array([one.noise for one in scans])
    if not (np.isfinite(noise) & (noise > 0.0)).all():
        return np.full(noise.size, 1.0 / noise.size)
    return noise**-2 / np.sum(noise**-2)


def _matched(
    grid: Float[np.ndarray, " grid"], scan: Absorption, first: Scan
) -> Float[np.ndarray, " grid"]:
    """Return a scan at ``grid``, scaled and on the straight line of the first one.

    The whole scan tells factor and line; a pre-edge alone would tell them too badly,
    and the differences of the scans would no longer be their noise.
    """
    mu = _at(grid, scan.energy, scan.mu)
    if scan is first.absorption:
        return mu
    wanted = _at(grid, first.absorption.energy, first.absorption.mu)
    x = (grid - first.e0) / np.ptp(grid)
    terms = np.array([mu, np.ones_like(x), x]).T
    fitted, *_ = np.linalg.lstsq(terms, wanted, rcond=None)
    if fitted[0] <= 0.0:
        raise FormatError(
            f"Not merged: {scan.name} and {first.absorption.name} are not alike; "
            "mark scans of one sample."
        )
    return terms @ fitted


def _at(
    grid: Float[np.ndarray, " grid"],
    energy: Float[np.ndarray, " e"],
    values: Float[np.ndarray, " e"],
) -> Float[np.ndarray, " grid"]:
    """Return ``values`` at ``grid``, as they are where the energies are the same."""
    from scipy.interpolate import CubicSpline

    if grid.shape == energy.shape and np.array_equal(grid, energy):
        return values
    return np.asarray(CubicSpline(energy, values)(grid))


def _averaged(variance: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """Return the running mean of ``variance``, over fewer points at the ends."""
    box = np.ones(min(AVERAGED, variance.size))
    total = np.convolve(variance, box, mode="same")
    return total / np.convolve(np.ones(variance.size), box, mode="same")


def _mean_reference(
    scans: Sequence[Scan],
    grid: Float[np.ndarray, " grid"],
    weights: Float[np.ndarray, " scan"],
) -> Float[np.ndarray, " grid"] | None:
    """Return the mean of the reference channels, ``None`` unless all scans have one."""
    rows = [
        _at(grid, one.absorption.energy, one.absorption.reference)
        for one in scans
        if one.absorption.reference is not None
    ]
    return weights @ np.array(rows) if len(rows) == len(scans) else None
