"""Pipeline: sample clusters for display, one per macrostate."""

import numpy as np

from onne_core.clusters import assembly, sampling
from onne_core.clusters.crowding import smallest_allowed
from onne_core.clusters.geometry import closest_atoms, distances_in
from onne_core.crystals.vibrations import template_of
from onne_core.errors import StructureError
from onne_core.jobs import Progress, Stage
from onne_core.values.recipe import Recipe
from onne_core.values.sample import Sample
from onne_core.values.structure import Cluster, Macrostate

ASSEMBLING = "Assembling clusters"


def draw_samples(recipe: Recipe, *, count: int, seed: int) -> Stage[tuple[Sample, ...]]:
    """Assemble one cluster for each of ``count`` macrostates, as for a training set.

    Those that a training set would set aside come, too, with their reason.
    """
    macrostates = sampling.draw_macrostates(recipe.system, count=count, seed=seed)
    made = []
    for number, macrostate in enumerate(macrostates):
        yield Progress(number, count, ASSEMBLING)
        made.append(
            sample_of(
                macrostate, recipe, number=number, seed=seed, sided=sided_share(recipe)
            )
        )
    yield Progress(count, count, ASSEMBLING)
    return tuple(made)


def sample_of(
    macrostate: Macrostate,
    recipe: Recipe,
    *,
    number: int,
    seed: int,
    sided: float = 1.0,
) -> Sample:
    """Return the sample of a macrostate; its random numbers are (seed; number).

    ``sided`` is the share of the microstates whose missing atoms are really missing.
    """
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    microstate = sampling.draw_microstates(
        macrostate,
        count=1,
        rng=rng,
        template=template_of(recipe.system),
        sided_share=sided,
    )[0]
    generations: list[tuple[float, float]] = []
    cluster, reason = None, ""
    try:
        cluster = assembly.arrange(
            microstate,
            system=recipe.system,
            recipe=recipe.clusters,
            rng=rng,
            report=lambda best, worst: generations.append((best, worst)),
        )
        assembly.check_distances(cluster, recipe.clusters)
    except StructureError as error:
        reason = error.reason
    closest, limit = _closest(cluster, recipe) if cluster else (np.nan, np.nan)
    return Sample(
        number,
        macrostate,
        cluster,
        reason,
        best=tuple(best for best, _ in generations),
        worst=tuple(worst for _, worst in generations),
        closest=closest,
        limit=limit,
        too_close=_too_close(cluster, recipe) if cluster and reason else None,
    )


def _closest(cluster: Cluster, recipe: Recipe) -> tuple[float, float]:
    """Return the smallest distance, and the one allowed for its elements, Å."""
    first, second, distance = closest_atoms(cluster)
    elements = (cluster.absorber, *cluster.elements)
    pair = elements[first], elements[second]
    return distance, smallest_allowed(*pair, recipe.clusters)


def _too_close(cluster: Cluster, recipe: Recipe) -> tuple[int, int]:
    """Return the two atoms whose distance is the smallest share of its limit."""
    elements = (cluster.absorber, *cluster.elements)
    limits = np.array(
        [[smallest_allowed(a, b, recipe.clusters) for b in elements] for a in elements]
    )
    shares = distances_in(cluster) / limits
    shares[np.tril_indices(len(elements))] = np.inf
    first, second = np.unravel_index(int(np.argmin(shares)), shares.shape)
    return int(first), int(second)


def sided_share(recipe: Recipe) -> float:
    """Return the share of microstates with atoms missing on one side.

    The executables know no atoms that stand for fractions of neighbours.
    """
    if recipe.scattering.engine == "feff":
        return 1.0
    return recipe.system.angles.sided_share
