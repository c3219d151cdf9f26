"""How the macrostates of a training set are shared out."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True, eq=False)
class Split:
    """Macrostates to train on, to stop training by, to calibrate on, and to test."""

    training: Int[np.ndarray, " item"]
    validation: Int[np.ndarray, " item"]
    calibration: Int[np.ndarray, " item"]
    test: Int[np.ndarray, " item"]


def split_of(count: int, *, held_out: float, seed: int) -> Split:
    """Split ``count`` macrostates by chance; three equal parts share ``held_out``."""
    order = np.random.default_rng(np.random.SeedSequence(seed)).permutation(count)
    part = max(1, round(count * held_out / 3.0))
    return Split(
        training=np.sort(order[3 * part :]) if count > 3 * part else np.sort(order),
        validation=order[:part],
        calibration=order[part : 2 * part] if count > part else order[:part],
        test=order[2 * part : 3 * part] if count > 2 * part else order[:part],
    )
