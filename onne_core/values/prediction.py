"""Prediction of an ensemble for one spectrum: g(r) with bands, shells, verdict."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

from onne_core.values.spectrum import Spectrum

Curve = Float[np.ndarray, " r"]
Method = Literal["joint", "networks"]
"""Joint posterior of all shells, E0 and S0^2, or the networks alone."""

Sample = Literal["unknown", "bulk", "particle"]
"""What the user knows of a sample: nothing, a crystal without end, or a particle."""

VerdictName = Literal["inside", "borderline", "outside"]


DECIDED, NARROWED = 0.45, 0.7
"""Posterior standard deviations in units of the prior's: up to the first the data
decide, beyond the second they have not determined the quantity."""

Origin = Literal["training", "prior", "both", "data", "assumed"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its standard deviation.

    ``fixed`` means that training never varied the quantity: the value is an
    assumption, not a measurement. ``prior`` and ``prior_std`` are its mean and
    standard deviation over the training set. ``assumed`` means that an assumption of
    the user, the kind of the sample, decides the value.
    """

    value: float
    std: float
    fixed: bool = False
    prior: float = float("nan")
    prior_std: float = float("nan")
    assumed: bool = False

    @property
    def set_by(self) -> Origin:
        """Origin of the value: data, prior, fixed by training, or assumed by the user.

        A quantity whose prior is unknown counts as decided by the data.
        """
        if self.fixed:
            return "training"
        if self.assumed:
            return "assumed"
        if self.std > NARROWED * self.prior_std:
            return "prior"
        return "both" if self.std > DECIDED * self.prior_std else "data"

    @property
    def determined(self) -> bool:
        """Return whether the spectrum narrows the trained range."""
        return self.set_by in {"both", "data"}


@dataclass(frozen=True)
class MeasurementSettings:
    """Settings that bring a measured spectrum to the theory's scale.

    ``e0_shift`` (eV) is added to the E0 of the file; ``s02`` is divided out. Both
    with their standard deviations. ``theory`` is the share of the theory's error, as
    trained, that this spectrum may have: 1 for a measurement, 0 for a spectrum that
    was calculated by the same theory. ``scale_std`` is the relative standard deviation
    of the k scale. The sources say in words where a value comes from. ``method`` is
    what answers, where the ensemble has a joint posterior. ``sample`` is what the user
    knows of the sample; the joint posterior uses it where the ensemble knows its
    crystal.
    """

    e0_shift: float = 0.0
    e0_shift_std: float = 1.0
    s02: float = 1.0
    s02_std: float = 0.05
    theory: float = 1.0
    scale_std: float = 0.0
    e0_source: str = "given"
    s02_source: str = "given"
    theory_source: str = "measured spectrum without a standard"
    method: Method = field(default="joint", metadata={"added": True})
    sample: Sample = field(default="unknown", metadata={"added": True})


AUTOMATIC_E0_SOURCE = "joint fit of all shells"
"""Where an E0 comes from that the joint posterior has found."""

AUTOMATIC_E0 = (5.0, 7.0)
"""Mean and standard deviation (eV) of the shift from E0 of a file, at the steepest rise
of mu(E) or near it, to that of FEFF without self-consistency: 1 to 9 eV for metals,
oxides and sulphides of 3d metals, and Pt."""

CALCULATED_E0 = (0.0, 3.0)
"""The same for spectra that were calculated by the same theory."""

FARTHEST_E0 = 1.8
"""Largest offset of E0 for which the joint posterior is calibrated, in standard
deviations of what is assumed of it."""


@dataclass(frozen=True, eq=False)
class JointFit:
    """E0 and S0^2 of the joint posterior, and how its numbers hang together.

    ``e0_shift`` in eV, with standard deviations. ``correlation`` is that of N, R,
    sigma and skewness of every shell, E0 and the logarithm of S0^2, in this order;
    ``evidence`` is the probability of E0 at ``shifts`` (eV), 1 at its largest, and
    ``another`` the probability of answers with an E0 that is clearly different.
    ``disagreement`` is the largest difference from the networks' N, R and sigma, in
    standard deviations of both; ``structure`` says how unlike training the farther
    shells are beside the first (shell_prior.py).
    """

    e0_shift: float
    e0_shift_std: float
    s02: float
    s02_std: float
    correlation: Float[np.ndarray, "unknown unknown"] = field(repr=False)
    shifts: Float[np.ndarray, " shift"] = field(repr=False)
    evidence: Float[np.ndarray, " shift"] = field(repr=False)
    another: float = 0.0
    disagreement: float = 0.0
    structure: float = 0.0


@dataclass(frozen=True, eq=False)
class Band:
    """A partial g(r) in Å^-1 with 68 % and 95 % bands, and the members.

    ``lower68`` to ``upper95`` hold bin by bin; ``lower_whole`` to ``upper_whole`` hold
    the whole curve of every shell with 95 %.
    """

    g: Curve = field(repr=False)
    lower68: Curve = field(repr=False)
    upper68: Curve = field(repr=False)
    lower95: Curve = field(repr=False)
    upper95: Curve = field(repr=False)
    lower_whole: Curve = field(repr=False)
    upper_whole: Curve = field(repr=False)
    members: Float[np.ndarray, "member r"] = field(repr=False)


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class ExtraShell:
    """Extra neighbours, absent from the predicted g(r), that best explain its residual.

    ``number`` of them at ``distance`` (Å), if they scatter as those of the nearest
    shell do; ``significance`` is how far this exceeds what is negligible, in standard
    deviations of what may be left.
    """

    distance: float
    number: float
    significance: float


@dataclass(frozen=True, eq=False)
class BackCalculation:
    """chi(k) of the predicted g(r), with the corrected spectrum.

    ``chi`` lies on the grid of :attr:`Prediction.corrected` (its E0, S0^2 divided out);
    ``std`` is what the standard deviations of N, R and sigma make of it, ``error`` the
    root-mean-square error of the back-calculation itself. ``residual`` is corrected
    minus back-calculated, zero where nothing was measured. R-factors are sums of
    squares relative to the signal's, over the networks' window in k (weighted) and
    their filter in R. ``misfit`` is the residual over R in units of what noise, theory
    and back-calculation allow, as root mean square; ``largest`` the largest such value,
    at ``largest_at`` (Å, no phase shift added). ``extra`` are the neighbours that would
    explain most of the residual. ``noise_r`` is the R-factor in R that noise alone has.
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
    extra: ExtraShell | None = None
    noise_r: float = 0.0


@dataclass(frozen=True)
class Widening:
    """A trained range with an answer at its end, and the range to widen it to.

    ``label`` names the shell. Å, a number for the coordination number; ``lower`` and
    ``upper`` are the wanted ends, ``old_lower`` and ``old_upper`` those of training.
    """

    label: str
    quantity: Literal["coordination", "distance", "deviation"]
    lower: float
    upper: float
    old_lower: float
    old_upper: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One check behind a verdict, in words, and whether it was passed.

    ``widening`` is the wider range that would make it pass, if there is one.
    ``assumption`` marks what was not checked but assumed; it is always shown.
    """

    text: str
    passed: bool
    widening: Widening | None = None
    assumption: bool = False


@dataclass(frozen=True)
class Verdict:
    """Position of a spectrum relative to the training range of the ensemble.

    ``score`` is the largest severity of all checks: inside up to 1, borderline up to 2,
    outside beyond.
    """

    name: VerdictName
    reasons: tuple[Reason, ...]
    score: float = 0.0

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the answer rests on without a check, in words."""
        return tuple(one.text for one in self.reasons if one.assumption)


@dataclass(frozen=True, slots=True)
class TrainedShell:
    """A shell of a training spectrum; ``distance`` in Å, ``sigma2`` in Å^2.

    Both are NaN where the shell has no neighbours.
    """

    label: str
    coordination_number: float
    distance: float
    sigma2: float


@dataclass(frozen=True, slots=True)
class NearestSpectrum:
    """One of the training spectra most similar to the measured one.

    ``separation`` is 1 if it is as far away as is usual for a measurement of a
    structure like those in training.
    """

    separation: float
    shells: tuple[TrainedShell, ...]


@dataclass(frozen=True, eq=False)
class Prediction:
    """Everything predicted for one spectrum by one ensemble.

    ``spectrum`` is the measured chi(k) as read; ``corrected`` the same on the
    ensemble's grid after the E0 shift and division by S0^2. ``r`` in Å. ``pairs`` maps
    pair names to bands. ``back`` is ``None`` for ensembles that cannot calculate back
    (made by an older version, or without scattering paths). ``nearest`` are the
    training spectra most like it, none for ensembles made by an older version.
    ``joint`` is the joint posterior, ``None`` where the networks alone have answered.
    ``digest`` identifies spectrum, ensemble and settings.
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
    nearest: tuple[NearestSpectrum, ...] = ()
    joint: JointFit | None = None

    @property
    def method(self) -> Method:
        """The method that has answered."""
        return "networks" if self.joint is None else "joint"
