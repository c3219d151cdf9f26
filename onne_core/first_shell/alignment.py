"""E0 and S0^2 of a measured spectrum from a fit of the first shell.

The spread of the networks is useless for choosing E0, so a short fit of
N S0^2, R, sigma^2, C3 and the E0 shift with FEFF's single-scattering path does it, over
the R range of the first shell alone. EXAFS equation: Sayers, Stern, Lytle,
Phys. Rev. Lett. 27, 1204 (1971), doi:10.1103/PhysRevLett.27.1204; cumulants: G. Bunker,
Nucl. Instrum. Methods 207, 437 (1983), doi:10.1016/0167-5087(83)90655-5.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import Card, HeadCard
from onne_core.ensemble.features import input_window
from onne_core.first_shell.shell_fit import Problem, Solution, path_chi, solved
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import Spectrum, fourier_kernel, on_grid

STEP_E0, STEPS_E0 = 3.0, 6
"""Step (eV) and number, to either side, of the E0 shifts from which a fit may start:
there are side minima about 10 eV apart."""

STEP_R, MOST_STEPS_R = 0.05, 100
"""Step (Å) of the distances from which a fit may start, and most of them."""

TRIED = (0.0015, 0.005, 0.012, 0.03)
"""sigma^2 from which a fit may start, Å^2."""

NEGLIGIBLE = 1e-7
"""Relative singular values of the transform that a fit does not see."""

LARGEST_E0_SHIFT = 20.0
SMALLEST_E0_STD = 0.5
"""Systematic part of the uncertainty of the E0 shift, eV, in quadrature."""

SMALLEST_S02_SHARE = 0.05
"""Systematic part of the relative uncertainty of S0^2, in quadrature."""

ASSUMED_S02 = (0.85, 0.1)
"""S0^2 and its standard deviation where it can neither be given nor fitted."""

BELOW_R, ABOVE_R = 0.85, 0.15
"""Fourier range around the trained distances, Å: peaks lie 0.3-0.5 Å too low."""

SMALLEST_R = 0.8
"""Start of the Fourier range, Å: residual background lies below."""

BEYOND_R = 0.1
"""Farthest that the fitted distance may leave the trained ones, Å."""

SIGMA2_ENDS = (0.0005, 0.06)
"""Least and largest sigma^2 that is fitted, Å^2."""

SKEWNESS = 0.15
"""C3 / sigma^3 of a first shell, and the standard deviation of what is assumed of it.

Without C3 R comes out short by 5 mÅ at room temperature; left free, R and C3 follow the
errors of the phases."""

PRIOR_WEIGHT = 0.03
"""Misfit that one standard deviation of C3 is worth, as a share of the signal: of 1 %
of its power, which FEFF leaves, a tenth of the independent points has this much."""

SCALES = (0.02, 0.003, 2.0, 1e-4)
"""Typical changes of R (Å), sigma^2 (Å^2), E0 shift (eV) and C3 (Å^3) in the fit."""

LARGEST_C3 = 5e-3
"""Largest C3 that is fitted, Å^3: sigma^2 of 0.06 Å^2 and skewness 0.3."""

K_WEIGHT = 2


@dataclass(frozen=True)
class Alignment:
    """Result of the first-shell fit.

    ``amplitude`` is N S0^2, ``distance`` the mean of g(r) in Å, ``sigma2`` in Å^2,
    ``e0_shift`` in eV, each with its standard deviation; ``r_factor`` is the misfit
    within the shell's R range, as a share of the signal.
    """

    amplitude: float
    amplitude_std: float
    distance: float
    distance_std: float
    sigma2: float
    sigma2_std: float
    e0_shift: float
    e0_shift_std: float
    r_factor: float


@dataclass(frozen=True, eq=False)
class FirstShell:
    """The nearest shell of a card, ready for fits to spectra.

    ``independent`` is the number of independent points.
    """

    problem: Problem = field(repr=False)
    independent: float

    def fit(self, spectrum: Spectrum) -> Alignment:
        """Fit the shell to ``spectrum``."""
        chi = on_grid(self.problem.k, spectrum.k, spectrum.chi)
        best = solved(self.problem, chi @ self.problem.kernel)
        return _alignment(best, independent=self.independent)


def first_shell_of(card: Card, path: Float[np.ndarray, "6 k"]) -> FirstShell:
    """Prepare the fit of the nearest shell of ``card``.

    ``path`` is the table of the bundle: k, amplitude, phase, mean free path, Re p,
    half path length (Å^-1, Å, rad, Å, Å^-1, Å).
    """
    head, k = card.first_head, card.k
    r = _fourier_range(head)
    weight = k**K_WEIGHT * input_window(card.training)
    transform = weight[:, None] * fourier_kernel(k, r)
    # Neighbouring R are not independent: fewer directions show the same.
    both, sizes, _ = np.linalg.svd(transform.view(float), full_matrices=False)
    count = int(np.sum(sizes > NEGLIGIBLE * sizes[0]))
    kernel = both[:, :count] * sizes[:count]
    lower, upper = (np.array(end) for end in _bounds(head))
    entries = _entries(lower, upper)
    signals = path_chi(k, path, entries) @ kernel
    norms = np.linalg.norm(signals, axis=1, keepdims=True)
    norms[norms == 0.0] = 1.0
    entries[:, :1] /= norms
    problem = Problem(
        k=k.copy(),
        path=path,
        kernel=kernel,
        limits=np.stack([lower, upper, [head.centre[0], *SCALES]]),
        prior=np.array([SKEWNESS, PRIOR_WEIGHT]),
        entries=entries,
        signals=signals / norms,
    )
    # 2 dk dR / pi.
    width = card.training.k_max - card.training.k_min
    return FirstShell(problem, 2.0 * width * float(r[-1] - r[0]) / np.pi)


def _entries(
    lower: Float[np.ndarray, " 5"], upper: Float[np.ndarray, " 5"]
) -> Float[np.ndarray, "entry 5"]:
    """Return all combinations of R, sigma^2, E0 from which a fit may start, N = 1."""
    steps = min(int(np.ceil((upper[1] - lower[1]) / STEP_R)), MOST_STEPS_R)
    shifts = STEP_E0 * np.arange(-STEPS_E0, STEPS_E0 + 1)
    grids = np.meshgrid(np.linspace(lower[1], upper[1], steps + 1), TRIED, shifts)
    r, sigma2, e0 = (part.ravel() for part in grids)
    c3 = SKEWNESS * sigma2**1.5
    return np.column_stack([np.ones(r.size), r, sigma2, e0, c3])


def automatic_settings(
    card: Card,
    fit: Alignment | None,
    *,
    e0: float | None,
    s02: tuple[float, float] | None,
) -> MeasurementSettings:
    """Return the settings, each value as given or from the first-shell fit.

    S0^2 can be fitted only where training fixed the first shell's coordination
    number; elsewhere the two are degenerate and a stated value is assumed.
    """
    e0_value, e0_std, e0_source = _e0(fit, e0)
    s02_value, s02_std, s02_source = _s02(card, fit, s02)
    return MeasurementSettings(
        e0_shift=e0_value,
        e0_shift_std=e0_std,
        s02=s02_value,
        s02_std=s02_std,
        e0_source=e0_source,
        s02_source=s02_source,
    )


def _fourier_range(head: HeadCard) -> Float[np.ndarray, " r"]:
    """Return the R (Å, no phase shift) over which the shell of ``head`` is fitted."""
    first = max(SMALLEST_R, head.lowest[1] - BELOW_R)
    return np.arange(first, head.highest[1] + ABOVE_R, 0.05)


def _bounds(head: HeadCard) -> tuple[list[float], list[float]]:
    """Return the ends of N S0^2, R (Å), sigma^2 (Å^2), E0 shift (eV), C3 (Å^3)."""
    number = head.centre[0]
    nearest, farthest = head.lowest[1] - BEYOND_R, head.highest[1] + BEYOND_R
    return (
        [0.05 * number, nearest, SIGMA2_ENDS[0], -LARGEST_E0_SHIFT, -LARGEST_C3],
        [3.0 * number, farthest, SIGMA2_ENDS[1], LARGEST_E0_SHIFT, LARGEST_C3],
    )


def _alignment(best: Solution, *, independent: float) -> Alignment:
    """Return the values with standard deviations scaled by the misfit."""
    values = best.values
    # What is assumed of C3 counts as one more point.
    freedom = max(1.0, independent + 1.0 - len(values))
    # As many residuals as independent points would give this covariance: the factors
    # by which they oversample the data cancel.
    square = float(np.sum(best.misfit**2))
    covariance = _inverse(best.slopes @ best.slopes.T) * square / freedom
    stds = np.sqrt(np.clip(np.diag(covariance), 0.0, None))
    amplitude, distance, sigma2, shift, _ = (float(value) for value in values)
    return Alignment(
        amplitude=amplitude,
        amplitude_std=float(stds[0]),
        distance=distance,
        distance_std=float(stds[1]),
        sigma2=sigma2,
        sigma2_std=float(stds[2]),
        e0_shift=shift,
        e0_shift_std=float(stds[3]),
        r_factor=float(np.sum(best.misfit[:-1] ** 2)),
    )


def _inverse(matrix: Float[np.ndarray, "5 5"]) -> Float[np.ndarray, "5 5"]:
    """Return the inverse of a matrix whose units differ, the pseudo-inverse if none."""
    size = np.sqrt(np.diag(matrix))
    size[size == 0.0] = 1.0
    try:
        return np.linalg.inv(matrix / np.outer(size, size)) / np.outer(size, size)
    except np.linalg.LinAlgError:
        return np.linalg.pinv(matrix)


def _e0(fit: Alignment | None, given: float | None) -> tuple[float, float, str]:
    if given is not None:
        return given, 1.0, "given"
    if fit is None:
        return (
            0.0,
            3.0,
            "not determined: a first-shell fit is not possible with this "
            "ensemble; give E0",
        )
    return (
        fit.e0_shift,
        float(np.hypot(fit.e0_shift_std, SMALLEST_E0_STD)),
        "first-shell fit",
    )


def _s02(
    card: Card, fit: Alignment | None, given: tuple[float, float] | None
) -> tuple[float, float, str]:
    if given is not None:
        return (*given, "given")
    head = card.first_head
    if fit is None or not head.fixed[0]:
        return (*ASSUMED_S02, "assumed; give the value of a standard")
    value = fit.amplitude / head.centre[0]
    share = float(np.hypot(fit.amplitude_std / fit.amplitude, SMALLEST_S02_SHARE))
    number = f"{head.centre[0]:g}"
    return value, value * share, f"first-shell fit with N = {number}"
