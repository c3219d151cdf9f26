"""Spectra: mu(E), chi(k), and what is done to them before a network sees them."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Complex, Float

from onne_core.errors import FormatError

K_STEP = 0.05
"""Step of the uniform k grid on which spectra are stored, Å^-1."""

HBAR2_OVER_2M = 3.80998212
"""hbar^2 / (2 m_e) in eV Å^2 (CODATA 2018): E = 3.81 k^2."""

R_STEP = 0.02
"""Step of the R grid of displayed Fourier transforms, Å."""

Wavenumbers = Float[np.ndarray, " k"]


@dataclass(frozen=True, eq=False)
class Spectrum:
    """chi(k), dimensionless, at rising ``k`` in Å^-1.

    ``name`` is shown to the user, ``source`` says where the values come from, and
    ``e0`` is the absolute energy of k = 0 in eV where it is known.
    """

    k: Wavenumbers = field(repr=False)
    chi: Wavenumbers = field(repr=False)
    name: str = ""
    source: str = ""
    e0: float | None = None

    def __post_init__(self) -> None:
        where = self.source or self.name or "spectrum"
        if self.k.size < 8:
            raise FormatError(
                f"{where}: only {self.k.size} points; chi(k) needs at least 8."
            )
        if not (np.all(np.isfinite(self.k)) and np.all(np.isfinite(self.chi))):
            raise FormatError(f"{where}: NaN or infinite values; remove these rows.")
        if np.any(np.diff(self.k) <= 0):
            raise FormatError(f"{where}: k must increase; sort the rows.")
        self.k.flags.writeable = False
        self.chi.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Absorption:
    """Measured mu(E): ``energy`` in eV, rising; ``mu`` in arbitrary units."""

    energy: Float[np.ndarray, " e"] = field(repr=False)
    mu: Float[np.ndarray, " e"] = field(repr=False)
    element: str = ""
    edge: str = ""
    name: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        self.energy.flags.writeable = False
        self.mu.flags.writeable = False


def k_grid(k_max: float) -> Wavenumbers:
    """Return 0, 0.05 ... ``k_max`` (Å^-1)."""
    return K_STEP * np.arange(round(k_max / K_STEP) + 1)


def regridded(spectrum: Spectrum, k: Wavenumbers) -> Spectrum:
    """Return ``spectrum`` on the grid ``k`` (Å^-1), zero where it was not measured."""
    if spectrum.k.shape == k.shape and np.array_equal(spectrum.k, k):
        return spectrum
    chi = _interpolated(k, spectrum.k, spectrum.chi)
    return replace(spectrum, k=k.copy(), chi=chi)


def _interpolated(
    k: Wavenumbers,
    known_k: Float[np.ndarray, " known"],
    chi: Float[np.ndarray, " known"],
) -> Wavenumbers:
    """Return the cubic spline through ``chi`` at ``k`` (Å^-1), zero outside.

    A straight line between points 0.05 Å^-1 apart would damp distant shells by 2 %.
    """
    # Imported here: the window shows before it needs a spectrum.
    from scipy.interpolate import CubicSpline

    inside = (k >= known_k[0]) & (k <= known_k[-1])
    values = np.zeros_like(k)
    values[inside] = CubicSpline(known_k, chi)(k[inside])
    return values


def e0_shifted(k: Wavenumbers, chi: Wavenumbers, shift: float) -> Wavenumbers:
    """Return chi on the same ``k`` grid after E0 has moved by ``shift`` eV.

    The new wave number of a point is sqrt(k^2 - shift / 3.81): a positive shift moves
    the origin to higher energy and the oscillations to lower k. Points of negative
    kinetic energy are dropped; outside the data chi is 0.
    """
    squared = k * k - shift / HBAR2_OVER_2M
    keep = squared >= 0.0
    return _interpolated(k, np.sqrt(squared[keep]), chi[keep])


def hanning_window(
    k: Wavenumbers, *, k_min: float, k_max: float, taper: float = 2.0
) -> Wavenumbers:
    """Return the Hanning window of XAFS analysis.

    It rises over ``taper`` (Å^-1) around ``k_min`` and falls around ``k_max``; each
    slope is centred on its limit, as in Athena and larch (dk = taper).
    """
    window = np.zeros_like(k)
    half = 0.5 * taper
    rise = (k >= k_min - half) & (k < k_min + half)
    fall = (k > k_max - half) & (k <= k_max + half)
    window[(k >= k_min + half) & (k <= k_max - half)] = 1.0
    if taper > 0.0:
        window[rise] = np.sin(0.5 * np.pi * (k[rise] - k_min + half) / taper) ** 2
        window[fall] = np.cos(0.5 * np.pi * (k[fall] - k_max + half) / taper) ** 2
    return window


def k_weighted(spectrum: Spectrum, power: int) -> Wavenumbers:
    r"""Return :math:`k^n \chi(k)`, in Å^-n."""
    return spectrum.k**power * spectrum.chi


def fourier_kernel(
    k: Wavenumbers, r: Float[np.ndarray, " r"]
) -> Complex[np.ndarray, "k r"]:
    r"""Return the matrix :math:`e^{2ikR} dk / \sqrt{\pi}` of ``k`` (Å^-1) and R (Å)."""
    return np.exp(2j * np.outer(k, r)) * ((k[1] - k[0]) / np.sqrt(np.pi))


def fourier_transform(
    weighted: Wavenumbers, k: Wavenumbers, r: Float[np.ndarray, " r"]
) -> Complex[np.ndarray, " r"]:
    r"""Return chi(R) of windowed, k-weighted chi on a uniform grid.

    :math:`\chi(R) = \sqrt{1/\pi} \int k^n \chi(k) W(k) e^{2ikR} dk`, in Å^-(n+1);
    no phase shift is added. ``r`` in Å. The integral is a sum: larch's convention.
    """
    return weighted @ fourier_kernel(k, r)


def magnitude_in_r(
    spectrum: Spectrum,
    *,
    k_min: float,
    k_max: float,
    power: int,
    r_max: float = 6.0,
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """Return R (Å) and abs(chi(R)) (Å^-(power+1)) with a Hanning window, taper 2."""
    k = k_grid(max(k_max + 2.0, float(spectrum.k[-1])))
    chi = regridded(spectrum, k).chi
    window = hanning_window(k, k_min=k_min, k_max=k_max)
    r = R_STEP * np.arange(round(r_max / R_STEP) + 1)
    return r, np.abs(fourier_transform(k**power * chi * window, k, r))


def noise_of(spectrum: Spectrum, *, k_min: float, k_max: float) -> float:
    """Return the standard deviation of white noise in chi(k), dimensionless.

    Taken from the unweighted transform between 15 and 25 Å, where no structure is
    left, after Newville, Boyanov and Sayers, J. Synchrotron Rad. 6, 264 (1999),
    doi:10.1107/S0909049598018342. The window falls to zero at both ends of the range:
    a sharp end would carry the first shells' signal to these distances.
    """
    k = k_grid(k_max)
    taper = 0.5 * (k_max - k_min)
    window = hanning_window(
        k, k_min=k_min + 0.5 * taper, k_max=k_max - 0.5 * taper, taper=taper
    )
    r = np.linspace(15.0, 25.0, 201)
    transform = fourier_transform(regridded(spectrum, k).chi * window, k, r)
    power = np.mean(np.abs(transform) ** 2)
    return float(np.sqrt(power * np.pi / np.sum(window**2)) / K_STEP)
