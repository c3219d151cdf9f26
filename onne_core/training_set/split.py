"""Division of a training set's macrostates into parts."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True, eq=False)
class Split:
    """Indices of the macrostates for training, validation, calibration and test."""

    training: Int[np.ndarray, " training"]
    validation: Int[np.ndarray, " validation"]
    calibration: Int[np.ndarray, " calibration"]
    test: Int[np.ndarray, " test"]


def split_of(count: int, *, held_out: float, seed: int) -> Split:
    """Split ``count`` macrostates at random; three equal parts share ``held_out``.

    Every part gets at least one: ``count`` must be 4 or more.
    """
    order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(count)
    part = min(max(1, round(count * held_out / 3.0)), (count - 1) // 3)
    validation, calibration, test, training = np.split(order, part * np.arange(1, 4))
    return Split(np.sort(training), validation, calibration, test)


def joined(splits: Sequence[Split]) -> Split:
    """Return the split of several concatenated sets, each split as before.

    Held-out macrostates stay held out when networks are trained further on more sets.
    """
    parts = [part.name for part in fields(Split)]
    counts = [sum(getattr(split, part).size for part in parts) for split in splits]
    first = np.cumsum([0, *counts[:-1]])

    def all_of(part: str) -> np.ndarray:
        return np.concatenate(
            [
                getattr(one, part) + before
                for one, before in zip(splits, first, strict=True)
            ]
        )

    return Split(*(all_of(part) for part in parts))
