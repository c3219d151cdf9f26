"""Pipeline: storage of single microstates in the shards, if the recipe asks for it."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from onne_core.errors import StorageError
from onne_core.pipeline.sets.averages import Averaged
from onne_core.training_set import training_set

PREFIX = "microstate_"
"""Names of the arrays in a shard begin with it."""


@dataclass(frozen=True, eq=False)
class KeptMicrostates:
    """The single microstates of one shard.

    ``item`` is the row of the shard that has the average; ``chi`` the spectrum at the
    thresholds of the recipe; ``fine`` that at the fine ones, NaN where it was not
    computed; ``neighbours`` how many atoms there are. The atoms of all microstates, one
    after the other, have the pair lengths ``lengths`` (Å) and belong to the shells
    ``shells``, which count from 0 in the order of the system; ``weights`` say for how
    many neighbours each stands.
    """

    item: Int[np.ndarray, " microstate"] = field(repr=False)
    chi: Float[np.ndarray, "microstate k"] = field(repr=False)
    fine: Float[np.ndarray, "microstate k"] = field(repr=False)
    neighbours: Int[np.ndarray, " microstate"] = field(repr=False)
    lengths: Float[np.ndarray, " atom"] = field(repr=False)
    shells: Int[np.ndarray, " atom"] = field(repr=False)
    weights: Float[np.ndarray, " atom"] = field(repr=False)


def arrays_of(items: Sequence[Averaged], *, points: int) -> dict[str, np.ndarray]:
    """Return the microstates of all ``items`` as arrays for a shard.

    ``points`` is the number of points of a spectrum.
    """
    members = [(n, member) for n, item in enumerate(items) for member in item.members]
    chi = np.full((2, len(members), points), np.nan, np.float32)
    for row, (_, member) in enumerate(members):
        chi[0, row] = member.chi
        if member.fine is not None:
            chi[1, row] = member.fine
    states = [member.microstate for _, member in members]
    kept = KeptMicrostates(
        item=np.array([n for n, _ in members], int),
        chi=chi[0],
        fine=chi[1],
        neighbours=np.array([state.lengths.size for state in states], int),
        lengths=np.concatenate([np.zeros(0), *(state.lengths for state in states)]),
        shells=np.concatenate([np.zeros(0, int), *(state.shells for state in states)]),
        weights=np.concatenate([np.zeros(0), *(state.weights for state in states)]),
    )
    return {PREFIX + part.name: getattr(kept, part.name) for part in fields(kept)}


def kept_microstates(folder: Path) -> Iterator[KeptMicrostates]:
    """Yield the single microstates of a training set, shard by shard.

    Raises
    ------
    StorageError
        If there is no training set, a shard is missing or changed, or the recipe did
        not ask to keep its microstates.
    """
    for entry in training_set.read_manifest(folder)["shards"]:
        path = folder / Path(entry["file"]).name
        yield _from_shard(training_set.checked_bytes(path, entry["sha256"]), path)


def _from_shard(content: bytes, path: Path) -> KeptMicrostates:
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        if PREFIX + "chi" not in archive.files:
            raise StorageError(
                f"{path.parent}: contains no single microstates; set "
                "sampling.keep_microstates in the recipe and generate again."
            )
        names = [part.name for part in fields(KeptMicrostates)]
        return KeptMicrostates(**{name: archive[PREFIX + name] for name in names})
