"""A proposal: a recipe, and in words where its numbers come from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from onne_core.errors import DefinitionError
from onne_core.values.recipe import (
    ClusterRecipe,
    Recipe,
    SamplingRecipe,
    ScatteringRecipe,
    TrainingRecipe,
)
from onne_core.values.recipe.editing import checked, fitted
from onne_core.values.structure import Range, System

NOISE = 4e-3
"""Largest standard deviation of white noise in chi that networks are trained on."""

CLOSEST, CLOSEST_OF_NEIGHBOURS = 0.75, 0.80
"""Share of its usual shortest distance at which a pair is too close, with the absorber
or between neighbours. Nearer, the muffin tins of the reference, which touch at about
that distance, overlap too much."""

MICROSTATES = 12
MACROSTATES = ((1, 300), (2, 500), (99, 800))
"""Macrostates by the number of heads: one shell needs fewer."""


@dataclass(frozen=True)
class Proposal:
    """A recipe and ``notes``: sentences about the source of its numbers."""

    recipe: Recipe
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShellRow:
    """What training meets of a shell, with the common factors: Å and numbers."""

    label: str
    distance: Range
    deviation: Range
    coordination: Range
    is_reported: bool


def recipe_for(
    system: System, window: tuple[float, float], closest: Mapping[str, float]
) -> Recipe:
    """Return the recipe of ``system`` with the window (Å^-1) and what follows from it.

    ``closest`` are the usual shortest distances (Å) of pairs such as ``Ni-O``.

    Raises
    ------
    DefinitionError
        If it breaks a rule.
    """
    most = next(n for heads, n in MACROSTATES if len(system.heads) <= heads)
    k_min, k_max = window
    limits = {
        pair: _limit(pair, system.distance_scale.lower * length, system.absorber)
        for pair, length in closest.items()
    }
    return checked(
        fitted(
            Recipe(
                system,
                clusters=ClusterRecipe(smallest_distances=limits),
                sampling=SamplingRecipe(macrostates=most, microstates=MICROSTATES),
                scattering=ScatteringRecipe(core_hole=False),
                training=TrainingRecipe(k_min=k_min, k_max=k_max, noise=NOISE),
            )
        )
    )


def _limit(pair: str, shortest: float, absorber: str) -> float:
    """Return the distance (Å) below which a pair, usually at ``shortest``, is too near.

    For pairs without a bond it is the sum of their covalent radii, at most.
    """
    from ase.data import atomic_numbers, covalent_radii

    numbers = [atomic_numbers[element] for element in pair.split("-")]
    share = CLOSEST if absorber in pair.split("-") else CLOSEST_OF_NEIGHBOURS
    return round(min(share * shortest, float(covalent_radii[numbers].sum())), 2)


def with_window(proposal: Proposal, window: tuple[float, float]) -> Proposal:
    """Return ``proposal`` for another window (Å^-1)."""
    k_min, k_max = window
    recipe = proposal.recipe
    if not k_min < k_max:
        raise DefinitionError(f"window: {k_min:g} to {k_max:g} Å⁻¹; swap the ends.")
    training = replace(recipe.training, k_min=k_min, k_max=k_max)
    return replace(proposal, recipe=checked(replace(recipe, training=training)))


def shell_rows(system: System) -> tuple[ShellRow, ...]:
    """Return one row per shell, in order, with the common factors multiplied in."""
    rows = []
    for i, shell in enumerate(system.shells):
        distance = _times(shell.distance, system.distance_scale)
        smallest = system.inverse_diameter.upper * distance.lower
        left = max(0.0, 1.0 - 1.5 * smallest + 0.5 * min(smallest, 1.0) ** 3)
        numbers = _times(shell.coordination, system.coordination_scale)
        rows.append(
            ShellRow(
                system.label(i),
                distance,
                _times(shell.deviation, system.sigma_scale),
                Range(left * numbers.lower, numbers.upper),
                shell.reported,
            )
        )
    return tuple(rows)


def _times(own: Range, common: Range) -> Range:
    return Range(own.lower * common.lower, own.upper * common.upper)
