"""Training of one member, epoch by epoch, resumable at any epoch.

Examples and initial weights follow from seed, member and epoch alone, so a run that was
killed resumes at its last epoch and ends with the same weights.
"""

from collections.abc import Callable, Generator, Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int

from onne_core.ensemble.member import Arrays, Layers, Member, Point
from onne_core.ensemble.outputs import output_width
from onne_core.errors import DefinitionError
from onne_core.jobs import Progress
from onne_core.networks.augment import Examples, TrainingData, draw
from onne_core.networks.train.losses import loss_of
from onne_core.networks.train.models import network_of
from onne_core.networks.train.watching import Watch
from onne_core.values.recipe import EPOCH, TrainingRecipe
from onne_core.values.training_progress import Watched

VALIDATION_EXAMPLES = 2048

WARM_UP = 200
"""Steps over which the learning rate rises."""

WEIGHTS, VALIDATION, BOOTSTRAP, EPOCHS = range(4)
"""Purposes of a member's random numbers."""

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""What a network is given, and the shapes and quantities that it should answer."""


def train_member(
    material: TrainingData,
    inputs: Float[np.ndarray, "feature component"],
    *,
    families: Int[np.ndarray, "macrostate copy"],
    validation: np.ndarray,
    seed: int,
    begun: Arrays | None = None,
    keep: Callable[[Arrays], None] | None = None,
    start: Layers | None = None,
) -> Generator[Progress, None, Member]:
    """Train one network on a bootstrap sample of ``families``.

    Each of them is a macrostate with its copies, by their indices.

    Examples and initial weights are drawn from ``seed`` alone, and TensorFlow's
    operators are set to be deterministic, so the same seed gives the same weights on
    one computer. The weights of the lowest validation loss are kept, and training stops
    when ``patience`` epochs have not lowered it. ``keep`` is given the state after
    every epoch, and ``begun`` is such a state to resume from. ``start`` are the
    layers of a trained network, instead of initial weights.

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
    )
    return Member(state.best_layers(), tuple(state.losses), watched=state.watch.arrays)


def trained(
    network,
    material: TrainingData,
    *,
    epoch_of: Callable[[int, int], Batch],
    held_out: Batch,
    seed: int,
    begun: Arrays | None,
    keep: Callable[[Arrays], None] | None,
) -> Generator[Progress, None, "TrainingState"]:
    """Train ``network`` and return its final state.

    ``epoch_of`` returns the examples of an epoch by its number and their count. The
    epochs of ``begun`` are reported again.

    Raises
    ------
    DefinitionError
        If the loss is not finite any more.
    """
    training = material.training
    optimizer = _optimizer(network, training)
    run_epoch, evaluate = _steps(network, optimizer, material)
    state = TrainingState(network, optimizer, material, begun)
    yield from state.reported(seed)
    while not state.over:
        epoch = state.epochs
        done = min((epoch + 1) * EPOCH, training.steps)
        examples = epoch_of(epoch, (done - epoch * EPOCH) * training.batch)
        loss = float(run_epoch(*examples))
        held_out_loss = float(evaluate(*held_out))
        if not np.isfinite(held_out_loss):
            raise DefinitionError(
                f"training.learning_rate: member {seed + 1} diverges at step "
                f"{done} with {training.learning_rate:g}; lower it."
            )
        state.note(float(done), loss, held_out_loss)
        rate = float(optimizer.learning_rate)
        state.watch.note(network, held_out, epoch=epoch + 1, step=done, rate=rate)
        if keep is not None:
            keep(state.arrays())
        yield from state.reported(seed, since=epoch)
    return state


def epochs_reported(
    losses: Sequence[Point],
    training: TrainingRecipe,
    member: int,
    *,
    over: bool,
    watched: Watched | None,
    since: int = 0,
) -> Iterator[Progress]:
    """Yield the epochs of ``member`` behind the first ``since`` as progress.

    With the last comes what is ``watched``, and whether training is ``over``.
    """
    for done, (step, loss, held_out) in enumerate(losses[since:], since + 1):
        is_last = done == len(losses)
        yield Progress(
            done,
            -(-training.steps // EPOCH),
            f"member {member + 1}",
            metrics={
                "member": float(member),
                "step": step,
                "training loss": loss,
                "validation loss": held_out,
                "ended": float(is_last and over),
            },
            detail=watched if is_last else None,
        )


class TrainingState:
    """TrainingState of a training: losses, current and best weights, answers."""

    def __init__(
        self,
        network,
        optimizer,
        material: TrainingData,
        begun: Arrays | None,
    ) -> None:
        self._network, self._optimizer = network, optimizer
        self._training = material.training
        self.watch = Watch(material, begun)
        self.losses: list[Point] = []
        self._best = network.get_weights()
        if begun is not None:
            self._go_on(begun)

    @property
    def epochs(self) -> int:
        """Number of finished epochs."""
        return len(self.losses)

    @property
    def waited(self) -> int:
        """Number of epochs since the lowest validation loss."""
        held_out = [loss for _, _, loss in self.losses]
        return self.epochs - 1 - int(np.argmin(held_out)) if held_out else 0

    @property
    def over(self) -> bool:
        """Return whether all steps are done or the loss has stopped improving."""
        all_done = self.epochs * EPOCH >= self._training.steps
        return all_done or self.waited >= self._training.patience

    def reported(self, member: int, since: int = 0) -> Iterator[Progress]:
        """Yield the epochs of ``member`` behind the first ``since`` as progress."""
        return epochs_reported(
            self.losses,
            self._training,
            member,
            over=self.over,
            watched=self.watch.watched,
            since=since,
        )

    def note(self, step: float, loss: float, held_out: float) -> None:
        """Record the losses of an epoch, and the weights if they are the best."""
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
        return {"losses": np.array(self.losses), **named, **self.watch.arrays}

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
    """Return the random generator of a member for one purpose."""
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


def _steps(network, optimizer, material: TrainingData):
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
