"""Loss functions of TensorFlow tensors.

The likelihood recipe: cross-entropy of the heads' normalised shapes, squared error of
N, and the Gaussian likelihood of N, R and sigma. The plain one: squares of g(r).
"""

import numpy as np

from onne_core.ensemble.card import HeadCard
from onne_core.ensemble.outputs import (
    SMALLEST_STD,
    number_constants,
    output_sizes,
    scales,
)
from onne_core.networks.augment import TrainingData

NUMBER_WEIGHT = 2.0
"""Weight of the squared error of N (in units of its spread) in the loss."""

LIKELIHOOD_WEIGHT = 0.1


def loss_of(material: TrainingData):
    """Return the loss that the recipe of ``material`` names.

    It takes outputs, shapes and quantities of a batch and returns their mean loss.
    """
    if material.training.loss == "squares":
        return _squares(material)
    return _likelihood(material)


def _squares(material: TrainingData):
    """Return the mean square of the error of g(r), in units of its variance."""
    import tensorflow as tf

    spread = np.float32(np.std(material.shapes, axis=0).mean())

    def loss(outputs, shapes, quantities):
        return tf.reduce_mean(((outputs - shapes) / spread) ** 2)

    return loss


def _likelihood(material: TrainingData):
    """Return shape cross-entropy + N + Gaussian likelihood of N, R, sigma."""
    import tensorflow as tf

    sizes = output_sizes(material.heads)
    shape_loss = _shape_loss(material)
    number_loss = _number_loss(material.heads)
    likelihood_loss = _likelihood_loss(material.heads)

    def loss(outputs, shapes, quantities):
        number, mean, spread, logits = tf.split(outputs, sizes, axis=1)
        return tf.reduce_mean(
            shape_loss(logits, shapes)
            + NUMBER_WEIGHT * number_loss(number, quantities)
            + LIKELIHOOD_WEIGHT * likelihood_loss(mean, spread, quantities)
        )

    return loss


def _shape_loss(material: TrainingData):
    """Return the cross-entropy of the heads' shapes, weighted by their neighbours."""
    import tensorflow as tf

    bins = [head.bins for head in material.heads]
    neighbours = sum(head.centre[0] for head in material.heads)

    def loss_of(logits, shapes):
        loss = tf.zeros(tf.shape(logits)[:1])
        for part, wanted in zip(
            tf.split(logits, bins, axis=1), tf.split(shapes, bins, axis=1), strict=True
        ):
            share = material.radial.step * wanted / tf.cast(neighbours, tf.float32)
            loss -= tf.reduce_sum(share * tf.nn.log_softmax(part), axis=1)
        return loss

    return loss_of


def _number_loss(heads: tuple[HeadCard, ...]):
    """Return the squared error of N in units of its spread, where it was varied."""
    import tensorflow as tf

    slope, offset, bias = (tf.constant(part) for part in number_constants(heads))
    scale, varied = (tf.constant(part[:, 0]) for part in scales(heads))

    def loss_of(number, quantities):
        answer = slope * tf.nn.softplus(number + bias) + offset
        error = (answer - quantities[:, :, 0]) / scale
        return tf.reduce_mean(varied * error**2, axis=1)

    return loss_of


def _likelihood_loss(heads: tuple[HeadCard, ...]):
    """Return the negative log-likelihood of N, R and sigma where they are known."""
    import tensorflow as tf

    centre = tf.constant([head.centre for head in heads], tf.float32)
    scale, varied = (tf.constant(part) for part in scales(heads))

    def loss_of(mean, spread, quantities):
        known = tf.cast(tf.math.is_finite(quantities), tf.float32) * varied
        target = tf.where(known > 0.0, (quantities - centre) / scale, 0.0)
        std = tf.nn.softplus(spread) + SMALLEST_STD
        flat = tf.reshape(target, tf.shape(mean))
        loss = 0.5 * ((flat - mean) / std) ** 2 + tf.math.log(std)
        return tf.reduce_mean(loss * tf.reshape(known, tf.shape(mean)), axis=1)

    return loss_of
