"""Pipeline, shared by all makers of training sets: size of shards, and pairs."""

import numpy as np

from onne_core.training_set.training_set import Pairs
from onne_core.values.radial import RadialGrid, distribution_of, moments_of_lengths

SECONDS_PER_CLUSTER = {"onne": 0.02, "feff": 0.8}
"""Time of one cluster per engine, from which the size of a shard follows, s."""

SHARD_SECONDS = 8.0


def pair_of(
    chi: np.ndarray,
    lengths: list[np.ndarray],
    radial: RadialGrid,
    count: int,
    *,
    weights: list[np.ndarray] | None = None,
) -> Pairs:
    """Return one (chi, g) pair from mean chi and the lengths (Å) of every head.

    ``count`` structures were averaged; ``weights`` are the numbers of neighbours with
    these lengths, one each by default.
    """
    weighted = list(zip(lengths, weights or [None] * len(lengths), strict=True))
    every = [moments_of_lengths(r, count=count, weights=w) for r, w in weighted]
    g = [distribution_of(r, radial, count=count, weights=w) for r, w in weighted]
    return Pairs(
        chi=chi[None, :],
        g=np.array([g]),
        moments=np.array(
            [[[m.coordination, m.distance, m.sigma2, m.c3] for m in every]]
        ),
    )
