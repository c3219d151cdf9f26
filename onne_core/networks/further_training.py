"""Starting point of further training: the networks of an ensemble and their heads."""

from dataclasses import dataclass, field, replace

import numpy as np

from onne_core.bundle.bundle import Bundle
from onne_core.bundle.onnx_reader import network_from
from onne_core.bundle.statistics import statistics_from_arrays
from onne_core.ensemble.card import Card, HeadCard, card_from_json
from onne_core.ensemble.features import feature_matrix
from onne_core.ensemble.member import Layers
from onne_core.ensemble.outputs import output_sizes
from onne_core.errors import BundleError
from onne_core.networks.augment import TrainingData
from onne_core.values.recipe import TrainingRecipe


@dataclass(frozen=True, eq=False)
class Start:
    """Networks to be trained further.

    ``first`` is their frozen input (k, seen), ``members`` their layers, ``prior`` mean
    and standard deviation of N, R, sigma^2, C3 over the set on which they began
    (head, 4, 2). ``digest`` is that of the ensemble.
    """

    card: Card = field(repr=False)
    first: np.ndarray = field(repr=False)
    members: tuple[Layers, ...] = field(repr=False)
    prior: np.ndarray = field(repr=False)
    digest: str

    def inputs(self, material: TrainingData) -> np.ndarray:
        """Return the matrix from features to the input of the networks."""
        return material.to_chi @ self.first

    def layers(self, member: int, heads: tuple[HeadCard, ...]) -> Layers:
        """Return the layers of a member with outputs for ``heads``.

        They are those of the card, but for bins of g(r) on either side.
        """
        *hidden, last = self.members[member]
        kept = _kept_outputs(self.card.heads, heads, self.card.training)
        return (*hidden, _widened(last, kept))

    def heads(self, found: tuple[HeadCard, ...]) -> tuple[HeadCard, ...]:
        """Return the card's heads with bins for all neighbours of the heads ``found``.

        The scale of the answers stays: the weights belong to it.
        """
        return tuple(
            _over(own, other) for own, other in zip(self.card.heads, found, strict=True)
        )


def start_of(bundle: Bundle) -> Start:
    """Return the starting point of further training of ``bundle``.

    Raises
    ------
    BundleError
        If its networks are fine-tuned ones.
    """
    card = card_from_json(bundle.card)
    read = [network_from(content, card) for content in bundle.networks]
    if any(member.appended for _, member in read):
        raise BundleError(
            f"{bundle.name}: is fine-tuned; give the ensemble it is based on."
        )
    points = feature_matrix(card.training).shape[1]
    return Start(
        card=card,
        first=read[0][0],
        members=tuple(member.layers for _, member in read),
        prior=statistics_from_arrays(bundle.arrays, card, features=points).prior,
        digest=bundle.digest,
    )


def _over(own: HeadCard, other: HeadCard) -> HeadCard:
    """Return ``own`` with the bins of both."""
    first = min(own.first_bin, other.first_bin)
    last = max(own.first_bin + own.bins, other.first_bin + other.bins)
    return replace(own, first_bin=first, bins=last - first)


def _kept_outputs(
    old: tuple[HeadCard, ...], new: tuple[HeadCard, ...], training: TrainingRecipe
) -> list[tuple[np.ndarray, int, int]]:
    """Return per part of the new output layer which old outputs it takes, and where.

    Each item is (the old outputs, the number of new ones before them, behind them).
    """
    linear = training.loss == "squares"
    answers = 0 if linear else sum(output_sizes(old)[:3])
    parts = [(np.arange(answers), 0, 0)]
    before = answers
    for one, other in zip(old, new, strict=True):
        left = one.first_bin - other.first_bin
        right = other.bins - one.bins - left
        parts.append((before + np.arange(one.bins), left, right))
        before += one.bins
    return parts


def _widened(
    last: tuple[np.ndarray, np.ndarray], parts: list[tuple[np.ndarray, int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the output layer with new bins, which begin like the emptiest old ones."""
    weight, bias = last
    weights, biases = [], []
    for index, left, right in parts:
        emptiest = bias[index].min() if index.size else 0.0
        weights.append(np.pad(weight[:, index], ((0, 0), (left, right))))
        biases.append(
            np.pad(bias[index], (left, right), constant_values=(emptiest, emptiest))
        )
    return np.concatenate(weights, axis=1), np.concatenate(biases)
