"""Fit of the theory correction to a standard: least squares in complex R space.

The theory's spectrum of the known structure is multiplied by the core over k and a
factor per shell (:mod:`onne_core.standard.standard`), with S0^2, E0 and a k scale,
until it is the measured one. Some of these follow each other: amplitude and sigma^2, so
that sigma^2 must be known; the slope of the phase and the k scale, which differ by what
they do with R; a constant phase and E0. So there are priors, and shells at two
distances at least.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Complex, Float
from scipy.interpolate import CubicSpline
from scipy.optimize import OptimizeResult, least_squares

from onne_core.digest import digest
from onne_core.errors import FitError
from onne_core.standard.standard import (
    GRID_END,
    KNOTS,
    PEAK_SHIFT,
    SCALE_STD,
    Standard,
    one_sided,
    r_grid,
    shell_factor,
    through_knots,
)
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    Spectrum,
    fourier_kernel,
    hanning_window,
    k_grid,
    regridded,
)

K_WEIGHT = 2
TAPER = 2.0
R_RANGE = (1.5, 5.5)
"""Range of R that is compared, Å, no phase shift."""

R_STEP = 0.05

FEWEST_SHELLS = 2

CORE_STD = 0.5
"""Prior standard deviation of the core's log-amplitude and phase (rad) at a knot."""

CURVATURE_STD = 0.3
"""The same of the core's second difference."""

SHELL_STD = 0.1
"""The same of a shell's log-amplitude and phase (rad)."""

MOST_STEPS = 60
"""Steps of the fit at most: of the right structure ten to twenty are enough, and a
wrong one, which is refused, could wander for a minute."""

E0_STD = 20.0
"""The same of the E0 shift, eV: hardly any."""

EXPECTED_MISFIT = 0.05
"""Unexplained part of the signal at which priors and data weigh alike."""

LARGEST_MISFIT = 0.3
"""Unexplained part beyond which structure and spectrum do not belong together."""

E0_STARTS = (-6.0, 0.0, 6.0, 12.0)
"""Starting points of the E0 shift, eV: there are side minima about 10 eV apart."""


@dataclass(frozen=True, eq=False)
class KnownSpectrum:
    """The theory of a standard: chi on 0, 0.05 ... 20 Å^-1, and its shells.

    ``distances`` (Å) and ``sigma2`` (Å^2) are means over the thermal motion.
    """

    chi: Float[np.ndarray, " k"]
    distances: tuple[float, ...]
    elements: tuple[str, ...]
    sigma2: tuple[float, ...]


@dataclass(frozen=True)
class Origin:
    """Description of a standard: absorber, edge, structure, temperature (K), theory."""

    absorber: str
    edge: str
    structure: str
    temperature: float
    versions: dict[str, str]
    core_hole: bool = True


@dataclass(frozen=True, eq=False)
class _Problem:
    """The data of the fit: both transforms, and what turns k into R."""

    measured: Complex[np.ndarray, " r"]
    theory: Complex[np.ndarray, " fft"]
    distances: Float[np.ndarray, " shell"]
    kernel: Complex[np.ndarray, "k r"]
    stds: Float[np.ndarray, " parameter"]

    @property
    def independent(self) -> float:
        """Number of independent points, 2 dk dR / pi."""
        return 2.0 * (KNOTS[-1] - KNOTS[0]) * (R_RANGE[1] - R_RANGE[0]) / np.pi

    def model(
        self, parameters: Float[np.ndarray, " parameter"]
    ) -> Complex[np.ndarray, " r"]:
        """Return the transform of the corrected theory."""
        parts = _split(parameters)
        k = k_grid(GRID_END)
        factor = shell_factor(
            r_grid(), self.distances, parts.shell_amplitude, parts.shell_phase
        )
        signal = np.fft.ifft(self.theory * factor)[: k.size]
        exponent = through_knots(k, parts.amplitude)
        core = np.exp(exponent + 1j * through_knots(k, parts.phase))
        true_k = np.sqrt(np.clip(k**2 - parts.shift / HBAR2_OVER_2M, 0.0, None))
        true_k = np.minimum(true_k * (1.0 + parts.scale), GRID_END)
        return CubicSpline(k, (signal * core).real)(true_k) @ self.kernel

    def misfit(self, model: Complex[np.ndarray, " r"]) -> float:
        """Return the unexplained part of the signal, as a ratio of norms."""
        left = np.linalg.norm(model - self.measured)
        return float(left / np.linalg.norm(self.measured))

    def residual(
        self, parameters: Float[np.ndarray, " parameter"]
    ) -> Float[np.ndarray, " residual"]:
        """Return the misfit relative to the signal, then the priors' residuals."""
        size = np.linalg.norm(self.measured)
        difference = (self.model(parameters) - self.measured) / size
        parts = _split(parameters)
        second = np.array([1.0, -2.0, 1.0])
        curvature = [parts.amplitude @ second, parts.phase @ second]
        priors = np.concatenate(
            [parameters / self.stds, np.array(curvature) / CURVATURE_STD]
        )
        weight = EXPECTED_MISFIT / np.sqrt(self.independent)
        return np.concatenate([difference.real, difference.imag, weight * priors])


def learn(spectrum: Spectrum, theory: KnownSpectrum, origin: Origin) -> Standard:
    """Return the standard learnt from ``spectrum`` and the ``theory`` of its structure.

    Raises
    ------
    FitError
        If the spectrum ends before the window, there is one shell only, or the
        structure cannot be that of the spectrum.
    """
    distances = np.array(theory.distances)
    _check(spectrum, distances)
    problem = _problem(spectrum, theory)
    best = _fitted(problem)
    misfit = problem.misfit(problem.model(best.x))
    if misfit > LARGEST_MISFIT:
        raise FitError(
            f"{spectrum.name or 'the standard'}: the theory of {origin.structure} "
            f"leaves {100.0 * misfit:.0f} % of the signal unexplained; check that "
            "file, structure and absorber match."
        )
    return _standard(spectrum, theory, origin, problem, best)


def _check(spectrum: Spectrum, distances: Float[np.ndarray, " shell"]) -> None:
    name = spectrum.name or "the standard"
    if spectrum.k[0] > KNOTS[0] or spectrum.k[-1] < KNOTS[-1]:
        raise FitError(
            f"{name}: the data cover k = {spectrum.k[0]:.1f} to "
            f"{spectrum.k[-1]:.1f} Å^-1; a standard needs {KNOTS[0]:g} to "
            f"{KNOTS[-1]:g} Å^-1."
        )
    if distances.size < FEWEST_SHELLS:
        raise FitError(
            f"{name}: the structure has {distances.size} shell up to "
            f"{R_RANGE[1] + PEAK_SHIFT:.1f} Å; a standard needs {FEWEST_SHELLS}."
        )


def _problem(spectrum: Spectrum, theory: KnownSpectrum) -> _Problem:
    k = k_grid(GRID_END)
    window = hanning_window(k, k_min=KNOTS[0], k_max=KNOTS[-1], taper=TAPER)
    r = np.arange(*R_RANGE, R_STEP)
    kernel = (k**K_WEIGHT * window)[:, None] * fourier_kernel(k, r)
    knots, shells = len(KNOTS), len(theory.distances)
    stds = [CORE_STD] * 2 * knots + [E0_STD, SCALE_STD] + [SHELL_STD] * 2 * shells
    return _Problem(
        measured=regridded(spectrum, k).chi @ kernel,
        theory=one_sided(theory.chi),
        distances=np.array(theory.distances),
        kernel=kernel,
        stds=np.array(stds),
    )


class _Parts(NamedTuple):
    """The parameters: E0 shift in eV, phases in rad, ``scale`` less 1."""

    amplitude: Float[np.ndarray, " knot"]
    phase: Float[np.ndarray, " knot"]
    shift: float
    scale: float
    shell_amplitude: Float[np.ndarray, " shell"]
    shell_phase: Float[np.ndarray, " shell"]


def _split(parameters: Float[np.ndarray, " parameter"]) -> _Parts:
    knots = len(KNOTS)
    amplitude, phase, (shift, scale), offsets = np.split(
        parameters, [knots, 2 * knots, 2 * knots + 2]
    )
    return _Parts(amplitude, phase, float(shift), float(scale), *np.split(offsets, 2))


def _fitted(problem: _Problem) -> OptimizeResult:
    """Return the best of the fits from all starting points."""
    starts = np.zeros((len(E0_STARTS), problem.stds.size))
    starts[:, 2 * len(KNOTS)] = E0_STARTS
    fits = [
        least_squares(
            problem.residual, start, x_scale=problem.stds, max_nfev=MOST_STEPS
        )
        for start in starts
    ]
    return min(fits, key=lambda fit: fit.cost)


def _misfit_of_plain_theory(problem: _Problem) -> float:
    """Return what stays unexplained with E0, k scale and S0^2 alone."""

    def scaled(found: Float[np.ndarray, " two"]) -> Complex[np.ndarray, " r"]:
        parameters = np.zeros(problem.stds.size)
        parameters[2 * len(KNOTS) : 2 * len(KNOTS) + 2] = found
        model = problem.model(parameters)
        s02 = np.vdot(model, problem.measured).real / np.vdot(model, model).real
        return s02 * model

    def residual(found: Float[np.ndarray, " two"]) -> Float[np.ndarray, " residual"]:
        difference: np.ndarray = scaled(found) - problem.measured
        return difference.view(float)

    fits = [
        least_squares(residual, [start, 0.0], x_scale=[E0_STD, SCALE_STD])
        for start in E0_STARTS
    ]
    return problem.misfit(scaled(min(fits, key=lambda fit: fit.cost).x))


def _standard(
    spectrum: Spectrum,
    theory: KnownSpectrum,
    origin: Origin,
    problem: _Problem,
    best: OptimizeResult,
) -> Standard:
    parts = _split(best.x)
    # What the residuals oversample the independent points by cancels; the priors, with
    # those of the curvatures, count as one point each.
    freedom = problem.independent + 2.0
    covariance = np.linalg.inv(best.jac.T @ best.jac) * 2.0 * best.cost / freedom
    mean = float(parts.amplitude.mean())
    knots = len(KNOTS)
    variance = float(covariance[:knots, :knots].mean())
    return Standard(
        **vars(origin),
        name=spectrum.name,
        e0=spectrum.e0,
        e0_shift=parts.shift,
        scale=1.0 + parts.scale,
        s02=float(np.exp(mean)),
        s02_std=float(np.exp(mean) * np.sqrt(variance)),
        log_amplitude=_numbers(parts.amplitude - mean),
        phase=_numbers(parts.phase),
        distances=theory.distances,
        elements=theory.elements,
        sigma2=theory.sigma2,
        shell_amplitude=_numbers(parts.shell_amplitude),
        shell_phase=_numbers(parts.shell_phase),
        covariance=tuple(_numbers(row) for row in covariance),
        misfit_before=_misfit_of_plain_theory(problem),
        misfit=problem.misfit(problem.model(best.x)),
        spectrum=digest(spectrum.k, spectrum.chi),
    )


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in values)
