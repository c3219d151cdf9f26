"""The networks as Keras models: what lies between the frozen input and the outputs.

The input of either is what :func:`onne_core.ensemble.inputs.input_matrix` makes of a
spectrum, followed by the levels.
"""

import random
from collections.abc import Callable
from typing import Any

from onne_core.ensemble.levels import LEVELS
from onne_core.recipe import TrainingRecipe

CHANNELS, KERNEL, BLOCKS, LAST_CHANNELS = 24, 5, 3, 8
"""The convolutional network: channels, points of a kernel, residual blocks, and the
channels that reach the dense layer."""

Initializers = Callable[[], Any]


def network_of(inputs: int, outputs: int, training: TrainingRecipe, *, seed: int):
    """Return the untrained network of ``training`` as a Keras model.

    ``inputs`` counts the components without the levels. Every layer starts from a seed
    of its own, so the same ``seed`` gives the same weights.
    """
    import tensorflow as tf

    # Without seeds of their own the weights would hang on Python's global generator.
    seeds = random.Random(seed)  # noqa: S311 - nothing secret

    def start() -> Any:
        return tf.keras.initializers.GlorotUniform(seeds.randint(1, 10**9))

    entry = tf.keras.layers.Input((inputs + len(LEVELS),))
    value = entry
    if training.network == "convolutional":
        value = _convolved(entry, inputs, start)
    for _ in range(training.layers):
        value = tf.keras.layers.Dense(
            training.width, activation="swish", kernel_initializer=start()
        )(value)
    value = tf.keras.layers.Dense(outputs, kernel_initializer="zeros")(value)
    return tf.keras.Model(entry, value)


def _convolved(entry, inputs: int, start: Initializers):
    """Return the levels beside residual convolutions over R.

    The features are real parts followed by imaginary ones: two channels.
    """
    import tensorflow as tf

    def convolution(value, channels: int, points: int, activation: str | None):
        return tf.keras.layers.Conv1D(
            channels,
            points,
            padding="same",
            activation=activation,
            kernel_initializer=start(),
        )(value)

    features, levels = entry[:, :inputs], entry[:, inputs:]
    value = tf.keras.layers.Reshape((2, inputs // 2))(features)
    value = tf.keras.layers.Permute((2, 1))(value)
    value = convolution(value, CHANNELS, KERNEL, "swish")
    for _ in range(BLOCKS):
        change = convolution(value, CHANNELS, KERNEL, "swish")
        value = value + convolution(change, CHANNELS, KERNEL, None)
    value = convolution(value, LAST_CHANNELS, 1, "swish")
    value = tf.keras.layers.Permute((2, 1))(value)
    value = tf.keras.layers.Flatten()(value)
    return tf.keras.layers.Concatenate()([value, levels])
