"""Pipeline: pairs of a trajectory with the heads and grids of an ensemble."""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import Card, HeadCard, core_hole_of
from onne_core.errors import StorageError
from onne_core.networks.perturbed_copies import copies_of, extended_by, families_of
from onne_core.networks.train import Mixture
from onne_core.pipeline.ensembles.validation import pairs_for
from onne_core.posterior.estimates import Limits
from onne_core.training_set.split import Split, split_of
from onne_core.training_set.training_set import (
    Pairs,
    TrainingSet,
    selected,
)
from onne_core.values.radial import moments

SMOOTHED = 0.18
"""Width over which the mean g(r) is averaged before its minima are looked for, Å."""

RISEN = 0.1
"""A next shell begins where g(r) has risen so much again, in units of the peak."""

DIED_AWAY = 0.02
"""A shell ends where g(r) is so near the minimum behind it, in units of its peak."""

HELD_BACK = 0.3
"""Share of held-out pairs if no number is given."""

SET_APART = 0.15
"""Share of the other pairs for validation, and again for calibration."""

FEWEST = 12
"""Fewest pairs for tuning, test and calibration."""


@dataclass(frozen=True, eq=False)
class TuningSets:
    """Pairs with the heads and grids of an ensemble, and its original training set.

    ``pairs_set`` are all pairs, shared out in ``parts``, of which those for the test
    are held back; ``union`` is the original set
    with those behind it that are not held back, shared out in ``split``. ``copies``
    belong behind ``union``.
    ``limits`` are those of the shells (Å) within which pairs count.
    """

    pairs_set: TrainingSet = field(repr=False)
    parts: Split = field(repr=False)
    union: TrainingSet = field(repr=False)
    split: Split = field(repr=False)
    copies: Pairs = field(repr=False)
    mixture: Mixture = field(repr=False)
    limits: Limits

    def pairs_at(self, index: np.ndarray) -> TrainingSet:
        """Return the pairs at ``index``, as a set."""
        return replace(self.pairs_set, pairs=selected(self.pairs_set.pairs, index))


def tuning_sets(
    card: Card, raw: TrainingSet, original: TrainingSet, *, held_back: int | None
) -> TuningSets:
    """Convert the pairs in ``raw`` to the heads and grids of ``card``; make copies.

    ``original`` is the set that the networks were trained on; the copies are of either.

    Raises
    ------
    StorageError
        If the pairs do not fit the card, are of another theory, or are too few.
    """
    training = card.training
    if core_hole_of(raw.description) != card.core_hole:
        own, option = ("with", "") if card.core_hole else ("without", "no-")
        raise StorageError(
            f"{card.name} was trained on spectra {own} a core hole, the pairs are not; "
            f"generate them with --{option}core-hole."
        )
    pairs, limits = in_terms_of(card, raw, original.k)
    parts = tuning_parts(len(pairs), held_back=held_back, seed=training.seed)
    learnt = (parts.training, parts.validation, parts.calibration)
    union = extended_by(original, selected(pairs, np.concatenate(learnt)))
    first = len(original.pairs)
    own = np.split(
        first + np.arange(len(union.pairs) - first),
        np.cumsum([part.size for part in learnt])[:-1],
    )
    split = split_of(first, held_out=training.held_out, seed=training.seed)
    joint = Split(
        np.concatenate([split.training, own[0]]),
        np.concatenate([split.validation, own[1]]),
        # Few pairs count as much as the many macrostates when bands are calibrated.
        np.concatenate([split.calibration, np.resize(own[2], split.calibration.size)]),
        split.test,
    )
    copies = copies_of(union, joint, training)
    families = families_of(union, joint, copies)
    return TuningSets(
        pairs_set=replace(original, pairs=pairs, digest=raw.digest),
        parts=parts,
        union=union,
        split=joint,
        copies=copies,
        mixture=Mixture(
            tuning=families[split.training.size :],
            replay=families[: split.training.size],
            tuning_validation=own[1],
            replay_validation=split.validation,
        ),
        limits=limits,
    )


def tuning_parts(count: int, *, held_back: int | None, seed: int) -> Split:
    """Share out ``count`` pairs by chance, ``held_back`` of them for the test.

    Raises
    ------
    StorageError
        If too few are left to tune on.
    """
    back = round(HELD_BACK * count) if held_back is None else held_back
    if not 1 <= back <= count - FEWEST:
        raise StorageError(
            f"{count} pairs, {back} held out: at least one is needed for the test "
            f"and {FEWEST} for tuning; generate more with a smaller --group."
        )
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(count,)))
    apart = round(SET_APART * (count - back))
    order = rng.permutation(count)
    held, validation, calibration, training = (
        np.sort(part)
        for part in np.split(order, [back, back + apart, back + 2 * apart])
    )
    return Split(training, validation, calibration, held)


def in_terms_of(
    card: Card, pairs_set: TrainingSet, k: np.ndarray
) -> tuple[Pairs, Limits]:
    """Return the pairs with the heads and grids of ``card``, and the heads' limits (Å).

    A head gets the neighbours of its elements between limits at the minima of the
    mean g(r), within the bins that its networks answer for. ``k`` is the grid of the
    spectra that the networks were trained on, Å^-1.

    Raises
    ------
    StorageError
        If the pairs lack elements or part of the spectrum, or a head has no
        neighbours in them.
    """
    totals = pairs_for(card, pairs_set)
    limits = {
        head.label: _ends(card, head, totals[head.pair].mean(axis=0))
        for head in card.heads
    }
    r = card.radial.centres
    g = np.zeros((len(pairs_set.pairs), len(card.heads), r.size))
    found = np.full((*g.shape[:2], 4), np.nan)
    for i, head in enumerate(card.heads):
        low, high = limits[head.label]
        g[:, i] = np.where((r > low) & (r < high), totals[head.pair], 0.0)
        for item, row in enumerate(g[:, i]):
            found[item, i] = tuple(
                vars(moments(r, row, r_min=low, r_max=high)).values()
            )
        if not np.any(g[:, i]):
            raise StorageError(
                f"the pairs have no {head.pair} between {low:.2f} and {high:.2f} Å, "
                f"where {card.name} has its shell {head.label}."
            )
    chi = np.stack(
        [
            np.interp(k, pairs_set.k, row, right=0.0)
            for row in pairs_set.pairs.chi.astype(float)
        ]
    )
    return Pairs(chi, g, found), limits


def _ends(
    card: Card, head: HeadCard, g: Float[np.ndarray, " r"]
) -> tuple[float, float]:
    """Return the limits (Å) of ``head`` in the mean ``g`` of its elements.

    Between two heads of the same elements it is the minimum between their trained
    mean distances; the last ends where its peak has died away.
    """
    r, half = card.radial.centres, 0.5 * card.radial.step
    each_side = round(0.5 * SMOOTHED / card.radial.step)
    bins = 2 * each_side + 1
    padded = np.pad(g, each_side, mode="edge")
    smooth = np.convolve(padded, np.full(bins, 1.0 / bins), "valid")
    centres = sorted(h.centre[1] for h in card.heads if h.pair == head.pair)
    rank = centres.index(head.centre[1])
    low = float(r[head.first_bin] - half)
    high = float(r[head.first_bin + head.bins - 1] + half)
    if rank > 0:
        low = max(low, _minimum(r, smooth, centres[rank - 1], centres[rank]))
    if rank < len(centres) - 1:
        return low, min(high, _minimum(r, smooth, centres[rank], centres[rank + 1]))
    return low, _died_away(r, smooth, low, high, centre=centres[rank])


def _minimum(r: np.ndarray, g: np.ndarray, left: float, right: float) -> float:
    """Return where ``g`` is least between ``left`` and ``right`` (Å)."""
    between = (r >= left) & (r <= right)
    lowest = g[between] <= g[between].min() + 1e-9
    return float(r[between][lowest].mean())


def _died_away(
    r: np.ndarray, g: np.ndarray, low: float, high: float, *, centre: float
) -> float:
    """Return where the peak of ``g`` near ``centre`` has died away before ``high``."""
    inside = np.flatnonzero((r > low) & (r < high))
    # The peak that can be reached uphill from the trained distance.
    peak = int(inside[np.argmin(np.abs(r[inside] - centre))])
    while peak + 1 in inside and g[peak + 1] > g[peak]:
        peak += 1
    while peak - 1 in inside and g[peak - 1] > g[peak]:
        peak -= 1
    behind = g[peak : inside[-1] + 1]
    risen = behind > np.minimum.accumulate(behind) + RISEN * g[peak]
    until = behind[: int(np.argmax(risen)) if np.any(risen) else behind.size]
    return float(r[peak + np.argmax(until <= until.min() + DIED_AWAY * g[peak])])
