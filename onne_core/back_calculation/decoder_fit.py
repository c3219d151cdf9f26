"""Fit of the decoder's corrections to the training pairs, separately at every k.

Ridge regression: Hoerl & Kennard, Technometrics 12, 55 (1970),
doi:10.1080/00401706.1970.10488634. Its parameter is the one with the least error on
macrostates that the weights have not seen.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Complex, Float

from onne_core.back_calculation.decoder import (
    Decoder,
    Densities,
    Terms,
    densities_of,
    products_of,
    terms_of,
)
from onne_core.ensemble.card import Card
from onne_core.ensemble.features import feature_matrix, r_points, weight_of
from onne_core.training_set.split import Split
from onne_core.training_set.training_set import TrainingSet

RIDGES = tuple(float(10.0**exponent) for exponent in range(-5, 3))
"""Ridge parameters that are tried, in units of the mean square of a term."""

BATCH = 64
"""Items whose terms are in memory at a time."""


def fit_decoder(
    training_set: TrainingSet, card: Card, split: Split
) -> tuple[Decoder | None, Float[np.ndarray, " test"]]:
    """Fit weights to the training part, ridge to validation, errors to the test part.

    With the decoder comes its :func:`relative_error` for the test. Its scale is 1 until
    it is learnt. Where chi(k) cannot be calculated back, there are neither.
    """
    terms = terms_of(card, training_set.paths)
    if terms is None:
        return None, np.empty(0)
    gram, moment = _normal_equations(terms, training_set, card, split.training)
    chi, densities = pairs_at(training_set, card, split.validation)
    weight = weight_of(card.training)
    r = r_points(card.training)
    nothing = np.zeros(card.k.size), np.zeros(r.size), np.ones(r.size)
    best, least = None, np.inf
    for ridge in RIDGES:
        weights = _ridge_weights(terms, gram, moment, ridge)
        found = Decoder(terms, weights, *nothing)
        misfit = (found.chi(densities) - chi) * weight
        if (size := float(np.sum(misfit**2))) < least:
            best, least = found, size
    if best is None:
        raise FloatingPointError("the spectra of the training set are not finite")
    kernel = feature_matrix(card.training)
    chi, densities = pairs_at(training_set, card, split.test)
    error = best.chi(densities) - chi
    parts = (error @ kernel).reshape(len(error), 2, -1)
    learnt = replace(
        best,
        error=np.sqrt(np.mean(error**2, axis=0)),
        error_r=np.sqrt(np.mean(np.sum(parts**2, axis=1), axis=0)),
    )
    return learnt, relative_error(error, chi, kernel)


def relative_error(
    error: Float[np.ndarray, "item k"],
    chi: Float[np.ndarray, "item k"],
    kernel: Float[np.ndarray, "k feature"],
) -> Float[np.ndarray, " item"]:
    """Return the k-weighted ``error`` of ``chi`` relative to the signal.

    Over the k window and the R filter of the networks, which ``kernel`` has.
    """
    signal = np.linalg.norm(chi @ kernel, axis=1)
    return np.linalg.norm(error @ kernel, axis=1) / np.where(signal > 0.0, signal, 1.0)


def pairs_at(
    training_set: TrainingSet, card: Card, index: np.ndarray
) -> tuple[Float[np.ndarray, "item k"], Densities]:
    """Return chi on the card's grid and g of the heads, for the items at ``index``."""
    first = round(float(card.k[0]) / float(training_set.k[1] - training_set.k[0]))
    chi = training_set.pairs.chi[index, first : first + card.k.size]
    return chi.astype(float), densities_of(card, training_set.pairs.g[index])


def _columns(
    terms: Terms, densities: Densities
) -> tuple[Float[np.ndarray, "k item column"], Float[np.ndarray, "k item"]]:
    """Return real and imaginary parts of all terms, and single scattering alone."""
    waves = [
        terms.step * g @ wave
        for g, waves in zip(densities, terms.waves, strict=True)
        for wave in waves
    ]
    every = np.stack([*waves, *products_of(terms, densities)], axis=-1)
    every = every.transpose(1, 0, 2)
    single = np.imag(every[:, :, terms.firsts]).sum(axis=-1)
    return np.concatenate([np.real(every), np.imag(every)], axis=-1), single


def _normal_equations(
    terms: Terms, training_set: TrainingSet, card: Card, index: np.ndarray
) -> tuple[Float[np.ndarray, "k column column"], Float[np.ndarray, "k column"]]:
    """Return means of X^T X and X^T y, y what single scattering leaves, at every k."""
    size = 2 * terms.count
    gram = np.zeros((card.k.size, size, size))
    moment = np.zeros((card.k.size, size))
    for start in range(0, index.size, BATCH):
        chi, densities = pairs_at(training_set, card, index[start : start + BATCH])
        columns, single = _columns(terms, densities)
        gram += columns.transpose(0, 2, 1) @ columns
        moment += np.einsum("kic,ki->kc", columns, chi.T - single)
    return gram / index.size, moment / index.size


def _ridge_weights(
    terms: Terms, gram: np.ndarray, moment: np.ndarray, ridge: float
) -> Complex[np.ndarray, "term k"]:
    """Return w so that chi = Re(w . terms), single scattering included.

    A term counts in units of its own root mean square. Weights are rounded as they
    are stored, so that a decoder is the same before and after.
    """
    size = np.sqrt(np.einsum("kcc->kc", gram))
    size = np.where(size > 0.0, size, 1.0)
    scaled = gram / (size[:, :, None] * size[:, None, :])
    scaled = scaled + ridge * np.eye(gram.shape[-1])
    found = np.linalg.solve(scaled, (moment / size)[:, :, None])[:, :, 0] / size
    real, imaginary = np.split(found, 2, axis=1)
    imaginary[:, terms.firsts] += 1.0
    return (real - 1j * imaginary).T.astype(np.complex64).astype(complex)
