"""Measured spectra prepared for the networks, on their grid."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import Card
from onne_core.ensemble.uncertainty_levels import levels_of
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import (
    K_STEP,
    Spectrum,
    e0_shifted,
    k_grid,
    noise_in,
    on_grid,
    white_noise_of,
)


@dataclass(frozen=True, eq=False)
class Readings:
    """Spectra prepared for the networks, with their settings and derived values.

    ``corrected`` are the spectra on the card's k grid after the E0 shift and division
    by S0^2, ``chi`` their values; ``noise`` is that of the spectra as measured, or
    what repeated scans say where that is more, and
    ``levels`` say how uncertain they are (levels.py).
    """

    spectra: tuple[Spectrum, ...]
    settings: tuple[MeasurementSettings, ...]
    corrected: tuple[Spectrum, ...]
    chi: Float[np.ndarray, "item k"] = field(repr=False)
    noise: Float[np.ndarray, " item"] = field(repr=False)
    levels: Float[np.ndarray, "item level"] = field(repr=False)


def readings_of(
    spectra: Sequence[Spectrum], settings: Sequence[MeasurementSettings], card: Card
) -> Readings:
    """Return ``spectra`` prepared for the networks of ``card``."""
    training, grids = card.training, [_grid(item, card) for item in spectra]
    chi = [
        on_grid(grid, item.k, item.chi)
        for grid, item in zip(grids, spectra, strict=True)
    ]
    size = k_grid(training.k_max).size
    noise = noise_in(
        np.array([row[:size] for row in chi]),
        k_min=training.k_min,
        k_max=training.k_max,
    )
    # Scans that differ by more than their noise, as after a drift, say so.
    ends = {"k_min": training.k_min, "k_max": training.k_max}
    noise = np.maximum(noise, [white_noise_of(item, **ends) for item in spectra])
    corrected = tuple(
        _corrected(item, grid, row, known, card)
        for item, grid, row, known in zip(spectra, grids, chi, settings, strict=True)
    )
    return Readings(
        spectra=tuple(spectra),
        settings=tuple(settings),
        corrected=corrected,
        chi=np.array([item.chi for item in corrected]),
        noise=noise,
        levels=np.array(
            [
                levels_of(known, size, training)
                for known, size in zip(settings, noise.tolist(), strict=True)
            ]
        ),
    )


def _grid(spectrum: Spectrum, card: Card) -> Float[np.ndarray, " grid"]:
    """Return a uniform k grid (Å^-1) that holds spectrum and card, shifted or not."""
    return k_grid(max(float(spectrum.k[-1]), float(card.k[-1])) + 1.0)


def corrected_chi(
    k: Float[np.ndarray, " grid"],
    chi: Float[np.ndarray, " grid"],
    e0_shift: float,
    s02: float,
    card: Card,
) -> Float[np.ndarray, " k"]:
    """Return ``chi`` on the card's grid after an E0 shift (eV), divided by S0^2.

    ``k`` is uniform, begins at 0 and has the program's step.
    """
    first = round(card.k[0] / K_STEP)
    return e0_shifted(k, chi, e0_shift)[first : first + card.k.size] / s02


def _corrected(
    spectrum: Spectrum,
    grid: Float[np.ndarray, " grid"],
    chi: Float[np.ndarray, " grid"],
    settings: MeasurementSettings,
    card: Card,
) -> Spectrum:
    """Return the corrected spectrum, whose ``chi`` on ``grid`` is known."""
    return replace(
        spectrum,
        k=card.k,
        chi=corrected_chi(grid, chi, settings.e0_shift, settings.s02, card),
        e0=None if spectrum.e0 is None else spectrum.e0 + settings.e0_shift,
        noise=None,
    )
