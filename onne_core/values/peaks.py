"""Peaks of abs(chi(R)), and the shells they suggest."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from onne_core.values.spectrum import (
    R_STEP,
    Spectrum,
    fourier_transform,
    hanning_window,
    k_grid,
    regridded,
)

TYPICAL_SHIFT = 0.35
"""How far before the distance abs(chi(R)) peaks without a phase shift, Å: 0.3 to 0.4
for most pairs. Only where nothing better is known."""

NEAREST, FARTHEST = 0.9, 6.0
"""Where peaks are looked for, Å; below there is the background."""

LEAST = 0.12
"""Height of a peak that counts, relative to the highest."""

DEPTH = 0.85
"""The magnitude falls below this share of a peak before the next one counts."""


@dataclass(frozen=True)
class Peak:
    """A peak at ``r`` (Å, no phase shift), ``height`` relative to the highest."""

    r: float
    height: float


def peaks_of(
    spectrum: Spectrum, *, k_min: float, k_max: float, power: int
) -> tuple[Peak, ...]:
    """Return the peaks of abs(chi(R)), nearest first.

    The Hanning window from ``k_min`` to ``k_max`` (Å^-1) rises over a quarter of its
    width at both ends: a steeper one would give every peak side lobes that count.
    """
    r, magnitude = magnitude_of(spectrum, k_min=k_min, k_max=k_max, power=power)
    inside = r >= NEAREST
    return _peaks(r[inside], magnitude[inside])


def peak_of_shell(
    k: Float[np.ndarray, " k"],
    chi: Float[np.ndarray, " k"],
    *,
    k_min: float,
    k_max: float,
    power: int,
) -> float:
    """Return the position (Å) of the maximum of abs(chi(R)) of a single shell."""
    spectrum = Spectrum(k.copy(), chi.copy())
    r, magnitude = magnitude_of(spectrum, k_min=k_min, k_max=k_max, power=power)
    return float(r[np.argmax(np.where(r >= NEAREST, magnitude, 0.0))])


def magnitude_of(
    spectrum: Spectrum, *, k_min: float, k_max: float, power: int
) -> tuple[Float[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """Return R from 0 to FARTHEST (Å) and abs(chi(R)), with the window of peaks_of."""
    k_max = min(k_max, float(spectrum.k[-1]))
    taper = 0.5 * max(k_max - k_min, 0.0)
    k = k_grid(k_max)
    window = hanning_window(
        k, k_min=k_min + 0.5 * taper, k_max=k_max - 0.5 * taper, taper=taper
    )
    weighted = k**power * regridded(spectrum, k).chi * window
    r = R_STEP * np.arange(round(FARTHEST / R_STEP) + 1)
    return r, np.abs(fourier_transform(weighted, k, r))


def _peaks(
    r: Float[np.ndarray, " r"], magnitude: Float[np.ndarray, " r"]
) -> tuple[Peak, ...]:
    highest = float(magnitude.max())
    if highest <= 0.0:
        return ()
    tops = [
        i
        for i in range(1, r.size - 1)
        if magnitude[i - 1] < magnitude[i] >= magnitude[i + 1]
        and magnitude[i] >= LEAST * highest
    ]
    kept: list[int] = []
    for i in tops:
        if not kept:
            kept.append(i)
            continue
        lower = min(magnitude[kept[-1]], magnitude[i])
        if magnitude[kept[-1] : i].min() <= DEPTH * lower:
            kept.append(i)
        elif magnitude[i] > magnitude[kept[-1]]:
            kept[-1] = i
    return tuple(Peak(float(r[i]), float(magnitude[i]) / highest) for i in kept)
