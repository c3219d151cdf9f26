"""What is to be made, and how: the parameters of every stage, and their file."""

from onne_core.values.recipe.limits import COMMON_BOUNDS, SHELL_BOUNDS, Bounds, Quantity
from onne_core.values.recipe.reading import (
    FORM,
    read_recipe,
    recipe_from_json,
    recipe_to_json,
    training_from_json,
    training_to_json,
)
from onne_core.values.recipe.stages import (
    EPOCH,
    MOST_MACROSTATES,
    MOST_MICROSTATES,
    ClusterRecipe,
    Recipe,
    SamplingRecipe,
    ScatteringRecipe,
    TrainingRecipe,
    paper_training,
)

__all__ = [
    "COMMON_BOUNDS",
    "EPOCH",
    "FORM",
    "MOST_MACROSTATES",
    "MOST_MICROSTATES",
    "SHELL_BOUNDS",
    "Bounds",
    "ClusterRecipe",
    "Quantity",
    "Recipe",
    "SamplingRecipe",
    "ScatteringRecipe",
    "TrainingRecipe",
    "paper_training",
    "read_recipe",
    "recipe_from_json",
    "recipe_to_json",
    "training_from_json",
    "training_to_json",
]
