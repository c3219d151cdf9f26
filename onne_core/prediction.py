"""What an ensemble answers for one spectrum: g(r) with bands, shells, a verdict."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from onne_core.spectrum import Spectrum

Curve = Float[np.ndarray, " r"]
VerdictName = Literal["inside", "edge", "outside"]


@dataclass(frozen=True)
class Estimate:
    """A number with its standard deviation.

    ``fixed`` means that training never varied the quantity: the value is an
    assumption, not a measurement. ``prior`` and ``prior_std`` are its mean and
    standard deviation over the training set.
    """

    value: float
    std: float
    fixed: bool = False
    prior: float = float("nan")
    prior_std: float = float("nan")


@dataclass(frozen=True)
class MeasurementSettings:
    """How a measured spectrum is brought to the theory's terms.

    ``e0_shift`` (eV) is added to the E0 of the file; ``s02`` is divided out. Both
    with their standard deviations. ``e0_source`` and ``s02_source`` say in words
    where the value comes from.
    """

    e0_shift: float = 0.0
    e0_shift_std: float = 1.0
    s02: float = 1.0
    s02_std: float = 0.05
    e0_source: str = "given"
    s02_source: str = "given"


@dataclass(frozen=True, eq=False)
class Band:
    """A partial g(r) in Å^-1 with pointwise 68 % and 95 % bands, and the members."""

    g: Curve = field(repr=False)
    lower68: Curve = field(repr=False)
    upper68: Curve = field(repr=False)
    lower95: Curve = field(repr=False)
    upper95: Curve = field(repr=False)
    members: Float[np.ndarray, "member r"] = field(repr=False)


@dataclass(frozen=True)
class ShellEstimate:
    """The moments of one shell between ``r_min`` and ``r_max`` (Å).

    ``distance`` in Å, ``sigma2`` in Å^2, ``c3`` in Å^3.
    """

    label: str
    pair: str
    r_min: float
    r_max: float
    coordination_number: Estimate
    distance: Estimate
    sigma2: Estimate
    c3: Estimate


@dataclass(frozen=True, eq=False)
class BackCalculation:
    """The chi(k) that the predicted g(r) has, beside the corrected spectrum.

    ``chi`` lies on the grid of :attr:`Prediction.corrected` (its E0, S0^2 divided out);
    ``std`` is what the standard deviations of N, R and sigma make of it, ``error`` the
    root-mean-square error of the back-calculation itself. ``residual`` is corrected
    minus back-calculated, zero where nothing was measured. R-factors are sums of
    squares relative to the signal's, over the networks' window in k (weighted) and
    their filter in R. ``misfit`` is the residual over R in units of what noise, theory
    and back-calculation allow, as root mean square; ``largest`` the largest such value,
    at ``largest_at`` (Å, no phase shift added).
    """

    chi: Float[np.ndarray, " k"] = field(repr=False)
    std: Float[np.ndarray, " k"] = field(repr=False)
    error: Float[np.ndarray, " k"] = field(repr=False)
    residual: Float[np.ndarray, " k"] = field(repr=False)
    r_factor_k: float
    r_factor_r: float
    misfit: float
    largest: float
    largest_at: float


@dataclass(frozen=True)
class Reason:
    """One check behind a verdict, in words, with whether it was passed."""

    text: str
    passed: bool


@dataclass(frozen=True)
class Verdict:
    """Whether the spectrum lies inside what the ensemble was trained on."""

    name: VerdictName
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Everything that is shown of one spectrum and one ensemble.

    ``spectrum`` is the measured chi(k) as read; ``corrected`` the same on the
    ensemble's grid after the E0 shift and division by S0^2. ``r`` in Å. ``pairs`` maps
    pair names to bands. ``back`` is ``None`` for ensembles that cannot calculate back
    (made by an older version, or without scattering paths). ``digest`` identifies
    spectrum, ensemble and settings.
    """

    spectrum: Spectrum
    corrected: Spectrum
    settings: MeasurementSettings
    r: Curve = field(repr=False)
    pairs: dict[str, Band] = field(repr=False)
    shells: tuple[ShellEstimate, ...]
    verdict: Verdict
    ensemble_name: str
    ensemble_digest: str
    members: int
    k_min: float
    k_max: float
    k_weight: int
    noise: float
    digest: str
    back: BackCalculation | None = None
