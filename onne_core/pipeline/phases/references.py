"""Pipeline: single clusters of a system: samples, and the reference for phases."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from onne_core.clusters import assembly, sampling
from onne_core.crystals.lattice import sites_of
from onne_core.crystals.vibrations import template_of
from onne_core.digest import digest
from onne_core.errors import ScatteringError, StructureError
from onne_core.pipeline.phases.packing import packed_contacts, unbonded, whole_number
from onne_core.pipeline.phases.reference_file import (
    Reference,
    given_reference,
    reference_file_digest,
)
from onne_core.pipeline.phases.samples import sample_of
from onne_core.scattering import feff
from onne_core.scattering.phase_run import muffin_tin_radii
from onne_core.values.recipe import Recipe
from onne_core.values.structure import Cluster, Range, System
from onne_core.versions import versions

logger = logging.getLogger(__name__)

RULE = 2
"""Version of the rule that chooses a reference; part of the digest of a set."""

CANDIDATES = 12
"""Packed or sampled clusters that say which muffin tins are typical."""

RADIUS_DIGITS = 3
"""Decimals of muffin-tin radii (Å) that are compared: the last ones that FEFF prints
differ between machines."""


def reference_key(recipe: Recipe) -> str:
    """Return the digest of everything that determines the reference and its phases.

    Raises
    ------
    DefinitionError
        If the structure file of the recipe cannot be read.
    """
    # The importance filters act on paths only; a file counts by its content.
    scattering = replace(
        recipe.scattering,
        curved_wave=0.0,
        plane_wave=0.0,
        fine_count=0,
        reference=None,
    )
    return digest(
        RULE,
        recipe.system,
        recipe.clusters,
        scattering,
        recipe.sampling.seed,
        reference_file_digest(recipe),
        versions(),
    )


def choose_reference(recipe: Recipe, *, scratch: Path | None = None) -> Reference:
    """Return the cluster whose potentials are used for all clusters of a system.

    It is the one that the recipe gives. Otherwise it is compact, which is to say that
    every element has a neighbour at bonding distance, and its muffin tins are typical:

    - where the cluster at the centre of all ranges is compact, it is taken if each of
      its muffin-tin radii lies among those of sampled clusters, else their medoid;
    - where it is not, the medoid of packed ones.

    FEFF runs in ``scratch``.

    Raises
    ------
    DefinitionError, FormatError
        If the reference that the recipe gives does not suit.
    ScatteringError
        If FEFF gives no muffin tins.
    """
    if recipe.scattering.reference is not None:
        return given_reference(recipe)
    centre = centre_cluster(recipe)
    # In a crystal every atom touches others, however long its bonds are.
    is_crystal = recipe.system.angles.template is not None
    if unbonded(centre) and not is_crystal:
        packed = [packed_contacts(recipe, seed=seed) for seed in range(CANDIDATES)]
        return _medoid(_measured(packed, recipe, scratch), "packed contacts")
    sampled = [
        cluster
        for cluster in sample_clusters(
            recipe, count=CANDIDATES, seed=recipe.sampling.seed
        )
        if set(cluster.elements) == set(centre.elements)
        and (is_crystal or not unbonded(cluster))
    ]
    ((_, own),) = _measured([centre], recipe, scratch)
    others = _measured(sampled, recipe, scratch) if sampled else []
    radii = np.array([own, *(found for _, found in others)])
    if len(radii) < 3 or _is_within(own, radii[1:]):
        return Reference(centre, "the centre of all ranges")
    return _medoid(others, "sample")


def _measured(
    candidates: list[Cluster], recipe: Recipe, scratch: Path | None
) -> list[tuple[Cluster, np.ndarray]]:
    """Return clusters with their muffin-tin radii (Å), those that FEFF takes.

    Raises
    ------
    ScatteringError
        If FEFF takes none of them.
    """
    found = []
    problem: ScatteringError | None = None
    for cluster in candidates:
        try:
            radii = muffin_tin_radii(
                cluster,
                edge=recipe.system.edge,
                recipe=recipe.scattering,
                scratch=scratch,
            )
        except ScatteringError as error:
            problem = error
            continue
        found.append((cluster, np.round(radii, RADIUS_DIGITS)))
        logger.info("candidate %d: muffin tins %s Å", len(found), found[-1][1])
    if problem is not None and not found:
        raise problem
    return found


def _is_within(radii: np.ndarray, others: np.ndarray) -> bool:
    """Whether each of ``radii`` lies between the extremes of ``others``."""
    inside = (others.min(axis=0) <= radii) & (radii <= others.max(axis=0))
    return bool(inside.all())


def _medoid(measured: list[tuple[Cluster, np.ndarray]], kind: str) -> Reference:
    """Return the cluster with the most typical radii, named ``kind`` and a number."""
    number = medoid(np.array([radii for _, radii in measured]))
    return Reference(
        measured[number][0],
        f"{kind} {number + 1}, the most typical of {len(measured)} clusters",
    )


def medoid(rows: Float[np.ndarray, "row value"]) -> int:
    """Return the row with the smallest sum of absolute differences from all others."""
    differences = np.abs(rows[:, None] - rows[None, :]).sum(axis=(1, 2))
    return int(np.argmin(np.round(differences, RADIUS_DIGITS)))


def sample_clusters(recipe: Recipe, *, count: int, seed: int) -> tuple[Cluster, ...]:
    """Return ``count`` usable clusters, one per macrostate.

    They are made as for a training set; those that would be set aside are left out,
    so fewer than ``count`` may come back.
    """
    macrostates = sampling.draw_macrostates(recipe.system, count=count, seed=seed)
    samples = (
        sample_of(macrostate, recipe, number=number, seed=seed)
        for number, macrostate in enumerate(macrostates)
    )
    return tuple(
        item.cluster for item in samples if item.is_usable and item.cluster is not None
    )


def centre_cluster(recipe: Recipe) -> Cluster:
    """Return the cluster at the centre of all ranges, without disorder.

    Shells of a template are full, as far as their ranges go: the potentials of a full
    crystal suit the others, too, better than those of one with sites left empty.
    """
    system = recipe.system
    numbers = _central_numbers(system)
    fixed = replace(
        system,
        shells=tuple(
            replace(
                shell,
                distance=_fixed(shell.distance.centre),
                deviation=_fixed(1e-6),
                skewness=_fixed(0.0),
                coordination=_fixed(number),
            )
            for shell, number in zip(system.shells, numbers, strict=True)
        ),
        distance_scale=_fixed(system.distance_scale.centre),
        coordination_scale=_fixed(1.0),
        sigma_scale=_fixed(1.0),
        inverse_diameter=_fixed(0.0),
        angles=replace(
            system.angles, jitter=(0.0, 0.0), template_share=1.0, motion=None
        ),
    )
    rng = np.random.default_rng(recipe.sampling.seed)
    macrostate = sampling.draw_macrostates(fixed, count=1, seed=0)[0]
    microstate = sampling.draw_microstates(
        macrostate, count=1, rng=rng, template=template_of(fixed)
    )[0]
    try:
        return assembly.assemble(
            microstate, system=fixed, recipe=recipe.clusters, rng=rng
        )
    except StructureError as error:
        raise StructureError(
            f"No cluster can be made at the centre of all ranges: {error} Change "
            "the ranges, or clusters.closest_share.",
            reason=error.reason,
        ) from error


def _central_numbers(system: System) -> list[float]:
    """Return how many neighbours every shell of :func:`centre_cluster` has."""
    sites = sites_of(system)
    if sites is None:
        return [float(whole_number(shell)) for shell in system.shells]
    return [
        float(max(1, round(min(limit, shell.coordination.upper))))
        for shell, limit in zip(system.shells, sites, strict=True)
    ]


def _fixed(value: float) -> Range:
    return Range(value, value)


def reference_paths(recipe: Recipe, cluster: Cluster) -> dict[str, np.ndarray]:
    """Return single-scattering amplitude and phase per head, for conventional fits.

    They are those of the paths of ``cluster``, the reference, that come nearest to the
    centre of the heads' first shells, so that E0 is that of the spectra. One table per
    head label; :class:`onne_core.scattering.feff.ScatteringPath` says what is in it.
    """
    paths = feff.single_scattering_paths(
        cluster, edge=recipe.system.edge, recipe=recipe.scattering
    )
    tables = {}
    for shell, *_ in recipe.system.heads:
        length = (
            recipe.system.shells[shell].distance.centre
            * recipe.system.distance_scale.centre
        )
        alike = [p for p in paths if p.element == recipe.system.shells[shell].element]
        if not alike:
            continue
        path = min(alike, key=lambda p: abs(p.length - length))
        tables[recipe.system.label(shell)] = path.table
    return tables
