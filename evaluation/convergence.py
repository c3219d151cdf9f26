"""How long the members of ensembles were trained, and whether they had converged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluation.section import Table
from onne_core.ensemble.card import Card

TAIL = 500
"""Steps before the end over which the fall of the validation loss is looked at."""

CONVERGED = 0.01
"""Fall over these steps below which a member has converged, of its whole fall."""

HEAD = (
    *("ensemble", "members", "steps", "best weights at step", "ended by patience"),
    *(f"fall over the last {TAIL} steps", "converged"),
)

NOTE = (
    "Steps of one optimiser and batch size. Training ends at the largest number of "
    "steps, or when the validation loss has not fallen for so many epochs of 100 steps "
    "as the card's patience says; the weights of its lowest value are kept. The fall "
    f"is a share of the whole fall since step 100; below {100 * CONVERGED:g} % is "
    "called converged."
)


@dataclass(frozen=True)
class Convergence:
    """Medians over the members: steps, the best of them, fall of the loss at the end.

    ``stopped`` is the share of members that patience ended.
    """

    members: int
    steps: tuple[int, int]
    best: int
    stopped: float
    fall: float

    @property
    def converged(self) -> bool:
        """Whether the loss had all but ceased to fall."""
        return self.stopped > 0.5 or self.fall < CONVERGED


def convergence_of(card: Card) -> Convergence:
    """Return how the members of an ensemble ended."""
    curves = [np.array(losses) for losses in card.losses]
    steps = [int(curve[-1, 0]) for curve in curves]
    return Convergence(
        members=len(curves),
        steps=(min(steps), max(steps)),
        best=int(np.median([curve[curve[:, 2].argmin(), 0] for curve in curves])),
        stopped=float(np.mean([step < card.training.steps for step in steps])),
        fall=float(np.median([_fall(curve) for curve in curves])),
    )


def convergence_table(cards: Mapping[str, Card]) -> Table:
    """Return how the members of all ensembles ended, and whether that is comparable."""
    rows = []
    for name, card in cards.items():
        found = convergence_of(card)
        first, last = found.steps
        rows.append(
            (
                name,
                str(found.members),
                f"{first}" if first == last else f"{first} to {last}",
                str(found.best),
                f"{found.stopped * found.members:.0f} of {found.members}",
                f"{100 * found.fall:.1f} %",
                "yes" if found.converged else "no",
            )
        )
    verdict = comparable([convergence_of(card) for card in cards.values()])
    return Table("How they were trained", HEAD, tuple(rows), f"{verdict} {NOTE}")


def comparable(found: Sequence[Convergence]) -> str:
    """Return in words what the comparison of ensembles rests on."""
    if all(item.converged for item in found):
        return "All have converged."
    if len({item.steps for item in found}) == 1:
        return "All were trained for the same number of steps."
    return "Neither the same number of steps, nor have all converged: NOT COMPARABLE."


def convergence_numbers(cards: Mapping[str, Card]) -> dict[str, Any]:
    """Return the same by name."""
    return {
        name: {**vars(found), "converged": found.converged}
        for name, found in (
            (name, convergence_of(card)) for name, card in cards.items()
        )
    }


def _fall(curve: np.ndarray) -> float:
    """Return the fall of the lowest validation loss at the end, of the whole fall."""
    lowest = np.minimum.accumulate(curve[:, 2])
    before = lowest[max(0, int(np.searchsorted(curve[:, 0], curve[-1, 0] - TAIL)))]
    whole = curve[0, 2] - lowest[-1]
    return float((before - lowest[-1]) / whole) if whole > 0.0 else 0.0
