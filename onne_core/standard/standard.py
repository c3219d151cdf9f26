"""A measured standard: its theory-to-experiment correction, and applying it.

FEFF's amplitudes and phases differ from measured ones by a smooth complex factor, most
of which is the same for other spectra of the same absorber. It has a core over k and a
constant factor per shell, and acts on the analytic signal of chi(k).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from jaxtyping import Complex, Float
from scipy.interpolate import CubicSpline

from onne_core.codec import REQUIRED
from onne_core.digest import digest
from onne_core.values.spectrum import (
    HBAR2_OVER_2M,
    K_STEP,
    Spectrum,
    Wavenumbers,
    k_grid,
)

KNOTS = (3.0, 8.5, 14.0)
"""Wave numbers (Å^-1) of the core's values; a parabola goes through them, and the ends
go on beyond."""

GRID_END = 20.0
"""End of the k grid on which corrections act, Å^-1: that of the theory."""

POINTS = 2048
"""Points of the transform to R; steps of 0.03 Å."""

PEAK_SHIFT = 0.38
"""What the peaks of chi(R) lie below the distances, Å: the slope of the phases."""

SAME_STRUCTURE = 0.03
"""Largest difference of distance ratios to the first shell within one structure."""

Shells = tuple[tuple[str, float], ...]
"""Element and distance (Å) of each shell."""

Kinship = Literal["material", "structure", "absorber"]
"""The same material, another element in the same structure, the same absorber in
another structure."""

SHARE: dict[Kinship, float] = {"material": 0.54, "structure": 0.65, "absorber": 1.0}
"""What is left of the theory's error, as a share of that without a standard.

Of the unexplained part of four shells, root mean square (docs/standard.md)."""

S02_SHARE: dict[Kinship, float] = {"material": 0.04, "absorber": 0.08}
"""Relative standard deviation of S0^2 from one spectrum of an element to another."""

SCALE_STD = 2e-3
"""Standard deviation of the k scale between beamlines: 0.2 % was seen between two."""

KNOWN_SCALE_STD = 3e-4
"""The same where the scale is given: 0.03 % was seen within one beamline."""

ITERATIONS = 4
"""Rounds of E0 by the first shell and correction at this E0; three change nothing."""


@dataclass(frozen=True)
class Standard:
    """Theory-to-experiment correction from one spectrum of a known structure.

    ``log_amplitude`` and ``phase`` (rad) are the core at the wave numbers ``KNOTS``,
    without S0^2; ``shell_amplitude`` (log) and ``shell_phase`` (rad) belong to the
    shells of ``elements`` at ``distances`` (Å). ``covariance`` is that of log_amplitude
    (with S0^2), phase, E0 shift (eV), k scale, shell_amplitude, shell_phase.
    ``e0_shift`` (eV) and ``scale`` are those of the standard's own spectrum: the
    theory's k is ``scale`` times the measured one after the shift. ``misfit`` is the
    part of the signal that stays unexplained, ``misfit_before`` that with E0 and S0^2
    alone. ``spectrum`` is the digest of the measured chi(k), ``core_hole`` whether the
    theory has one: the correction serves the same theory only.
    """

    absorber: str
    edge: str
    name: str
    structure: str
    temperature: float
    e0: float | None
    e0_shift: float
    scale: float
    s02: float
    s02_std: float
    log_amplitude: tuple[float, ...]
    phase: tuple[float, ...]
    distances: tuple[float, ...]
    elements: tuple[str, ...]
    sigma2: tuple[float, ...]
    shell_amplitude: tuple[float, ...]
    shell_phase: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...] = field(repr=False)
    misfit_before: float
    misfit: float
    spectrum: str
    versions: dict[str, str] = field(default_factory=dict, metadata=REQUIRED)
    core_hole: bool = field(default=True, metadata={"added": True})

    @property
    def digest(self) -> str:
        """Digest of everything in it."""
        return digest(self)

    def kinship(self, absorber: str, shells: Shells) -> Kinship | None:
        """Return the kinship of the standard to an ensemble, ``None`` if unrelated.

        ``shells`` are the ensemble's neighbours: element and distance (Å) of each.
        """
        same_absorber = absorber == self.absorber
        if self._same_structure(absorber, shells):
            return "material" if same_absorber else "structure"
        return "absorber" if same_absorber else None

    def s02_for(self, absorber: str, kinship: Kinship) -> tuple[float, float] | None:
        """Return S0^2 and its standard deviation; ``None`` for another absorber."""
        if absorber != self.absorber:
            return None
        share = S02_SHARE[kinship]
        return self.s02, float(np.hypot(self.s02_std, share * self.s02))

    def core(self, k: Wavenumbers) -> Complex[np.ndarray, " k"]:
        """Return measured over theoretical analytic signal at ``k``, without S0^2."""
        exponent = through_knots(k, np.array(self.log_amplitude))
        return np.exp(exponent + 1j * through_knots(k, np.array(self.phase)))

    def shells(
        self, r: Float[np.ndarray, " r"], stretch: float
    ) -> Complex[np.ndarray, " r"]:
        """Return the same over R (Å), where all distances are ``stretch`` times its."""
        return shell_factor(
            r,
            stretch * np.array(self.distances),
            np.array(self.shell_amplitude),
            np.array(self.shell_phase),
        )

    def _same_structure(self, absorber: str, shells: Shells) -> bool:
        """Whether every one of ``shells`` is one of the standard, and the reverse.

        Another element may be in the place of the absorber's. Shells beyond the last
        one of either are not asked for; one alone says nothing.
        """
        mine = _pattern(self.absorber, zip(self.elements, self.distances, strict=True))
        other = _pattern(absorber, shells)
        end = min(mine[-1][0], other[-1][0]) * (1.0 + SAME_STRUCTURE)
        mine = [item for item in mine if item[0] <= end]
        other = [item for item in other if item[0] <= end]
        return len(mine) == len(other) > 1 and all(
            abs(m[0] - o[0]) <= SAME_STRUCTURE * m[0] and m[1] == o[1]
            for m, o in zip(mine, other, strict=True)
        )


def applied(
    standard: Standard,
    spectrum: Spectrum,
    *,
    stretch: float | None,
    e0_shift: float,
    scale: float = 1.0,
) -> Spectrum:
    """Return ``spectrum`` with the theory error removed, E0 and S0^2 unchanged.

    ``stretch`` is that of its distances relative to the standard's, ``None`` where the
    structure is another and only the core serves. ``e0_shift`` (eV) takes the file's E0
    to that of the theory, ``scale`` is what its k is multiplied with.
    """
    k = k_grid(GRID_END)
    true_k = np.sqrt(np.clip(k**2 - e0_shift / HBAR2_OVER_2M, 0.0, None))
    signal = _at(spectrum, theory_k=k, e0_shift=e0_shift, scale=scale)
    inverse = np.fft.fft(analytic(signal) / standard.core(k), POINTS)
    if stretch is not None:
        inverse /= standard.shells(r_grid(), stretch)
    corrected = np.fft.ifft(inverse)[: k.size].real
    # Beyond the data the filters leave tails.
    measured = (k >= spectrum.k[0]) & (k <= spectrum.k[-1])
    chi = np.where(measured, CubicSpline(k, corrected)(true_k), 0.0)
    noise = None if spectrum.noise is None else np.interp(k, spectrum.k, spectrum.noise)
    return replace(spectrum, k=k, chi=chi, noise=noise)


def matched(
    standard: Standard,
    spectrum: Spectrum,
    e0_of: Callable[[Spectrum], float],
    *,
    stretch: float | None,
    scale: float = 1.0,
) -> Spectrum:
    """Return ``spectrum`` corrected consistently with its own corrected E0.

    ``e0_of`` returns the E0 shift (eV) of a spectrum, by a fit of the first shell.
    """
    corrected, shift = spectrum, e0_of(spectrum)
    for _ in range(ITERATIONS):
        corrected = applied(
            standard, spectrum, stretch=stretch, e0_shift=shift, scale=scale
        )
        shift = e0_of(corrected)
    return corrected


def analytic(chi: Wavenumbers) -> Complex[np.ndarray, " k"]:
    """Return the analytic signal of ``chi``: its real part is chi, R > 0 alone."""
    return np.fft.ifft(one_sided(chi))[: chi.size]


def one_sided(chi: Wavenumbers) -> Complex[np.ndarray, " r"]:
    """Return twice the transform of ``chi`` at R > 0, zero elsewhere."""
    transform = np.fft.fft(chi, POINTS)
    transform[1 : POINTS // 2] *= 2.0
    transform[POINTS // 2 :] = 0.0
    return transform


def r_grid() -> Float[np.ndarray, " r"]:
    """Return R (Å, no phase shift) of the points of :func:`one_sided`."""
    return np.pi * np.arange(POINTS) / (POINTS * K_STEP)


def through_knots(
    k: Wavenumbers, values: Float[np.ndarray, " knot"]
) -> Float[np.ndarray, " k"]:
    """Return the parabola through ``values`` at ``KNOTS``, constant beyond its ends."""
    inside = np.clip(k, KNOTS[0], KNOTS[-1])
    return np.polyval(np.polyfit(KNOTS, values, len(KNOTS) - 1), inside)


def shell_factor(
    r: Float[np.ndarray, " r"],
    distances: Float[np.ndarray, " shell"],
    amplitude: Float[np.ndarray, " shell"],
    phase: Float[np.ndarray, " shell"],
) -> Complex[np.ndarray, " r"]:
    """Return the shells' factors over R (Å), by straight lines between their peaks."""
    peaks = distances - PEAK_SHIFT
    exponent = np.interp(r, peaks, amplitude) + 1j * np.interp(r, peaks, phase)
    return np.exp(exponent)


def _pattern(
    absorber: str, shells: Iterable[tuple[str, float]]
) -> list[tuple[float, str]]:
    """Return distances in units of the shortest, and elements, the absorber's as ""."""
    found = sorted((distance, element) for element, distance in shells)
    nearest = found[0][0]
    return [
        (distance / nearest, "" if element == absorber else element)
        for distance, element in found
    ]


def _at(
    spectrum: Spectrum, *, theory_k: Wavenumbers, e0_shift: float, scale: float
) -> Wavenumbers:
    """Return the measured chi at the theory's k (Å^-1), zero where nothing is."""
    squared = (theory_k / scale) ** 2 + e0_shift / HBAR2_OVER_2M
    measured_k = np.sqrt(np.clip(squared, 0.0, None))
    inside = (measured_k >= spectrum.k[0]) & (measured_k <= spectrum.k[-1])
    chi = CubicSpline(spectrum.k, spectrum.chi)(measured_k)
    return np.where(inside & (squared >= 0.0), chi, 0.0)
