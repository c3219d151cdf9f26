"""Held-out spectra as a beamline would measure them, for the joint posterior.

Unlike the examples of training they are known for every k, and their E0 is as unknown
as that of a file; that of mixtures, where it has to be given, as uncertain as in
training.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Int

from onne_core.ensemble.features import real_parts, shifted_origin
from onne_core.ensemble.uncertainty_levels import largest_e0_std
from onne_core.networks.augment import (
    NOTHING_FIXED,
    TrainingData,
    mixtures,
    random_levels,
    with_theory_error,
)
from onne_core.posterior.joint.batch import Measured
from onne_core.posterior.joint.model import roughness
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.prediction import AUTOMATIC_E0, FARTHEST_E0

LEAST_AMPLITUDE = 0.02
"""Relative standard deviation that S0^2 has at least."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Held-out macrostates, or mixtures of them: chi(k), and g(r) (Å^-1) per head."""

    chi: Float[np.ndarray, "item k"] = field(repr=False)
    truth: tuple[Float[np.ndarray, "item _"], ...] = field(repr=False)


def chosen_from(
    material: TrainingData,
    training_set: TrainingSet,
    index: Int[np.ndarray, " macrostate"],
    count: int,
    rng: np.random.Generator,
) -> Chosen:
    """Return ``count`` of the macrostates at ``index`` in turn, or mixtures of them."""
    places, weights = np.resize(index, count)[:, None], np.ones((count, 1))
    if material.training.for_mixtures:
        places, weights = mixtures(material.training, index, count, rng)
    chi = np.einsum("nm,nmk->nk", weights, training_set.pairs.chi[places], dtype=float)
    shapes = np.einsum("nm,nmb->nb", weights, material.shapes[places])
    return Chosen(chi, material.by_head(shapes))


def measured_examples(
    material: TrainingData,
    training_set: TrainingSet,
    chosen: Chosen,
    rng: np.random.Generator,
    fixed: Mapping[str, float] = NOTHING_FIXED,
) -> tuple[Measured, Float[np.ndarray, " item"]]:
    """Return spectra of ``chosen`` macrostates with errors of measurement.

    With them comes the shift (eV) that brings each back to the theory's E0.
    ``material`` is the training set prepared, with all levels drawn unless ``fixed``
    names them.
    """
    training, count = material.training, len(chosen.chi)
    levels = random_levels(training, count, rng, fixed)
    noise, theory, amplitude, origin = levels.T
    white = training.noise * noise**2
    k, chi = training_set.k, chosen.chi.copy()
    first = round(float(material.k[0]) / float(k[1] - k[0]))
    window = slice(first, first + material.k.size)
    clean = chi[:, window] @ material.transform
    wrong = with_theory_error(material, clean, theory, rng)
    change = real_parts(wrong - clean) @ material.measurable
    rough = _rough(real_parts(clean) @ material.measurable, theory, material, rng)
    chi[:, window] += (change + rough) @ material.to_chi
    share = np.maximum(training.amplitude * amplitude, LEAST_AMPLITUDE)
    chi *= np.exp(share * rng.standard_normal(count))[:, None]
    known = np.tile(AUTOMATIC_E0, (count, 1))
    if training.for_mixtures:
        known = np.column_stack([np.zeros(count), largest_e0_std(training) * origin])
    away = np.clip(rng.standard_normal(count), -FARTHEST_E0, FARTHEST_E0)
    shifts = known[:, 0] + known[:, 1] * away
    moved = [
        shifted_origin(k, row[None], -shift, k)[0]
        for row, shift in zip(chi, shifts.tolist(), strict=True)
    ]
    errors = white[:, None] * rng.standard_normal(chi.shape)
    measured = Measured(
        k=k,
        chi=np.array(moved) + errors,
        e0=known,
        s02=np.column_stack([np.ones(count), share]),
        noise=white,
        levels=levels,
        theory=theory,
        samples=("unknown",) * count,
    )
    return measured, shifts


def _rough(
    signal: Float[np.ndarray, "item feature"],
    theory: Float[np.ndarray, " item"],
    material: TrainingData,
    rng: np.random.Generator,
) -> Float[np.ndarray, "item feature"]:
    """Return errors of the theory that no smooth factor explains."""
    directions = np.trace(material.measurable)
    share = roughness(material.training)
    size = share * theory * np.sqrt(np.sum(signal**2, axis=1) / directions)
    errors = rng.standard_normal(signal.shape) @ material.measurable
    return size[:, None] * errors
