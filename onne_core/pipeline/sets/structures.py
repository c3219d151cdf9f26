"""Pipeline: from given structures to a training set.

Each environment's chi is kept in the folder ``environments``, so that a killed run
resumes and a group of any size uses all workers; groups are averaged at the end.
"""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from ase.data import atomic_numbers

from onne_core.digest import digest, digest_of_file
from onne_core.errors import DefinitionError, ScatteringError
from onne_core.execution import Backend, Pool
from onne_core.formats.structures import Centres, read_environments
from onne_core.jobs import Stage
from onne_core.pipeline.phases.shards import SECONDS_PER_CLUSTER, SHARD_SECONDS
from onne_core.pipeline.sets.delivery import missing_shards
from onne_core.pipeline.sets.environments import (
    EnvironmentsShard,
    finished_environments_shard,
    make_environments_shard,
)
from onne_core.pipeline.sets.groups import (
    Arrangement,
    arranged,
    averages,
    elements_of,
    groups_of,
)
from onne_core.pipeline.sets.ownership import PORTIONS, Place, Portion, claimed
from onne_core.scattering import feff
from onne_core.scattering.scatter import Scattered
from onne_core.training_set import training_set
from onne_core.training_set.training_set import Head, Pairs, ShardReport
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import EDGES, Cluster
from onne_core.versions import versions

STRUCTURES_FILE = "structures.json"

GRID_START = 1.6
GRID_STEP = 0.02
"""Start and width of the bins of g(r), Å, where none are asked for."""

ITEMS_PER_SHARD = 256
"""Averaged groups in one shard; they are made in no time."""


def fine_scattering(*, core_hole: bool) -> ScatteringRecipe:
    """Return parameters of the scattering whose filters need no correction."""
    return ScatteringRecipe(plane_wave=0.2, curved_wave=0.0, core_hole=core_hole)


@dataclass(frozen=True)
class StructuresRequest:
    """Request to generate pairs from a trajectory.

    Parameters
    ----------
    trajectory
        Structure file in any format ASE reads.
    absorber, edge
        Chemical symbol, and one of K, L1, L2, L3.
    cutoff
        Neighbours up to this distance scatter and count, Å.
    group
        Number of environments that are averaged into one pair of chi and g(r);
        ``None`` averages all of them.
    by
        Which environments make a group: consecutive ones of the file (``order``), or
        those whose first shells have nearly the same mean distance (``centre``).
    centres
        Which absorber atoms: ``every`` one, the ``first`` of each frame, or ``auto``
        (every one of periodic frames, the first of others).
    scattering
        Parameters of the scattering. Every environment has phases of its own from
        FEFF8L; thresholds are fine ones, for nothing else removes the filter's error.
    radial
        Grid of g(r), not beyond the cutoff; ``None``: steps of 0.02 Å from 1.6 Å up
        to it.
    """

    trajectory: Path
    absorber: str
    edge: str
    cutoff: float = 6.0
    group: int | None = None
    by: Arrangement = "order"
    centres: Centres = "auto"
    scattering: ScatteringRecipe = field(
        default_factory=lambda: fine_scattering(core_hole=True)
    )
    radial: RadialGrid | None = None

    def __post_init__(self) -> None:
        if atomic_numbers.get(self.absorber, 0) < 1:
            raise DefinitionError(
                f"absorber: {self.absorber!r} is not a chemical symbol; write it "
                "like Ni."
            )
        if self.edge not in EDGES:
            raise DefinitionError(
                f"edge: {self.edge!r}; use one of {', '.join(EDGES)}."
            )
        if self.centres not in get_args(Centres):
            raise DefinitionError(
                f"centres: {self.centres!r}; use one of {', '.join(get_args(Centres))}."
            )
        if self.by not in get_args(Arrangement):
            raise DefinitionError(
                f"by: {self.by!r}; use one of {', '.join(get_args(Arrangement))}."
            )
        if self.group is not None and self.group < 1:
            raise DefinitionError(f"group: {self.group}; give at least 1.")
        if not GRID_START + GRID_STEP < self.cutoff <= 12.0:
            raise DefinitionError(
                f"cutoff: {self.cutoff:g} Å; give more than "
                f"{GRID_START + GRID_STEP:g} Å and at most 12 Å."
            )
        if self.grid.upper > self.cutoff + 1e-9:
            raise DefinitionError(
                f"radial: g(r) up to {self.grid.upper:g} Å needs neighbours up to "
                f"that distance; the cutoff is {self.cutoff:g} Å."
            )

    @property
    def grid(self) -> RadialGrid:
        """The grid of g(r)."""
        if self.radial is not None:
            return self.radial
        bins = int((self.cutoff - GRID_START) / GRID_STEP + 1e-6)
        return RadialGrid(
            GRID_START, round(GRID_START + bins * GRID_STEP, 6), GRID_STEP
        )


def generate_from_structures(
    request: StructuresRequest,
    folder: Path,
    *,
    workers: int = 2,
    backend: Backend | None = None,
    portion: Portion | None = None,
) -> Stage[Path]:
    """Make pairs of mean chi(k) and partial g(r) from given structures.

    The environments of ``request.trajectory`` scatter once each; every group of
    ``request.group`` of them gives one pair, a last incomplete group if it has at
    least half of them. There is one head per pair of elements. Finished parts
    are kept; a killed run resumes with the same result. It runs in
    ``backend``, by default in ``workers`` processes on this computer. Of a ``portion``
    only the spectra are made; a run without one then makes the pairs.

    Raises
    ------
    FormatError
        If the structure file cannot be used.
    DefinitionError
        If it holds less than half a group.
    StorageError
        If ``folder`` holds another training set.
    ScatteringError
        If most environments of every group are rejected.
    """
    backend = backend or Pool(workers)
    backend.check()
    environments = read_environments(
        request.trajectory,
        absorber=request.absorber,
        cutoff=request.cutoff,
        centres=request.centres,
    )
    groups = groups_of(len(environments), request.group)
    environments = arranged(environments, request.by)[: groups[-1].stop]
    settings = _settings(request)
    key = digest(training_set.SCHEMA, settings, versions())
    record = {"file": request.trajectory.name, **settings}
    claim = claimed(
        folder, request=key, record=record, name=STRUCTURES_FILE, portion=portion
    )
    with claim as place:
        scattered = yield from missing_shards(
            make_environments_shard,
            _shards(environments, request, place, key),
            finished=finished_environments_shard,
            backend=backend,
            portion=portion,
        )
        if portion is None:
            _write_set(folder, environments, groups, scattered, request, record, key)
            (folder / PORTIONS).unlink(missing_ok=True)
    return folder


def heads_of_elements(absorber: str, elements: tuple[str, ...]) -> tuple[Head, ...]:
    """Return one head per element; its label is the name of the pair."""
    names = [f"{absorber}-{element}" for element in elements]
    return tuple(Head(name, name) for name in names)


def _settings(request: StructuresRequest) -> dict[str, Any]:
    """Return what decides the result, as JSON types; the file by its content."""
    settings = asdict(replace(request, radial=request.grid))
    del settings["trajectory"]
    # Given structures have potentials of their own and scatter once each.
    for name in list(settings["scattering"]):
        if name.startswith(("reference", "contacts", "fine_")):
            del settings["scattering"][name]
    if request.scattering.core_hole:
        del settings["scattering"]["core_hole"]  # as in sets from before the choice
    return {"sha256": digest_of_file(request.trajectory), **settings}


def _shards(
    environments: tuple[Cluster, ...],
    request: StructuresRequest,
    place: Place,
    key: str,
) -> list[EnvironmentsShard]:
    size = max(1, round(SHARD_SECONDS / SECONDS_PER_CLUSTER["feff"]))
    return [
        EnvironmentsShard(
            clusters=environments[first : first + size],
            edge=request.edge,
            recipe=request.scattering,
            index=index,
            place=place,
            request=key,
        )
        for index, first in enumerate(range(0, len(environments), size))
    ]


def _write_set(
    folder: Path,
    environments: tuple[Cluster, ...],
    groups: tuple[range, ...],
    scattered: list[Scattered],
    request: StructuresRequest,
    record: dict[str, Any],
    key: str,
) -> None:
    """Average the groups and write them as shards, then the manifest."""
    chi = np.concatenate([part.chi for part in scattered])
    rejected = sum((Counter(part.rejected) for part in scattered), Counter())
    pairs = averages(environments, chi, groups=groups, radial=request.grid)
    if not pairs:
        raise ScatteringError(
            f"{folder}: most environments of every group are rejected "
            f"({dict(rejected)}); check the structures.",
            reason="no usable group",
        )
    left_out = len(groups) - len(pairs)
    if left_out:
        rejected["group left out: most of its environments were"] = left_out
    training_set.write_manifest(
        folder,
        k=k_grid(request.scattering.k_max),
        radial=request.grid,
        heads=heads_of_elements(request.absorber, elements_of(environments)),
        digest=key,
        description={
            "kind": "structures",
            **record,
            "environments": len(environments),
            **versions(),
        },
        reports=_write_shards(folder, pairs, rejected=rejected, request=key),
        paths=_paths(environments, chi, request),
    )


def _write_shards(
    folder: Path, pairs: list[Pairs], *, rejected: Counter[str], request: str
) -> list[ShardReport]:
    """Write the averaged pairs; the first shard carries what was rejected."""
    return [
        training_set.write_shard(
            folder,
            index,
            training_set.concatenated(pairs[first : first + ITEMS_PER_SHARD]),
            rejected=rejected if index == 0 else Counter(),
            request=request,
        )
        for index, first in enumerate(range(0, len(pairs), ITEMS_PER_SHARD))
    ]


def _paths(
    environments: tuple[Cluster, ...], chi: np.ndarray, request: StructuresRequest
) -> dict[str, np.ndarray]:
    """Return the shortest single-scattering path per head, of the first usable one."""
    first = environments[int(np.argmax(np.isfinite(chi[:, 0])))]
    paths = feff.single_scattering_paths(
        first, edge=request.edge, recipe=request.scattering
    )
    longest_first = sorted(paths, key=lambda path: -path.length)
    return {f"{request.absorber}-{p.element}": p.table for p in longest_first}
