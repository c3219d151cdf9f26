"""The line from a system to a training set: one function per arrow, and little else."""

import contextlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from onne_core import clusters, sampling, training_set
from onne_core.digest import digest
from onne_core.errors import ScatteringError, StructureError
from onne_core.jobs import Progress, Stage
from onne_core.lattice import directions_for
from onne_core.pipeline.engines import (
    Scatterer,
    StoredPhases,
    scatterer_of,
    stored_phases,
)
from onne_core.pipeline.shards import (
    SECONDS_PER_CLUSTER,
    SHARD_SECONDS,
    claimed,
    missing_shards,
    pair_of,
    path_table,
    scratch_in,
)
from onne_core.recipe import Recipe, recipe_to_json
from onne_core.scattering import feff
from onne_core.scattering.spot_check import deviation_after_shift
from onne_core.spectrum import k_grid
from onne_core.structure import (
    LATTICES,
    Cluster,
    Macrostate,
    Microstate,
    Range,
    System,
)
from onne_core.training_set import Head, Pairs, ShardReport
from onne_core.versions import versions

RECIPE_FILE = "recipe.json"

EXAMPLES = 16
"""Clusters on which the overlap of muffin tins is looked at before a run."""

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


def generate(recipe: Recipe, folder: Path, *, workers: int) -> Stage[Path]:
    """Make the training set of ``recipe`` in ``folder`` and return the folder.

    Shards that are already there are kept; a run that was killed goes on where it
    stopped, and its result is the same.

    Raises
    ------
    StorageError
        If ``folder`` holds a training set of another recipe, or another run works
        in it.
    ScatteringError
        If FEFF gives no phases for the reference cluster, or none that suit.
    """
    request = set_digest(recipe)
    record = recipe_to_json(recipe)
    with claimed(folder, request=request, record=record, name=RECIPE_FILE):
        yield Progress(0, recipe.sampling.macrostates, "phases of the reference")
        phases = _phases(recipe, folder)
        tasks = _system_shards(recipe, folder, request, phases)
        paths = reference_paths(recipe)
        reports = yield from missing_shards(
            make_system_shard, tasks, finished=finished_system_shard, workers=workers
        )
        training_set.write_manifest(
            folder,
            k=k_grid(recipe.scattering.k_max),
            radial=recipe.radial,
            heads=heads_of(recipe.system),
            digest=request,
            description={
                "kind": "system",
                "recipe": record,
                "phases": _origin(phases),
                **versions(),
            },
            reports=reports,
            paths=paths,
        )
    return folder


def set_digest(recipe: Recipe) -> str:
    """Return the digest of what decides a training set: all but the networks' part.

    A template from a file counts by its directions, not only by the file's name.
    """
    template = recipe.system.angles.template
    from_file = template is not None and template not in LATTICES
    return digest(
        training_set.SCHEMA,
        recipe.system,
        recipe.sampling,
        recipe.clusters,
        recipe.scattering,
        recipe.radial,
        versions(),
        *(directions_for(recipe.system) if from_file else ()),
    )


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


def heads_of(system: System) -> tuple[Head, ...]:
    """Return one head per reported shell."""
    return tuple(Head(system.label(i), system.pair(i)) for i in system.reported)


def sample_clusters(recipe: Recipe, *, count: int, seed: int) -> tuple[Cluster, ...]:
    """Return ``count`` usable clusters, one each of as many macrostates.

    They are made as for a training set; those that would be set aside are left out,
    so fewer than ``count`` may come back.
    """
    macrostates = sampling.draw_macrostates(recipe.system, count=count, seed=seed)
    made = []
    for i, macrostate in enumerate(macrostates):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i,)))
        microstate = sampling.draw_microstates(macrostate, count=1, rng=rng)[0]
        with contextlib.suppress(StructureError):
            made.append(
                clusters.assemble(
                    microstate, system=recipe.system, recipe=recipe.clusters, rng=rng
                )
            )
    return tuple(made)


def reference_cluster(recipe: Recipe) -> Cluster:
    """Return the cluster at the centre of all ranges, without disorder."""
    system = recipe.system
    fixed = replace(
        system,
        shells=tuple(
            replace(
                shell,
                distance=Range(shell.distance.centre, shell.distance.centre),
                deviation=Range(1e-6, 1e-6),
                coordination=_whole(shell.coordination),
            )
            for shell in system.shells
        ),
        scale=Range(system.scale.centre, system.scale.centre),
        angles=replace(system.angles, jitter=0.0, template_share=1.0),
    )
    rng = np.random.default_rng(recipe.sampling.seed)
    macrostate = sampling.draw_macrostates(fixed, count=1, seed=0)[0]
    microstate = sampling.draw_microstates(macrostate, count=1, rng=rng)[0]
    return clusters.assemble(microstate, system=fixed, recipe=recipe.clusters, rng=rng)


def _whole(coordination: Range) -> Range:
    """Return the whole number of neighbours at the centre of a range, at least one."""
    number = max(1.0, float(round(coordination.centre)))
    return Range(number, number)


def reference_paths(recipe: Recipe) -> dict[str, np.ndarray]:
    """Return single-scattering amplitude and phase per head, for classical fits.

    One table per head label; :func:`onne_core.pipeline.shards.path_table` says what
    is in it.
    """
    cluster = reference_cluster(recipe)
    paths = feff.single_scattering_paths(
        cluster, edge=recipe.system.edge, recipe=recipe.scattering
    )
    tables = {}
    for shell in recipe.system.reported:
        length = (
            recipe.system.shells[shell].distance.centre * recipe.system.scale.centre
        )
        alike = [p for p in paths if p.element == recipe.system.shells[shell].element]
        if not alike:
            continue
        path = min(alike, key=lambda p: abs(p.length - length))
        tables[recipe.system.label(shell)] = path_table(path)
    return tables


def _phases(recipe: Recipe, folder: Path) -> StoredPhases | None:
    """Return the phases for the engine of this program, ``None`` if it is not used."""
    if recipe.scattering.engine != "onne":
        return None
    return stored_phases(
        recipe,
        folder,
        reference=reference_cluster(recipe),
        examples=sample_clusters(recipe, count=EXAMPLES, seed=recipe.sampling.seed),
        scratch=scratch_in(folder),
    )


def _origin(phases: StoredPhases | None) -> dict[str, object]:
    """Return what the manifest says of the phases."""
    if phases is None:
        return {"of": "every cluster"}
    return {
        "of": "the reference cluster",
        "sha256": phases.sha256,
        "largest_overlap": [phases.pair, round(phases.overlap, 3)],
    }


def _system_shards(
    recipe: Recipe, folder: Path, request: str, phases: StoredPhases | None
) -> list[SystemShard]:
    per_cluster = SECONDS_PER_CLUSTER[recipe.scattering.engine]
    size = max(1, round(SHARD_SECONDS / (per_cluster * recipe.sampling.microstates)))
    total = recipe.sampling.macrostates
    return [
        SystemShard(recipe, i, first, min(size, total - first), folder, request, phases)
        for i, first in enumerate(range(0, total, size))
    ]


def _stacked(items: list[Pairs], recipe: Recipe) -> Pairs:
    if items:
        return training_set.concatenated(items)
    heads = len(recipe.system.reported)
    return Pairs(
        chi=np.zeros((0, k_grid(recipe.scattering.k_max).size)),
        g=np.zeros((0, heads, recipe.radial.bins)),
        moments=np.zeros((0, heads, 4)),
    )
