"""Regularised inversion of a measured spectrum with single-scattering paths.

chi = integral A(k, r) g(r) dr, where A comes from the tables of FEFF's paths. Only the
part of chi that lies within the R filter is looked at. The penalty is on g itself, as
in Babanov, Vasin, Ageev and Ershov, Phys. Status Solidi B 105, 747 (1981),
doi:10.1002/pssb.2221050237: smoothness alone leaves broad distributions free, which no
spectrum above k = 3 Å^-1 shows.
"""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Complex, Float
from scipy.interpolate import CubicSpline

from onne_core.baselines.single_scattering import doubt, multiple_scattering_from
from onne_core.baselines.tikhonov import invert
from onne_core.errors import FitError
from onne_core.values.conventional import (
    InvertedDistribution,
    InvertedShell,
    ShellModel,
)
from onne_core.values.radial import RadialGrid, moments
from onne_core.values.spectrum import fourier_kernel, hanning_window

THEORY_SHARE = 0.03
"""Error of the theory, as a share of the signal, that counts as noise."""

MEASURABLE = 0.03
"""Singular values of the transform, relative to the largest, that count as zero."""

R_SAMPLING = 0.06
"""Step of R between the coefficients, Å."""

LEAST_NOISE = 1e-6
"""Noise of chi that is assumed at least."""

REACH = 0.3
"""How far beyond a shell's trained distances it may have neighbours, Å."""

Limits = dict[str, tuple[float, float]]
"""Lower and upper end (Å) per shell label."""


@dataclass(frozen=True)
class InversionSettings:
    """Settings of the inversion.

    Window (Å^-1), k-weight, R filter (Å, no phase shift), grid of g(r), and the
    standard deviation of white noise in chi.
    """

    k_min: float
    k_max: float
    k_weight: int
    taper: float
    r_filter: tuple[float, float]
    radial: RadialGrid = field(repr=False)
    noise: float


def inverted(
    k: Float[np.ndarray, " k"],
    chi: Float[np.ndarray, " k"],
    shells: tuple[ShellModel, ...],
    settings: InversionSettings,
    *,
    limits: Limits,
) -> InvertedDistribution:
    """Return g(r) of every pair, and the moments of every shell within ``limits``.

    ``chi`` is corrected for E0 and S0^2, on a uniform grid ``k`` above zero. Each pair
    may have neighbours within 0.3 Å of the trained distances of its shells.

    Raises
    ------
    FitError
        If chi is zero within the filter.
    """
    pairs = tuple(dict.fromkeys(shell.pair for shell in shells))
    parts = {pair: [s for s in shells if s.pair == pair] for pair in pairs}
    r = settings.radial.centres
    columns = {pair: _reached(r, parts[pair]) for pair in pairs}
    matrix = settings.radial.step * np.hstack(
        [amplitudes(k, r[columns[pair]], parts[pair]) for pair in pairs]
    )
    seen = _filter(k, settings)
    data = seen @ chi
    if not np.any(data):
        raise FitError(
            "the spectrum is zero within the R filter; there is nothing to invert."
        )
    theory = THEORY_SHARE * float(np.sqrt(np.mean(data**2)))
    noise = float(np.hypot(max(settings.noise, LEAST_NOISE), theory))
    answer = invert(seen @ matrix, data, noise=noise, penalty=np.eye(matrix.shape[1]))
    partials, start = {}, 0
    for pair in pairs:
        g, stop = np.zeros(r.size), start + int(columns[pair].sum())
        g[columns[pair]] = answer.g[start:stop]
        partials[pair], start = g, stop
    left = float(np.sum((seen @ (matrix @ answer.g) - data) ** 2))
    r_factor = left / float(np.sum(data**2))
    return InvertedDistribution(
        r=r,
        partials=partials,
        shells=_shells(r, partials, shells, settings, limits, r_factor),
        regularisation=answer.regularisation,
        noise=noise,
        r_factor=r_factor,
        within_noise=answer.within_noise,
    )


def amplitudes(
    k: Float[np.ndarray, " k"],
    r: Float[np.ndarray, " r"],
    shells: list[ShellModel],
) -> Float[np.ndarray, "k r"]:
    r"""Return A(k, r) in Å: chi of one neighbour of one element at each ``r`` (Å).

    .. math:: A = |f| e^{-2r/\lambda} \sin(2 r \Re p + \psi) / (k r^2)

    Between the distances of the shells' paths log f, complex, is linear in 1/r, as
    curved waves are to first order; beyond them f stays as it is.
    """
    by_length = {float(shell.path[5, 0]): shell.path for shell in shells}
    paths = [by_length[length] for length in sorted(by_length)]
    inverse = 1.0 / np.array(sorted(by_length))
    factors = np.array([_factor(k, path) for path in paths])
    # Neighbouring factors are nearly alike: the ratio has no phase to unwrap.
    steps = np.log(factors[1:] / factors[:-1])
    grid, _, _, free, wavenumber, _ = paths[0]
    mean_free_path = CubicSpline(grid, free)(k)
    momentum = CubicSpline(grid, wavenumber)(k)
    result = np.empty((k.size, r.size))
    for column, distance in enumerate(r):
        exponent = np.zeros(k.size, dtype=complex)
        for i, step in enumerate(steps):
            way = (inverse[i] - 1.0 / distance) / (inverse[i] - inverse[i + 1])
            exponent += float(np.clip(way, 0.0, 1.0)) * step
        wave = factors[0] * np.exp(exponent + 2j * momentum * distance)
        damping = np.exp(-2.0 * distance / mean_free_path)
        result[:, column] = wave.imag * damping / (k * distance**2)
    return result


def _factor(
    k: Float[np.ndarray, " k"], path: Float[np.ndarray, "6 kp"]
) -> Complex[np.ndarray, " k"]:
    """Return the scattering factor (Å) of ``path`` to exp(2i r Re p)."""
    grid, *columns, length = path
    amplitude, phase, _, wavenumber = (CubicSpline(grid, item)(k) for item in columns)
    return amplitude * np.exp(1j * (phase - 2.0 * (wavenumber - k) * length[0]))


def _reached(
    r: Float[np.ndarray, " r"], shells: list[ShellModel]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which bins a pair may fill: those near the distances of its shells."""
    inside = np.zeros(r.size, dtype=bool)
    for shell in shells:
        inside |= (r > shell.nearest - REACH) & (r < shell.farthest + REACH)
    return inside


def _filter(
    k: Float[np.ndarray, " k"], settings: InversionSettings
) -> Float[np.ndarray, "coefficient k"]:
    """Return the matrix from chi(k) to independent coefficients within the R filter.

    Their weights are those of k-weighted chi, scaled so that white noise in chi keeps
    its mean square.
    """
    window = hanning_window(
        k, k_min=settings.k_min, k_max=settings.k_max, taper=settings.taper
    )
    r = np.arange(settings.r_filter[0], settings.r_filter[1] + 1e-9, R_SAMPLING)
    transform = (k**settings.k_weight * window)[:, None] * fourier_kernel(k, r)
    both = np.hstack([np.real(transform), np.imag(transform)])
    basis, values, _ = np.linalg.svd(both, full_matrices=False)
    kept = values > MEASURABLE * values[0]
    weights = values[kept] / np.sqrt(np.mean(values[kept] ** 2))
    return weights[:, None] * basis[:, kept].T


def _shells(
    r: Float[np.ndarray, " r"],
    partials: dict[str, Float[np.ndarray, " r"]],
    shells: tuple[ShellModel, ...],
    settings: InversionSettings,
    limits: Limits,
    r_factor: float,
) -> tuple[InvertedShell, ...]:
    """Return the moments within ``limits``, and what speaks against each."""
    nearest = min(shell.distance for shell in shells)
    onset = multiple_scattering_from(
        nearest, k_min=settings.k_min, k_max=settings.k_max
    )
    found = []
    for shell in shells:
        r_min, r_max = limits[shell.label]
        item = moments(r, partials[shell.pair], r_min=r_min, r_max=r_max)
        remarks = (
            doubt(shell.distance, onset=onset, r_factor=r_factor),
            _mixed(shell, shells),
        )
        remark = "; ".join(text for text in remarks if text)
        found.append(
            InvertedShell(
                label=shell.label,
                pair=shell.pair,
                r_min=r_min,
                r_max=r_max,
                coordination_number=item.coordination,
                distance=item.distance,
                sigma2=item.sigma2,
                c3=item.c3,
                trusted=not remark,
                remark=remark,
            )
        )
    return tuple(found)


def _mixed(shell: ShellModel, shells: tuple[ShellModel, ...]) -> str:
    """Return which other pairs may have neighbours where ``shell`` has them."""
    others = [
        other.pair
        for other in shells
        if other.pair != shell.pair
        and other.nearest < shell.farthest
        and shell.nearest < other.farthest
    ]
    if not others:
        return ""
    return f"not separable from {', '.join(dict.fromkeys(others))}"
