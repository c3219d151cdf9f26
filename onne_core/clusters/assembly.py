"""From a microstate to a 3D cluster: angles by a genetic algorithm or a template.

The radii are exactly the sampled pair lengths. What is free are the angles: the
genetic algorithm chooses them so that the smallest distance between any two atoms is
as large as possible, and gradient repulsion on the spheres is its local search.
"""

from collections.abc import Callable
from itertools import combinations_with_replacement

import numpy as np
from deap import base, tools
from jaxtyping import Float

from onne_core.clusters.crowding import smallest_allowed
from onne_core.clusters.repulsion import repel, smallest_distance
from onne_core.errors import StructureError
from onne_core.values.recipe import ClusterRecipe
from onne_core.values.structure import Cluster, Microstate, System

GOLDEN_ANGLE = np.pi * (3.0 - np.sqrt(5.0))
"""Angle between successive points of a Fibonacci grid on the sphere, rad."""

ENOUGH_GAIN = 0.01
"""Gain of the smallest distance (Å) below which a generation counts as a plateau."""

Positions = Float[np.ndarray, "atom 3"]

Report = Callable[[float, float], None]
"""Is told the best and the worst smallest distance (Å): before any search, then of
the first population, then of every generation."""


class SmallestDistance(base.Fitness):
    """Fitness of an individual: its smallest distance (Å), to be maximised."""

    weights = (1.0,)


class Individual:
    """Angles of one cluster after the local search, as ``positions`` on its radii (Å).

    ``start`` is the smallest distance (Å) before it.
    """

    def __init__(self, positions: Positions, radii: np.ndarray, steps: int) -> None:
        self.positions = positions
        self.start = smallest_distance(positions)
        self.fitness = SmallestDistance((repel(positions, radii, steps),))


def assemble(
    microstate: Microstate,
    *,
    system: System,
    recipe: ClusterRecipe,
    rng: np.random.Generator,
) -> Cluster:
    """Return a cluster with exactly the pair lengths of ``microstate``.

    Raises
    ------
    StructureError
        If two atoms stay closer than the limit of their pair, or a length drawn from
        the tail of its Gaussian is not positive.
    """
    cluster = arrange(microstate, system=system, recipe=recipe, rng=rng)
    check_distances(cluster, recipe)
    return cluster


def arrange(
    microstate: Microstate,
    *,
    system: System,
    recipe: ClusterRecipe,
    rng: np.random.Generator,
    report: Report | None = None,
) -> Cluster:
    """Return the cluster of :func:`assemble` before its distances are checked.

    ``report`` gets the progress of the genetic algorithm, if that is used.

    Raises
    ------
    StructureError
        If a length is not positive, or the template has too few sites.
    """
    if np.any(microstate.lengths <= 0.0):
        raise StructureError(
            f"a pair length of {microstate.lengths.min():.2f} Å was drawn; reduce "
            "the shell's standard deviation.",
            reason="pair length not positive",
        )
    from_template = (
        system.angles.template is not None
        and rng.random() < system.angles.template_share
    )
    if from_template:
        positions = from_directions(microstate)
    else:
        positions = evolve(microstate, recipe=recipe, rng=rng, report=report)
    return Cluster(
        system.absorber,
        microstate.elements,
        microstate.shells.copy(),
        positions,
        microstate.occupancies,
    )


def evolve(
    microstate: Microstate,
    *,
    recipe: ClusterRecipe,
    rng: np.random.Generator,
    report: Report | None = None,
) -> Positions:
    """Return positions (Å) with angles chosen by a memetic genetic algorithm.

    Individuals start from randomly rotated Fibonacci grids; children take whole
    shells from either parent and turn one of them; every individual is relaxed by
    repulsion. Evolution stops at a plateau.
    """
    radii, shells = microstate.lengths, microstate.shells

    def relaxed(positions: Positions) -> Individual:
        return Individual(positions, radii, recipe.repulsion_steps)

    population = [
        relaxed(_fibonacci_start(radii, shells, rng)) for _ in range(recipe.population)
    ]
    best = tools.selBest(population, 1)[0]
    waited = 0
    _tell(report, [individual.start for individual in population])
    _tell(report, _reached(population))
    for _ in range(recipe.generations if len(radii) > 1 else 0):
        child = relaxed(_child_of(population, shells, rng))
        population = tools.selBest([*population, child], recipe.population)
        gain = population[0].fitness.values[0] - best.fitness.values[0]
        best = population[0]
        _tell(report, _reached(population))
        waited = 0 if gain > ENOUGH_GAIN else waited + 1
        if waited >= recipe.patience:
            break
    return best.positions


def _tell(report: Report | None, distances: list[float]) -> None:
    if report is not None:
        report(max(distances), min(distances))


def _reached(population: list[Individual]) -> list[float]:
    return [individual.fitness.values[0] for individual in population]


def _child_of(
    population: list[Individual], shells: np.ndarray, rng: np.random.Generator
) -> Positions:
    """Return positions (Å) with whole shells of two parents, one of them turned."""
    chosen = [population[i] for i in rng.permutation(len(population))[:2]]
    first, second = chosen[0].positions, chosen[-1].positions
    from_second = rng.random(int(shells.max()) + 1) < 0.5
    child = np.where(from_second[shells][:, None], second, first)
    mine = shells == rng.choice(np.unique(shells))
    child[mine] = child[mine] @ random_rotation(rng).T
    return child


def _fibonacci_start(
    radii: np.ndarray, shells: np.ndarray, rng: np.random.Generator
) -> Positions:
    """Return one randomly rotated Fibonacci grid per shell, scaled to the radii (Å)."""
    directions = np.empty((radii.size, 3))
    for shell in np.unique(shells):
        mine = shells == shell
        directions[mine] = fibonacci_grid(int(mine.sum())) @ random_rotation(rng).T
    return directions * radii[:, None]


def fibonacci_grid(count: int) -> Float[np.ndarray, "point 3"]:
    """Return ``count`` nearly even unit vectors (the golden-angle spiral)."""
    index = np.arange(count)
    z = 1.0 - (2.0 * index + 1.0) / count
    across = np.sqrt(1.0 - z * z)
    angle = GOLDEN_ANGLE * index
    return np.stack([across * np.cos(angle), across * np.sin(angle), z], axis=1)


def random_rotation(rng: np.random.Generator) -> Float[np.ndarray, "3 3"]:
    """Return a rotation matrix, uniform over all rotations (from a unit quaternion)."""
    w, x, y, z = (q := rng.standard_normal(4)) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def from_directions(microstate: Microstate) -> Positions:
    """Return positions (Å) at the sites of the microstate's template.

    Every atom is displaced across its direction; its radius stays exact.

    Raises
    ------
    ValueError
        If the microstate was drawn without a template.
    """
    if microstate.directions is None or microstate.across is None:
        raise ValueError("the microstate was drawn without the template of its system")
    radii = microstate.lengths
    positions = microstate.directions * radii[:, None] + microstate.across
    return positions * (radii / np.linalg.norm(positions, axis=1))[:, None]


def check_distances(cluster: Cluster, recipe: ClusterRecipe) -> None:
    """Refuse a cluster with two atoms closer than the limit for their pair.

    Raises
    ------
    StructureError
        Names the pair and both distances; its reason counts by pair.
    """
    elements = np.array((cluster.absorber, *cluster.elements))
    positions = np.vstack([np.zeros(3), cluster.positions])
    distances = np.linalg.norm(positions[:, None] - positions[None, :], axis=2)
    distances[np.tril_indices(len(elements))] = np.inf
    for first, second in combinations_with_replacement(sorted(set(elements)), 2):
        ordered = np.outer(elements == first, elements == second)
        block = distances[ordered | ordered.T]
        limit = smallest_allowed(first, second, recipe)
        if block.size and block.min() < limit:
            raise StructureError(
                f"two atoms {first}-{second} are {block.min():.2f} Å apart; "
                f"the limit is {limit:.2f} Å.",
                reason=f"{first}-{second} closer than {limit:.2f} Å",
            )
