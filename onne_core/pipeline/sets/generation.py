"""Pipeline: from a system to a training set, one function per step."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from onne_core.crystals.lattice import directions_for
from onne_core.digest import digest
from onne_core.execution import Backend, Pool
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.phases.engines import StoredPhases, radii_by_name, stored_phases
from onne_core.pipeline.phases.reference_file import reference_file_digest
from onne_core.pipeline.phases.references import (
    RULE,
    centre_cluster,
    reference_paths,
    sample_clusters,
)
from onne_core.pipeline.phases.shards import SECONDS_PER_CLUSTER, SHARD_SECONDS
from onne_core.pipeline.sets.averages import filter_record
from onne_core.pipeline.sets.delivery import missing_shards
from onne_core.pipeline.sets.macrostates import (
    SystemShard,
    finished_system_shard,
    make_system_shard,
)
from onne_core.pipeline.sets.ownership import PORTIONS, Place, Portion, claimed
from onne_core.training_set import training_set
from onne_core.training_set.training_set import Head, ShardReport
from onne_core.values.recipe import Recipe, recipe_to_json
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import LATTICES, System
from onne_core.versions import versions

RECIPE_FILE = "recipe.json"

EXAMPLES = 16
"""Clusters on which the overlap of muffin tins is looked at before a run."""


def generate(
    recipe: Recipe,
    folder: Path,
    *,
    workers: int = 2,
    backend: Backend | None = None,
    portion: Portion | None = None,
) -> Stage[Path]:
    """Make the training set of ``recipe`` in ``folder`` and return the folder.

    Existing shards are kept; a killed run resumes where it
    stopped, and its result is the same. More macrostates of the same recipe are
    appended to a finished set, whose shards stay. It runs in ``backend``, by default in
    ``workers`` processes of this machine. Of a ``portion`` only the shards are made:
    others make theirs at the same time, and
    :func:`~onne_core.pipeline.sets.merging.merge` ends it.

    Raises
    ------
    StorageError
        If ``folder`` holds a training set of another recipe, another run works in it,
        or the disk is full.
    ScatteringError
        If FEFF gives no phases for the reference cluster, or none that suit.
    OnneError
        If the backend cannot be used.
    """
    backend = backend or Pool(workers)
    backend.check()
    request, record = shards_digest(recipe), recipe_to_json(recipe)
    claim = claimed(
        folder, request=request, record=record, name=RECIPE_FILE, portion=portion
    )
    with claim as place:
        yield Progress(0, recipe.sampling.macrostates, "phases of the reference")
        phases = phases_for(recipe, place)
        paths = paths_for(recipe, phases) if portion is None else {}
        reports = yield from missing_shards(
            make_system_shard,
            system_shards(recipe, place, request, phases),
            finished=finished_system_shard,
            backend=backend,
            portion=portion,
            spectra=recipe.sampling.microstates,
        )
        if portion is None:
            write_set(recipe, folder, phases, reports, paths)
    return folder


def write_set(
    recipe: Recipe,
    folder: Path,
    phases: StoredPhases | None,
    reports: list[ShardReport],
    paths: dict[str, np.ndarray],
) -> None:
    """Write the manifest of a training set with all its shards."""
    training_set.write_manifest(
        folder,
        k=k_grid(recipe.scattering.k_max),
        radial=recipe.radial,
        heads=heads_of(recipe.system),
        digest=set_digest(recipe),
        description={
            "kind": "system",
            "recipe": recipe_to_json(recipe),
            "phases": _origin(phases),
            "filter": filter_record(recipe.scattering),
            **versions(),
        },
        reports=reports,
        paths=paths,
    )
    (folder / PORTIONS).unlink(missing_ok=True)


def shards_digest(recipe: Recipe) -> str:
    """Return the digest of what determines the shards of a set, whatever its size.

    Items have random numbers of their own, and the first macrostates of a larger set
    are the same, so sets that differ in their number alone share their shards.
    """
    return set_digest(replace(recipe, sampling=replace(recipe.sampling, macrostates=1)))


def set_digest(recipe: Recipe) -> str:
    """Return the digest of everything that determines a training set.

    A template from a file counts by its directions, not only by the file's name, and a
    reference from a file by its content, wherever the file lies. The size of the shards
    counts since random numbers belong to shards and their items.
    """
    template = recipe.system.angles.template
    from_file = template is not None and template not in LATTICES
    return digest(
        training_set.SCHEMA,
        recipe.system,
        recipe.sampling,
        recipe.clusters,
        replace(recipe.scattering, reference=None),
        recipe.radial,
        versions(),
        _shard_size(recipe),
        RULE,
        reference_file_digest(recipe),
        *(directions_for(recipe.system) if from_file else ()),
    )


def heads_of(system: System) -> tuple[Head, ...]:
    """Return one head per reported shell, or per group of shells that share it."""
    return tuple(Head(system.label(i), system.pair(i)) for i, *_ in system.heads)


def phases_for(recipe: Recipe, place: Place) -> StoredPhases | None:
    """Return the phases for the program's own engine, ``None`` if it is not used."""
    if recipe.scattering.engine != "onne":
        return None
    return stored_phases(
        recipe,
        place.folder,
        examples=sample_clusters(recipe, count=EXAMPLES, seed=recipe.sampling.seed),
        scratch=place.scratch() or place.folder,
    )


def paths_for(recipe: Recipe, phases: StoredPhases | None) -> dict[str, np.ndarray]:
    """Return the paths of the reference cluster, for conventional fits.

    Where every cluster has its own, they are those of the centre of all ranges.
    """
    cluster = centre_cluster(recipe) if phases is None else phases.reference.cluster
    return reference_paths(recipe, cluster)


def _origin(phases: StoredPhases | None) -> dict[str, object]:
    """Return what the manifest says of the phases."""
    if phases is None:
        return {"of": "every cluster"}
    return {
        "of": phases.reference.origin,
        "sha256": phases.sha256,
        "muffin_tin_radii": radii_by_name(phases),
        "largest_overlap": [phases.pair, round(phases.overlap, 3)],
    }


def system_shards(
    recipe: Recipe, place: Place, request: str, phases: StoredPhases | None
) -> list[SystemShard]:
    """Return all shards of a recipe's training set.

    The last one may be short, and is then another one than in a larger set.
    """
    size, total = _shard_size(recipe), recipe.sampling.macrostates
    counts = [min(size, total - first) for first in range(0, total, size)]
    return [
        SystemShard(recipe, i, i * size, count, place, digest(request, count), phases)
        for i, count in enumerate(counts)
    ]


def _shard_size(recipe: Recipe) -> int:
    """Return the number of macrostates in a shard."""
    per_cluster = SECONDS_PER_CLUSTER[recipe.scattering.engine]
    return max(1, round(SHARD_SECONDS / (per_cluster * recipe.sampling.microstates)))
