"""Preview of a system: spectra of a few macrostates."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.digest import digest
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import Spectrum, e0_shifted, on_grid

SHIFTS = np.arange(-12.0, 12.1, 0.5)
"""E0 shifts that are tried, eV."""

AMPLITUDES = (0.5, 1.15)
"""Plausible ends of S0^2."""

TOLERANCE = 2.0
"""Standard deviations of the noise by which a point may lie outside."""


@dataclass(frozen=True, eq=False)
class Preview:
    """Mean spectra of macrostates, S0^2 1 and E0 as FEFF has it.

    ``shifts`` say per element how far (Å) before the distance abs(chi(R)) peaks in the
    recipe's window; ``rejected`` counts by reason what was set aside of ``clusters``
    tried; ``seconds`` is the CPU time of one of them. ``recipe`` is the digest of
    :func:`key_of`.
    """

    recipe: str
    k: Float[np.ndarray, " k"] = field(repr=False)
    chi: Float[np.ndarray, "macrostate k"] = field(repr=False)
    shifts: dict[str, float]
    rejected: dict[str, int]
    clusters: int
    seconds: float


@dataclass(frozen=True, eq=False)
class Aligned:
    """A measured chi(k) on a preview's grid after E0 shift (eV), divided by S0^2."""

    chi: Float[np.ndarray, " k"] = field(repr=False)
    e0_shift: float
    s02: float


def key_of(recipe: Recipe) -> str:
    """Return the digest of the inputs of a preview of ``recipe``.

    How many macrostates will be drawn and how networks are trained does not matter;
    the window does, for the phase shifts.
    """
    training = recipe.training
    window = (training.k_min, training.k_max, training.k_weight)
    return digest(
        recipe.system, recipe.clusters, recipe.scattering, recipe.sampling.seed, window
    )


def aligned(
    spectrum: Spectrum, preview: Preview, *, k_min: float, k_max: float, power: int
) -> Aligned:
    """Return ``spectrum`` with the E0 shift and S0^2 of best agreement.

    Nearest to whichever macrostate it comes nearest to, by least squares of the
    k-weighted chi in the window (Å^-1).
    """
    k = preview.k
    weight = np.where((k >= k_min) & (k <= k_max), k**power, 0.0)
    made = preview.chi * weight
    norms = np.maximum(np.sum(made**2, axis=1), 1e-30)
    best: tuple[float, Aligned] | None = None
    for shift in SHIFTS:
        moved = e0_shifted(spectrum.k, spectrum.chi, float(shift))
        chi = on_grid(k, spectrum.k, moved)
        weighted = chi * weight
        scale = np.clip(made @ weighted / norms, *AMPLITUDES)
        left = np.sum((weighted - scale[:, None] * made) ** 2, axis=1)
        nearest = int(np.argmin(left))
        if best is None or left[nearest] < best[0]:
            s02 = float(scale[nearest])
            best = (float(left[nearest]), Aligned(chi / s02, float(shift), s02))
    assert best is not None  # SHIFTS is not empty
    return best[1]


def share_inside(
    chi: Float[np.ndarray, " k"],
    preview: Preview,
    *,
    k_min: float,
    k_max: float,
    noise: float,
) -> float:
    """Return the share of points in the window within the macrostates' envelope.

    ``chi`` on the preview's grid, S0^2 1; ``noise`` is its standard deviation.
    """
    inside = (preview.k >= k_min) & (preview.k <= k_max)
    margin = TOLERANCE * noise
    lower = preview.chi.min(axis=0)[inside] - margin
    upper = preview.chi.max(axis=0)[inside] + margin
    return float(np.mean((chi[inside] >= lower) & (chi[inside] <= upper)))
