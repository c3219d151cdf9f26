"""Progress of a member in training: errors, learning rate, examples."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float

TRAINING = "training networks"
"""Message of the progress while networks are trained; it counts their epochs."""

Rank = Literal["easiest", "median", "hardest"]
RANKS: tuple[Rank, ...] = ("easiest", "median", "hardest")

Answers = Mapping[int, tuple[Float[np.ndarray, " _"], ...]]
"""g(r) (Å^-1) per head, by the epoch after which a member gave it."""


@dataclass(frozen=True, eq=False)
class WatchedHead:
    """A head's name and pair, and the bins (Å) of its g(r)."""

    label: str
    pair: str
    r: Float[np.ndarray, " bin"] = field(repr=False)


@dataclass(frozen=True, eq=False)
class WatchedExample:
    """A held-out example by the ``rank`` of its present loss, never a chosen one.

    ``truth`` is its g(r) (Å^-1) per head, ``answers`` are the member's.
    """

    rank: Rank
    loss: float
    truth: tuple[Float[np.ndarray, " _"], ...] = field(repr=False)
    answers: Answers = field(repr=False)


@dataclass(frozen=True, eq=False)
class Watched:
    """One member after its last epoch.

    ``errors`` are root-mean-square errors of N (1), R (Å) and sigma (Å) per head on
    the held-out examples; ``rates`` the learning rates at the end of every epoch.
    """

    heads: tuple[WatchedHead, ...]
    steps: Float[np.ndarray, " epoch"] = field(repr=False)
    rates: Float[np.ndarray, " epoch"] = field(repr=False)
    errors: Float[np.ndarray, "epoch head 3"] = field(repr=False)
    examples: tuple[WatchedExample, ...] = field(repr=False)


def watched_from(arrays: Mapping[str, np.ndarray]) -> Watched | None:
    """Return what ``arrays`` (see ensemble/train/watching.py) hold, if anything."""
    if not arrays.get("example_losses", np.empty(0)).size:
        return None
    ends = np.cumsum(arrays["bins"])[:-1]
    heads = tuple(
        WatchedHead(str(label), str(pair), r)
        for label, pair, r in zip(
            arrays["labels"],
            arrays["pairs"],
            np.split(arrays["r"], ends),
            strict=True,
        )
    )
    order = np.argsort(arrays["example_losses"], kind="stable")
    chosen = (order[0], order[order.size // 2], order[-1])
    return Watched(
        heads,
        arrays["steps"],
        arrays["rates"],
        arrays["errors"],
        tuple(
            WatchedExample(
                rank,
                float(arrays["example_losses"][index]),
                tuple(np.split(arrays["truth"][index], ends)),
                {
                    int(epoch): tuple(np.split(answer[index], ends))
                    for epoch, answer in zip(
                        arrays["epochs"], arrays["answers"], strict=True
                    )
                },
            )
            for rank, index in zip(RANKS, chosen, strict=True)
        ),
    )
