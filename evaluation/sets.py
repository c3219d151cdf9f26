"""Sets of spectra to test on: held-out parts, disturbed spectra, averages."""

from dataclasses import replace

import numpy as np

from evaluation.places import MissingError, Truth
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import Pairs, TrainingSet, selected
from onne_core.values.spectrum import e0_shifted

SHARED = 2.0 / 3.0
"""Variance left of counts when each is shared linearly between two bins."""


def held_out(
    training_set: TrainingSet, ensemble: Ensemble, *, count: int
) -> TrainingSet:
    """Return ``count`` macrostates used only for measuring the coverage.

    Raises
    ------
    MissingError
        If ``ensemble`` was trained on another set.
    """
    card = ensemble.card
    if card.training_set != training_set.digest:
        raise MissingError(
            f"{ensemble.name} was trained on another set (digest "
            f"{card.training_set[:16]})"
        )
    split = split_of(
        card.items, held_out=card.training.held_out, seed=card.training.seed
    )
    return replace(
        training_set, pairs=selected(training_set.pairs, np.sort(split.test)[:count])
    )


def disturbed(
    pairs_set: TrainingSet, *, noise: float, e0_offset: float, seed: int = 1
) -> TrainingSet:
    """Return the set with white noise in chi, and E0 off by ``e0_offset`` (eV).

    The offset is up for one spectrum and down for the next.
    """
    rng = np.random.default_rng(seed)
    k, chi = pairs_set.k, pairs_set.pairs.chi.astype(float)
    if e0_offset:
        signs = np.where(np.arange(len(chi)) % 2, -1.0, 1.0)
        chi = np.stack(
            [
                e0_shifted(k, row, float(sign * e0_offset))
                for row, sign in zip(chi, signs, strict=True)
            ]
        )
    chi = chi + noise * rng.standard_normal(chi.shape)
    return replace(pairs_set, pairs=replace(pairs_set.pairs, chi=chi))


def averaged(pairs_set: TrainingSet, truth: Truth | None = None) -> TrainingSet:
    """Return the set as one pair: the mean spectrum with the mean g(r).

    ``truth`` is a smoother g(r) of the same dynamics, in the place of that mean.
    """
    pairs, radial = pairs_set.pairs, pairs_set.radial
    g, environments = pairs.g.mean(axis=0), environments_of(pairs_set)
    if truth is not None:
        known, environments = truth.distribution, truth.environments
        g = np.array(
            [
                np.interp(radial.centres, known.r, known.partials[head.pair])
                for head in pairs_set.heads
            ]
        )
    mean = Pairs(
        chi=pairs.chi.mean(axis=0, keepdims=True),
        g=g[None],
        moments=pairs.moments.mean(axis=0, keepdims=True),
    )
    description = {**pairs_set.description, "environments": environments}
    return replace(pairs_set, pairs=mean, description=description)


def environments_of(pairs_set: TrainingSet) -> int:
    """Return the number of environments in all pairs of a set."""
    return int(pairs_set.description["environments"])


def sampling_l1(
    pairs_set: TrainingSet, *, end: float = float("inf")
) -> dict[str, float]:
    r"""Return, per pair of elements, the L1 that counting alone gives a true g(r).

    It is that of one spectrum of the set, the mean over so many environments as it has,
    up to ``end`` (Å). The expected absolute deviation of a bin with Poisson variance is
    :math:`\sqrt{2/\pi}` times its standard deviation, and neighbours are shared between
    two bins.
    """
    pairs, heads, radial = pairs_set.pairs, pairs_set.heads, pairs_set.radial
    counted = environments_of(pairs_set) / len(pairs) * radial.step
    found = {}
    for name in dict.fromkeys(head.pair for head in heads):
        mine = [i for i, head in enumerate(heads) if head.pair == name]
        g = np.clip(pairs.g[:, mine].sum(axis=1).mean(axis=0), 0.0, None)
        g = g[radial.centres <= end]
        deviation = np.sqrt(2.0 / np.pi * SHARED * g / counted).sum()
        found[name] = float(deviation / g.sum()) if g.any() else float("nan")
    return found
