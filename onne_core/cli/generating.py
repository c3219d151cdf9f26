"""Generation of a training set from a system, or of pairs from a trajectory."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from onne_core.cli.machines import Machines
from onne_core.errors import OnneError
from onne_core.jobs import Stage
from onne_core.pipeline.sets import generation
from onne_core.pipeline.sets.groups import Arrangement
from onne_core.pipeline.sets.structures import (
    StructuresRequest,
    generate_from_structures,
)
from onne_core.values.recipe import read_recipe

OF_SAMPLING = ("macrostates", "microstates", "seed", "keep_microstates")
"""Options that change the sampling."""


@dataclass(frozen=True)
class SystemOptions:
    """Options that change a recipe; ``None`` leaves its value as it is."""

    macrostates: int | None
    microstates: int | None
    seed: int | None
    engine: Literal["onne", "feff"] | None
    keep_microstates: bool | None = None
    reference: Path | None = None


@dataclass(frozen=True)
class StructuresOptions:
    """Options of a trajectory; ``cutoff`` in Å."""

    absorber: str | None
    edge: str
    cutoff: float
    group: int | None
    by: Arrangement = "order"


def from_system(
    system: Path, out: Path, options: SystemOptions, *, machines: Machines
) -> Stage[Path]:
    """Return the stage that makes the training set of a recipe.

    Raises
    ------
    DefinitionError
        If the recipe cannot be read, or a number is out of range.
    """
    recipe = read_recipe(system)
    values = {name: getattr(options, name) for name in OF_SAMPLING}
    given = {name: value for name, value in values.items() if value is not None}
    recipe = replace(recipe, sampling=replace(recipe.sampling, **given))
    if options.engine is not None:
        scattering = replace(recipe.scattering, engine=options.engine)
        recipe = replace(recipe, scattering=scattering)
    if options.reference is not None:
        scattering = replace(
            recipe.scattering, reference=str(options.reference.absolute())
        )
        recipe = replace(recipe, scattering=scattering)
    return generation.generate(
        recipe, out, backend=machines.backend(), portion=machines.portion()
    )


def from_structures(
    trajectory: Path,
    out: Path,
    options: StructuresOptions,
    system: SystemOptions,
    *,
    machines: Machines,
) -> Stage[Path]:
    """Return the stage that makes pairs from a trajectory.

    Raises
    ------
    OnneError
        If the absorber is missing, or something in ``system`` was asked for, which a
        trajectory does not use.
    """
    for name in (*OF_SAMPLING, "reference"):
        if getattr(system, name) is not None:
            raise OnneError(
                f"generate --structures: --{name.replace('_', '-')} applies only "
                "to a system; leave it out."
            )
    if options.absorber is None:
        raise OnneError(
            "generate --structures: give the absorber, such as --absorber Ni."
        )
    request = StructuresRequest(
        trajectory=trajectory,
        absorber=options.absorber,
        edge=options.edge,
        cutoff=options.cutoff,
        group=options.group,
        by=options.by,
    )
    if system.engine is not None:
        scattering = replace(request.scattering, engine=system.engine)
        request = replace(request, scattering=scattering)
    return generate_from_structures(
        request, out, backend=machines.backend(), portion=machines.portion()
    )
