"""Sample clusters and statistics over them; imports no Qt."""

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from onne_core.clusters.geometry import angles_at_absorber
from onne_core.digest import digest
from onne_core.jobs import Stage
from onne_core.values.radial import RadialGrid, distribution_of
from onne_core.values.recipe import Recipe
from onne_core.values.sample import Sample
from onne_core.values.structure import System

FEWEST, USUAL, MOST = 1, 200, 1000
"""Clusters that can be drawn at once."""

BIN = 0.05
"""Width of the bins of pair lengths, Å."""

MARGIN = 0.3
FINENESS = 5
"""Points of the curves in one bin."""

ANGLE_EDGES = np.linspace(0.0, 180.0, 46)
"""Edges of the bins of angles, degrees."""


@dataclass(frozen=True)
class SampleRequest:
    """Number of clusters of ``recipe`` to generate, and the seed."""

    recipe: Recipe = field(repr=False)
    count: int = USUAL
    seed: int = 0

    @cached_property
    def digest(self) -> str:
        """Digest of all inputs of the clusters."""
        return digest(self.recipe, self.count, self.seed)


@dataclass(frozen=True, eq=False)
class Samples:
    """Clusters of a request, and statistics over the usable ones.

    ``edges`` (Å) and ``counted`` (Å^-1 per pair) are the histogram of pair lengths,
    ``r`` (Å) and ``expected`` (Å^-1 per pair) the mean of the CRVs they were drawn
    from; ``angles`` the numbers in the bins of ANGLE_EDGES, per shell.
    """

    request: SampleRequest = field(repr=False)
    samples: tuple[Sample, ...] = field(repr=False)
    edges: np.ndarray = field(repr=False)
    counted: dict[str, np.ndarray] = field(repr=False)
    r: np.ndarray = field(repr=False)
    expected: dict[str, np.ndarray] = field(repr=False)
    angles: dict[str, np.ndarray] = field(repr=False)
    seconds: float = 0.0

    @cached_property
    def closest(self) -> np.ndarray:
        """Smallest distance of every sample, Å; NaN without a cluster."""
        return np.array([item.closest for item in self.samples])

    @cached_property
    def usable(self) -> tuple[int, ...]:
        """Indices of the samples that a training set would accept."""
        return tuple(i for i, item in enumerate(self.samples) if item.is_usable)

    @cached_property
    def aside(self) -> tuple[int, ...]:
        """Indices of the rejected samples."""
        return tuple(i for i, item in enumerate(self.samples) if not item.is_usable)

    @cached_property
    def reasons(self) -> dict[str, int]:
        """Number of rejected samples by reason, the most frequent first."""
        counts = Counter(self.samples[i].reason for i in self.aside)
        return dict(counts.most_common())


def draw(request: SampleRequest) -> Stage[Samples]:
    """Assemble the clusters of ``request`` and calculate their statistics."""
    from onne_core.pipeline.phases.samples import draw_samples

    start = time.perf_counter()
    samples = yield from draw_samples(
        request.recipe, count=request.count, seed=request.seed
    )
    return counted(request, samples, seconds=time.perf_counter() - start)


def counted(
    request: SampleRequest, samples: tuple[Sample, ...], *, seconds: float = 0.0
) -> Samples:
    """Return ``samples`` with their statistics."""
    grid = _grid(samples)
    system = request.recipe.system
    r = np.linspace(grid.lower, grid.upper, FINENESS * grid.bins + 1)
    return Samples(
        request=request,
        samples=samples,
        edges=grid.edges,
        counted=_histogram(samples, system, grid),
        r=r,
        expected=_expected(samples, system, r),
        angles=_angles(samples, system),
        seconds=seconds,
    )


def shell_groups(system: System) -> dict[str, tuple[int, ...]]:
    """Return the shells under each name: those that share a head are one."""
    groups: dict[str, tuple[int, ...]] = {}
    for i in range(len(system.shells)):
        name = system.label(i)
        groups[name] = (*groups.get(name, ()), i)
    return groups


def _grid(samples: tuple[Sample, ...]) -> RadialGrid:
    """Return whole bins over all pair lengths, and a little more."""
    lengths = [item.cluster.lengths for item in samples if item.cluster is not None]
    everything = np.concatenate([*lengths, []])
    if not everything.size:
        everything = np.array([2.0, 3.0])
    lower = max(0.0, np.floor((everything.min() - MARGIN) / BIN) * BIN)
    upper = np.ceil((everything.max() + MARGIN) / BIN) * BIN
    return RadialGrid(float(lower), float(upper), BIN)


def _histogram(
    samples: tuple[Sample, ...], system: System, grid: RadialGrid
) -> dict[str, np.ndarray]:
    """Return the mean g(r) (Å^-1) of the usable clusters, per pair."""
    found = [item.cluster for item in samples if item.is_usable and item.cluster]
    result = {}
    for element in dict.fromkeys(shell.element for shell in system.shells):
        lengths, weights = [np.zeros(0)], [np.zeros(0)]
        for cluster in found:
            mine = np.array(cluster.elements) == element
            lengths.append(cluster.lengths[mine])
            every = cluster.occupancies
            weights.append(np.ones(mine.sum()) if every is None else every[mine])
        result[f"{system.absorber}-{element}"] = distribution_of(
            np.concatenate(lengths),
            grid,
            count=max(1, len(found)),
            weights=np.concatenate(weights),
        )
    return result


def _expected(
    samples: tuple[Sample, ...], system: System, r: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the mean g(r) (Å^-1) of all macrostates drawn, per pair."""
    result: dict[str, np.ndarray] = {}
    for sample in samples:
        for shell in sample.macrostate.shells:
            pair = f"{system.absorber}-{shell.element}"
            part = shell.coordination * shell.variable.density(r) / len(samples)
            result[pair] = result.get(pair, 0.0) + part
    return result


def _angles(samples: tuple[Sample, ...], system: System) -> dict[str, np.ndarray]:
    """Return the histogram of angles at the absorber, per shell."""
    result = {}
    for name, group in shell_groups(system).items():
        numbers = np.zeros(ANGLE_EDGES.size - 1)
        for item in samples:
            if item.is_usable and item.cluster is not None:
                atoms = np.flatnonzero(np.isin(item.cluster.shells, group))
                found = angles_at_absorber(item.cluster, atoms)
                numbers += np.histogram(found, ANGLE_EDGES)[0]
        if numbers.any():
            result[name] = numbers
    return result
