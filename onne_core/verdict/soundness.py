"""What an ensemble's own card says against it: too few examples, bands, losses."""

import numpy as np

from onne_core.ensemble.card import Card

UNSOUND = 1.02
"""Severity of a shortcoming: no answer of the ensemble is inside, and none is worse."""

LEAST_CALIBRATION = 6
"""Macrostates set aside for the bands, below which these are chance."""

COVERAGE_ENDS = (0.55, 0.80)
"""Share of held-out values that a band of 68 % may hold, in the mean of all shells."""

WIDEST_GAP = 2.0
"""Excess of the validation loss over that of training, as a share of what validation
has gained since the first steps."""


def shortcomings(card: Card) -> tuple[str, ...]:
    """Return what makes answers of an ensemble uncertain whatever the spectrum is."""
    return (*_few_examples(card), *_coverage(card), *_open_loss(card))


def _few_examples(card: Card) -> list[str]:
    # Three equal parts share what is held out.
    own = round(card.items * card.training.held_out / 3.0)
    if own >= LEAST_CALIBRATION:
        return []
    return [
        f"The bands rest on {own} of {card.items} macrostates; at least "
        f"{LEAST_CALIBRATION} are needed. Make a larger training set."
    ]


def _coverage(card: Card) -> list[str]:
    low, high = COVERAGE_ENDS
    shares: dict[str, list[float]] = {}
    for head in card.coverage.values():
        for quantity, (share, _) in head.items():
            shares.setdefault(quantity, []).append(float(share))
    means = {quantity: float(np.mean(values)) for quantity, values in shares.items()}
    return [
        f"68 % bands of {quantity} hold {100 * mean:.0f} % of held-out values "
        f"({100 * low:.0f} to {100 * high:.0f} % are expected)."
        for quantity, mean in means.items()
        if not low <= mean <= high
    ]


def _open_loss(card: Card) -> list[str]:
    curves = [np.array(curve) for curve in card.losses if len(curve) > 1]
    if not curves:
        return []
    gaps = [curve[-1, 2] - curve[-1, 1] for curve in curves]
    gains = [max(curve[0, 2] - curve[:, 2].min(), 1e-9) for curve in curves]
    ratios = np.array(gaps) / np.array(gains)
    if np.median(ratios) <= WIDEST_GAP:
        return []
    return [
        f"The loss on held-out macrostates is {np.median(gaps):.2f} above that of "
        f"training and fell by {np.median(gains):.2f} only: the networks know their "
        "own examples. Make a larger training set."
    ]
