"""Noise-aware whitening: principal components above the noise."""

import numpy as np
from jaxtyping import Float

from onne_core.networks.augment import TrainingData, draw

EXAMPLES = 6000
MOST_COMPONENTS = 60
GOOD_NOISE = 0.05
"""Noise of a good measurement, as a share of the largest in training."""


def whitening_of(
    material: TrainingData, index: np.ndarray, *, rng: np.random.Generator
) -> Float[np.ndarray, "feature component"]:
    """Return the matrix from features to whitened components.

    Components are eigenvectors of the second moments of augmented, mixed examples;
    those whose eigenvalue exceeds the variance that white noise of a good measurement
    has along them are kept, each scaled to unit second moment. No mean is subtracted:
    the map stays linear, and an amplitude stays an amplitude.
    """
    features = draw(material, index, count=EXAMPLES, rng=rng).features.astype(float)
    values, vectors = np.linalg.eigh(features.T @ features / len(features))
    values, vectors = values[::-1], vectors[:, ::-1]
    level = GOOD_NOISE * material.training.noise
    noise = level**2 * np.sum((material.kernel @ vectors) ** 2, axis=0)
    wanted = (values > np.maximum(noise, 1e-9 * values[0])).nonzero()[0]
    kept = wanted[:MOST_COMPONENTS]
    return _signed(vectors[:, kept], material) / np.sqrt(values[kept])


def _signed(
    vectors: Float[np.ndarray, "feature component"], material: TrainingData
) -> Float[np.ndarray, "feature component"]:
    """Return the vectors with a sign that does not depend on the computer.

    Their largest response to chi(k) is positive.
    """
    response = material.kernel @ vectors
    largest = np.argmax(np.abs(response), axis=0)
    return vectors * np.sign(response[largest, np.arange(vectors.shape[1])])
