"""The trainable networks as Keras models, between frozen input and outputs.

The input is what :func:`onne_core.networks.inputs.input_matrix` makes of a spectrum,
followed by the levels.
"""

import random

from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.values.recipe import TrainingRecipe


def network_of(inputs: int, outputs: int, training: TrainingRecipe, *, seed: int):
    """Return the untrained network of ``training`` as a Keras model.

    ``inputs`` counts the components without the levels. Every layer starts from a seed
    of its own, so the same ``seed`` gives the same weights.
    """
    import tensorflow as tf

    # Without seeds of their own the weights would hang on Python's global generator.
    seeds = random.Random(seed)  # noqa: S311 - nothing secret
    entry = value = tf.keras.layers.Input((inputs + len(LEVELS),))
    for _ in range(training.layers):
        start = tf.keras.initializers.GlorotUniform(seeds.randint(1, 10**9))
        value = tf.keras.layers.Dense(
            training.width, activation="swish", kernel_initializer=start
        )(value)
    value = tf.keras.layers.Dense(outputs, kernel_initializer="zeros")(value)
    return tf.keras.Model(entry, value)
