"""Ni(II) in molten KCl-ZnCl2: a system as a user would define it, and its residual.

The structures and the mean spectrum (one full FEFF8L run per environment, FEFF's own
thresholds) are in the data beside the project.
"""

from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar

from onne_core.formats.structures import read_environments
from onne_core.scattering import engine
from onne_core.scattering.phase_run import PhaseRun
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import prepare
from onne_core.values.recipe import Recipe, ScatteringRecipe
from onne_core.values.spectrum import e0_shifted, k_grid
from onne_core.values.structure import Cluster, Range, Shell, System

NAME = "ni_kcl_zncl2_comp1"

SYSTEM = System(
    "Ni",
    "K",
    (
        Shell("Cl", Range(2.2, 2.55), Range(0.1, 0.3), Range(3, 6)),
        Shell("Zn", Range(3.7, 4.4), Range(0.2, 0.4), Range(1, 6)),
        Shell("K", Range(4.0, 4.8), Range(0.2, 0.5), Range(1, 6)),
        Shell("Cl", Range(4.2, 5.4), Range(0.3, 0.5), Range(4, 14)),
        Shell("Ni", Range(4.8, 5.4), Range(0.2, 0.4), Range(0, 1)),
    ),
)
"""Ranges from general knowledge of the melt; nothing is taken from the structures."""

RECIPE = Recipe(
    SYSTEM,
    scattering=ScatteringRecipe(
        r_max=5.5, curved_wave=4.0, plane_wave=2.5, fine_count=0
    ),
)
"""The thresholds with which the full runs were made: the filter changes nothing."""

LOWEST, HIGHEST = 3.0, 12.0
"""Range of the comparison, Å^-1."""


def environments(data: Path) -> tuple[Cluster, ...]:
    """Return the 250 environments of the molecular dynamics."""
    path = data / "md" / f"{NAME}.xyz"
    return read_environments(path, absorber="Ni", cutoff=RECIPE.scattering.r_max)


def expected(data: Path) -> np.ndarray:
    """Return chi(k) of the full runs on the recipe's grid."""
    k, chi = np.loadtxt(data / "md" / f"{NAME}.chi").T
    return np.interp(k_grid(RECIPE.scattering.k_max), k, chi)


def spectra(
    clusters: tuple[Cluster, ...], made: PhaseRun, recipe: ScatteringRecipe
) -> np.ndarray:
    """Return chi(k) of every cluster with the shared phases ``made``."""
    tables = prepare(read_phase_pad(made.text))
    return np.array(
        [
            engine.chi_of(c, elements=made.elements, tables=tables, recipe=recipe)
            for c in clusters
        ]
    )


def residuals(
    chi: np.ndarray, wanted: np.ndarray, *, highest: float = HIGHEST
) -> tuple[float, float, float]:
    """Return the k^2-weighted residual in percent, after an E0 shift, and that (eV)."""
    k = k_grid(RECIPE.scattering.k_max)
    inside = (k >= LOWEST) & (k <= highest)
    weight = k[inside] ** 2

    def percent(shift: float) -> float:
        rest = e0_shifted(k, chi, shift)[inside] - wanted[inside]
        size = np.linalg.norm(weight * wanted[inside])
        return 100.0 * float(np.linalg.norm(weight * rest) / size)

    best = minimize_scalar(percent, bounds=(-6.0, 6.0), method="bounded")
    return percent(0.0), float(best.fun), float(best.x)
