"""Pipeline, averages over groups of environments: mean chi(k) with its partial g(r)."""

import numpy as np
from jaxtyping import Float

from onne_core.errors import DefinitionError
from onne_core.pipeline.shards import pair_of
from onne_core.radial import RadialGrid
from onne_core.structure import Cluster
from onne_core.training_set import Pairs


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
            f"group: {size} environments asked for, the file holds {count}; "
            "use smaller groups or a longer trajectory."
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
