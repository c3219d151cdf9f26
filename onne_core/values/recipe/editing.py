"""Edits of a recipe: each returns a new one, checked as a file of it would be.

The grid of g(r), the path length and the Fourier filter follow the shells: as long as
they are those that the shells ask for, they stay so; others are only ever widened.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from onne_core.errors import DefinitionError
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe.limits import SHELL_BOUNDS, Quantity
from onne_core.values.recipe.reading import recipe_from_json, recipe_to_json
from onne_core.values.recipe.shells_reach import ceil_to, fitted, floor_to
from onne_core.values.recipe.stages import Recipe
from onne_core.values.structure import Range, Shell

NEXT = 0.9
"""How much farther out a shell is put that is added behind another, Å."""


def checked(recipe: Recipe) -> Recipe:
    """Return ``recipe`` as it would be read from its file.

    Raises
    ------
    DefinitionError
        If it breaks a rule; the text names the place.
    """
    return recipe_from_json(recipe_to_json(recipe))


def with_system(recipe: Recipe, **changes: Any) -> Recipe:
    """Return ``recipe`` with the named fields of its system replaced.

    What other sections say of pairs that are no longer there is dropped.
    """
    system = replace(recipe.system, **changes)
    known = {system.absorber, *(shell.element for shell in system.shells)}
    contacts = _of_elements(recipe.scattering.contacts, known)
    smallest = _of_elements(recipe.clusters.smallest_distances, known)
    return checked(
        _following(
            recipe,
            replace(
                recipe,
                system=system,
                clusters=replace(recipe.clusters, smallest_distances=smallest),
                scattering=replace(recipe.scattering, contacts=contacts),
            ),
        )
    )


def with_stage(recipe: Recipe, stage: str, **changes: Any) -> Recipe:
    """Return ``recipe`` with the named parameters of one stage replaced."""
    changed = replace(getattr(recipe, stage), **changes)
    return checked(_following(recipe, replace(recipe, **{stage: changed})))


def with_shells(recipe: Recipe, shells: Sequence[Shell]) -> Recipe:
    """Return ``recipe`` with other shells."""
    return with_system(recipe, shells=tuple(shells))


def with_shell(recipe: Recipe, index: int, **changes: Any) -> Recipe:
    """Return ``recipe`` with the named fields of shell ``index`` replaced."""
    shells = list(recipe.system.shells)
    shells[index] = replace(shells[index], **changes)
    return with_shells(recipe, shells)


def with_taken(recipe: Recipe, shells: Sequence[Shell], template: str = "") -> Recipe:
    """Return ``recipe`` with ``shells`` of a structure, free of common factors.

    ``template`` is the file whose directions the clusters take, "" for none.
    """
    one = Range(1.0, 1.0)
    angles = replace(recipe.system.angles, template=template or None)
    return with_system(
        recipe,
        shells=tuple(shells),
        distance_scale=one,
        sigma_scale=one,
        coordination_scale=one,
        inverse_diameter=Range(0.0, 0.0),
        angles=angles,
    )


def duplicated(recipe: Recipe, index: int) -> Recipe:
    """Return ``recipe`` with a copy of shell ``index`` behind it."""
    shells = list(recipe.system.shells)
    shells.insert(index + 1, shells[index])
    return with_shells(recipe, shells)


def inserted(recipe: Recipe, index: int, shell: Shell) -> Recipe:
    """Return ``recipe`` with ``shell`` as number ``index``."""
    shells = list(recipe.system.shells)
    shells.insert(index, shell)
    return with_shells(recipe, shells)


def removed(recipe: Recipe, index: int) -> Recipe:
    """Return ``recipe`` without shell ``index``."""
    shells = recipe.system.shells
    return with_shells(recipe, shells[:index] + shells[index + 1 :])


def moved(recipe: Recipe, index: int, by: int) -> Recipe:
    """Return ``recipe`` with shell ``index`` moved by so many places."""
    shells = list(recipe.system.shells)
    shells.insert(min(max(index + by, 0), len(shells) - 1), shells.pop(index))
    return with_shells(recipe, shells)


def next_shell(shell: Shell) -> Shell:
    """Return a shell like ``shell``, farther out, under no head."""
    out = Range(
        *(
            min(round(end + NEXT, 3), SHELL_BOUNDS["distance"].highest)
            for end in (shell.distance.lower, shell.distance.upper)
        )
    )
    return replace(shell, distance=out, head="")


def widened(
    recipe: Recipe, index: int, quantity: Quantity, *, lower: float, upper: float
) -> Recipe:
    """Return ``recipe`` whose shell ``index`` meets ``lower`` to ``upper`` in training.

    Both are as the networks meet them: the common factor of the system is taken out
    for the shell's own range, which never gets narrower, and ends at its bounds.

    Raises
    ------
    DefinitionError
        If there is no such shell.
    """
    system = recipe.system
    if not 0 <= index < len(system.shells):
        raise DefinitionError(
            f"shells: no number {index}; there are {len(system.shells)}."
        )
    common = {
        "distance": system.distance_scale,
        "deviation": system.sigma_scale,
        "coordination": system.coordination_scale,
    }.get(quantity)
    own: Range = getattr(system.shells[index], quantity)
    bounds = SHELL_BOUNDS[quantity]
    low = lower / common.lower if common else lower
    high = upper / common.upper if common else upper
    wider = Range(
        max(bounds.lowest, min(own.lower, floor_to(low, 3))),
        min(bounds.highest, max(own.upper, ceil_to(high, 3))),
    )
    return with_shell(recipe, index, **{quantity: wider})


def _following(old: Recipe, new: Recipe) -> Recipe:
    """Return ``new`` with what follows the shells as the module's docstring says."""
    before, after = fitted(old), fitted(new)
    k_max = max(new.scattering.k_max, new.training.k_max)
    radial, length = new.radial, new.scattering.r_max
    r_filter = new.training.r_filter
    if after.radial != before.radial:
        own = old.radial == before.radial
        radial = after.radial if own else _wider_grid(radial, after.radial)
    needed = after.scattering.r_max
    if needed != before.scattering.r_max:
        own = old.scattering.r_max == before.scattering.r_max
        length = needed if own else max(length, needed)
    if after.training.r_filter != before.training.r_filter:
        own = old.training.r_filter == before.training.r_filter
        lower, upper = after.training.r_filter
        if not own:
            lower, upper = min(r_filter[0], lower), max(r_filter[1], upper)
        r_filter = (lower, upper)
    return replace(
        new,
        radial=radial,
        scattering=replace(new.scattering, r_max=length, k_max=k_max),
        training=replace(new.training, r_filter=r_filter),
    )


def _wider_grid(present: RadialGrid, needed: RadialGrid) -> RadialGrid:
    """Return ``present`` with whole bins added until it takes in ``needed``."""
    step = present.step
    below = max(0, math.ceil((present.lower - needed.lower) / step - 1e-6))
    above = max(0, math.ceil((needed.upper - present.upper) / step - 1e-6))
    below = min(below, int(present.lower / step))
    if not below and not above:
        return present
    lower, upper = present.lower - below * step, present.upper + above * step
    return RadialGrid(round(lower, 6), round(upper, 6), step)


def _of_elements(pairs: dict[str, float], known: set[str]) -> dict[str, float]:
    return {
        pair: value for pair, value in pairs.items() if set(pair.split("-")) <= known
    }
