"""Training of one member: the only module that imports TensorFlow.

Network: frozen whitening -> dense layers (swish) -> per head a number of neighbours
(softplus), a normalised shape (softmax over the head's bins), and mean and standard
deviation of N, R and the shell's standard deviation (Gaussian likelihood).
"""

import random
from collections.abc import Generator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.augment import Examples, Material, draw
from onne_core.ensemble.card import QUANTITIES, HeadCard
from onne_core.errors import DefinitionError
from onne_core.jobs import Progress
from onne_core.recipe import TrainingRecipe

CHUNK = 50
"""Steps for which examples are drawn at once."""

VALIDATION_EXAMPLES = 1024
NUMBER_WEIGHT = 2.0
"""Weight of the squared error of N (in units of its spread) in the loss."""

LIKELIHOOD_WEIGHT = 0.1
SMALLEST_STD = 0.02
"""Floor of the likelihood's standard deviation, in units of the training spread."""

WARM_UP = 200
"""Steps over which the learning rate rises."""


@dataclass(frozen=True, eq=False)
class Member:
    """Weights of one trained network, layer by layer, and its loss curve.

    ``layers`` are (weight, bias) of the dense layers, the last one the outputs;
    ``losses`` are (step, training loss, validation loss).
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...] = field(repr=False)
    losses: tuple[tuple[float, float, float], ...]


def output_sizes(heads: tuple[HeadCard, ...]) -> tuple[int, int, int, int]:
    """Return the widths of the output layer's parts: N, mean, spread, shape logits."""
    count = len(heads)
    quantities = len(QUANTITIES)
    return count, count * quantities, count * quantities, sum(h.bins for h in heads)


def train_member(
    material: Material,
    whitening: Float[np.ndarray, "feature component"],
    *,
    index: np.ndarray,
    validation: np.ndarray,
    seed: int,
) -> Generator[Progress, None, Member]:
    """Train one network on a bootstrap sample of the macrostates at ``index``.

    Examples and initial weights are drawn from ``seed`` alone, and TensorFlow's
    operators are set to be deterministic, so the same seed gives the same weights on
    one machine. The weights of the lowest validation loss are kept.

    Raises
    ------
    DefinitionError
        If the loss is not finite any more.
    """
    import tensorflow as tf

    training = material.training
    rng = np.random.default_rng(
        np.random.SeedSequence(training.seed, spawn_key=(seed,))
    )
    tf.config.experimental.enable_op_determinism()
    network = _network(
        whitening.shape[1],
        sum(output_sizes(material.heads)),
        training,
        seed=int(rng.integers(2**31)),
    )
    bootstrap = rng.choice(index, size=index.size, replace=True)
    run_chunk, evaluate = _steps(network, material, training)
    held_out = _tensors(
        draw(material, validation, count=VALIDATION_EXAMPLES, rng=rng), whitening
    )
    best, best_loss = network.get_weights(), np.inf
    losses = []
    for done in range(0, training.steps, CHUNK):
        steps = min(CHUNK, training.steps - done)
        examples = draw(material, bootstrap, count=steps * training.batch, rng=rng)
        loss = float(run_chunk(*_tensors(examples, whitening)))
        held_out_loss = float(evaluate(*held_out))
        if not np.isfinite(held_out_loss):
            raise DefinitionError(
                f"training.learning_rate: {training.learning_rate:g} lets member "
                f"{seed + 1} diverge at step {done + steps}; lower it."
            )
        losses.append((float(done + steps), loss, held_out_loss))
        if held_out_loss < best_loss:
            best, best_loss = network.get_weights(), held_out_loss
        yield Progress(done + steps, training.steps, f"member {seed + 1}")
    layers = tuple(zip(best[0::2], best[1::2], strict=True))
    return Member(layers, tuple(losses))


def _network(inputs: int, outputs: int, training: TrainingRecipe, *, seed: int):  # noqa: ANN202
    """Return the dense stack after the whitening, as a Keras model."""
    import tensorflow as tf

    # Without seeds of their own the weights would hang on Python's global generator.
    seeds = random.Random(seed)  # noqa: S311 - nothing secret
    layers = [tf.keras.layers.Input((inputs,))]
    for _ in range(training.layers):
        start = tf.keras.initializers.GlorotUniform(seeds.randint(1, 10**9))
        layers.append(
            tf.keras.layers.Dense(
                training.width, activation="swish", kernel_initializer=start
            )
        )
    layers.append(tf.keras.layers.Dense(outputs, kernel_initializer="zeros"))
    return tf.keras.Sequential(layers)


def _tensors(
    examples: Examples, whitening: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        (examples.features @ whitening).astype(np.float32),
        examples.shapes,
        examples.quantities,
    )


def _steps(network, material: Material, training: TrainingRecipe):  # noqa: ANN001, ANN202
    """Return compiled functions: train on a chunk of batches, and evaluate."""
    import tensorflow as tf

    schedule = tf.keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, training.steps - WARM_UP),
        warmup_target=training.learning_rate,  # type: ignore[arg-type]
        warmup_steps=min(WARM_UP, training.steps),
    )
    optimizer = tf.keras.optimizers.AdamW(
        schedule, weight_decay=training.weight_decay, clipnorm=1.0
    )
    optimizer.build(network.trainable_variables)
    loss_of = _loss(material)

    @tf.function
    def run_chunk(inputs, shapes, quantities):  # noqa: ANN001, ANN202
        total = tf.constant(0.0)
        batches = tf.shape(inputs)[0] // training.batch
        for i in tf.range(batches):
            part = slice(i * training.batch, (i + 1) * training.batch)
            with tf.GradientTape() as tape:
                loss = loss_of(network(inputs[part]), shapes[part], quantities[part])
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(
                zip(gradients, network.trainable_variables, strict=True)
            )
            total += loss
        return total / tf.cast(batches, tf.float32)

    @tf.function
    def evaluate(inputs, shapes, quantities):  # noqa: ANN001, ANN202
        return loss_of(network(inputs), shapes, quantities)

    return run_chunk, evaluate


def _loss(material: Material):  # noqa: ANN202
    """Return the loss: shape cross-entropy + N + Gaussian likelihood of N, R, sigma."""
    import tensorflow as tf

    sizes = output_sizes(material.heads)
    shape_loss = _shape_loss(material)
    number_loss = _number_loss(material.heads)
    likelihood_loss = _likelihood_loss(material.heads)

    def loss_of(outputs, shapes, quantities):  # noqa: ANN001, ANN202
        number, mean, spread, logits = tf.split(outputs, sizes, axis=1)
        return tf.reduce_mean(
            shape_loss(logits, shapes)
            + NUMBER_WEIGHT * number_loss(number, quantities)
            + LIKELIHOOD_WEIGHT * likelihood_loss(mean, spread, quantities)
        )

    return loss_of


def _shape_loss(material: Material):  # noqa: ANN202
    """Return the cross-entropy of the heads' shapes, weighted by their neighbours."""
    import tensorflow as tf

    bins = [head.bins for head in material.heads]
    neighbours = sum(head.centre[0] for head in material.heads)

    def loss_of(logits, shapes):  # noqa: ANN001, ANN202
        loss = tf.zeros(tf.shape(logits)[:1])
        for part, wanted in zip(
            tf.split(logits, bins, axis=1), tf.split(shapes, bins, axis=1), strict=True
        ):
            share = material.step * wanted / tf.cast(neighbours, tf.float32)
            loss -= tf.reduce_sum(share * tf.nn.log_softmax(part), axis=1)
        return loss

    return loss_of


def _number_loss(heads: tuple[HeadCard, ...]):  # noqa: ANN202
    """Return the squared error of N in units of its spread, where it was varied."""
    import tensorflow as tf

    slope, offset, bias = (tf.constant(part) for part in number_constants(heads))
    scale, varied = (tf.constant(part[:, 0]) for part in _scales(heads))

    def loss_of(number, quantities):  # noqa: ANN001, ANN202
        answer = slope * tf.nn.softplus(number + bias) + offset
        error = (answer - quantities[:, :, 0]) / scale
        return tf.reduce_mean(varied * error**2, axis=1)

    return loss_of


def _likelihood_loss(heads: tuple[HeadCard, ...]):  # noqa: ANN202
    """Return the negative log-likelihood of N, R and sigma where they are known."""
    import tensorflow as tf

    centre = tf.constant([head.centre for head in heads], tf.float32)
    scale, varied = (tf.constant(part) for part in _scales(heads))

    def loss_of(mean, spread, quantities):  # noqa: ANN001, ANN202
        known = tf.cast(tf.math.is_finite(quantities), tf.float32) * varied
        target = tf.where(known > 0.0, (quantities - centre) / scale, 0.0)
        std = tf.nn.softplus(spread) + SMALLEST_STD
        flat = tf.reshape(target, tf.shape(mean))
        loss = 0.5 * ((flat - mean) / std) ** 2 + tf.math.log(std)
        return tf.reduce_mean(loss * tf.reshape(known, tf.shape(mean)), axis=1)

    return loss_of


def _scales(heads: tuple[HeadCard, ...]) -> tuple[np.ndarray, np.ndarray]:
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
