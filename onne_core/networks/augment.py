"""Training examples: mixtures of macrostates with measurement errors.

E0 offset, amplitude, white noise and the error of the theory are drawn separately for
every example, so a network cannot mistake them for structure. Their sizes are drawn
first, and are input of the network (see uncertainty_levels.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Complex, Float, Int

from onne_core.ensemble.card import HeadCard, input_grid
from onne_core.ensemble.features import (
    factors_over_k,
    measurable_projector,
    r_points,
    real_parts,
    shifted_origin,
    smooth_basis,
    transform_matrix,
)
from onne_core.ensemble.uncertainty_levels import LEVELS, largest_e0_std
from onne_core.errors import DefinitionError
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import TrainingRecipe

E0_STEP = 0.5
"""Step between prepared E0 offsets, eV; between them spectra are interpolated."""

SUPPORT_MARGIN = 3
"""Bins added on either side of where a head's training set has neighbours."""

NOTHING_FIXED: Mapping[str, float] = MappingProxyType({})

MIXTURES, RANGES = 4096, 3 * 10**6
"""Mixtures from which ranges and priors follow, and the key of their random stream."""

UNDISTURBED: Mapping[str, float] = MappingProxyType(dict.fromkeys(LEVELS, 0.0))

NEGLIGIBLE = 1e-6
"""Relative singular values of the kernel that are rounding of a zero."""

FIXED_SHARE = 1e-3
"""Spread relative to the mean below which a quantity counts as never varied:
sampling leaves a little scatter even where a range has no width."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """A training set prepared for drawing examples.

    ``coefficients`` are chi(R) per E0 offset; ``shapes`` g(r) of every head within its
    own bins, side by side (Å^-1); ``raw`` the raw moments N, N R, N (sigma^2 + R^2).
    ``basis`` and ``over_k`` make the smooth factors over R and k that stand for the
    error of the theory.
    """

    training: TrainingRecipe
    heads: tuple[HeadCard, ...]
    radial: RadialGrid
    offsets: Float[np.ndarray, " e"] = field(repr=False)
    coefficients: Complex[np.ndarray, "e item r"] = field(repr=False)
    shapes: Float[np.ndarray, "item bin"] = field(repr=False)
    raw: Float[np.ndarray, "item head 3"] = field(repr=False)
    transform: Complex[np.ndarray, "k r"] = field(repr=False)
    measurable: Float[np.ndarray, "feature feature"] = field(repr=False)
    basis: Float[np.ndarray, "mode r"] = field(repr=False)
    over_k: Complex[np.ndarray, "wave r r"] = field(repr=False)

    @cached_property
    def k(self) -> Float[np.ndarray, " k"]:
        """The input grid, Å^-1."""
        return input_grid(self.training)

    def by_head(
        self, shapes: Float[np.ndarray, "item bin"]
    ) -> tuple[Float[np.ndarray, "item _"], ...]:
        """Return ``shapes`` that lie side by side, one array per head."""
        ends = np.cumsum([head.bins for head in self.heads])[:-1]
        return tuple(np.split(shapes.astype(float), ends, axis=1))

    @cached_property
    def kernel(self) -> Float[np.ndarray, "k feature"]:
        """Matrix from chi(k) on the input grid to features."""
        return real_parts(self.transform) @ self.measurable

    @cached_property
    def to_chi(self) -> Float[np.ndarray, "feature k"]:
        """Matrix from features to chi(k) on the input grid, Fourier filtered."""
        return np.linalg.pinv(self.kernel, rcond=NEGLIGIBLE)

    def __len__(self) -> int:
        """Return the number of macrostates."""
        return len(self.shapes)


@dataclass(frozen=True, eq=False)
class Examples:
    """Features with the target outputs of a network.

    ``levels`` (see levels.py) say how large the nuisances may be. ``shapes`` is g(r)
    (Å^-1) in the heads' bins; ``quantities`` are N (1), R (Å) and the standard
    deviation (Å) of every head; ``noise`` the standard deviation of the white noise in
    chi.
    """

    features: Float[np.ndarray, "item feature"] = field(repr=False)
    levels: Float[np.ndarray, "item level"] = field(repr=False)
    shapes: Float[np.ndarray, "item bin"] = field(repr=False)
    quantities: Float[np.ndarray, "item head 3"] = field(repr=False)
    noise: Float[np.ndarray, " item"] = field(repr=False)


def material_of(
    training_set: TrainingSet,
    training: TrainingRecipe,
    heads: tuple[HeadCard, ...] | None = None,
) -> TrainingData:
    """Prepare ``training_set`` for drawing examples.

    ``heads`` are those of networks that are trained further; else they follow from the
    set.

    Raises
    ------
    DefinitionError
        If the window of ``training`` reaches beyond the spectra, or a head has no
        neighbours anywhere.
    """
    check_reach(training_set, training)
    cards = heads or head_cards(training_set)
    transform = transform_matrix(training)
    count = int(np.ceil(training.e0_range / E0_STEP))
    offsets = E0_STEP * np.arange(-count, count + 1) if count else np.zeros(1)
    material = TrainingData(
        training=training,
        heads=cards,
        radial=training_set.radial,
        offsets=offsets,
        coefficients=_coefficients(training_set, training, offsets, transform),
        shapes=np.concatenate(
            [
                training_set.pairs.g[:, i, head.first_bin : head.first_bin + head.bins]
                for i, head in enumerate(cards)
            ],
            axis=1,
        ),
        raw=_raw_moments(training_set.pairs.moments),
        transform=transform,
        measurable=measurable_projector(transform),
        basis=smooth_basis(r_points(training)),
        over_k=factors_over_k(training),
    )
    if heads is None and training.for_mixtures:
        return replace(material, heads=_heads_of_mixtures(material))
    return material


def mixtures_for_ranges(material: TrainingData) -> Examples:
    """Return many mixtures of all macrostates, for ranges and priors."""
    seed = np.random.SeedSequence(material.training.seed, spawn_key=(RANGES,))
    index, rng = np.arange(len(material)), np.random.default_rng(seed)
    return draw(material, index, count=MIXTURES, rng=rng, fixed=UNDISTURBED)


def _heads_of_mixtures(material: TrainingData) -> tuple[HeadCard, ...]:
    """Return the heads with centre, scale and range of what training draws."""
    quantities = mixtures_for_ranges(material).quantities
    return tuple(
        replace(head, **_spread_of(quantities[:, i]))
        for i, head in enumerate(material.heads)
    )


def head_cards(training_set: TrainingSet) -> tuple[HeadCard, ...]:
    """Return the card of every head of the training set.

    Raises
    ------
    DefinitionError
        If a head has no neighbours anywhere.
    """
    return tuple(_head_card(training_set, i) for i in range(len(training_set.heads)))


def check_reach(training_set: TrainingSet, training: TrainingRecipe) -> None:
    """Refuse a window of ``training`` that extends beyond the spectra."""
    last = input_grid(training)[-1]
    if last > training_set.k[-1] + 1e-6:
        raise DefinitionError(
            f"training.k_max: the window with its taper extends to {last:g} Å^-1, "
            f"but the spectra end at {training_set.k[-1]:g} Å^-1; lower k_max."
        )


def _coefficients(
    training_set: TrainingSet,
    training: TrainingRecipe,
    offsets: Float[np.ndarray, " e"],
    transform: Complex[np.ndarray, "k r"],
) -> Complex[np.ndarray, "e item r"]:
    """Return chi(R) of all spectra for every E0 offset (eV)."""
    grid, chi = input_grid(training), training_set.pairs.chi
    found = np.empty((offsets.size, len(chi), transform.shape[1]), np.complex64)
    for i, shift in enumerate(offsets):  # in double precision only one at a time
        found[i] = shifted_origin(training_set.k, chi, float(shift), grid) @ transform
    return found


def _head_card(training_set: TrainingSet, i: int) -> HeadCard:
    head, pairs = training_set.heads[i], training_set.pairs
    filled = np.flatnonzero(pairs.g[:, i].max(axis=0) > 0.0)
    if filled.size == 0:
        raise DefinitionError(
            f"{head.label}: no training spectrum has such neighbours; do not "
            "report this shell, or give it neighbours."
        )
    first = max(0, int(filled[0]) - SUPPORT_MARGIN)
    last = min(training_set.radial.bins, int(filled[-1]) + 1 + SUPPORT_MARGIN)
    moments = pairs.moments[:, i]
    known = np.column_stack([moments[:, :2], np.sqrt(moments[:, 2])])
    return HeadCard(
        label=head.label,
        pair=head.pair,
        first_bin=first,
        bins=last - first,
        **_spread_of(known),
    )


def _spread_of(quantities: Float[np.ndarray, "item 3"]) -> dict[str, Any]:
    """Return what a card says of N, R (Å), deviation (Å) over many of them."""
    known = quantities[np.all(np.isfinite(quantities), axis=1)].astype(float)
    mean, scale = known.mean(axis=0), known.std(axis=0)
    fixed = scale < FIXED_SHARE * np.abs(mean)
    return {
        "centre": tuple(mean.tolist()),
        "scale": tuple(np.where(fixed, 0.0, scale).tolist()),
        "lowest": tuple(known.min(axis=0).tolist()),
        "highest": tuple(known.max(axis=0).tolist()),
        "fixed": tuple(fixed.tolist()),
    }


def draw(
    material: TrainingData,
    index: Int[np.ndarray, " choice"],
    *,
    count: int,
    rng: np.random.Generator,
    mixed: bool = True,
    fixed: Mapping[str, float] = NOTHING_FIXED,
) -> Examples:
    """Return ``count`` examples drawn from the macrostates at ``index``.

    Without ``mixed`` the macrostates are taken in turn and never mixed. Levels are
    uniform between 0 and 1 unless ``fixed`` names them.
    """
    training = material.training
    if mixed:
        chosen, weights = mixtures(training, index, count, rng)
    else:
        chosen, weights = (
            index[np.arange(count) % index.size, None],
            np.ones((count, 1)),
        )
    levels = random_levels(training, count, rng, fixed)
    noise, theory, amplitude, origin = levels.T[:, :, None]
    white = training.noise * noise**2
    coefficients = _at_random_offset(material, chosen, weights, origin[:, 0], rng)
    coefficients = with_theory_error(material, coefficients, theory[:, 0], rng)
    factor = 1.0 + training.amplitude * amplitude * rng.standard_normal((count, 1))
    coefficients = coefficients * factor + _noise(material, white, rng)
    raw = np.einsum("nm,nmhq->nhq", weights, material.raw[chosen])
    return Examples(
        features=(real_parts(coefficients) @ material.measurable).astype(np.float32),
        levels=levels.astype(np.float32),
        shapes=np.einsum("nm,nmb->nb", weights, material.shapes[chosen]).astype(
            np.float32
        ),
        quantities=_quantities(raw).astype(np.float32),
        noise=white[:, 0],
    )


def random_levels(
    training: TrainingRecipe,
    count: int,
    rng: np.random.Generator,
    fixed: Mapping[str, float],
) -> Float[np.ndarray, "item level"]:
    """Return random levels, 0 where training leaves a nuisance out."""
    levels = rng.random((count, len(LEVELS)))
    sizes = (
        training.noise,
        sum(training.theory_error),
        training.amplitude,
        training.e0_range,
    )
    for i, (name, size) in enumerate(zip(LEVELS, sizes, strict=True)):
        if name in fixed:
            levels[:, i] = fixed[name]
        if size == 0.0:
            levels[:, i] = 0.0
    return levels


def mixtures(
    training: TrainingRecipe,
    index: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return chosen macrostates and their weights, one to ``mixed_most`` an example."""
    most = training.mixed_most
    chosen = index[rng.integers(index.size, size=(count, most))]
    parts = np.where(
        rng.random(count) < training.mixed_share,
        rng.integers(2, most + 1, size=count),
        1,
    )
    weights = rng.exponential(size=(count, most)) * (np.arange(most) < parts[:, None])
    return chosen, weights / weights.sum(axis=1, keepdims=True)


def _at_random_offset(
    material: TrainingData,
    chosen: np.ndarray,
    weights: np.ndarray,
    level: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return mixed coefficients with one random E0 offset per example."""
    last = material.offsets.size - 1
    if last == 0:
        return np.einsum("nm,nmr->nr", weights, material.coefficients[0][chosen])
    normal = np.clip(rng.standard_normal(len(chosen)), -2.0, 2.0)
    offset = largest_e0_std(material.training) * level * normal
    position = np.clip((offset - material.offsets[0]) / E0_STEP, 0, last - 1e-9)
    left = position.astype(int)
    fraction = (position - left)[:, None]
    low = material.coefficients[left[:, None], chosen]
    high = material.coefficients[left[:, None] + 1, chosen]
    mixed_low = np.einsum("nm,nmr->nr", weights, low)
    mixed_high = np.einsum("nm,nmr->nr", weights, high)
    return mixed_low * (1.0 - fraction) + mixed_high * fraction


def with_theory_error(
    material: TrainingData,
    coefficients: Complex[np.ndarray, "item r"],
    level: Float[np.ndarray, " item"],
    rng: np.random.Generator,
) -> Complex[np.ndarray, "item r"]:
    """Return chi(R) with the error of the theory, ``level`` of it as trained."""
    factors = _theory_error(material, level[:, None], rng)
    return _with_error_over_k(material, coefficients * factors, level[:, None], rng)


def _theory_error(
    material: TrainingData, level: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return smooth complex factors over R, one row per example of a ``level``."""
    form = len(level), len(material.basis)
    size = material.training.theory_amplitude * level
    phase = material.training.theory_phase * level
    amplitude = size * (rng.standard_normal(form) @ material.basis)
    turn = phase * (rng.standard_normal(form) @ material.basis)
    return np.exp(amplitude + 1j * turn)


def _with_error_over_k(
    material: TrainingData,
    coefficients: np.ndarray,
    level: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return ``coefficients`` times smooth complex factors over k, one per example.

    exp of the factor's logarithm is taken to second order; it is small.
    """
    form = len(level), len(material.over_k)
    training = material.training
    amplitude = training.theory_amplitude_over_k * level * rng.standard_normal(form)
    phase = training.theory_phase_over_k * level * rng.standard_normal(form)
    if not (np.any(amplitude) or np.any(phase)):
        return coefficients
    # Waves are exp(-2ikR) here: a phase that advances the measured one goes back.
    logarithm = amplitude - 1j * phase

    def times_logarithm(waves: np.ndarray) -> np.ndarray:
        total = np.zeros_like(waves)
        for i, matrix in enumerate(material.over_k):
            total += logarithm[:, [i]] * (waves @ matrix)
        return total

    first = times_logarithm(coefficients)
    return coefficients + first + 0.5 * times_logarithm(first)


def _noise(
    material: TrainingData, level: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return transformed white noise of chi(k) with a ``level`` per example."""
    white = rng.standard_normal((len(level), len(material.transform)))
    return (level * white) @ material.transform


def _raw_moments(moments: Float[np.ndarray, "item head 4"]) -> np.ndarray:
    """Return N, N R, N (sigma^2 + R^2); zero for an empty head."""
    number, distance, sigma2 = (np.nan_to_num(moments[..., i]) for i in range(3))
    return np.stack(
        [number, number * distance, number * (sigma2 + distance**2)], axis=-1
    )


def _quantities(raw: np.ndarray) -> np.ndarray:
    """Return N, R (Å), standard deviation (Å) from raw moments; NaN where N is 0."""
    number = raw[..., 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        distance = raw[..., 1] / number
        variance = raw[..., 2] / number - distance**2
    return np.stack([number, distance, np.sqrt(np.clip(variance, 0.0, None))], axis=-1)
