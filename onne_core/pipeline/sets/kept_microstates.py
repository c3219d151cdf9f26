"""Pipeline: storage of single microstates in the shards, if the recipe asks for it."""

from collections.abc import Sequence

import numpy as np

from onne_core.pipeline.sets.averages import Averaged

PREFIX = "microstate_"
"""Names of the arrays in a shard begin with it."""


def arrays_of(items: Sequence[Averaged], *, points: int) -> dict[str, np.ndarray]:
    """Return the microstates of all ``items`` as arrays for a shard.

    ``points`` is the number of points of a spectrum. Per microstate there are the row
    ``item`` of the shard that has the average; ``chi``, the spectrum at the thresholds
    of the recipe; ``fine``, that at the fine ones, NaN where it was not computed;
    ``neighbours``, how many atoms there are. The atoms of all microstates, one after
    the other, have the pair lengths ``lengths`` (Å) and belong to the shells
    ``shells``, which count from 0 in the order of the system; ``weights`` say for how
    many neighbours each stands.
    """
    members = [(n, member) for n, item in enumerate(items) for member in item.members]
    chi = np.full((2, len(members), points), np.nan, np.float32)
    for row, (_, member) in enumerate(members):
        chi[0, row] = member.chi
        if member.fine is not None:
            chi[1, row] = member.fine
    states = [member.microstate for _, member in members]
    kept = {
        "item": np.array([n for n, _ in members], int),
        "chi": chi[0],
        "fine": chi[1],
        "neighbours": np.array([state.lengths.size for state in states], int),
        "lengths": np.concatenate([np.zeros(0), *(state.lengths for state in states)]),
        "shells": np.concatenate(
            [np.zeros(0, int), *(state.shells for state in states)]
        ),
        "weights": np.concatenate([np.zeros(0), *(state.weights for state in states)]),
    }
    return {PREFIX + name: array for name, array in kept.items()}
