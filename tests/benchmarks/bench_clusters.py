"""Smallest distance and CPU time of a cluster of 55 Ni atoms, per kind of search."""

import time
from itertools import cycle

import numpy as np
import pytest

from onne_core.clusters.assembly import evolve
from onne_core.clusters.repulsion import smallest_distance
from onne_core.clusters.sampling import draw_macrostates, draw_microstates
from onne_core.values.recipe import ClusterRecipe
from onne_core.values.structure import Range, Shell, System

NEIGHBOURS = {2.492: 12, 3.524: 6, 4.316: 24, 4.984: 12}
"""Distances (Å) and numbers of the shells of fcc Ni, lattice constant 3.524 Å."""

DEVIATION = 0.07
"""Thermal standard deviation of the distances near room temperature, Å."""

CLUSTERS = 60

SEARCHES = {
    "plain start": ClusterRecipe(population=1, generations=0, repulsion_steps=0),
    "repulsion, 100 steps": ClusterRecipe(
        population=1, generations=0, repulsion_steps=100
    ),
    "repulsion, 400 steps": ClusterRecipe(
        population=1, generations=0, repulsion_steps=400
    ),
    "default recipe": ClusterRecipe(),
}


def microstates() -> tuple:
    shells = tuple(
        Shell(
            "Ni",
            distance=Range(distance, distance),
            deviation=Range(DEVIATION, DEVIATION),
            coordination=Range(number, number),
        )
        for distance, number in NEIGHBOURS.items()
    )
    macrostate = draw_macrostates(System("Ni", "K", shells), count=1, seed=0)[0]
    return draw_microstates(macrostate, count=CLUSTERS, rng=np.random.default_rng(1))


@pytest.mark.benchmark(group="55 Ni atoms", timer=time.process_time)
@pytest.mark.parametrize("search", SEARCHES)
def test_search(benchmark, search: str, figure) -> None:
    recipe, states = SEARCHES[search], microstates()
    rng = np.random.default_rng(2)
    reached = [
        smallest_distance(evolve(state, recipe=recipe, rng=rng)) for state in states
    ]
    benchmark.name = f"{search}: {np.median(reached):.2f} Å"
    benchmark.extra_info["smallest distances, Å"] = sorted(reached)
    turn = cycle(states)
    benchmark.pedantic(
        lambda: evolve(next(turn), recipe=recipe, rng=rng), rounds=CLUSTERS
    )
    if search == "default recipe":
        smallest = float(np.median(reached))
        figure(
            "smallest_distance",
            smallest,
            wanted=">= 2.25",
            note=f"Å, median of {CLUSTERS} clusters of 55 atoms",
        )
        if not benchmark.disabled:
            milliseconds = 1e3 * benchmark.stats.stats.median
            figure("cluster_ms", milliseconds, wanted="< 20", note="one core, median")
        assert smallest >= 2.25
