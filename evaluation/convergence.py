"""Length and convergence of the training of ensembles."""

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
    *("ensemble", "members", "steps", "best weights at step", "stopped early"),
    *(f"fall over the last {TAIL} steps", "converged"),
)

NOTE = (
    "Steps with the same optimiser and batch size. Training ends at the maximum "
    "number of steps, or when the validation loss has not decreased for the "
    "patience given on the card (in epochs of 100 steps); the weights of the "
    "lowest loss are kept. The fall is relative to the whole fall since step 100; "
    f"below {100 * CONVERGED:g} % counts as converged."
)


@dataclass(frozen=True)
class Convergence:
    """Medians over the members: steps, best step, fall of the loss at the end.

    ``stopped`` is the share of members that patience ended.
    """

    members: int
    steps: tuple[int, int]
    best: int
    stopped: float
    fall: float

    @property
    def converged(self) -> bool:
        """Return whether the loss has nearly stopped falling."""
        return self.stopped > 0.5 or self.fall < CONVERGED


def convergence_of(card: Card) -> Convergence:
    """Return the convergence of the members of an ensemble."""
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
    """Return the convergence of all ensembles, and whether they are comparable."""
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
    return Table("Training of the ensembles", HEAD, tuple(rows), f"{verdict} {NOTE}")


def comparable(found: Sequence[Convergence]) -> str:
    """Return the basis for comparing the ensembles, in words."""
    if all(item.converged for item in found):
        return "All have converged."
    if len({item.steps for item in found}) == 1:
        return "All were trained for the same number of steps."
    return "Different numbers of steps, and not all have converged: NOT COMPARABLE."


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
