"""The line from a system to a training set: one function per arrow, and little else."""

from pathlib import Path

from onne_core import training_set
from onne_core.digest import digest
from onne_core.jobs import Progress, Stage
from onne_core.lattice import directions_for
from onne_core.pipeline.engines import StoredPhases, stored_phases
from onne_core.pipeline.macrostates import (
    SystemShard,
    finished_system_shard,
    make_system_shard,
)
from onne_core.pipeline.references import (
    reference_cluster,
    reference_paths,
    sample_clusters,
)
from onne_core.pipeline.shards import (
    SECONDS_PER_CLUSTER,
    SHARD_SECONDS,
    claimed,
    missing_shards,
    scratch_in,
)
from onne_core.recipe import Recipe, recipe_to_json
from onne_core.spectrum import k_grid
from onne_core.structure import LATTICES, System
from onne_core.training_set import Head
from onne_core.versions import versions

RECIPE_FILE = "recipe.json"

EXAMPLES = 16
"""Clusters on which the overlap of muffin tins is looked at before a run."""


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


def heads_of(system: System) -> tuple[Head, ...]:
    """Return one head per reported shell."""
    return tuple(Head(system.label(i), system.pair(i)) for i in system.reported)


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
