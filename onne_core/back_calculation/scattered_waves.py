"""Waves scattered by several shells, summed over all paths; compiled.

The arrays of one spectrum are so short that numpy would spend its time between the
operations, those of many so long that they leave the cache: one prediction and a
thousand of them would take 1.2 times as long. Real and imaginary parts lie apart, which
the compiler turns into vectors.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int
from numba import njit

Parts = Float[np.ndarray, "2 item head k"]
"""Real and imaginary part of one wave per item and head."""


@dataclass(frozen=True, eq=False)
class WaveSum:
    """Sum over all paths: ``chi`` and its derivatives.

    ``by_wave`` are those by the heads' waves, ``by_inner`` by the waves of one atom
    each that stand for the distance between two others.
    """

    chi: Float[np.ndarray, "item k"] = field(repr=False)
    by_wave: Parts = field(repr=False)
    by_inner: Parts = field(repr=False)


def arrange(
    seen: Float[np.ndarray, "item three_k"],
    share: Float[np.ndarray, " item"],
    waves: Parts,
    inner: Parts,
    chi: Float[np.ndarray, "item k"],
    *,
    head: int,
) -> None:
    """Write what is ``seen`` of one head into the waves of all, and add it to ``chi``.

    Side by side are real part, imaginary part and single scattering. ``inner`` is the
    wave of one atom, whose ``share`` of the mean number is one.
    """
    _arrange(seen, share, waves, inner, chi, head)


def scattered(
    waves: Parts,
    inner: Parts,
    weights: Float[np.ndarray, "2 product k"],
    products: Int[np.ndarray, "product 3"],
) -> WaveSum:
    """Return the sum of ``weights`` times two outer waves and one inner wave each.

    ``products`` are the three heads; the last is -1 where there is no inner wave.
    """
    chi = np.zeros((waves.shape[1], waves.shape[3]))
    found = WaveSum(chi, np.zeros_like(waves), np.zeros_like(waves))
    _add_products(waves, inner, weights, products, chi, found.by_wave, found.by_inner)
    return found


def changes(
    moved: Float[np.ndarray, "item move three_k"],
    shares: Float[np.ndarray, "item move"],
    sums: WaveSum,
    inner: Parts,
    share: Float[np.ndarray, " item"],
    *,
    head: int,
) -> Float[np.ndarray, "item move k"]:
    """Return the first-order change of chi(k) when the wave of ``head`` is perturbed.

    ``moved`` are the changes of its wave's real and imaginary part and of single
    scattering, side by side; ``shares`` those of its ``share`` of the mean number. An
    inner wave is that of one atom: neighbours more or less do not count.
    """
    items, moves, three = moved.shape
    found = np.empty((items, moves, three // 3))
    _add_changes(moved, shares, sums.by_wave, sums.by_inner, inner, share, head, found)
    return found


@njit(cache=True, error_model="numpy")
def _arrange(seen, share, waves, inner, chi, head):
    items, points = chi.shape
    for item in range(items):
        each = share[item] if share[item] > 0.0 else 1.0
        for part in range(2):
            for k in range(points):
                value = seen[item, part * points + k]
                waves[part, item, head, k] = value
                inner[part, item, head, k] = value / each
        for k in range(points):
            chi[item, k] += seen[item, 2 * points + k]


@njit(cache=True)
def _add_products(waves, inner, weights, products, chi, by_wave, by_inner):
    _, items, _, points = waves.shape
    factor, outer = np.empty((2, points)), np.empty((2, points))
    for item in range(items):
        for p in range(len(products)):
            a, b, c = products[p, 0], products[p, 1], products[p, 2]
            for k in range(points):
                ar, ai = waves[0, item, a, k], waves[1, item, a, k]
                br, bi = waves[0, item, b, k], waves[1, item, b, k]
                outer[0, k], outer[1, k] = ar * br - ai * bi, ar * bi + ai * br
            if c >= 0:
                for k in range(points):
                    wr, wi = weights[0, p, k], weights[1, p, k]
                    cr, ci = inner[0, item, c, k], inner[1, item, c, k]
                    factor[0, k], factor[1, k] = wr * cr - wi * ci, wr * ci + wi * cr
                    by_inner[0, item, c, k] += wr * outer[0, k] - wi * outer[1, k]
                    by_inner[1, item, c, k] += wr * outer[1, k] + wi * outer[0, k]
            else:
                for k in range(points):
                    factor[0, k], factor[1, k] = weights[0, p, k], weights[1, p, k]
            for k in range(points):
                fr, fi = factor[0, k], factor[1, k]
                chi[item, k] += fr * outer[0, k] - fi * outer[1, k]
                br, bi = waves[0, item, b, k], waves[1, item, b, k]
                by_wave[0, item, a, k] += fr * br - fi * bi
                by_wave[1, item, a, k] += fr * bi + fi * br
            for k in range(points):
                fr, fi = factor[0, k], factor[1, k]
                ar, ai = waves[0, item, a, k], waves[1, item, a, k]
                by_wave[0, item, b, k] += fr * ar - fi * ai
                by_wave[1, item, b, k] += fr * ai + fi * ar


@njit(cache=True)
def _add_changes(moved, shares, by_wave, by_inner, inner, share, head, found):
    items, moves, points = found.shape
    for item in range(items):
        each = 1.0 / share[item] if share[item] > 0.0 else 1.0
        for move in range(moves):
            lost = shares[item, move] * each
            for k in range(points):
                ir, ii = by_inner[0, item, head, k], by_inner[1, item, head, k]
                own = ir * inner[0, item, head, k] - ii * inner[1, item, head, k]
                slope_r = by_wave[0, item, head, k] + ir * each
                slope_i = by_wave[1, item, head, k] + ii * each
                real, imaginary = moved[item, move, k], moved[item, move, points + k]
                found[item, move, k] = (
                    moved[item, move, 2 * points + k]
                    + slope_r * real
                    - slope_i * imaginary
                    - lost * own
                )
