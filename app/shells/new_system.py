"""Initial system of two elements, to be edited under Shells."""

from onne_core.values.elements import usual_bond, usual_edge
from onne_core.values.recipe import (
    Recipe,
    SamplingRecipe,
    ScatteringRecipe,
    TrainingRecipe,
)
from onne_core.values.recipe.editing import checked, fitted
from onne_core.values.structure import Range, Shell, System

SPREAD, NUMBERS = Range(0.05, 0.15), Range(0.0, 6.0)
"""Ranges of a shell of which only the element is known: deviation (Å), neighbours."""

SAMPLING = SamplingRecipe(macrostates=1000, microstates=12)
SCATTERING = ScatteringRecipe(core_hole=False)
WINDOW = TrainingRecipe(k_min=3.0, k_max=12.0)


def first_shell(absorber: str, element: str) -> Shell:
    """Return a shell of ``element`` at a typical bond length from ``absorber``."""
    return Shell(element, Range(*usual_bond(absorber, element)), SPREAD, NUMBERS)


def new_recipe(absorber: str, neighbour: str) -> Recipe:
    """Return a recipe with one shell of ``neighbour``."""
    system = System(
        absorber,
        usual_edge(absorber),
        (first_shell(absorber, neighbour),),
        name=f"{absorber} with {neighbour}",
    )
    recipe = Recipe(system, sampling=SAMPLING, scattering=SCATTERING, training=WINDOW)
    return checked(fitted(recipe))
