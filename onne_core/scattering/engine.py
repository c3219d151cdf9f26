"""The in-process engine: chi(k) of a cluster from the phases of one FEFF8L run."""

import numpy as np
from jaxtyping import Float, Int

from onne_core.errors import ScatteringError
from onne_core.scattering.amplitudes import path_amplitudes
from onne_core.scattering.direction import orient
from onne_core.scattering.feff import check_geometry
from onne_core.scattering.paths import (
    MOST_SCATTERERS,
    Atoms,
    all_paths,
    leg_factors,
    pair_distances,
    select_paths,
)
from onne_core.scattering.phases import BOHR
from onne_core.scattering.summation import (
    add_paths,
    interval_starts,
    kinds,
    path_strengths,
)
from onne_core.scattering.tables import Tables
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import K_STEP, k_grid
from onne_core.values.structure import Cluster

MOST_PATHS = 200_000
DIVERGENCE = 1.5
"""Largest strength of a multiple-scattering path relative to the strongest single
scattering; beyond it the expansion has diverged. Seen: 0.5 in metals, 0.99 in an
exactly linear Ni-Cl-Ni, 8 with muffin tins that overlap too much."""


def chi_of(
    cluster: Cluster,
    *,
    elements: tuple[str, ...],
    tables: Tables,
    recipe: ScatteringRecipe,
) -> Float[np.ndarray, " k"]:
    """Return chi(k) of ``cluster``, as :func:`feff.chi_of` does with its own phases.

    ``elements`` are those of the potentials 1, 2 ... of ``tables``. The grid is 0, 0.05
    ... ``recipe.k_max`` Å^-1. S0^2 is 1, there is no Debye-Waller factor, E0 is FEFF's
    own. A path counts as often as the product of the occupancies of its atoms says.

    Raises
    ------
    ScatteringError
        If the geometry is unusable, the expansion has diverged, or there are more than
        MOST_PATHS paths.
    """
    check_geometry(cluster)
    indices = np.array([elements.index(name) + 1 for name in cluster.elements])
    atoms = atoms_of(cluster.positions, indices)
    chosen = _paths(atoms, tables, recipe)
    amplitudes, lengths = path_amplitudes(chosen, atoms, tables.k, tables.partial)
    strengths = path_strengths(amplitudes, tables.amplitude_weights)
    counts, degeneracies = kinds(chosen)
    _refuse_divergence(strengths, counts == 1)
    strengths = strengths * degeneracies
    limit = recipe.curved_wave / 100.0 * strengths[np.argmin(lengths)]
    if cluster.occupancies is not None:
        degeneracies = degeneracies * _products(chosen, cluster.occupancies)
    chi = np.zeros(k_grid(recipe.k_max).size)
    kept = np.flatnonzero(strengths >= limit)
    step = K_STEP * BOHR
    starts = interval_starts(tables.k, step, chi.size)
    add_paths(degeneracies, kept, amplitudes, lengths, tables.k, starts, step, chi)
    return chi


def _products(
    chosen: Int[np.ndarray, "path scatterer"], occupancies: Float[np.ndarray, " atom"]
) -> Float[np.ndarray, " path"]:
    """Return the product of the occupancies of the different atoms of every path."""
    # The absorber, number 0, counts once; so does NONE, -1, the last place.
    factors = np.concatenate([[1.0], occupancies, [1.0]])[chosen]
    factors[chosen[:, 2] == chosen[:, 0], 2] = 1.0
    return factors.prod(axis=1)


def atoms_of(
    positions: Float[np.ndarray, "atom 3"], indices: Int[np.ndarray, " atom"]
) -> Atoms:
    """Return the absorber at the origin and the atoms around it (positions in Å)."""
    places = np.vstack([np.zeros(3), positions]) / BOHR
    potentials = np.concatenate([[0], indices]).astype(np.int64)
    return Atoms(places, potentials, pair_distances(places))


def _paths(
    atoms: Atoms, tables: Tables, recipe: ScatteringRecipe
) -> Int[np.ndarray, "path scatterer"]:
    """Return the paths that pass the plane-wave filter."""
    longest = 2.0 * recipe.r_max / BOHR
    chosen = np.empty((4096, MOST_SCATTERERS), np.int64)
    total = all_paths(atoms.distances, longest, recipe.legs, chosen)
    if total > MOST_PATHS:
        raise ScatteringError(
            f"{total} paths within {recipe.r_max:g} Å, more than the limit of "
            f"{MOST_PATHS}. Lower r_max or the number of legs.",
            reason="too many paths",
        )
    if total > len(chosen):
        chosen = np.empty((total, MOST_SCATTERERS), np.int64)
        all_paths(atoms.distances, longest, recipe.legs, chosen)
    factors = leg_factors(atoms.distances, longest, tables.plane)
    threshold = recipe.plane_wave / 100.0
    kept = select_paths(chosen, total, threshold, atoms, factors, tables.plane)
    orient(chosen[:kept], atoms)
    return chosen[:kept]


def _refuse_divergence(strengths: np.ndarray, singles: np.ndarray) -> None:
    """Refuse paths whose multiple scattering exceeds DIVERGENCE; and no paths."""
    if not singles.any():
        raise ScatteringError("No neighbour lies within r_max.", reason="no paths")
    multiple = strengths[~singles].max() if not singles.all() else 0.0
    ratio = float(multiple / strengths[singles].max())
    if not ratio <= DIVERGENCE:
        raise ScatteringError(
            f"Multiple scattering is {ratio:.2g} times as strong as single "
            "scattering; the expansion diverges.",
            reason="expansion diverged",
        )
