"""Spectra mu(E) and chi(k), and their operations: grids, windows, transforms, noise."""

from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np
from jaxtyping import Complex, Float

from onne_core.digest import digest
from onne_core.errors import DefinitionError, FormatError

K_STEP = 0.05
"""Step of the uniform k grid on which spectra are stored, Å^-1."""

ROUNDING = 1e-9
"""Largest difference between the same points of two grids, Å^-1."""

SHORTEST_K = 8.0
"""Shortest range of chi(k) that is worth an analysis, Å^-1."""

HBAR2_OVER_2M = 3.80998212
"""hbar^2 / (2 m_e) in eV Å^2 (CODATA 2018): E = 3.81 k^2."""

R_STEP = 0.02
"""Step of the R grid of displayed Fourier transforms, Å."""

ZEROS = 1
"""What makes a spline of scipy zero beyond its points."""

LONGEST_NAME = 300
"""Characters of a spectrum's name that are kept; file names have 255 at most."""

Wavenumbers = Float[np.ndarray, " k"]
Energies = Float[np.ndarray, " e"]


def one_line(name: str) -> str:
    """Return an external name as one printable line of limited length."""
    shown = name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
    if shown.isprintable():
        return shown
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in shown)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """chi(k), dimensionless, at rising ``k`` in Å^-1.

    ``name`` is shown to the user, ``source`` says where the values come from, and
    ``e0`` is the absolute energy of k = 0 in eV where it is known. ``notes`` say how
    the values came about and what to mind. ``element`` and
    ``edge`` are the absorber's as the file names them, "" where it does not. ``noise``
    is the standard deviation of chi at each point where repeated scans tell it.
    """

    k: Wavenumbers = field(repr=False)
    chi: Wavenumbers = field(repr=False)
    name: str = ""
    source: str = ""
    e0: float | None = None
    element: str = field(default="", metadata={"added": True})
    edge: str = field(default="", metadata={"added": True})
    noise: Wavenumbers | None = field(
        default=None, repr=False, metadata={"added": True}
    )
    notes: tuple[str, ...] = field(default=(), metadata={"added": True})

    def __post_init__(self) -> None:
        where = self.source or self.name or "spectrum"
        if self.k.size < 8:
            raise FormatError(
                f"{where}: only {self.k.size} points; chi(k) needs at least 8."
            )
        if not (np.isfinite(self.k).all() and np.isfinite(self.chi).all()):
            raise FormatError(f"{where}: NaN or infinite values; remove these rows.")
        if not (self.k[1:] > self.k[:-1]).all():
            raise FormatError(f"{where}: k must increase; sort the rows.")
        self.k.flags.writeable = False
        self.chi.flags.writeable = False
        if self.noise is not None:
            _check_noise(self.noise, self.k, where)

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the spectrum; cached, also when sent to another process."""
        return digest(self)


@dataclass(frozen=True, eq=False)
class Absorption:
    """Measured mu(E): ``energy`` in eV, rising; ``mu`` in arbitrary units.

    ``e0`` is the energy of k = 0 in eV where the file gives one. ``noise`` is the
    standard deviation of mu at each point, known where scans were merged; ``reference``
    is mu of a reference in the same beam, by which scans are aligned. ``parts`` are the
    names of the merged scans, ``notes`` what the reader did and what to mind;
    ``settings`` are those of a reduction that the file asks for.
    """

    energy: Energies = field(repr=False)
    mu: Energies = field(repr=False)
    element: str = ""
    edge: str = ""
    name: str = ""
    source: str = ""
    e0: float | None = None
    noise: Energies | None = field(default=None, repr=False, metadata={"added": True})
    reference: Energies | None = field(
        default=None, repr=False, metadata={"added": True}
    )
    parts: tuple[str, ...] = field(default=(), metadata={"added": True})
    notes: tuple[str, ...] = field(default=(), metadata={"added": True})
    settings: "ReductionSettings | None" = field(default=None, metadata={"added": True})

    def __post_init__(self) -> None:
        self.energy.flags.writeable = False
        self.mu.flags.writeable = False
        where = self.source or self.name or "mu(E)"
        if self.noise is not None:
            _check_noise(self.noise, self.energy, where)
        if self.reference is not None:
            if self.reference.shape != self.energy.shape:
                raise FormatError(
                    f"{where}: the reference has {self.reference.size} points, mu(E) "
                    f"{self.energy.size}; give one for each energy."
                )
            self.reference.flags.writeable = False

    @cached_property
    def fingerprint(self) -> str:
        """Digest of the scan."""
        return digest(self)


def _check_noise(noise: np.ndarray, at: np.ndarray, where: str) -> None:
    """Refuse noise that does not belong to the points ``at``; make it read-only."""
    is_noise = noise.shape == at.shape and np.isfinite(noise).all()
    if not is_noise or (noise < 0.0).any():
        raise FormatError(
            f"{where}: the noise is not one positive number for each point."
        )
    noise.flags.writeable = False


@dataclass(frozen=True)
class ReductionSettings:
    """Settings for the reduction of mu(E) to chi(k).

    Parameters
    ----------
    rbkg
        Distance below which oscillations count as background, Å.
    k_weight
        Power of k in the transform that the background fit looks at.
    e0
        Energy of k = 0 in eV; ``None`` takes larch's choice.
    k_max
        End of the background fit and of chi(k), Å^-1; ``None`` is the end of the data.
    k_min
        Start of the range of the background fit, Å^-1.
    pre1, pre2
        Ends of the pre-edge line, eV above E0; ``None`` leaves one to the program.
    norm1, norm2
        Ends of the post-edge curve, likewise.
    nnorm
        Degree of the post-edge curve, 0 to 2; ``None`` likewise.
    step
        Edge step, in units of mu; ``None`` takes that of the two curves at E0.
    clamp_lo, clamp_hi
        Weights that hold chi(k) at zero at the ends of the spline, as larch counts
        them; Athena calls 24 strong.
    """

    rbkg: float = 1.0
    k_weight: int = 2
    e0: float | None = None
    k_max: float | None = None
    k_min: float = field(default=0.0, metadata={"added": True})
    pre1: float | None = field(default=None, metadata={"added": True})
    pre2: float | None = field(default=None, metadata={"added": True})
    norm1: float | None = field(default=None, metadata={"added": True})
    norm2: float | None = field(default=None, metadata={"added": True})
    nnorm: int | None = field(default=None, metadata={"added": True})
    step: float | None = field(default=None, metadata={"added": True})
    clamp_lo: float = field(default=0.0, metadata={"added": True})
    clamp_hi: float = field(default=1.0, metadata={"added": True})

    def __post_init__(self) -> None:
        if not 0.3 <= self.rbkg <= 3.0:
            raise DefinitionError(f"rbkg: {self.rbkg:g} Å; give 0.3 to 3 Å.")
        if self.k_weight not in (0, 1, 2, 3):
            raise DefinitionError(f"k_weight: {self.k_weight}; give 0, 1, 2 or 3.")
        if self.e0 is not None and not np.isfinite(self.e0):
            raise DefinitionError(f"e0: {self.e0}; give an energy in eV.")
        if self.k_max is not None and not SHORTEST_K <= self.k_max <= 50.0:
            raise DefinitionError(
                f"k_max: {self.k_max:g} Å^-1; give {SHORTEST_K:g} to 50 Å^-1."
            )
        if not 0.0 <= self.k_min <= 6.0:
            raise DefinitionError(f"k_min: {self.k_min:g} Å^-1; give 0 to 6 Å^-1.")
        if self.nnorm not in (None, 0, 1, 2):
            raise DefinitionError(f"nnorm: {self.nnorm}; give 0, 1 or 2.")
        if self.step is not None and not 0.0 < self.step < np.inf:
            raise DefinitionError(f"step: {self.step:g}; give a positive edge step.")
        if not (0.0 <= self.clamp_lo <= 1e4 and 0.0 <= self.clamp_hi <= 1e4):
            raise DefinitionError(
                f"clamp_lo, clamp_hi: {self.clamp_lo:g}, {self.clamp_hi:g}; give 0 to "
                "10000."
            )
        _check_ends("pre", self.pre1, self.pre2)
        _check_ends("norm", self.norm1, self.norm2)


def _check_ends(name: str, lower: float | None, upper: float | None) -> None:
    """Refuse two ends of a range (eV) that are not finite or do not rise."""
    given = [end for end in (lower, upper) if end is not None]
    if not np.isfinite(given).all() or (len(given) == 2 and given[0] >= given[1]):
        raise DefinitionError(
            f"{name}1, {name}2: {lower} and {upper} eV; give two ends that rise."
        )


def k_grid(k_max: float) -> Wavenumbers:
    """Return 0, 0.05 ... ``k_max`` (Å^-1)."""
    return K_STEP * np.arange(round(k_max / K_STEP) + 1)


def regridded(spectrum: Spectrum, k: Wavenumbers) -> Spectrum:
    """Return ``spectrum`` on the grid ``k`` (Å^-1), zero where it was not measured."""
    if spectrum.k.shape == k.shape and np.array_equal(spectrum.k, k):
        return spectrum
    noise = None if spectrum.noise is None else np.interp(k, spectrum.k, spectrum.noise)
    chi = on_grid(k, spectrum.k, spectrum.chi)
    return replace(spectrum, k=k.copy(), chi=chi, noise=noise)


def on_grid(
    k: Wavenumbers,
    known_k: Float[np.ndarray, " known"],
    chi: Float[np.ndarray, " known"],
) -> Wavenumbers:
    """Return ``chi`` on the grid ``k`` (Å^-1), unchanged if ``known_k`` has its points.

    Zero outside of what is known.
    """
    ends = known_k[0] - ROUNDING, known_k[-1] + ROUNDING
    inside = slice(*np.searchsorted(k, ends).tolist())
    nearest = np.searchsorted(known_k, k[inside] - ROUNDING)
    if (np.abs(known_k[nearest] - k[inside]) > ROUNDING).any():
        return _interpolated(k, known_k, chi)
    values = np.zeros_like(k)
    values[inside] = chi[nearest]
    return values


def _interpolated(
    k: Wavenumbers,
    known_k: Float[np.ndarray, " known"],
    chi: Float[np.ndarray, " known"],
) -> Wavenumbers:
    """Return the cubic spline through ``chi`` at ``k`` (Å^-1), zero outside.

    A straight line between points 0.05 Å^-1 apart would damp distant shells by 2 %.
    """
    # Imported here: the window shows before it needs a spectrum. Every spectrum has a
    # grid of its own after an E0 shift, and a CubicSpline takes 2.5 times as long.
    from scipy.interpolate import InterpolatedUnivariateSpline

    return np.asarray(InterpolatedUnivariateSpline(known_k, chi, ext=ZEROS)(k))


def e0_shifted(k: Wavenumbers, chi: Wavenumbers, shift: float) -> Wavenumbers:
    """Return chi on the same ``k`` grid after a shift of E0 by ``shift`` eV.

    The new wave number of a point is sqrt(k^2 - shift / 3.81): a positive shift moves
    the origin to higher energy and the oscillations to lower k. Points of negative
    kinetic energy are dropped; outside the data chi is 0.
    """
    squared = k * k - shift / HBAR2_OVER_2M
    keep = squared >= 0.0
    return on_grid(k, np.sqrt(squared[keep]), chi[keep])


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
    r, kernel = _display_kernel(k.size, round(r_max / R_STEP) + 1)
    return r, np.abs((k**power * chi * window) @ kernel)


@lru_cache(maxsize=8)
def _display_kernel(
    points: int, steps: int
) -> tuple[Float[np.ndarray, " r"], Complex[np.ndarray, "k r"]]:
    """Return R and the kernel of that many points in k and steps in R.

    Its exponentials take ten times as long as the product with a spectrum.
    """
    r = R_STEP * np.arange(steps)
    r.flags.writeable = False
    return r, fourier_kernel(K_STEP * np.arange(points), r)


def noise_of(spectrum: Spectrum, *, k_min: float, k_max: float) -> float:
    """Return the standard deviation of white noise in chi(k), dimensionless.

    Taken from the unweighted transform between 15 and 25 Å, where no structure is
    left, after Newville, Boyanov and Sayers, J. Synchrotron Rad. 6, 264 (1999),
    doi:10.1107/S0909049598018342. The window falls to zero at both ends of the range:
    a sharp end would carry the first shells' signal to these distances.
    """
    k, _ = _noise_kernel(k_min, k_max)
    chi = regridded(spectrum, k).chi
    return float(noise_in(chi[None], k_min=k_min, k_max=k_max)[0])


def noise_in(
    chi: Float[np.ndarray, "item k"], *, k_min: float, k_max: float
) -> Float[np.ndarray, " item"]:
    """Return the noise of spectra on the grid 0, 0.05 ... ``k_max``, see noise_of."""
    _, kernel = _noise_kernel(k_min, k_max)
    power = (chi @ kernel.view(float)) ** 2
    return np.sqrt(2.0 * np.mean(power, axis=1))


def white_noise_of(spectrum: Spectrum, *, k_min: float, k_max: float) -> float:
    """Return the white noise of as much power as the known noise of ``spectrum``.

    It is the mean of the variances in the window of :func:`noise_of`, by its square;
    0 where no noise is known.
    """
    if spectrum.noise is None:
        return 0.0
    k = k_grid(k_max)
    taper = 0.5 * (k_max - k_min)
    ends = {"k_min": k_min + 0.5 * taper, "k_max": k_max - 0.5 * taper}
    weight = hanning_window(k, taper=taper, **ends) ** 2
    variance = np.interp(k, spectrum.k, spectrum.noise) ** 2
    return float(np.sqrt(np.average(variance, weights=weight)))


@lru_cache(maxsize=8)
def _noise_kernel(
    k_min: float, k_max: float
) -> tuple[Wavenumbers, Complex[np.ndarray, "k r"]]:
    """Return k and the matrix that turns white noise of 1 into a mean power of 1."""
    k = k_grid(k_max)
    taper = 0.5 * (k_max - k_min)
    window = hanning_window(
        k, k_min=k_min + 0.5 * taper, k_max=k_max - 0.5 * taper, taper=taper
    )
    kernel = fourier_kernel(k, np.linspace(15.0, 25.0, 201)) * window[:, None]
    return k, kernel * (np.sqrt(np.pi / np.sum(window**2)) / K_STEP)
