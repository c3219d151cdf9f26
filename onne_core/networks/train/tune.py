"""Fine-tuning of one member: trainable layers behind a frozen network.

The layers behind see the outputs before any activation, the last hidden layer and the
levels, and what they answer is added to the outputs. They start at zero, so that tuning
starts from the network as it is.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from onne_core.ensemble.member import Arrays, Member
from onne_core.ensemble.outputs import output_width
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.jobs import Progress
from onne_core.networks.augment import Examples, TrainingData, draw
from onne_core.networks.train.loop import (
    BOOTSTRAP,
    EPOCHS,
    VALIDATION,
    VALIDATION_EXAMPLES,
    WEIGHTS,
    Batch,
    stream_of,
    trained,
)
from onne_core.networks.train.models import network_of

APPENDED = 12
"""Width of the appended hidden layer."""

STREAM = 3 * 10**6
"""First key of the random streams of tuning, apart from those of training."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """Two groups of macrostates; half of all examples are drawn from each.

    ``tuning`` are those to tune to and ``replay`` some of the original training,
    families of a macrostate and its copies row by row; ``validation`` are those that
    training stops by, of either.
    """

    tuning: Int[np.ndarray, "tuned copy"] = field(repr=False)
    replay: Int[np.ndarray, "replayed copy"] = field(repr=False)
    tuning_validation: Int[np.ndarray, " tuned_apart"] = field(repr=False)
    replay_validation: Int[np.ndarray, " replayed_apart"] = field(repr=False)


def tune_member(
    base: Member,
    material: TrainingData,
    inputs: Float[np.ndarray, "feature component"],
    *,
    mixture: Mixture,
    seed: int,
    begun: Arrays | None = None,
    keep: Callable[[Arrays], None] | None = None,
) -> Generator[Progress, None, Member]:
    """Train layers behind ``base`` on bootstrap samples of ``mixture``.

    The recipe of ``material`` says how long and how fast; for the rest see
    :func:`train_member`.

    Raises
    ------
    DefinitionError
        If the loss is not finite any more.
    """
    import tensorflow as tf

    training = material.training
    tf.config.experimental.enable_op_determinism()
    frozen = _frozen(base, material, inputs.shape[1])
    width = output_width(material.heads, training)
    key = STREAM + seed

    def drawn(
        parts: tuple[np.ndarray, np.ndarray], count: int, rng: np.random.Generator
    ) -> Batch:
        tuning, replay = (
            draw(material, index, count=count // 2, rng=rng) for index in parts
        )
        return _activations(frozen, tuning, replay, inputs)

    rng = stream_of(training, key, BOOTSTRAP)
    bootstrap = _resampled(mixture.tuning, rng), _resampled(mixture.replay, rng)
    set_apart = mixture.tuning_validation, mixture.replay_validation
    state = yield from trained(
        _appended(
            width,
            frozen.output[1].shape[1],
            seed=int(stream_of(training, key, WEIGHTS).integers(2**31)),
        ),
        material,
        epoch_of=lambda epoch, count: drawn(
            bootstrap, count, stream_of(training, key, EPOCHS, epoch)
        ),
        held_out=drawn(
            set_apart, VALIDATION_EXAMPLES, stream_of(training, key, VALIDATION)
        ),
        seed=seed,
        begun=begun,
        keep=keep,
    )
    return Member(
        base.layers,
        tuple(state.losses),
        appended=state.best_layers(),
        watched=state.watch.arrays,
    )


def _resampled(families: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a bootstrap sample of ``families``, macrostates and copies alike."""
    return families[rng.integers(len(families), size=len(families))].ravel()


def _frozen(base: Member, material: TrainingData, inputs: int):
    """Return ``base`` as a Keras model of its outputs and its last hidden layer."""
    import tensorflow as tf

    network = network_of(
        inputs,
        output_width(material.heads, material.training),
        material.training,
        seed=0,
    )
    network.set_weights([array for layer in base.layers for array in layer])
    last = network.layers[-1]
    return tf.keras.Model(network.input, [last.output, last.input])


def _appended(outputs: int, hidden: int, *, seed: int):
    """Return the layers behind a frozen network: its outputs, corrected."""
    import tensorflow as tf

    entry = tf.keras.layers.Input((outputs + hidden + len(LEVELS),))
    value = tf.keras.layers.Dense(
        APPENDED,
        activation="swish",
        kernel_initializer=tf.keras.initializers.GlorotUniform(seed),
    )(entry)
    change = tf.keras.layers.Dense(outputs, kernel_initializer="zeros")(value)
    return tf.keras.Model(entry, entry[:, :outputs] + change)


def _activations(
    frozen,
    tuning: Examples,
    replay: Examples,
    inputs: np.ndarray,
) -> Batch:
    """Return what the layers behind see of both in turn: half of every batch each."""

    def in_turn(name: str) -> np.ndarray:
        pair = np.stack([getattr(tuning, name), getattr(replay, name)], axis=1)
        return pair.reshape(-1, *pair.shape[2:])

    levels = in_turn("levels")
    components = (in_turn("features") @ inputs).astype(np.float32)
    outputs, hidden = frozen(np.concatenate([components, levels], axis=1))
    return (
        np.concatenate([outputs, hidden, levels], axis=1),
        in_turn("shapes"),
        in_turn("quantities"),
    )
