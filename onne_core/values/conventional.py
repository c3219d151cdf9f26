"""Results of conventional analyses of a spectrum, for comparison with a prediction."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.errors import BundleError
from onne_core.values.prediction import Estimate, Prediction

Curve = Float[np.ndarray, " r"]


@dataclass(frozen=True, eq=False)
class ShellModel:
    """Model of a shell before the fit.

    ``path`` is the table of its single-scattering path: k, amplitude, phase, mean free
    path, Re p, half path length (Å^-1, Å, rad, Å, Å^-1, Å). ``number``, ``distance``
    (Å) and ``sigma2`` (Å^2) are where a fit starts; ``nearest`` and ``farthest`` (Å)
    enclose the distance.

    Raises
    ------
    BundleError
        If ``path`` is no such table.
    """

    label: str
    pair: str
    path: Float[np.ndarray, "6 k"] = field(repr=False)
    number: float
    distance: float
    sigma2: float
    nearest: float
    farthest: float

    def __post_init__(self) -> None:
        # The table is part of an ensemble, which may be untrusted.
        k, amplitude, _, free, _, length = self.path
        rising = k.size > 5 and bool(np.all(np.diff(k) > 0.0))
        if not rising or amplitude.min() < 0.0 or min(free.min(), length[0]) <= 0.0:
            raise BundleError(
                f"path of {self.label}: not the table of a scattering path; train "
                "the ensemble again."
            )


@dataclass(frozen=True)
class FittedShell:
    """One shell of a cumulant fit.

    ``amplitude`` is N S0^2, ``coordination_number`` that divided by a given S0^2;
    ``distance`` in Å is the mean of g(r), ``sigma2`` in Å^2, ``c3`` in Å^3 and ``None``
    where it was not varied. Standard deviations contain the misfit, not an error of the
    scattering phases. ``r_factor`` is the misfit in the shell's own range of R.
    ``trusted`` says whether single scattering can describe the shell and the fit
    succeeded; ``remark`` says why not.
    """

    label: str
    pair: str
    amplitude: Estimate
    coordination_number: Estimate
    distance: Estimate
    sigma2: Estimate
    c3: Estimate | None
    r_factor: float
    trusted: bool
    remark: str = ""


@dataclass(frozen=True, eq=False)
class CumulantFit:
    """A fit of single-scattering paths in R space.

    ``e0_shift`` in eV is shared by all shells. ``correlations`` are those of the
    variables ``names``, NaN where the fit found no covariance. ``chi_square`` and
    ``reduced_chi_square`` count ``independent_points`` data; ``r_factor`` is the misfit
    as a share of the signal between ``r_min`` and ``r_max`` (Å, no phase shift).
    """

    shells: tuple[FittedShell, ...]
    e0_shift: Estimate
    names: tuple[str, ...]
    correlations: Float[np.ndarray, "variable variable"] = field(repr=False)
    chi_square: float
    reduced_chi_square: float
    r_factor: float
    independent_points: float
    k_min: float
    k_max: float
    k_weight: int
    r_min: float
    r_max: float

    @property
    def strongest_correlation(self) -> tuple[str, str, float] | None:
        """The two most correlated variables, ``None`` if unknown."""
        size = np.abs(np.triu(self.correlations, 1))
        if size.size < 2 or not np.isfinite(size).all():
            return None
        i, j = np.unravel_index(int(np.argmax(size)), size.shape)
        return self.names[i], self.names[j], float(self.correlations[i, j])


@dataclass(frozen=True)
class InvertedShell:
    """The moments of an inverted g(r) between ``r_min`` and ``r_max`` (Å).

    ``distance`` in Å, ``sigma2`` in Å^2, ``c3`` in Å^3; NaN where g(r) is zero.
    """

    label: str
    pair: str
    r_min: float
    r_max: float
    coordination_number: float
    distance: float
    sigma2: float
    c3: float
    trusted: bool
    remark: str = ""


@dataclass(frozen=True, eq=False)
class InvertedDistribution:
    """g(r) by regularised inversion with single-scattering paths.

    ``partials`` maps pairs to g (Å^-1) on ``r`` (Å). ``regularisation`` is the weight
    of the penalty, ``noise`` the standard deviation of chi that fixed it, theory's
    share included; ``within_noise`` says whether it was reached. ``r_factor`` is the
    misfit as a share of the filtered signal.
    """

    r: Curve = field(repr=False)
    partials: dict[str, Curve] = field(repr=False)
    shells: tuple[InvertedShell, ...]
    regularisation: float
    noise: float
    r_factor: float
    within_noise: bool


@dataclass(frozen=True, eq=False)
class Analyses:
    """Conventional analyses of one spectrum, as stored in a project.

    ``fits`` are cumulant fits, that of the nearest shell first, that of all shells
    last. ``inversion`` is ``None`` where it could not be made, and ``remarks`` says so.
    """

    fits: tuple[CumulantFit, ...]
    inversion: InvertedDistribution | None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """A prediction and the conventional analyses of the same spectrum."""

    prediction: Prediction
    analyses: Analyses


def fitted_distribution(shells: Iterable[FittedShell], r: Curve) -> dict[str, Curve]:
    """Return the partial g(r) (Å^-1) that the moments of fitted shells describe.

    A Gaussian with the third cumulant's first correction (the Edgeworth series, as in
    H. Cramér, Mathematical Methods of Statistics (1946), section 17.7), nowhere below
    zero. ``r`` in Å.
    """
    found: dict[str, Curve] = {}
    for shell in shells:
        sigma = np.sqrt(max(shell.sigma2.value, 1e-6))
        z = (r - shell.distance.value) / sigma
        third = 0.0 if shell.c3 is None else shell.c3.value / sigma**3
        bell = np.exp(-0.5 * z**2) / (np.sqrt(2.0 * np.pi) * sigma)
        g = shell.coordination_number.value * bell
        g = g * (1.0 + third / 6.0 * (z**3 - 3.0 * z))
        found[shell.pair] = found.get(shell.pair, np.zeros_like(r)) + np.clip(
            g, 0, None
        )
    return found


def best_fitted(comparison: Comparison) -> tuple[FittedShell, ...]:
    """Return every shell once, from the fit with the fewest shells that contains it."""
    found: dict[str, FittedShell] = {}
    for fit in sorted(comparison.analyses.fits, key=lambda item: len(item.shells)):
        for shell in fit.shells:
            found.setdefault(shell.label, shell)
    return tuple(found.values())
