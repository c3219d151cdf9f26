"""One trained member of an ensemble: weights and training history."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

Arrays = Mapping[str, np.ndarray]
Layers = tuple[tuple[np.ndarray, np.ndarray], ...]

Point = tuple[float, float, float]
"""Step, training loss and validation loss."""


@dataclass(frozen=True, eq=False)
class Member:
    """Weights of one trained network, layer by layer, and its loss curve.

    ``layers`` are (weight, bias), the last one the outputs. ``appended`` are the
    layers of a fine-tuned network that correct its outputs, see
    networks/train/tune.py. ``watched``
    are the arrays of :class:`Watch` of networks/train/watching.py.
    """

    layers: Layers = field(repr=False)
    losses: tuple[Point, ...]
    appended: Layers = field(default=(), repr=False)
    watched: Arrays = field(default_factory=dict, repr=False)
