"""A recipe whose set takes seconds, of one macrostate per shard, by the executables."""

from pathlib import Path

import pytest

from onne_core.jobs import run
from onne_core.pipeline.sets import generation
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import Recipe, SamplingRecipe, ScatteringRecipe
from onne_core.values.structure import Range, Shell, System

SHARD_SECONDS = 0.1
"""Time that is planned for a shard, s: less than one macrostate takes."""

RECIPE = Recipe(
    system=System(
        "Ni",
        "K",
        (Shell("Cl", Range(2.2, 2.4), Range(0.03, 0.08), Range(3.5, 4.5)),),
    ),
    sampling=SamplingRecipe(macrostates=3, microstates=2, seed=5),
    scattering=ScatteringRecipe(r_max=4.0, engine="feff", fine_count=0),
    radial=RadialGrid(1.5, 4.0, 0.02),
)


def made(folder: Path, *, workers: int = 1, recipe: Recipe = RECIPE) -> Path:
    """Make a training set of one macrostate per shard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "SHARD_SECONDS", SHARD_SECONDS)
        return run(generation.generate(recipe, folder, workers=workers))
