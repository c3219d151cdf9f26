"""Deviation of the shells of a measured foil from those of its lattice.

The theory's spectrum of the foil, thermal motion included, is cut into its shells by
windows in R; distance and sigma^2 of each, E0 and the k scale are fitted. What the fit
returns is thus an error, with a standard or without.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from onne_core.standard.fit import KnownSpectrum
from onne_core.standard.standard import (
    GRID_END,
    PEAK_SHIFT,
    SCALE_STD,
    Standard,
    matched,
    one_sided,
    r_grid,
)
from onne_core.values.spectrum import (
    Spectrum,
    e0_shifted,
    fourier_kernel,
    hanning_window,
    k_grid,
    regridded,
)

K = k_grid(GRID_END)
R = np.arange(1.5, 5.5, 0.05)
KERNEL = (K**2 * hanning_window(K, k_min=3.0, k_max=14.0))[:, None] * fourier_kernel(
    K, R
)
SHELLS = 4

SKEWNESS = (0.0, 0.0, 0.1, 0.15)
"""C3 / sigma^3 that the theory's shells lack at 300 K, as in dynamics of Ni (EMT)."""

E0_STARTS = (2.0, 8.0)

PRIOR_WEIGHT = 0.01
"""What one standard deviation of the scale is worth, as a share of the signal."""


@dataclass(frozen=True)
class ShellErrors:
    """Fitted minus true distances (Å) and sigma^2 (relative), E0 shift (eV), S0^2.

    ``relative`` are the errors of the distances (Å) after the best common scale.
    """

    distance: np.ndarray
    relative: np.ndarray
    sigma2: np.ndarray
    e0_shift: float
    s02: float
    misfit: float


def shell_errors(
    spectrum: Spectrum, theory: KnownSpectrum, standard: Standard | None = None
) -> ShellErrors:
    """Fit the shells of ``theory`` to ``spectrum``, corrected by ``standard``."""
    s02 = None
    if standard is not None:
        spectrum = matched(
            standard,
            spectrum,
            lambda item: _fit(item, theory, standard.s02).e0_shift,
            stretch=min(theory.distances) / min(standard.distances),
        )
        s02 = standard.s02
    return _fit(spectrum, theory, s02)


def _fit(spectrum: Spectrum, theory: KnownSpectrum, s02: float | None) -> ShellErrors:
    """Fit with S0^2 as given, or free."""
    chi = regridded(spectrum, K).chi
    size = np.linalg.norm(chi @ KERNEL)
    distances = np.array(theory.distances[:SHELLS])
    sigma2 = np.array(theory.sigma2[:SHELLS])
    signals = _signals(theory.chi, distances, sigma2)
    scales = np.array([2.0, SCALE_STD, *[0.01] * SHELLS, *[0.001] * SHELLS])

    def parts(found: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        """Return the model of S0^2 = 1 and the measured spectrum in R, and S0^2."""
        (e0, scale), moved, widened = found[:2], *np.split(found[2:], 2)
        # A wave over the scaled k is one of a scaled distance.
        moved = moved + scale * (distances - PEAK_SHIFT)
        change = 2j * np.outer(moved, K) - 2.0 * np.outer(widened, K**2)
        model = (signals * np.exp(change)).sum(axis=0).real @ KERNEL
        measured = e0_shifted(K, chi, e0) @ KERNEL
        best = np.vdot(model, measured).real / np.vdot(model, model).real
        return model, measured, s02 or float(best)

    def residual(found: np.ndarray) -> np.ndarray:
        model, measured, amplitude = parts(found)
        difference = (amplitude * model - measured) / size
        prior = PRIOR_WEIGHT * found[1] / SCALE_STD
        return np.concatenate([difference.real, difference.imag, [prior]])

    starts = [np.array([e0, *np.zeros(scales.size - 1)]) for e0 in E0_STARTS]
    fits = [
        least_squares(residual, start, x_scale=scales, method="lm") for start in starts
    ]
    best = min(fits, key=lambda fit: fit.cost)
    moved, widened = np.split(best.x[2:], 2)
    common = moved @ distances / (distances @ distances)
    model, measured, amplitude = parts(best.x)
    return ShellErrors(
        distance=moved,
        relative=moved - common * distances,
        sigma2=widened / sigma2,
        e0_shift=float(best.x[0]),
        s02=amplitude,
        misfit=float(np.linalg.norm(amplitude * model - measured) / size),
    )


def _signals(chi: np.ndarray, distances: np.ndarray, sigma2: np.ndarray) -> np.ndarray:
    """Return the analytic signal of every shell, by smooth windows half-way between."""
    transform, r = one_sided(chi), r_grid()
    edges = 0.5 * (distances[1:] + distances[:-1]) - PEAK_SHIFT
    steps = 1.0 / (1.0 + np.exp(-np.clip((r - edges[:, None]) / 0.06, -50, 50)))
    beyond = np.vstack([np.ones(r.size), steps, np.zeros(r.size)])
    parts = np.fft.ifft(transform * (beyond[:-1] - beyond[1:]), axis=1)[:, : K.size]
    c3 = np.array(SKEWNESS) * sigma2**1.5
    return parts * np.exp(-4j / 3.0 * np.outer(c3, K**3))
