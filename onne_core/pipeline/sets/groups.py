"""Pipeline: averages over groups of environments: mean chi(k) and partial g(r)."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from onne_core.errors import DefinitionError
from onne_core.pipeline.phases.shards import pair_of
from onne_core.training_set.training_set import Pairs
from onne_core.values.radial import RadialGrid
from onne_core.values.structure import Cluster

Arrangement = Literal["order", "centre"]
"""How environments come together in groups: as in the file, or by their centres."""


def arranged(environments: tuple[Cluster, ...], by: Arrangement) -> tuple[Cluster, ...]:
    """Return the environments in the order of their groups.

    By ``centre``, groups differ as much as the environments do: in one they have
    nearly the same :func:`centre_of`. In the ``order`` of a long trajectory all groups
    are alike.
    """
    if by == "order":
        return environments
    order = np.argsort([centre_of(item) for item in environments], kind="stable")
    return tuple(environments[i] for i in order)


def centre_of(environment: Cluster) -> float:
    """Return the mean pair length (Å) of the first shell.

    It is Hoppe's mean length (Z. Kristallogr. 150, 23 (1979)), with the weights
    exp(1 - (r/r_min)^6), which needs no limit of the first shell. Infinite where there
    are no neighbours.
    """
    lengths = environment.lengths
    if lengths.size == 0:
        return float("inf")
    nearest = environment.elements[int(np.argmin(lengths))]
    alike = lengths[np.array(environment.elements) == nearest]
    weights = np.exp(1.0 - (alike / alike.min()) ** 6)
    return float(weights @ alike / weights.sum())


def groups_of(count: int, group: int | None) -> tuple[range, ...]:
    """Return the environments of every group; a last group may be half full.

    Raises
    ------
    DefinitionError
        If ``count`` environments are less than half a group.
    """
    size = count if group is None else group
    groups = [range(first, min(first + size, count)) for first in range(0, count, size)]
    groups = [item for item in groups if 2 * len(item) >= size]
    if not groups:
        raise DefinitionError(
            f"group: {size} environments requested, but the file has {count}; use "
            "smaller groups or a longer trajectory."
        )
    return tuple(groups)


def averages(
    environments: tuple[Cluster, ...],
    chi: Float[np.ndarray, "environment k"],
    *,
    groups: tuple[range, ...],
    radial: RadialGrid,
) -> list[Pairs]:
    """Return one pair per group, over its usable environments (``chi`` is not NaN).

    Groups with less than half of their environments usable are left out.
    """
    elements = elements_of(environments)
    usable = np.isfinite(chi[:, 0])
    pairs = []
    for group in groups:
        kept = [i for i in group if usable[i]]
        if 2 * len(kept) >= len(group):
            members = tuple(environments[i] for i in kept)
            lengths = lengths_by_element(members, elements, radial)
            pairs.append(pair_of(chi[kept].mean(axis=0), lengths, radial, len(kept)))
    return pairs


def elements_of(environments: tuple[Cluster, ...]) -> tuple[str, ...]:
    """Return the elements around the absorbers, in alphabetical order."""
    return tuple(sorted({name for item in environments for name in item.elements}))


def lengths_by_element(
    environments: tuple[Cluster, ...], elements: tuple[str, ...], radial: RadialGrid
) -> list[np.ndarray]:
    """Return the pair lengths (Å) of every element that lie within the radial grid."""
    lengths = np.concatenate([item.lengths for item in environments])
    names = np.concatenate([item.elements for item in environments])
    inside = (lengths >= radial.lower) & (lengths < radial.upper)
    return [lengths[inside & (names == element)] for element in elements]
