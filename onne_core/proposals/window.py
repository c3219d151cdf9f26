"""Window in k to train for: from the material, the edge, and the data at hand."""

import math
from collections.abc import Sequence

from onne_core.errors import DefinitionError
from onne_core.values.elements import reach_of_edge
from onne_core.values.spectrum import Spectrum, noise_of

FIRST = 3.0
"""Below it (Å^-1) the theory is poor and the background shows."""

HEAVY_END, LIGHT_END = 14.0, 12.0
"""Usual ends (Å^-1), the latter where some of the neighbours are light: beyond it their
signal is gone, and noise and the error of the theory are left."""

LIGHT = 18
"""Atomic number up to which a neighbour is light."""

BEFORE_EDGE = 0.3
"""Room (Å^-1) before the next edge of the absorber."""

SHORTEST_END = 8.0
"""The engine computes at least so far, Å^-1."""

NOISY = 1.0
"""Ratio of noise to signal, both times k^2, at which data end."""

PIECE = 1.0
"""Width (Å^-1) of the pieces whose signal is looked at."""


def usual_window(
    absorber: str, edge: str, neighbours: Sequence[str]
) -> tuple[float, float]:
    """Return k_min and k_max (Å^-1) for an edge and the elements around it."""
    from ase.data import atomic_numbers

    lightest = min(atomic_numbers[name] for name in neighbours)
    end = LIGHT_END if lightest <= LIGHT else HEAVY_END
    next_edge = reach_of_edge(absorber, edge) - BEFORE_EDGE
    return FIRST, max(SHORTEST_END, _down(min(end, next_edge)))


def measured_window(
    window: tuple[float, float], spectra: Sequence[Spectrum]
) -> tuple[float, float]:
    """Return ``window`` (Å^-1), cut where the first of ``spectra`` ends or is noise.

    Raises
    ------
    DefinitionError
        If a spectrum ends before an analysis makes sense.
    """
    k_min, k_max = window
    for spectrum in spectra:
        end = min(k_max, _down(float(spectrum.k[-1])))
        if end < SHORTEST_END:
            raise DefinitionError(
                f"{spectrum.name or 'spectrum'}: ends at k = {spectrum.k[-1]:.1f} Å⁻¹; "
                f"at least {SHORTEST_END:g} Å⁻¹ are needed."
            )
        k_max = max(SHORTEST_END, _before_noise(spectrum, k_min, end))
    return k_min, k_max


def _before_noise(spectrum: Spectrum, k_min: float, k_max: float) -> float:
    """Return the last k (Å^-1) up to which the signal exceeds the noise."""
    noise = noise_of(spectrum, k_min=k_min, k_max=k_max)
    end = k_max
    while end > SHORTEST_END:
        piece = spectrum.chi[(spectrum.k > end - PIECE) & (spectrum.k <= end)]
        if piece.size and math.sqrt(float((piece**2).mean())) > (1 + NOISY) * noise:
            break
        end -= 0.5 * PIECE
    return _down(end)


def _down(k: float) -> float:
    return math.floor(10.0 * k + 1e-6) / 10.0
