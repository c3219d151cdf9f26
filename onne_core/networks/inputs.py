"""The frozen input layer of the networks."""

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import input_grid
from onne_core.networks.augment import TrainingData


def input_matrix(
    material: TrainingData, whitening: Float[np.ndarray, "feature component"]
) -> Float[np.ndarray, "feature seen"]:
    """Return the matrix from features to the input of the networks of ``material``.

    Every component has a root mean square near 1 over the training spectra.
    """
    kind = material.training.inputs
    if kind == "whitened":
        return whitening
    middle = material.coefficients[len(material.offsets) // 2]
    parts = np.concatenate([middle.real, middle.imag], axis=1) @ material.measurable
    if kind == "features":
        return np.diag(1.0 / _size(parts))
    k = input_grid(material.training)
    weighted = material.to_chi * k**material.training.k_weight
    # One number for all: a scale of its own per point would be a k-weight of its own.
    return weighted / np.sqrt(np.mean((parts @ weighted) ** 2))


def _size(parts: Float[np.ndarray, "item feature"]) -> Float[np.ndarray, " feature"]:
    """Return the root mean square of every feature, none of them near zero."""
    size = np.sqrt(np.mean(parts**2, axis=0))
    return np.maximum(size, 1e-3 * size.max())
