"""Pipeline: two-level mean over microstates, a few computed at fine thresholds.

All microstates are computed at coarse thresholds of the path filters, and some of them
at fine ones as well. The mean of all coarse spectra and the mean of the differences
together estimate the mean of all fine spectra, without bias where the choice of the
fine microstates, their number included, does not depend on their spectra (multilevel
Monte Carlo: M. B. Giles, Operations Research 56, 607 (2008),
doi:10.1287/opre.1070.0496, with two levels).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.values.spectrum import K_STEP

LOWEST, HIGHEST = 3.0, 14.0
"""Range of k in which the size of an error is stated, Å^-1."""

WEIGHT = 2
"""Power of k by which it is weighted."""


@dataclass(frozen=True, eq=False)
class CorrectedMean:
    """A mean spectrum on 0, 0.05 ... Å^-1, and the standard error of its correction.

    The error is that of having corrected with some of the microstates only, in percent
    of the k^2-weighted spectrum, LOWEST to HIGHEST; ``None`` without a correction.
    """

    chi: Float[np.ndarray, " k"] = field(repr=False)
    error: float | None


def two_level_mean(
    coarse: Sequence[Float[np.ndarray, " k"]],
    fine: Mapping[int, Float[np.ndarray, " k"]],
) -> CorrectedMean:
    r"""Return mean(coarse) + mean(fine - coarse) and the standard error of the latter.

    ``fine`` are the fine spectra by the index of their microstate. With n of m
    microstates and the variance s^2(k) of the n differences the standard error is

    .. math:: \sigma(k) = s(k) \sqrt{(1/n)(1 - n/m)},

    that of a sample without replacement (W. G. Cochran, Sampling Techniques, 3rd ed.,
    Wiley 1977, eq. (2.20)). It is not known from a single one of several microstates.
    """
    mean = np.mean(coarse, axis=0)
    if not fine:
        return CorrectedMean(mean, None)
    differences = np.array([fine[i] - coarse[i] for i in fine])
    chi = mean + differences.mean(axis=0)
    if len(fine) == len(coarse):
        return CorrectedMean(chi, 0.0)
    if len(fine) == 1:
        return CorrectedMean(chi, np.inf)
    share = 1.0 / len(fine) - 1.0 / len(coarse)
    error = np.sqrt(differences.var(axis=0, ddof=1) * share)
    return CorrectedMean(chi, percent_of(error, chi))


def percent_of(error: Float[np.ndarray, " k"], chi: Float[np.ndarray, " k"]) -> float:
    """Return the k^2-weighted rms of ``error`` in percent of that of ``chi``."""
    k = K_STEP * np.arange(chi.size)
    weight = np.where((k >= LOWEST) & (k <= HIGHEST), k**WEIGHT, 0.0)
    size = float(np.linalg.norm(weight * chi))
    return 100.0 * float(np.linalg.norm(weight * error)) / size
