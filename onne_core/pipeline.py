"""The line from a system to a training set: one function per arrow, and little else."""

import contextlib
import shutil
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

from onne_core import __version__, clusters, execution, files, sampling, training_set
from onne_core.digest import digest
from onne_core.errors import OnneError, ScatteringError, StorageError, StructureError
from onne_core.jobs import Progress, Stage
from onne_core.radial import RadialGrid, distribution_of, moments_of_lengths
from onne_core.recipe import FeffRecipe, Recipe, recipe_to_json
from onne_core.scattering import feff
from onne_core.spectrum import k_grid
from onne_core.structure import Cluster, Macrostate, Microstate, Range, System
from onne_core.training_set import Head, Pairs, ShardReport

SECONDS_PER_CLUSTER = 0.8
"""Time of one FEFF8L run that decides how many macrostates make a shard, s."""

SHARD_SECONDS = 8.0

RECIPE_FILE = "recipe.json"
SCRATCH = ".scratch"


@dataclass(frozen=True)
class SystemShard:
    """The macrostates ``first`` to ``first + count`` of a recipe, as one shard."""

    recipe: Recipe
    index: int
    first: int
    count: int
    folder: Path
    request: str


def generate(recipe: Recipe, folder: Path, *, workers: int) -> Stage[Path]:
    """Make the training set of ``recipe`` in ``folder`` and return the folder.

    Shards that are already there are kept; a run that was killed goes on where it
    stopped, and its result is the same.

    Raises
    ------
    StorageError
        If ``folder`` holds a training set of another recipe.
    """
    request = set_digest(recipe)
    _claim(folder, request, recipe)
    tasks = _system_shards(recipe, folder, request)
    paths = reference_paths(recipe)
    try:
        reports = yield from _missing_shards(make_system_shard, tasks, workers)
    finally:
        shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    training_set.write_manifest(
        folder,
        k=k_grid(recipe.scattering.k_max),
        radial=recipe.radial,
        heads=heads_of(recipe.system),
        digest=request,
        description={"kind": "system", "recipe": recipe_to_json(recipe), **_versions()},
        reports=reports,
        paths=paths,
    )
    return folder


def set_digest(recipe: Recipe) -> str:
    """Return the digest of what decides a training set: all but the networks' part."""
    return digest(
        training_set.SCHEMA,
        recipe.system,
        recipe.sampling,
        recipe.clusters,
        recipe.scattering,
        recipe.radial,
        _versions(),
    )


def make_system_shard(task: SystemShard) -> ShardReport:
    """Make one shard: sample, assemble, scatter, average, write. Idempotent."""
    recipe = task.recipe
    macrostates = sampling.draw_macrostates(
        recipe.system, count=recipe.sampling.macrostates, seed=recipe.sampling.seed
    )
    rejected: Counter[str] = Counter()
    items = []
    for item in range(task.count):
        seeds = np.random.SeedSequence(
            recipe.sampling.seed, spawn_key=(task.index, item)
        )
        averaged = average_of(
            macrostates[task.first + item],
            recipe,
            rng=np.random.default_rng(seeds),
            rejected=rejected,
            scratch=_scratch(task.folder),
        )
        if averaged is not None:
            items.append(averaged)
    pairs = _stacked(items, recipe)
    return training_set.write_shard(
        task.folder, task.index, pairs, rejected=rejected, request=task.request
    )


def average_of(
    macrostate: Macrostate,
    recipe: Recipe,
    *,
    rng: np.random.Generator,
    rejected: Counter[str],
    scratch: Path | None = None,
) -> Pairs | None:
    """Return the mean spectrum and g(r) over the microstates of ``macrostate``.

    Clusters that cannot be used are counted in ``rejected`` by reason; ``None`` if
    more than half of them are.
    """
    microstates = sampling.draw_microstates(
        macrostate, count=recipe.sampling.microstates, rng=rng
    )
    usable: list[Microstate] = []
    spectra = []
    for microstate in microstates:
        try:
            cluster = clusters.assemble(
                microstate, system=recipe.system, recipe=recipe.clusters, rng=rng
            )
            spectra.append(
                feff.chi_of(
                    cluster,
                    edge=recipe.system.edge,
                    recipe=recipe.scattering,
                    scratch=scratch,
                )
            )
        except (StructureError, ScatteringError) as error:
            rejected[error.reason] += 1
            continue
        usable.append(microstate)
    if 2 * len(usable) < len(microstates) or not usable:
        rejected["macrostate left out: most of its clusters were"] += 1
        return None
    shells = recipe.system.reported
    per_shell = [
        np.concatenate([state.lengths[state.shells == shell] for state in usable])
        for shell in shells
    ]
    return pair_of(np.mean(spectra, axis=0), per_shell, recipe.radial, len(usable))


def pair_of(
    chi: np.ndarray, lengths: list[np.ndarray], radial: RadialGrid, count: int
) -> Pairs:
    """Return one (chi, g) pair from mean chi and the lengths (Å) of every head."""
    every = [moments_of_lengths(item, count=count) for item in lengths]
    return Pairs(
        chi=chi[None, :],
        g=np.array([[distribution_of(item, radial, count=count) for item in lengths]]),
        moments=np.array(
            [[[m.coordination, m.distance, m.sigma2, m.c3] for m in every]]
        ),
    )


def heads_of(system: System) -> tuple[Head, ...]:
    """Return one head per reported shell."""
    return tuple(Head(system.label(i), system.pair(i)) for i in system.reported)


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
                coordination=Range(*(2 * (float(round(shell.coordination.centre)),))),
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


def reference_paths(recipe: Recipe) -> dict[str, np.ndarray]:
    """Return single-scattering amplitude and phase per head, for classical fits.

    Per head ``label`` an array of six rows: k (Å^-1), amplitude (Å), phase (rad),
    mean free path (Å), Re p (Å^-1), and the half path length (Å), repeated.
    """
    cluster = reference_cluster(recipe)
    paths = feff.single_scattering_paths(
        cluster, edge=recipe.system.edge, recipe=recipe.scattering
    )
    tables = {}
    for shell in recipe.system.reported:
        length = recipe.system.shells[shell].distance.centre * recipe.system.scale.centre
        alike = [p for p in paths if p.element == recipe.system.shells[shell].element]
        if not alike:
            continue
        path = min(alike, key=lambda p: abs(p.length - length))
        tables[recipe.system.label(shell)] = np.array(
            [
                path.k,
                path.amplitude,
                path.phase,
                path.mean_free_path,
                path.wavenumber,
                np.full_like(path.k, path.length),
            ]
        )
    return tables


def _system_shards(recipe: Recipe, folder: Path, request: str) -> list[SystemShard]:
    seconds = SECONDS_PER_CLUSTER * recipe.sampling.microstates
    size = max(1, int(SHARD_SECONDS // seconds))
    total = recipe.sampling.macrostates
    return [
        SystemShard(recipe, i, first, min(size, total - first), folder, request)
        for i, first in enumerate(range(0, total, size))
    ]


def _missing_shards(
    function, tasks, workers: int  # noqa: ANN001 - any of the shard tasks
) -> Generator[Progress, None, list[ShardReport]]:
    """Run the tasks whose shard is not there yet; return the reports of all."""
    ready = {
        task.index: report
        for task in tasks
        if (
            report := training_set.finished_shard(
                task.folder, task.index, request=task.request
            )
        )
    }
    missing = [task for task in tasks if task.index not in ready]
    run = execution.run_tasks(
        function, missing, workers=workers, message="scattering"
    )
    while True:
        try:
            step = next(run)
        except StopIteration as end:
            made = end.value
            break
        yield replace(step, done=step.done + len(ready), total=len(tasks))
    return [*ready.values(), *made]


def _claim(folder: Path, request: str, recipe: Recipe) -> None:
    """Take ``folder`` for this recipe, or refuse it; clear what a killed run left."""
    marker = folder / "request"
    if marker.is_file() and marker.read_text(encoding="utf-8").strip() != request:
        raise StorageError(
            f"{folder}: holds a training set of another recipe or version; "
            "choose another --out, or delete the folder."
        )
    files.write_text(marker, request + "\n")
    files.write_json(folder / RECIPE_FILE, recipe_to_json(recipe))
    shutil.rmtree(folder / SCRATCH, ignore_errors=True)
    for part in folder.glob(".*.part"):
        with contextlib.suppress(OSError):
            part.unlink()


def _scratch(folder: Path) -> Path:
    scratch = folder / SCRATCH
    scratch.mkdir(parents=True, exist_ok=True)
    return scratch


def _stacked(items: list[Pairs], recipe: Recipe) -> Pairs:
    if items:
        return training_set.concatenated(items)
    heads = len(recipe.system.reported)
    return Pairs(
        chi=np.zeros((0, k_grid(recipe.scattering.k_max).size)),
        g=np.zeros((0, heads, recipe.radial.bins)),
        moments=np.zeros((0, heads, 4)),
    )


def _versions() -> dict[str, str]:
    """Return the versions that decide numbers."""
    return {"onne": __version__, "xraylarch": version("xraylarch")}
