"""Pipeline, single clusters of a system: samples, and the one that gives phases."""

import contextlib
from dataclasses import replace

import numpy as np

from onne_core import clusters, sampling
from onne_core.errors import StructureError
from onne_core.pipeline.shards import path_table
from onne_core.recipe import Recipe
from onne_core.scattering import feff
from onne_core.structure import Cluster, Range


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
