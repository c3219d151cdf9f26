"""Geometry of one cluster: closest atoms, angles, bonds."""

import numpy as np
from jaxtyping import Float, Int

from onne_core.values.structure import Cluster

NOWHERE = np.inf


def distances_in(cluster: Cluster) -> Float[np.ndarray, "atom atom"]:
    """Return the distances (Å) of all atoms, the absorber first."""
    positions = np.vstack([np.zeros(3), cluster.positions])
    return np.linalg.norm(positions[:, None] - positions[None], axis=2)


def closest_atoms(cluster: Cluster) -> tuple[int, int, float]:
    """Return the two closest atoms and their distance (Å).

    Atom 0 is the absorber, neighbour i is atom i + 1.
    """
    distances = distances_in(cluster)
    distances[np.tril_indices(len(distances))] = NOWHERE
    first, second = np.unravel_index(int(np.argmin(distances)), distances.shape)
    return int(first), int(second), float(distances[first, second])


def angles_at_absorber(
    cluster: Cluster, atoms: Int[np.ndarray, " chosen"]
) -> Float[np.ndarray, " pair"]:
    """Return the angles (degrees) at the absorber between all pairs of ``atoms``."""
    directions = cluster.positions[atoms] / cluster.lengths[atoms][:, None]
    first, second = np.triu_indices(len(atoms), 1)
    cosines = np.clip(np.sum(directions[first] * directions[second], axis=1), -1.0, 1.0)
    return np.degrees(np.arccos(cosines))


def angles_at(
    vertex: Float[np.ndarray, " 3"],
    end: Float[np.ndarray, " 3"],
    others: Float[np.ndarray, "chosen 3"],
) -> Float[np.ndarray, " chosen"]:
    """Return the angles (degrees) at ``vertex`` between ``end`` and ``others`` (Å)."""
    here, there = end - vertex, others - vertex
    cosines = there @ here / np.linalg.norm(there, axis=1) / np.linalg.norm(here)
    return np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))


def without_preference(
    angles: Float[np.ndarray, " angle"],
) -> Float[np.ndarray, " angle"]:
    r"""Return the density (1/degree) at ``angles`` (degrees) of random directions.

    The solid angle between :math:`\theta` and :math:`\theta + d\theta` gives
    :math:`p(\theta) = \frac{1}{2} \sin\theta` per radian.
    """
    return 0.5 * np.sin(np.radians(angles)) * np.pi / 180.0
