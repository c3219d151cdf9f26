"""Non-negative Tikhonov inversion of chi = A g, as smooth as the noise allows.

The classical answer to an ill-posed integral equation: A. N. Tikhonov and V. Y.
Arsenin, Solutions of Ill-Posed Problems (1977). The degree of smoothing follows
V. A. Morozov's discrepancy principle, Sov. Math. Dokl. 7, 414 (1966).
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from jaxtyping import Float
from scipy.optimize import nnls

Curve = Float[np.ndarray, " r"]

REACHABLE = 1e-6
"""Singular values of the kernel below this share of the largest count as zero."""

EXPONENTS = tuple(0.5 * step for step in range(-20, 5))
"""Decimal logarithms of the smoothing parameters that are tried."""

TOLERATED_RISE = 0.05
"""Rise of the misfit over the least possible one that always counts as chance."""

SWEEPS = 30
"""Most iterations of the non-negative least squares, per unknown."""


@dataclass(frozen=True, eq=False)
class Inversion:
    """The smoothest distribution that explains a spectrum to within its noise.

    ``g`` in Å^-1, nowhere negative. ``regularisation`` is the weight of the smoothing
    in units of the kernel's largest squared singular value, ``residual`` the root mean
    square of chi - A g. ``within_noise`` is false where even the least possible misfit
    exceeds the noise by more than three standard deviations of chance: the noise is
    larger than stated, or the kernel wrong.
    """

    g: Curve = field(repr=False)
    regularisation: float
    residual: float
    within_noise: bool


def invert(
    kernel: Float[np.ndarray, "k r"],
    chi: Float[np.ndarray, " k"],
    *,
    noise: float,
    penalty: Float[np.ndarray, "row r"] | None = None,
) -> Inversion:
    r"""Return the smoothest non-negative g whose spectrum fits ``chi`` to its noise.

    Minimises :math:`|A g - \chi|^2 + \lambda |D g|^2` over :math:`g \ge 0`, where
    :math:`D` takes second differences and g is zero beyond the grid. :math:`\lambda`
    is the largest for which the misfit is what the noise leaves. The misfit is taken
    in the row space of the kernel only: what no g can reach is noise whatever
    :math:`\lambda` is, and its chance fluctuation would hide what is looked for.

    Where no :math:`\lambda` reaches the noise, by chance or since the noise is larger
    than stated, it is the largest that raises the least misfit by TOLERATED_RISE.

    Parameters
    ----------
    kernel
        A, in Å: chi of a unit density in each bin.
    chi
        The spectrum, dimensionless, with the same noise at every k.
    noise
        Standard deviation of the white noise in ``chi``.
    penalty
        D, second differences by default.
    """
    basis, values, rows = np.linalg.svd(kernel, full_matrices=False)
    kept = values > REACHABLE * values[0]
    # Scaled by the largest singular value, so that the exponents need no unit.
    reduced = values[kept, None] * rows[kept] / values[0]
    seen = basis[:, kept].T @ chi / values[0]
    smoothing = second_differences(kernel.shape[1]) if penalty is None else penalty
    wanted = np.concatenate([seen, np.zeros(len(smoothing))])

    @cache
    def solution(exponent: float) -> Curve:
        """Return the g of least abs(A g - chi)^2 + abs(D g)^2 with this weight."""
        matrix = np.vstack([reduced, np.sqrt(10.0**exponent) * smoothing])
        return nnls(matrix, wanted, maxiter=SWEEPS * kernel.shape[1])[0]

    def misfit(exponent: float) -> float:
        return float(np.sum((reduced @ solution(exponent) - seen) ** 2))

    expected = seen.size * (noise / values[0]) ** 2
    least = misfit(EXPONENTS[0])
    allowed = max(expected, (1.0 + TOLERATED_RISE) * least)
    # The misfit never falls when the smoothing grows, so bisection finds the last.
    exponent = EXPONENTS[bisect_right(EXPONENTS, allowed, key=misfit) - 1]
    g = solution(exponent)
    return Inversion(
        g=g,
        regularisation=10.0**exponent,
        residual=float(np.sqrt(np.mean((kernel @ g - chi) ** 2))),
        within_noise=bool(least <= (1.0 + 3.0 * np.sqrt(2.0 / seen.size)) * expected),
    )


def second_differences(count: int) -> Float[np.ndarray, "r r"]:
    """Return the second differences of a curve that is zero beyond its ends."""
    return np.diff(np.eye(count + 2), n=2, axis=0)[:, 1:-1]
