"""Output layer of a network: sizes, scales and constants."""

import numpy as np

from onne_core.ensemble.card import QUANTITIES, HeadCard
from onne_core.values.recipe import TrainingRecipe

SMALLEST_STD = 0.01
"""Floor of the likelihood's standard deviation, in units of the training spread."""


def output_sizes(heads: tuple[HeadCard, ...]) -> tuple[int, int, int, int]:
    """Return the sizes of the output layer's parts: N, mean, σ, shape logits."""
    count = len(heads)
    quantities = len(QUANTITIES)
    return count, count * quantities, count * quantities, sum(h.bins for h in heads)


def output_width(heads: tuple[HeadCard, ...], training: TrainingRecipe) -> int:
    """Return the size of the output layer: the parts above, or g(r) alone."""
    if training.loss == "squares":
        return sum(head.bins for head in heads)
    return sum(output_sizes(heads))


def scales(heads: tuple[HeadCard, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the scale (1 where there is none) and whether it varied (head, 3)."""
    scale = np.array([head.scale for head in heads], np.float32)
    varied = (scale > 0.0).astype(np.float32)
    return np.where(scale > 0.0, scale, np.float32(1.0)), varied


def number_constants(
    heads: tuple[HeadCard, ...],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return slope, offset and bias so that N = slope softplus(x + bias) + offset.

    At x = 0 it is the mean of the training set; where N was never varied it is that
    constant.
    """
    centre = np.array([head.centre[0] for head in heads], np.float32)
    scale = np.array([head.scale[0] for head in heads], np.float32)
    varied = scale > 0.0
    ratio = np.clip(centre / np.where(varied, scale, 1.0), 1e-3, 80.0)
    bias = np.log(np.expm1(ratio)).astype(np.float32)
    return scale, np.where(varied, 0.0, centre).astype(np.float32), bias
