"""Pipeline, one shard of a system: macrostates to mean spectra and mean g(r)."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from onne_core import clusters, sampling, training_set
from onne_core.errors import ScatteringError, StructureError
from onne_core.pipeline.engines import Scatterer, StoredPhases, scatterer_of
from onne_core.pipeline.shards import pair_of, scratch_in
from onne_core.recipe import Recipe
from onne_core.scattering.spot_check import deviation_after_shift
from onne_core.spectrum import k_grid
from onne_core.structure import Cluster, Macrostate, Microstate
from onne_core.training_set import Pairs, ShardReport

CHECKED_SHARE = 0.005
"""Share of the clusters that the executables compute as well."""

ALWAYS_CHECKED = 2
"""Clusters of a set, the first ones, that are checked in any case."""


@dataclass(frozen=True)
class SystemShard:
    """The macrostates ``first`` to ``first + count`` of a recipe, as one shard.

    ``phases`` are those of the engine of this program, ``None`` for the executables.
    """

    recipe: Recipe
    index: int
    first: int
    count: int
    folder: Path
    request: str
    phases: StoredPhases | None = None


@dataclass(frozen=True, eq=False)
class Averaged:
    """The mean over the microstates of one macrostate, and some of its clusters.

    ``clusters`` and ``spectra`` (dimensionless, on the recipe's k grid) are those that
    were usable.
    """

    pairs: Pairs
    clusters: tuple[Cluster, ...]
    spectra: tuple[np.ndarray, ...]


def make_system_shard(task: SystemShard) -> ShardReport:
    """Make one shard: sample, assemble, scatter, average, write. Idempotent."""
    recipe = task.recipe
    macrostates = sampling.draw_macrostates(
        recipe.system, count=recipe.sampling.macrostates, seed=recipe.sampling.seed
    )
    scatter = scatterer_of(recipe, task.phases, scratch_in(task.folder))
    rejected: Counter[str] = Counter()
    items, checks = [], []
    for item in range(task.count):
        seed = np.random.SeedSequence(
            recipe.sampling.seed, spawn_key=(task.index, item)
        )
        averaged = average_of(
            macrostates[task.first + item],
            recipe,
            scatter=scatter,
            rng=np.random.default_rng(seed),
            rejected=rejected,
        )
        if averaged is not None:
            items.append(averaged.pairs)
            checks += _checked(averaged, task, item, rejected)
    return training_set.write_shard(
        task.folder,
        task.index,
        _stacked(items, recipe),
        rejected=rejected,
        request=task.request,
        checks=tuple(checks),
    )


def finished_system_shard(task: SystemShard) -> ShardReport | None:
    """Return the report of the shard of ``task`` if it is there, whole and its own."""
    return training_set.finished_shard(task.folder, task.index, request=task.request)


def average_of(
    macrostate: Macrostate,
    recipe: Recipe,
    *,
    scatter: Scatterer,
    rng: np.random.Generator,
    rejected: Counter[str],
) -> Averaged | None:
    """Return the mean spectrum and g(r) over the microstates of ``macrostate``.

    Clusters that cannot be used are counted in ``rejected`` by reason; ``None`` if
    more than half of them are.
    """
    microstates = sampling.draw_microstates(
        macrostate, count=recipe.sampling.microstates, rng=rng
    )
    usable: list[Microstate] = []
    made, spectra = [], []
    for microstate in microstates:
        try:
            cluster = clusters.assemble(
                microstate, system=recipe.system, recipe=recipe.clusters, rng=rng
            )
            spectra.append(scatter(cluster))
        except (StructureError, ScatteringError) as error:
            rejected[error.reason] += 1
            continue
        usable.append(microstate)
        made.append(cluster)
    if 2 * len(usable) < len(microstates) or not usable:
        rejected["macrostate left out: most of its clusters were"] += 1
        return None
    per_shell = [
        np.concatenate([state.lengths[state.shells == shell] for state in usable])
        for shell in recipe.system.reported
    ]
    chi = np.mean(spectra, axis=0)
    pairs = pair_of(chi, per_shell, recipe.radial, len(usable))
    return Averaged(pairs, tuple(made), tuple(spectra))


def _checked(
    averaged: Averaged, task: SystemShard, item: int, rejected: Counter[str]
) -> list[float]:
    """Return the deviations of some spectra from those of the executables.

    Which ones follows from the seed of the item. A run of the executables that fails
    is counted in ``rejected``; the spectrum stays.
    """
    if task.phases is None:
        return []
    recipe = task.recipe
    # A stream of its own: a check must not change the clusters that follow.
    key = (task.index, item, 1)
    rng = np.random.default_rng(
        np.random.SeedSequence(recipe.sampling.seed, spawn_key=key)
    )
    before = (task.first + item) * recipe.sampling.microstates
    number = len(averaged.spectra)
    chosen = rng.random(number) < CHECKED_SHARE
    chosen |= before + np.arange(number) < ALWAYS_CHECKED
    reference = scatterer_of(recipe, None, scratch_in(task.folder))
    k = k_grid(recipe.scattering.k_max)
    found = []
    for i in np.flatnonzero(chosen):
        try:
            chi = reference(averaged.clusters[i])
        except ScatteringError as error:
            rejected[f"spot check without result: {error.reason}"] += 1
            continue
        found.append(deviation_after_shift(k, averaged.spectra[i], chi)[0])
    return found


def _stacked(items: list[Pairs], recipe: Recipe) -> Pairs:
    if items:
        return training_set.concatenated(items)
    heads = len(recipe.system.reported)
    return Pairs(
        chi=np.zeros((0, k_grid(recipe.scattering.k_max).size)),
        g=np.zeros((0, heads, recipe.radial.bins)),
        moments=np.zeros((0, heads, 4)),
    )
