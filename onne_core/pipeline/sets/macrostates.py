"""Pipeline: one shard of a system: mean spectra and mean g(r) of macrostates.

Random numbers belong to items. The clusters of item i in shard s come from the stream
(seed; s, i), the choice of those that are checked from (seed; s, i, 1), and of those
that are computed at the fine thresholds from (seed; s, i, 2), so that neither of the
two changes the clusters.
"""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from onne_core.clusters import sampling
from onne_core.errors import ScatteringError
from onne_core.pipeline.phases.engines import StoredPhases, scatterer_of
from onne_core.pipeline.sets.averages import Averaged, FineLevel, average_of
from onne_core.pipeline.sets.delivery import Made
from onne_core.pipeline.sets.kept_microstates import arrays_of
from onne_core.pipeline.sets.ownership import Place
from onne_core.scattering.spot_check import deviation_after_shift
from onne_core.training_set import training_set
from onne_core.training_set.shard import encoded
from onne_core.training_set.training_set import Pairs, ShardReport
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import k_grid

CHECKED_SHARE = 0.005
"""Share of the clusters that the executables compute as well."""

ALWAYS_CHECKED = 2
"""Clusters of a set, the first ones, that are checked in any case."""

CHECKS, FINE = 1, 2
"""Purposes of random numbers beside the clusters."""


@dataclass(frozen=True)
class SystemShard:
    """The macrostates ``first`` to ``first + count`` of a recipe, as one shard.

    ``phases`` are those of the engine of this program, ``None`` for the executables.
    """

    recipe: Recipe
    index: int
    first: int
    count: int
    place: Place
    request: str
    phases: StoredPhases | None = None

    @property
    def target(self) -> Path:
        """The file of the shard."""
        return self.place.folder / training_set.shard_name(self.index)

    @property
    def sha256_of_phases(self) -> str:
        """The sha256 of the phases, empty for the executables."""
        return "" if self.phases is None else self.phases.sha256


def make_system_shard(task: SystemShard) -> Made[ShardReport]:
    """Make one shard: sample, assemble, scatter, average. Idempotent."""
    recipe = task.recipe
    macrostates = sampling.draw_macrostates(
        recipe.system,
        count=task.first + task.count,  # a prefix of all, and no more of it than needed
        seed=recipe.sampling.seed,
        first=task.first,
    )
    scatter = scatterer_of(recipe, task.phases, task.place.scratch())
    rejected: Counter[str] = Counter()
    items, checks = [], []
    for item in range(task.count):
        averaged = average_of(
            macrostates[item],
            recipe,
            scatter=scatter,
            rng=_stream(task, item),
            rejected=rejected,
            fine=_fine_level(task, item),
        )
        if averaged is not None:
            items.append(averaged)
            checks += _checked(averaged, task, item, rejected)
    errors = [item.correction_error for item in items]
    shard = encoded(
        task.index,
        _stacked(items, recipe),
        rejected=rejected,
        request=task.request,
        phases=task.sha256_of_phases,
        checks=tuple(checks),
        corrections=tuple(error for error in errors if error is not None),
        kept=_kept(items, recipe),
    )
    return Made(shard.report, shard.content)


def finished_system_shard(task: SystemShard) -> ShardReport | None:
    """Return the report of the shard of ``task`` if it exists whole and is its own."""
    return finished_in(task.place.folder, task)


def finished_in(folder: Path, task: SystemShard) -> ShardReport | None:
    """Return the report of the shard of ``task`` if ``folder`` holds it."""
    return training_set.finished_shard(
        folder, task.index, request=task.request, phases=task.sha256_of_phases
    )


def _checked(
    averaged: Averaged, task: SystemShard, item: int, rejected: Counter[str]
) -> list[float]:
    """Return the deviations of some spectra from those of the executables.

    Which ones follows from the seed of the item; they are compared at the thresholds
    of the recipe, the coarse ones. A run of the executables that fails is counted in
    ``rejected``; the spectrum stays. Since the executables know no occupancies, those
    of a cluster are left out on both sides.
    """
    if task.phases is None:
        return []
    recipe = task.recipe
    before = (task.first + item) * recipe.sampling.microstates
    number = len(averaged.members)
    chosen = _stream(task, item, CHECKS).random(number) < CHECKED_SHARE
    chosen |= before + np.arange(number) < ALWAYS_CHECKED
    reference = scatterer_of(recipe, None, task.place.scratch())
    own = scatterer_of(recipe, task.phases, task.place.scratch())
    k = k_grid(recipe.scattering.k_max)
    found = []
    for i in np.flatnonzero(chosen):
        cluster = replace(averaged.members[i].cluster, occupancies=None)
        try:
            chi, of_executables = own(cluster), reference(cluster)
        except ScatteringError as error:
            rejected[f"spot check without result: {error.reason}"] += 1
            continue
        found.append(deviation_after_shift(k, chi, of_executables)[0])
    return found


def _stream(task: SystemShard, item: int, *purpose: int) -> np.random.Generator:
    """Return the random numbers of an item, for its clusters or another purpose."""
    seed = np.random.SeedSequence(
        task.recipe.sampling.seed, spawn_key=(task.index, item, *purpose)
    )
    return np.random.default_rng(seed)


def _fine_level(task: SystemShard, item: int) -> FineLevel | None:
    fine = task.recipe.scattering.fine
    if fine is None:
        return None
    recipe = replace(task.recipe, scattering=fine)
    scatter = scatterer_of(recipe, task.phases, task.place.scratch())
    return FineLevel(scatter, _stream(task, item, FINE))


def _kept(items: list[Averaged], recipe: Recipe) -> dict[str, np.ndarray]:
    """Return the single microstates, if the recipe asks to keep them."""
    if not recipe.sampling.keep_microstates:
        return {}
    return arrays_of(items, points=k_grid(recipe.scattering.k_max).size)


def _stacked(items: list[Averaged], recipe: Recipe) -> Pairs:
    if items:
        return training_set.concatenated([item.pairs for item in items])
    heads = len(recipe.system.heads)
    return Pairs(
        chi=np.zeros((0, k_grid(recipe.scattering.k_max).size)),
        g=np.zeros((0, heads, recipe.radial.bins)),
        moments=np.zeros((0, heads, 4)),
    )
