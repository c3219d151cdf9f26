"""Pipeline: one shard of given structures, each environment with its own phases."""

from dataclasses import dataclass, field
from pathlib import Path

from onne_core.pipeline.sets.delivery import Made
from onne_core.pipeline.sets.ownership import Place
from onne_core.scattering.scatter import (
    Scattered,
    encode_scattered,
    read_scattered,
    scatter_all,
)
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.structure import Cluster

ENVIRONMENTS = "environments"


@dataclass(frozen=True)
class EnvironmentsShard:
    """The environments ``clusters`` of a trajectory, as its shard ``index``.

    ``request`` is the digest of everything that decides the spectra.
    """

    clusters: tuple[Cluster, ...] = field(repr=False)
    edge: str
    recipe: ScatteringRecipe
    index: int
    place: Place
    request: str

    @property
    def count(self) -> int:
        """The number of environments."""
        return len(self.clusters)

    @property
    def target(self) -> Path:
        """The file of the spectra."""
        return self.place.folder / ENVIRONMENTS / f"part-{self.index:05d}.npz"


def make_environments_shard(task: EnvironmentsShard) -> Made[Scattered]:
    """Scatter the environments of one shard. Idempotent."""
    scattered = scatter_all(
        task.clusters,
        edge=task.edge,
        recipe=task.recipe,
        scratch=task.place.scratch(),
    )
    return Made(scattered, encode_scattered(scattered, request=task.request))


def finished_environments_shard(task: EnvironmentsShard) -> Scattered | None:
    """Return the spectra of ``task`` if its file exists, is whole and is its own."""
    return read_scattered(task.target, request=task.request, count=task.count)
