"""The card of an ensemble: what it was trained on and what its numbers mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float

from onne_core.codec import (
    REQUIRED,
    Codec,
    Form,
    is_number,
    listed,
    refused_as,
    table,
)
from onne_core.errors import BundleError
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import TrainingRecipe, training_from_json, training_to_json
from onne_core.values.spectrum import K_STEP
from onne_core.values.structure import EDGES

QUANTITIES = ("coordination", "distance", "deviation")
"""What the likelihood outputs answer for, per head: 1, Å, Å."""

MOST_HEADS = 64
BINS = (8, 10_000)
"""Fewest and most bins of g(r)."""

MOST_OUTPUTS = 1 << 15
"""Most bins of g(r) of all heads together."""

MOST_LAYERS, WIDEST_LAYER = 64, 8192
"""Most hidden layers, and most neurons of one."""

LARGEST_K, LARGEST_R = 40.0, 20.0
"""Ends of the k window (Å^-1) and the R filter (Å) beyond which nobody measures."""

LARGEST_QUANTITY = 1000.0
"""Largest N, R (Å) or standard deviation (Å) that a card may name."""

LONGEST_NAME = 64
"""Characters of the name of a shell or pair."""

LONGEST_TITLE = 255
"""Characters of the name of an ensemble, which is that of a folder."""

NOT_LEARNT = {"theory_amplitude_over_k": 0.0, "theory_phase_over_k": 0.0}
"""Parameters of the training that older cards lack: their networks never saw these."""


@dataclass(frozen=True)
class HeadCard:
    """One head: its name and pair, the bins of its shape, what training varied.

    ``first_bin`` and ``bins`` give the part of the radial grid where training had
    neighbours. ``centre`` and ``scale`` (per quantity) undo the normalisation of the
    likelihood outputs, and are the mean and standard deviation over the training set;
    ``lowest`` and ``highest`` are the extremes. ``fixed`` says which quantity
    training never varied.
    """

    label: str
    pair: str
    first_bin: int
    bins: int
    centre: tuple[float, ...]
    scale: tuple[float, ...]
    lowest: tuple[float, ...]
    highest: tuple[float, ...]
    fixed: tuple[bool, ...]


@dataclass(frozen=True)
class Card:
    """Everything but the weights and statistics of an ensemble.

    ``edge_energy`` is the tabulated energy of the absorber's edge, eV, where it has
    one; ``coverage`` is that of calibration.coverage_of on macrostates set apart;
    ``decoder`` the relative error of back-calculated chi on them, where there is one;
    ``crystal`` gives the neighbours of every head in the crystal of its template, see
    crystal.py; ``joint`` compares the joint posterior with the networks alone, see
    joint_fit.py;
    ``tuning`` says what a fine-tuned ensemble began with, was tuned to, and gained.
    """

    name: str
    absorber: str
    edge: str
    radial: RadialGrid
    heads: tuple[HeadCard, ...]
    training: TrainingRecipe
    training_set: str
    items: int
    edge_energy: float | None = field(default=None, metadata=REQUIRED)
    description: dict[str, Any] = field(default_factory=dict, metadata=REQUIRED)
    versions: dict[str, str] = field(default_factory=dict, metadata=REQUIRED)
    coverage: dict[str, Any] = field(default_factory=dict, metadata=REQUIRED)
    losses: tuple[tuple[tuple[float, ...], ...], ...] = field(
        default=(), metadata=REQUIRED
    )
    decoder: dict[str, float] = field(default_factory=dict)
    tuning: dict[str, Any] = field(default_factory=dict)
    joint: dict[str, Any] = field(default_factory=dict)
    crystal: dict[str, float] = field(default_factory=dict)

    @cached_property
    def k(self) -> Float[np.ndarray, " k"]:
        """Grid of the networks' input, Å^-1: the window with its tapers."""
        grid = input_grid(self.training)
        grid.flags.writeable = False
        return grid

    @cached_property
    def first_head(self) -> HeadCard:
        """The head of the nearest shell, by its mean distance in training."""
        return min(self.heads, key=lambda head: head.centre[1])

    @property
    def pairs(self) -> tuple[str, ...]:
        """Names of the pairs, in the order of their first head."""
        return tuple(dict.fromkeys(head.pair for head in self.heads))

    @property
    def core_hole(self) -> bool:
        """Whether the theory it was trained on has a core hole."""
        return core_hole_of(self.description)


def core_hole_of(description: Mapping[str, Any]) -> bool:
    """Return whether the spectra of a training set were computed with a core hole.

    Descriptions that do not say are of sets from before there was a choice: with it.
    """
    of_system = description.get("recipe")
    place = of_system if isinstance(of_system, Mapping) else description
    scattering = place.get("scattering")
    if not isinstance(scattering, Mapping):
        return True
    return scattering.get("core_hole") is not False


def input_grid(training: TrainingRecipe) -> Float[np.ndarray, " k"]:
    """Return the k grid (Å^-1) on which the window of ``training`` is not zero."""
    first = max(0, round((training.k_min - training.taper / 2) / K_STEP))
    last = round((training.k_max + training.taper / 2) / K_STEP)
    return K_STEP * np.arange(first, last + 1)


def card_to_json(card: Card) -> dict[str, Any]:
    """Return ``card`` as JSON types; :func:`card_from_json` reads it back."""
    units = {"k": "Å^-1", "r": "Å", "g": "Å^-1", "quantities": list(QUANTITIES)}
    return {"units": units, **CODEC.encode(card)}


def card_from_json(content: dict[str, Any]) -> Card:
    """Return the card in ``content``, which may come from a stranger.

    Raises
    ------
    BundleError
        If a value is missing, of the wrong kind, or contradicts another.
    """
    remedy = " The bundle was made by another program or version."
    with refused_as(BundleError, "card: ", remedy):
        card = CODEC.value(Card, content)
    _check(card)
    return card


CODEC = Codec(
    {
        RadialGrid: listed(RadialGrid, 3),
        TrainingRecipe: Form(
            lambda content, place: training_from_json(
                {**NOT_LEARNT, **table(content, place)}
            ),
            training_to_json,
        ),
    },
    ignores_unknown=True,
)


def _shares(head: Any) -> list[Any]:
    return [*head.values()] if isinstance(head, dict) else [head]


def _is_coverage(pair: Any) -> bool:
    """Whether ``pair`` is what bands of 68 and 95 % hold."""
    is_pair = isinstance(pair, list | tuple) and len(pair) == 2
    return is_pair and all(is_number(share) and 0.0 <= share <= 1.0 for share in pair)


def _check(card: Card) -> None:
    """Refuse cards whose numbers would make a prediction meaningless or huge."""
    if not 1 <= len(card.heads) <= MOST_HEADS:
        raise BundleError(
            f"card: {len(card.heads)} heads; 1 to {MOST_HEADS} are allowed."
        )
    if len({head.label for head in card.heads}) < len(card.heads):
        raise BundleError("card: two heads have the same label.")
    shares = [pair for head in card.coverage.values() for pair in _shares(head)]
    if not all(_is_coverage(pair) for pair in shares):
        raise BundleError("card.coverage: give two shares between 0 and 1 for each.")
    if not card.name.isprintable() or len(card.name) > LONGEST_TITLE:
        raise BundleError(
            f"card: {card.name[:LONGEST_NAME]!r} is no name of an ensemble."
        )
    _check_name(card.absorber)
    if card.edge not in ("", *EDGES):
        raise BundleError(f"card: {card.edge[:LONGEST_NAME]!r} is no edge, such as K.")
    fewest, most = BINS
    if not fewest <= card.radial.bins <= most:
        raise BundleError(
            f"card: {card.radial.bins} bins of r; {fewest} to {most} are allowed."
        )
    training = card.training
    outputs = sum(head.bins for head in card.heads)
    if (
        training.layers > MOST_LAYERS
        or training.width > WIDEST_LAYER
        or outputs > MOST_OUTPUTS
    ):
        raise BundleError(
            f"card: {training.layers} layers of {training.width} neurons and {outputs} "
            f"bins of all heads; {MOST_LAYERS}, {WIDEST_LAYER} and {MOST_OUTPUTS} are "
            "allowed at most."
        )
    if training.k_max + training.taper > LARGEST_K or training.r_filter[1] > LARGEST_R:
        raise BundleError(
            f"card: the k window ends at {training.k_max:g} Å^-1 and the R filter at "
            f"{training.r_filter[1]:g} Å; {LARGEST_K:g} Å^-1 (taper included) and "
            f"{LARGEST_R:g} Å are allowed at most."
        )
    for head in card.heads:
        _check_head(head, card.radial)


def _check_name(text: str) -> None:
    """Refuse names that could not be shown or stand in a file."""
    if not 0 < len(text) <= LONGEST_NAME or not text.isprintable() or "/" in text:
        raise BundleError(
            f"card: {text[:LONGEST_NAME]!r} is no name of an absorber, shell or pair."
        )


def _check_head(head: HeadCard, radial: RadialGrid) -> None:
    _check_name(head.label)
    _check_name(head.pair)
    if not 0 <= head.first_bin < head.first_bin + head.bins <= radial.bins:
        raise BundleError(f"card: head {head.label} leaves the grid of r.")
    numbers = (head.centre, head.scale, head.lowest, head.highest)
    if any(len(value) != len(QUANTITIES) for value in (*numbers, head.fixed)):
        raise BundleError(
            f"card: head {head.label} must name {len(QUANTITIES)} quantities."
        )
    if min(head.scale) < 0.0:
        raise BundleError(f"card: head {head.label} has numbers out of range.")
    ordered = all(
        0.0 <= low <= centre <= high <= LARGEST_QUANTITY
        for low, centre, high in zip(
            head.lowest, head.centre, head.highest, strict=True
        )
    )
    if not ordered or head.centre[0] <= 0.0 or head.centre[1] <= 0.0:
        raise BundleError(f"card: head {head.label} has ranges out of order.")
