"""Prior of the shells of a spectrum: how the macrostates of training differ."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import Card

MOVES = 4
"""Numbers that move a shell: N (1), R (Å), sigma (Å) and skewness / 6."""

LEAST_SPREAD = np.array([1e-3, 2e-3, 1e-3, 5e-3])
"""Smallest standard deviations of N (relative), R (Å), sigma (Å), skewness / 6."""


@dataclass(frozen=True, eq=False)
class ShellPrior:
    """Mean and covariance of N, R (Å), sigma (Å) and skewness / 6 of all heads."""

    mean: Float[np.ndarray, " move"]
    covariance: Float[np.ndarray, "move move"] = field(repr=False)


def prior_from(
    moments: Float[np.ndarray, "macrostate head 4"], card: Card
) -> ShellPrior:
    """Return the prior from N, R (Å), sigma^2 (Å^2) and C3 (Å^3) of the macrostates.

    Macrostates in which a shell is empty say nothing of its distance.
    """
    number, distance, sigma2, third = np.moveaxis(moments.astype(float), -1, 0)
    sigma = np.sqrt(sigma2)
    skewness = third / np.maximum(sigma, LEAST_SPREAD[2]) ** 3
    states = np.stack([number, distance, sigma, skewness / 6.0], axis=-1)
    flat = states.reshape(len(states), -1)
    flat = flat[np.all(np.isfinite(flat), axis=1)]
    least = np.tile(LEAST_SPREAD, (len(card.heads), 1))
    least[:, 0] *= [head.centre[0] for head in card.heads]
    return ShellPrior(
        flat.mean(axis=0),
        np.cov(flat, rowvar=False) + np.diag(least.ravel() ** 2),
    )
