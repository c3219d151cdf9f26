"""Network input of a spectrum: windowed, k-weighted chi, filtered over R.

Every step is linear, so all of them together, whitening included, are one matrix that
is the frozen first layer of the networks. The theory's error is a smooth complex
factor over R, times one over k, and augmentation applies both in this space.
"""

import numpy as np
from jaxtyping import Complex, Float
from scipy.interpolate import CubicSpline

from onne_core.ensemble.card import input_grid
from onne_core.values.recipe import TrainingRecipe
from onne_core.values.spectrum import HBAR2_OVER_2M, fourier_kernel, hanning_window

R_SAMPLING = 0.06
"""Step of R between the coefficients, Å: twice as fine as the window resolves."""

BACKGROUND, BACKGROUND_R, BACKGROUND_WIDTH = 0.2, 0.6, 0.4
"""What is left of the background: share of the largest chi(R), its R and width, Å."""

SMOOTHNESS = 0.4
"""Correlation length over R of the theory's error, Å: below the distance of shells."""

SMOOTHNESS_OVER_K = 6.0
"""Correlation length over k of the theory's error, Å^-1: about half of a window."""

FEWEST_R = 1e-2
"""Singular values of the waves in a window, relative to the largest, that count."""

MEASURABLE = 0.03
"""Singular values of the transform, relative to the largest, below which a direction
counts as not measurable."""


def r_points(training: TrainingRecipe) -> Float[np.ndarray, " r"]:
    """Return the R points (Å, not phase-corrected) of the coefficients."""
    lower, upper = training.r_filter
    return np.arange(lower, upper + R_SAMPLING / 2, R_SAMPLING)


def input_window(training: TrainingRecipe) -> Float[np.ndarray, " k"]:
    """Return the window of the networks on the input grid."""
    return hanning_window(
        input_grid(training),
        k_min=training.k_min,
        k_max=training.k_max,
        taper=training.taper,
    )


def weight_of(training: TrainingRecipe) -> Float[np.ndarray, " k"]:
    """Return k^n times the window of the networks on the input grid."""
    return input_grid(training) ** training.k_weight * input_window(training)


def transform_matrix(training: TrainingRecipe) -> Complex[np.ndarray, "k r"]:
    """Return the matrix from chi(k) on the input grid to chi(R) (Å^-(weight+1))."""
    kernel = fourier_kernel(input_grid(training), r_points(training))
    return weight_of(training)[:, None] * kernel


def background_share(r: Float[np.ndarray, " r"]) -> Float[np.ndarray, " r"]:
    """Return what a smooth background leaves at ``r`` (Å, not phase-corrected).

    As standard deviation in units of the largest chi(R): no removal of the background
    is perfect below some 1 Å.
    """
    return BACKGROUND * np.exp(-0.5 * ((r - BACKGROUND_R) / BACKGROUND_WIDTH) ** 2)


def real_parts(
    coefficients: Complex[np.ndarray, "item r"],
) -> Float[np.ndarray, "item two_r"]:
    """Return real and imaginary parts side by side."""
    return np.concatenate([np.real(coefficients), np.imag(coefficients)], axis=-1)


def measurable_projector(
    transform: Complex[np.ndarray, "k r"],
) -> Float[np.ndarray, "feature feature"]:
    """Return the projector onto the coefficients that a chi(k) can produce.

    Neighbouring R are not independent, and multiplying by a function of R leads out
    of what a finite k range can show; what leads out is projected away. The rest has
    about 2 dk dR / pi dimensions. A basis of it would depend on the machine's linear
    algebra; the projector does not.
    """
    _, values, vectors = np.linalg.svd(real_parts(transform), full_matrices=False)
    kept = vectors[values > MEASURABLE * values[0]]
    return kept.T @ kept


def feature_matrix(training: TrainingRecipe) -> Float[np.ndarray, "k feature"]:
    """Return the matrix from chi(k) on the input grid to features."""
    transform = transform_matrix(training)
    return real_parts(transform) @ measurable_projector(transform)


def shifted_origin(
    k: Float[np.ndarray, " k"],
    chi: Float[np.ndarray, "item k"],
    shift: float,
    target: Float[np.ndarray, " target"],
) -> Float[np.ndarray, "item target"]:
    """Return spectra as measured with E0 ``shift`` eV too high.

    A point of true wave number sqrt(q^2 + shift / 3.81) appears at q. ``target`` is
    the grid of q, in Å^-1.
    """
    true_k = np.sqrt(np.clip(target**2 + shift / HBAR2_OVER_2M, 0.0, None))
    return CubicSpline(k, chi, axis=1)(np.minimum(true_k, k[-1]))


def smooth_basis(
    x: Float[np.ndarray, " x"], length: float = SMOOTHNESS
) -> Float[np.ndarray, "mode x"]:
    """Return a basis B such that normal random numbers times B are smooth in x.

    Unit variance at every x, Gaussian correlation of ``length`` (in units of x).
    """
    distance = (x[:, None] - x[None, :]) / length
    values, vectors = np.linalg.eigh(np.exp(-0.5 * distance**2))
    kept = values > 1e-4 * values[-1]
    basis = (vectors[:, kept] * np.sqrt(values[kept])).T
    return basis / np.sqrt(np.sum(basis**2, axis=0))


def factors_over_k(
    training: TrainingRecipe,
) -> Complex[np.ndarray, "mode r r2"]:
    """Return matrices that multiply chi(k) by smooth functions of k, acting on chi(R).

    One per mode of a smooth basis over the window: ``coefficients @ matrix`` are those
    of the waves times the mode. A multiplication over k is a convolution over R; what
    the waves beyond the R filter add to it is as near as the rest tells.
    """
    k, r = input_grid(training), r_points(training)
    margin = np.pi / (training.k_max - training.k_min)
    waves_r = np.arange(r[0] - margin, r[-1] + margin, R_SAMPLING)
    waves = np.exp(-2j * k[None, :] * waves_r[:, None])
    seen = input_window(training)[:, None] * fourier_kernel(k, r)
    back = np.linalg.pinv(waves @ seen, rcond=FEWEST_R)
    modes = smooth_basis(k, SMOOTHNESS_OVER_K)
    return np.stack([back @ (waves @ (mode[:, None] * seen)) for mode in modes])
