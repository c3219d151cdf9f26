"""How the macrostates of a training set are shared out."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True, eq=False)
class Split:
    """Macrostates to train on, to stop training by, to calibrate on, and to test."""

    training: Int[np.ndarray, " training"]
    validation: Int[np.ndarray, " validation"]
    calibration: Int[np.ndarray, " calibration"]
    test: Int[np.ndarray, " test"]


def split_of(count: int, *, held_out: float, seed: int) -> Split:
    """Split ``count`` macrostates by chance; three equal parts share ``held_out``.

    Every part gets at least one: ``count`` must be 4 or more.
    """
    order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(count)
    part = min(max(1, round(count * held_out / 3.0)), (count - 1) // 3)
    validation, calibration, test, training = np.split(order, part * np.arange(1, 4))
    return Split(np.sort(training), validation, calibration, test)
