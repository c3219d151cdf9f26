"""Generation from what was asked for: a system, or a trajectory."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from onne_core import pipeline
from onne_core.errors import OnneError
from onne_core.jobs import Stage
from onne_core.pipeline.structures import StructuresRequest
from onne_core.recipe import read_recipe


@dataclass(frozen=True)
class SystemOptions:
    """What the command line may change of a recipe; ``None`` leaves it as it is."""

    macrostates: int | None
    microstates: int | None
    seed: int | None
    engine: Literal["onne", "feff"] | None


@dataclass(frozen=True)
class StructuresOptions:
    """What the command line says of a trajectory; ``cutoff`` in Å."""

    absorber: str | None
    edge: str
    cutoff: float
    group: int | None


def from_system(
    system: Path, out: Path, options: SystemOptions, *, workers: int
) -> Stage[Path]:
    """Return the stage that makes the training set of a recipe.

    Raises
    ------
    DefinitionError
        If the recipe cannot be read, or a number is out of range.
    """
    recipe = read_recipe(system)
    names = ("macrostates", "microstates", "seed")
    numbers = {name: getattr(options, name) for name in names}
    given = {name: value for name, value in numbers.items() if value is not None}
    recipe = replace(recipe, sampling=replace(recipe.sampling, **given))
    if options.engine is not None:
        scattering = replace(recipe.scattering, engine=options.engine)
        recipe = replace(recipe, scattering=scattering)
    return pipeline.generate(recipe, out, workers=workers)


def from_structures(
    trajectory: Path,
    out: Path,
    options: StructuresOptions,
    unused: SystemOptions,
    *,
    workers: int,
) -> Stage[Path]:
    """Return the stage that makes pairs from a trajectory.

    Raises
    ------
    OnneError
        If the absorber is missing, or something in ``unused`` was asked for, which a
        trajectory does not use.
    """
    for name in ("macrostates", "microstates", "seed"):
        if getattr(unused, name) is not None:
            raise OnneError(
                f"generate --structures: --{name} is for a system; leave it out."
            )
    if unused.engine == "onne":
        raise OnneError(
            "generate --structures: given structures scatter in the FEFF8L "
            "executables; leave out --engine onne."
        )
    if options.absorber is None:
        raise OnneError("generate --structures: --absorber is missing, such as Ni.")
    request = StructuresRequest(
        trajectory=trajectory,
        absorber=options.absorber,
        edge=options.edge,
        cutoff=options.cutoff,
        group=options.group,
    )
    return pipeline.generate_from_structures(request, out, workers=workers)
