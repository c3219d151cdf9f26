"""Errors and answers of a member on held-out examples, recorded after every epoch.

It only looks: no weight and no random number depends on it.
"""

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from onne_core.calibration.calibration import quantities_of
from onne_core.calibration.matching import matched
from onne_core.ensemble.card import QUANTITIES
from onne_core.ensemble.outputs import number_constants, output_sizes
from onne_core.networks.augment import TrainingData
from onne_core.networks.train.losses import loss_of
from onne_core.values.training_progress import Watched, watched_from

EXAMPLES = 48
"""Held-out examples whose g(r) is kept; the first ones drawn."""

MILESTONES = (1, 3, 10, 30, 100, 300)
"""Epochs after which the answers are kept for good; the last ones are kept, too."""

Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
Arrays = Mapping[str, np.ndarray]


class Watch:
    """Errors and answers of one member, recorded in ``arrays`` after every epoch.

    ``begun`` are those of an earlier run, perhaps among others.
    """

    def __init__(self, material: TrainingData, begun: Arrays | None = None) -> None:
        self._material, r = material, material.radial.centres
        self._bins = [
            r[head.first_bin : head.first_bin + head.bins] for head in material.heads
        ]
        kept = begun or {}
        self.arrays = {
            name: kept.get(name, nothing) for name, nothing in self._empty().items()
        }
        self._losses: Callable[..., np.ndarray] | None = None

    @property
    def watched(self) -> Watched | None:
        """Recorded values, ``None`` before the first epoch."""
        return watched_from(self.arrays)

    def note(
        self,
        network,
        held_out: Batch,
        *,
        epoch: int,
        step: float,
        rate: float,
    ) -> None:
        """Record the answers of ``network`` after these epochs and steps."""
        inputs, shapes, quantities = held_out
        outputs = np.asarray(network(inputs), dtype=float)
        found, curves = answers_of(outputs, self._material, self._bins, EXAMPLES)
        with np.errstate(invalid="ignore"):
            squared = np.where(
                np.isfinite(quantities), (found - quantities) ** 2, np.nan
            )
            errors = np.sqrt(_mean(squared))
        arrays, few = self.arrays, slice(EXAMPLES)
        if arrays["epochs"].size and arrays["epochs"][-1] not in MILESTONES:
            for name in ("epochs", "answers"):
                arrays[name] = arrays[name][:-1]
        for name, value in (
            ("steps", step),
            ("rates", rate),
            ("errors", errors),
            ("epochs", epoch),
            ("answers", curves.astype(np.float32)),
        ):
            arrays[name] = np.concatenate([arrays[name], np.asarray(value)[None]])
        arrays["truth"] = np.asarray(shapes[few], dtype=np.float32)
        arrays["example_losses"] = self._losses_of(outputs[few], held_out)

    def _empty(self) -> dict[str, np.ndarray]:
        heads = self._material.heads
        bins = sum(head.bins for head in heads)
        return {
            "labels": np.array([head.label for head in heads]),
            "pairs": np.array([head.pair for head in heads]),
            "bins": np.array([head.bins for head in heads]),
            "r": np.concatenate(self._bins),
            "steps": np.zeros(0),
            "rates": np.zeros(0),
            "errors": np.zeros((0, len(heads), len(QUANTITIES))),
            "epochs": np.zeros(0, int),
            "answers": np.zeros((0, EXAMPLES, bins), np.float32),
            "truth": np.zeros((0, bins), np.float32),
            "example_losses": np.zeros(0, np.float32),
        }

    def _losses_of(self, outputs: np.ndarray, held_out: Batch) -> np.ndarray:
        """Return the loss of every watched example."""
        if self._losses is None:
            self._losses = _single_losses(self._material)
        _, shapes, quantities = (part[: len(outputs)] for part in held_out)
        return self._losses(outputs.astype(np.float32), shapes, quantities)


def answers_of(
    outputs: Float[np.ndarray, "item output"],
    material: TrainingData,
    bins: list[Float[np.ndarray, " _"]],
    few: int,
) -> tuple[Float[np.ndarray, "item head 3"], Float[np.ndarray, "few bin"]]:
    """Return N, R (Å) and sigma (Å) of all, and g(r) (Å^-1) of the first ``few``.

    They are what the finished network will answer, before calibration.
    """
    heads, step = material.heads, material.radial.step
    widths = [head.bins for head in heads]
    if material.training.loss == "squares":
        parts = np.split(np.clip(outputs, 0.0, None), np.cumsum(widths)[:-1], axis=1)
        found = [quantities_of(r, g)[:, :3] for r, g in zip(bins, parts, strict=True)]
        return np.stack(found, axis=1), np.concatenate(parts, axis=1)[:few]
    ends = np.cumsum(output_sizes(heads))[:-1]
    number, mean, _, logits = np.split(outputs, ends, axis=1)
    slope, offset, bias = number_constants(heads)
    centre = np.array([head.centre for head in heads])
    scale = np.array([head.scale for head in heads])
    found = centre + scale * mean.reshape(len(outputs), len(heads), -1)
    found[..., 0] = slope * np.logaddexp(0.0, number + bias) + offset
    is_matched = material.training.matches_shapes

    def shape_of(
        r: np.ndarray, shape: np.ndarray, mean: np.ndarray, std: np.ndarray
    ) -> np.ndarray:
        return matched(r, shape, mean=mean, std=std) if is_matched else shape

    curves = [
        few_n / step * shape_of(r, softmax(part, axis=1), few_r, few_std)
        for r, part, few_n, few_r, few_std in zip(
            bins,
            np.split(logits[:few], np.cumsum(widths)[:-1], axis=1),
            found[:few, :, 0].T[..., None],
            found[:few, :, 1].T,
            found[:few, :, 2].T,
            strict=True,
        )
    ]
    return found, np.concatenate(curves, axis=1)


def _mean(values: np.ndarray) -> np.ndarray:
    """Return the mean over the items of what is known; NaN where nothing is."""
    known = np.isfinite(values)
    return np.where(known, values, 0.0).sum(axis=0) / known.sum(axis=0)


def _single_losses(material: TrainingData) -> Callable[..., np.ndarray]:
    """Return a compiled function: the loss of every example by itself."""
    import tensorflow as tf

    loss_function = loss_of(material)

    @tf.function
    def losses(outputs, shapes, quantities):
        def one(i):
            part = slice(i, i + 1)
            return loss_function(outputs[part], shapes[part], quantities[part])

        return tf.map_fn(
            one, tf.range(tf.shape(outputs)[0]), fn_output_signature=tf.float32
        )

    return lambda *arrays: losses(*arrays).numpy()
