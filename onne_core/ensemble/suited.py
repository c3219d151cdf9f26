"""Which ensembles can answer a spectrum, and which of them answers it best.

The absorber and its edge decide first: the energy of k = 0 where the file gives it,
else the name in its header. Of the ensembles that are left each is tried until one has
the spectrum inside its training range; otherwise the least bad answers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from onne_core.ensemble.card import Card
from onne_core.values.edges import FARTHEST, Absorber, edge_energy, edge_near
from onne_core.values.prediction import Prediction
from onne_core.values.spectrum import Spectrum

Relation = Literal["same", "unknown", "other"]
"""Absorber and edge of a spectrum against those of an ensemble."""

LEVELS = ("inside", "borderline", "outside")
"""Verdicts, the best first."""

SHORT = 0.5
"""Part of the k window without data that does not count against an ensemble, Å^-1."""

BETTER_R_FACTOR = 0.8
"""Share of the R-factor from which an answer of the same verdict is the better one."""


@dataclass(frozen=True)
class Suited:
    """Indices of the ensembles to try, the likeliest first.

    ``is_assumed`` where nothing tells the absorber, so that it is taken to be that of
    the preferred ensemble.
    """

    order: tuple[int, ...]
    is_assumed: bool = False


@dataclass(frozen=True)
class Trial:
    """What an ensemble said of a spectrum: verdict, "" for no answer, and R-factor."""

    verdict: str
    r_factor: float | None = None

    @property
    def rank(self) -> tuple[int, float]:
        """The smaller, the better."""
        known = self.verdict in LEVELS
        level = LEVELS.index(self.verdict) if known else len(LEVELS)
        return level, np.inf if self.r_factor is None else self.r_factor


def absorber_of(spectrum: Spectrum) -> Absorber | None:
    """Return absorber and edge of ``spectrum``: measured, else named, else ``None``.

    An energy with two edges near it has the one that the header names.
    """
    named = Absorber(spectrum.element, spectrum.edge) if spectrum.element else None
    if spectrum.e0 is None:
        return named
    if named is not None:
        energy = edge_energy(named)
        if energy is not None and abs(energy - spectrum.e0) <= FARTHEST:
            return named
    return edge_near(spectrum.e0)


def relation(spectrum: Spectrum, card: Card) -> Relation:
    """Return whether absorber and edge of ``spectrum`` are those of an ensemble.

    Energies count before names, which people copy from file to file; where edges of
    two elements lie as close as calibrations differ, the name decides between them.
    """
    named, e0 = Absorber(spectrum.element, spectrum.edge), spectrum.e0
    there = card.edge_energy or edge_energy(Absorber(card.absorber, card.edge))
    if e0 is not None and there is not None:
        if abs(e0 - there) > FARTHEST:
            return "other"
        own = edge_energy(named)
        is_there = own is not None and abs(own - e0) <= FARTHEST
        return "other" if is_there and named.element != card.absorber else "same"
    if not named.element:
        return "unknown"
    return "same" if is_named(card, named) else "other"


def is_named(card: Card, absorber: Absorber) -> bool:
    """Return whether ``absorber`` is that of an ensemble; its edge may be unknown."""
    return absorber.element == card.absorber and absorber.edge in ("", card.edge)


def suited(
    spectrum: Spectrum, cards: Sequence[Card], *, preferred: int | None = None
) -> Suited:
    """Return which of ``cards`` to try for ``spectrum``, the likeliest first.

    First come those whose k window the data cover, then those with a joint posterior,
    more shells, and more spectra in training. Where nothing tells the absorber, that of
    the ``preferred`` card is assumed.
    """
    relations = [relation(spectrum, card) for card in cards]
    right = [i for i, own in enumerate(relations) if own == "same"]
    open_ = [i for i, own in enumerate(relations) if own == "unknown"]
    is_assumed = not right and bool(open_)
    if is_assumed:
        chosen = preferred if preferred in open_ else open_[0]
        assumed = cards[chosen].absorber, cards[chosen].edge
        right = [i for i in open_ if (cards[i].absorber, cards[i].edge) == assumed]

    def place(index: int) -> tuple[bool, bool, int, int]:
        card = cards[index]
        is_short = float(spectrum.k[-1]) < card.training.k_max - SHORT
        has_joint = bool(card.joint.get("used"))
        return (
            is_short,
            not has_joint,
            -len(card.heads),
            -card.items,
        )

    return Suited(tuple(sorted(right, key=place)), is_assumed)


def trial_of(prediction: Prediction) -> Trial:
    """Return what a prediction says of its ensemble."""
    back = prediction.back
    r_factor = float(back.r_factor_r) if back is not None else None
    return Trial(prediction.verdict.name, r_factor)


def best(trials: Sequence[Trial | None]) -> int:
    """Return the index of the trial that answers; ``None`` is one still to come.

    The first that is inside answers; otherwise the best verdict, then the smallest
    R-factor, among those that are known.
    """
    known = [(i, trial) for i, trial in enumerate(trials) if trial is not None]
    for i, trial in known:
        if trial.verdict == LEVELS[0]:
            return i
    return min(known, key=lambda one: one[1].rank)[0] if known else 0


def next_to_try(trials: Sequence[Trial | None]) -> int | None:
    """Return the index of the next trial; ``None`` when nothing is left to learn."""
    for i, trial in enumerate(trials):
        if trial is None:
            return i
        if trial.verdict == LEVELS[0]:
            return None
    return None


def is_better(one: Trial, other: Trial) -> bool:
    """Return whether ``one`` has a better verdict, or a clearly smaller R-factor.

    Two spectra inside are not compared: R-factors of other windows are other numbers.
    """
    (level, r_factor), (own_level, own_r_factor) = one.rank, other.rank
    if level != own_level or level == 0:
        return level < own_level
    return r_factor < BETTER_R_FACTOR * own_r_factor


def missing(spectrum: Spectrum) -> str:
    """Return that no ensemble suits ``spectrum``, and what to do."""
    absorber = absorber_of(spectrum)
    name = str(absorber) if absorber else f"an edge at {spectrum.e0:.0f} eV"
    return f"No ensemble for {name}: make one under Shells (New ensemble)."
