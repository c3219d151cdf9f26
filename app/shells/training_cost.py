"""Estimated cost of a training set and an ensemble of a recipe."""

from dataclasses import dataclass

from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import K_STEP

TYPICAL_SECONDS = 0.025
"""CPU time of one cluster where no preview has measured it, s."""

STEP_SECONDS = 0.03
"""CPU time of one step of a network of the usual width and batch, s."""

USUAL_WIDTH, USUAL_BATCH = 240, 128

NUMBER_BYTES = 3.7
"""Bytes of a number in a compressed shard, of four."""


@dataclass(frozen=True)
class Cost:
    """Spectra, time of both stages (s, on all cores), and size on disk (bytes)."""

    spectra: int
    generation: float
    training: float
    size: float
    is_measured: bool


def cost_of(recipe: Recipe, *, seconds: float | None, cores: int) -> Cost:
    """Return the cost of ``recipe``; ``seconds`` is the measured time of a cluster."""
    sampling, training = recipe.sampling, recipe.training
    spectra = sampling.macrostates * sampling.microstates
    steps = training.members * training.steps
    share = training.width / USUAL_WIDTH * training.batch / USUAL_BATCH
    points = recipe.scattering.k_max / K_STEP + 1
    numbers = points + len(recipe.system.heads) * (recipe.radial.bins + 4)
    return Cost(
        spectra=spectra,
        generation=spectra * (seconds or TYPICAL_SECONDS) / cores,
        training=STEP_SECONDS * steps * share / min(cores, training.members),
        size=NUMBER_BYTES * numbers * sampling.macrostates,
        is_measured=seconds is not None,
    )
