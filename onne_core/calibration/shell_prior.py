"""Prior of the shells of a spectrum: how the macrostates of training differ.

Where the user knows the kind of the sample, the coordination numbers are taken as
measured with the precision of that knowledge: a Gaussian prior stays one.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from jaxtyping import Float

from onne_core.crystals.sphere import share_in_sphere
from onne_core.ensemble.card import Card
from onne_core.ensemble.crystal import BULK_WIDTH, Crystal
from onne_core.values.prediction import Sample

MOVES = 4
"""Numbers that move a shell: N (1), R (Å), sigma (Å) and skewness / 6."""

LEAST_SPREAD = np.array([1e-3, 2e-3, 1e-3, 5e-3])
"""Smallest standard deviations of N (relative), R (Å), sigma (Å), skewness / 6."""

PARTICLE_WIDTH = 0.06
"""The same of each shell in a particle, beside the share that its size takes."""

SMALLEST_PARTICLE = 8.0
"""Diameter (Å) of the smallest particles that are thought of: 13 atoms of a metal."""

SIZES = 64
"""Diameters over which mean and covariance of N in particles are taken."""


@dataclass(frozen=True, eq=False)
class ShellPrior:
    """Mean and covariance of N, R (Å), sigma (Å) and skewness / 6 of all heads.

    ``most`` is the largest N of every head, ``None`` where nothing limits it.
    """

    mean: Float[np.ndarray, " move"]
    covariance: Float[np.ndarray, "move move"] = field(repr=False)
    most: Float[np.ndarray, " head"] | None = None


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


def prior_of_sample(prior: ShellPrior, sample: Sample, crystal: Crystal) -> ShellPrior:
    """Return ``prior`` with what is known of the ``sample``.

    In a bulk crystal shells are full; in a particle they lack neighbours as a sphere
    does, together, and have no more than the crystal.
    """
    numbers = np.array(crystal.numbers or ())
    if sample == "unknown" or not numbers.size:
        return prior
    if sample == "bulk":
        return _with_numbers(prior, numbers, np.diag((BULK_WIDTH * numbers) ** 2))
    # Even in the root of the inverse diameter, as particles are drawn for training.
    roots = (np.arange(SIZES) + 0.5) / SIZES
    inverse = roots**2 / SMALLEST_PARTICLE
    distances = prior.mean[1::MOVES].tolist()
    shares = np.array(
        [[share_in_sphere(r * one) for r in distances] for one in inverse.tolist()]
    )
    own = np.diag((PARTICLE_WIDTH * numbers) ** 2)
    found = _with_numbers(
        prior,
        numbers * shares.mean(axis=0),
        np.atleast_2d(np.cov(numbers * shares, rowvar=False)) + own,
    )
    return replace(found, most=numbers)


def structure_distance(
    moves: Float[np.ndarray, "row move"], prior: ShellPrior, *, first: int
) -> Float[np.ndarray, " row"]:
    """Return how unlike training the farther shells are, for their head ``first``.

    Squared Mahalanobis distance of N, R and sigma of all other heads from what training
    expects of them beside those of the first. In a crystal the shells belong together;
    where the structure is another one they do not, even if each lies within its range.
    0 for a single head.
    """
    own = MOVES * first + np.arange(MOVES - 1)
    others = np.array(
        [
            MOVES * head + q
            for head in range(prior.mean.size // MOVES)
            if head != first
            for q in range(MOVES - 1)
        ],
        dtype=int,
    )
    apart, covariance = moves - prior.mean, prior.covariance
    gain = covariance[np.ix_(others, own)] @ np.linalg.inv(covariance[np.ix_(own, own)])
    left = apart[:, others] - apart[:, own] @ gain.T
    spread = covariance[np.ix_(others, others)] - gain @ covariance[np.ix_(own, others)]
    return np.einsum("rp,pq,rq->r", left, np.linalg.inv(spread), left)


def _with_numbers(
    prior: ShellPrior,
    numbers: Float[np.ndarray, " head"],
    covariance: Float[np.ndarray, "head head"],
) -> ShellPrior:
    """Return ``prior`` as if N of all heads had been measured."""
    places = slice(0, None, MOVES)
    seen = prior.covariance[:, places]
    gain = seen @ np.linalg.inv(prior.covariance[places, places] + covariance)
    return ShellPrior(
        prior.mean + gain @ (numbers - prior.mean[places]),
        prior.covariance - gain @ seen.T,
    )
