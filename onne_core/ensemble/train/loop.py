"""Training of one member, epoch by epoch, from any epoch on.

Examples and initial weights follow from seed, member and epoch alone, so a run that was
killed goes on from its last epoch and ends with the same weights.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from onne_core.ensemble.augment import Examples, Material, draw
from onne_core.ensemble.train.losses import loss_of
from onne_core.ensemble.train.networks import network_of
from onne_core.ensemble.train.outputs import output_width
from onne_core.ensemble.train.watching import Watch
from onne_core.errors import DefinitionError
from onne_core.jobs import Progress
from onne_core.recipe import EPOCH, TrainingRecipe

VALIDATION_EXAMPLES = 2048

WARM_UP = 200
"""Steps over which the learning rate rises."""

WEIGHTS, VALIDATION, BOOTSTRAP, EPOCHS = range(4)
"""Purposes of a member's random numbers."""

Arrays = Mapping[str, np.ndarray]
Layers = tuple[tuple[np.ndarray, np.ndarray], ...]

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""What a network is given, and the shapes and quantities that it should answer."""


@dataclass(frozen=True, eq=False)
class Member:
    """Weights of one trained network, layer by layer, and its loss curve.

    ``layers`` are (weight, bias), the last one the outputs; ``losses`` are (step,
    training loss, validation loss). ``appended`` are the layers of a fine-tuned
    network that correct its outputs, see tune.py.
    """

    layers: Layers = field(repr=False)
    losses: tuple[tuple[float, float, float], ...]
    appended: Layers = field(default=(), repr=False)


def train_member(
    material: Material,
    inputs: Float[np.ndarray, "feature component"],
    *,
    families: Int[np.ndarray, "macrostate copy"],
    validation: np.ndarray,
    seed: int,
    begun: Arrays | None = None,
    keep: Callable[[Arrays], None] | None = None,
    start: Layers | None = None,
    watch: Watch | None = None,
) -> Generator[Progress, None, Member]:
    """Train one network on a bootstrap sample of ``families``.

    Each of them is a macrostate with its copies, by their indices.

    Examples and initial weights are drawn from ``seed`` alone, and TensorFlow's
    operators are set to be deterministic, so the same seed gives the same weights on
    one machine. The weights of the lowest validation loss are kept, and training stops
    when ``patience`` epochs have not lowered it. ``keep`` is given the state after
    every epoch, and ``begun`` is such a state from which to go on. ``start`` are the
    layers of a trained network, in the place of initial weights. ``watch`` notes what
    the network answers after every epoch, and changes nothing.

    Raises
    ------
    DefinitionError
        If the loss is not finite any more.
    """
    import tensorflow as tf

    training = material.training
    tf.config.experimental.enable_op_determinism()
    network = network_of(
        inputs.shape[1],
        output_width(material.heads, training),
        training,
        seed=int(stream_of(training, seed, WEIGHTS).integers(2**31)),
    )
    if start is not None:
        network.set_weights([array for layer in start for array in layer])
    chosen = stream_of(training, seed, BOOTSTRAP).integers(
        len(families), size=len(families)
    )
    bootstrap = families[chosen].ravel()

    def epoch_of(epoch: int, count: int) -> Batch:
        rng = stream_of(training, seed, EPOCHS, epoch)
        return _tensors(draw(material, bootstrap, count=count, rng=rng), inputs)

    held_out = _tensors(
        draw(
            material,
            validation,
            count=VALIDATION_EXAMPLES,
            rng=stream_of(training, seed, VALIDATION),
        ),
        inputs,
    )
    state = yield from trained(
        network,
        material,
        epoch_of=epoch_of,
        held_out=held_out,
        seed=seed,
        begun=begun,
        keep=keep,
        watch=watch,
    )
    return Member(state.best_layers(), tuple(state.losses))


def trained(
    network,
    material: Material,
    *,
    epoch_of: Callable[[int, int], Batch],
    held_out: Batch,
    seed: int,
    begun: Arrays | None,
    keep: Callable[[Arrays], None] | None,
    watch: Watch | None = None,
) -> Generator[Progress, None, "State"]:
    """Train ``network`` and return the state that it ends in.

    ``epoch_of`` returns the examples of an epoch by its number and their count.

    Raises
    ------
    DefinitionError
        If the loss is not finite any more.
    """
    training = material.training
    optimizer = _optimizer(network, training)
    run_epoch, evaluate = _steps(network, optimizer, material)
    state = State(network, optimizer, begun)
    epochs = -(-training.steps // EPOCH)
    if watch is not None:
        watch.go_on(state.epochs)
    for epoch in range(state.epochs, epochs):
        if state.waited >= training.patience:
            break
        done = min((epoch + 1) * EPOCH, training.steps)
        examples = epoch_of(epoch, (done - epoch * EPOCH) * training.batch)
        loss = float(run_epoch(*examples))
        held_out_loss = float(evaluate(*held_out))
        if not np.isfinite(held_out_loss):
            raise DefinitionError(
                f"training.learning_rate: {training.learning_rate:g} lets member "
                f"{seed + 1} diverge at step {done}; lower it."
            )
        state.note(float(done), loss, held_out_loss)
        if watch is not None:
            rate = float(optimizer.learning_rate)
            watch.note(network, held_out, epoch=epoch + 1, step=done, rate=rate)
        if keep is not None:
            keep(state.arrays())
        yield Progress(done, training.steps, f"member {seed + 1}")
    return state


class State:
    """How far training has come: losses, and weights now and at their best."""

    def __init__(self, network, optimizer, begun: Arrays | None) -> None:
        self._network, self._optimizer = network, optimizer
        self.losses: list[tuple[float, float, float]] = []
        self._best = network.get_weights()
        if begun is not None:
            self._go_on(begun)

    @property
    def epochs(self) -> int:
        """Finished epochs."""
        return len(self.losses)

    @property
    def waited(self) -> int:
        """Epochs since the lowest validation loss."""
        held_out = [loss for _, _, loss in self.losses]
        return self.epochs - 1 - int(np.argmin(held_out)) if held_out else 0

    def note(self, step: float, loss: float, held_out: float) -> None:
        """Note the losses of an epoch; keep the weights if they are the best."""
        self.losses.append((step, loss, held_out))
        if self.waited == 0:
            self._best = self._network.get_weights()

    def best_layers(self) -> Layers:
        """Return weight and bias of every layer at the lowest validation loss."""
        return tuple(zip(self._best[0::2], self._best[1::2], strict=True))

    def arrays(self) -> Arrays:
        """Return the state as named arrays."""
        parts = {
            "now": self._network.get_weights(),
            "best": self._best,
            "optimizer": [np.asarray(item) for item in self._optimizer.variables],
        }
        named = {
            f"{name}{i}": array
            for name, arrays in parts.items()
            for i, array in enumerate(arrays)
        }
        return {"losses": np.array(self.losses), **named}

    def _go_on(self, begun: Arrays) -> None:
        def part(name: str, count: int) -> list[np.ndarray]:
            return [begun[f"{name}{i}"] for i in range(count)]

        self.losses = [(a, b, c) for a, b, c in begun["losses"].tolist()]
        self._best = part("best", len(self._best))
        self._network.set_weights(part("now", len(self._best)))
        variables = self._optimizer.variables
        for item, value in zip(
            variables, part("optimizer", len(variables)), strict=True
        ):
            item.assign(value)


def stream_of(
    training: TrainingRecipe, member: int, *purpose: int
) -> np.random.Generator:
    """Return the random numbers of a member for one purpose."""
    key = (member, *purpose)
    return np.random.default_rng(np.random.SeedSequence(training.seed, spawn_key=key))


def _tensors(
    examples: Examples, inputs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    components = (examples.features @ inputs).astype(np.float32)
    return (
        np.concatenate([components, examples.levels], axis=1),
        examples.shapes,
        examples.quantities,
    )


def _optimizer(network, training: TrainingRecipe):
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
    return optimizer


def _steps(network, optimizer, material: Material):
    """Return compiled functions: train on the batches of an epoch, and evaluate."""
    import tensorflow as tf

    loss_function = loss_of(material)
    size = material.training.batch

    @tf.function
    def run_epoch(inputs, shapes, quantities):
        total = tf.constant(0.0)
        batches = tf.shape(inputs)[0] // size
        for i in tf.range(batches):
            part = slice(i * size, (i + 1) * size)
            with tf.GradientTape() as tape:
                outputs = network(inputs[part])
                loss = loss_function(outputs, shapes[part], quantities[part])
            gradients = tape.gradient(loss, network.trainable_variables)
            optimizer.apply_gradients(
                zip(gradients, network.trainable_variables, strict=True)
            )
            total += loss
        return total / tf.cast(batches, tf.float32)

    @tf.function
    def evaluate(inputs, shapes, quantities):
        return loss_function(network(inputs), shapes, quantities)

    return run_epoch, evaluate
