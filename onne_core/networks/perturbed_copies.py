"""Perturbed copies of macrostates with slightly different shells, as extra examples.

Networks learn a few thousand macrostates by heart: their finite samples are as unique
as fingerprints. A copy has the same fingerprint but other N, R and sigma, so that only
the signal tells them apart. Its heads change together, as macrostates differ. What the
change does to chi(k) is the difference of two back-calculations, whose own error nearly
cancels while the change is small.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int

from onne_core.back_calculation.decoder import Decoder, densities_of
from onne_core.back_calculation.decoder_fit import fit_decoder
from onne_core.ensemble.card import Card
from onne_core.networks.augment import head_cards
from onne_core.training_set.split import Split
from onne_core.training_set.training_set import (
    Pairs,
    TrainingSet,
    concatenated,
    selected,
)
from onne_core.values.recipe import TrainingRecipe

STREAM = 2 * 10**6
"""Key of the random stream of the copies, apart from those of the members."""

BATCH = 256
"""Items that are calculated back at a time."""

WIDEST, NARROWEST = 1.5, 1.0 / 1.5
"""Limits of the factors on N and sigma."""


def copies_of(
    training_set: TrainingSet, split: Split, training: TrainingRecipe
) -> Pairs:
    """Return perturbed copies of the macrostates of ``split.training``, round by round.

    There are none where chi(k) cannot be calculated back.
    """
    originals = selected(training_set.pairs, split.training)
    if not training.copies:
        return selected(originals, np.arange(0))
    card = _card(training_set, training)
    decoder, _ = fit_decoder(training_set, card, split)
    if decoder is None:
        return selected(originals, np.arange(0))
    seed = np.random.SeedSequence(training.seed, spawn_key=(STREAM,))
    rng = np.random.default_rng(seed)
    grid = training_set.k, training_set.radial.centres
    root = training.moved * _root_of_spread(originals, card)
    rounds = [
        _moved(originals, *grid, card, decoder, root, rng)
        for _ in range(training.copies)
    ]
    return concatenated(rounds)


def extended_by(training_set: TrainingSet, copies: Pairs) -> TrainingSet:
    """Return ``training_set`` with ``copies`` appended."""
    return replace(training_set, pairs=concatenated([training_set.pairs, copies]))


def families_of(
    training_set: TrainingSet, split: Split, copies: Pairs
) -> Int[np.ndarray, "macrostate copy"]:
    """Return per macrostate of ``split.training`` its index and those of its copies.

    The indices are those of :func:`extended_by`.
    """
    behind = len(training_set.pairs) + np.arange(len(copies))
    rounds = behind.reshape(-1, len(split.training))
    return np.column_stack([split.training, *rounds])


def _card(training_set: TrainingSet, training: TrainingRecipe) -> Card:
    """Return as much of a card as calculating back needs."""
    return Card(
        name="",
        absorber="",
        edge="",
        radial=training_set.radial,
        heads=head_cards(training_set),
        training=training,
        training_set=training_set.digest,
        items=len(training_set.pairs),
    )


def _moved(
    originals: Pairs,
    k: np.ndarray,
    r: np.ndarray,
    card: Card,
    decoder: Decoder,
    root: np.ndarray,
    rng: np.random.Generator,
) -> Pairs:
    """Return one copy of every original, its heads changed by random amounts."""
    g = originals.g.astype(float)
    moments = originals.moments.astype(float)
    changes = (rng.standard_normal((len(g), len(root))) @ root.T).reshape(len(g), -1, 3)
    for i in range(len(card.heads)):
        number, distance, sigma2 = np.nan_to_num(moments[:, i, :3]).T
        factor = _factor(changes[:, i, 0], number)
        stretch = _factor(changes[:, i, 2], np.sqrt(sigma2))
        shift = changes[:, i, 1]
        g[:, i] = _changed(r, g[:, i], distance, shift, stretch)
        g[:, i] *= factor[:, None]
        moments[:, i, 0] *= factor
        moments[:, i, 1] += shift
        moments[:, i, 2] *= stretch**2
        moments[:, i, 3] *= stretch**3
    change = _chi(decoder, card, g) - _chi(decoder, card, originals.g)
    chi = originals.chi + _on_grid(k, card.k, change)
    return Pairs(chi, g, moments)


def _root_of_spread(
    originals: Pairs, card: Card
) -> Float[np.ndarray, "quantity quantity"]:
    """Return a root of the covariance of N, R (Å), sigma (Å) of all heads.

    So copies move as macrostates differ: shells of a crystal together.
    """
    number, distance, sigma2 = np.moveaxis(originals.moments[..., :3], -1, 0)
    values = np.stack([number, distance, np.sqrt(sigma2)], axis=-1).astype(float)
    values -= np.nanmean(values, axis=0)
    varied = np.array([np.array(head.scale) > 0.0 for head in card.heads])
    flat = np.where(varied, np.nan_to_num(values), 0.0).reshape(len(values), -1)
    variances, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    root = vectors * np.sqrt(np.clip(variances, 0.0, None))
    return root * varied.reshape(-1, 1)


def _factor(change: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return (value + change) / value within limits, 1 where the value is 0."""
    share = np.divide(change, value, out=np.zeros_like(value), where=value > 0.0)
    return np.clip(1.0 + share, NARROWEST, WIDEST)


def _changed(
    r: np.ndarray,
    g: np.ndarray,
    mean: np.ndarray,
    shift: np.ndarray,
    stretch: np.ndarray,
) -> Float[np.ndarray, "item r"]:
    """Return g(r) moved by ``shift`` (Å) and stretched around its mean."""
    return np.stack(
        [
            np.interp(a + (r - a - s) / w, r, row, left=0.0, right=0.0) / w
            for row, a, s, w in zip(g, mean, shift, stretch, strict=True)
        ]
    )


def _chi(decoder: Decoder, card: Card, g: np.ndarray) -> Float[np.ndarray, "item k"]:
    """Return chi(k) of g(r) (item, head, r) on the card's grid."""
    return np.concatenate(
        [
            decoder.chi(densities_of(card, g[first : first + BATCH]))
            for first in range(0, len(g), BATCH)
        ]
    )


def _on_grid(
    k: np.ndarray, own: np.ndarray, chi: np.ndarray
) -> Float[np.ndarray, "item k"]:
    """Return ``chi`` on the grid ``k``, 0 beyond its own, where no window looks."""
    found = np.zeros((len(chi), k.size))
    first = round(float(own[0]) / float(k[1] - k[0]))
    found[:, first : first + own.size] = chi
    return found
