"""Generation of a training set from a system, or of pairs from a trajectory."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from onne_core.cli.arguments import Changes
from onne_core.cli.machines import Machines
from onne_core.errors import OnneError
from onne_core.jobs import Stage
from onne_core.pipeline.sets import generation
from onne_core.pipeline.sets.structures import (
    StructuresRequest,
    generate_from_structures,
)
from onne_core.values.recipe import read_recipe
from onne_core.values.recipe.shells_reach import check_reach

OF_SAMPLING = ("macrostates", "microstates", "seed", "keep_microstates")
"""Options that change the sampling."""


def from_system(
    system: Path, out: Path, changes: Changes, *, machines: Machines
) -> Stage[Path]:
    """Return the stage that makes the training set of a recipe.

    Raises
    ------
    DefinitionError
        If the recipe cannot be read, a number is out of range, or a reported shell
        is beyond the grid of g(r) or the paths.
    """
    recipe = read_recipe(system)
    sampling = _given(changes, *OF_SAMPLING)
    scattering = _given(changes, "engine", "reference")
    if changes.reference is not None:
        scattering["reference"] = str(changes.reference.absolute())
    recipe = replace(
        recipe,
        sampling=replace(recipe.sampling, **sampling),
        scattering=replace(recipe.scattering, **scattering),
    )
    check_reach(recipe)
    return generation.generate(
        recipe, out, backend=machines.backend(), portion=machines.portion()
    )


def from_structures(
    request: StructuresRequest,
    out: Path,
    changes: Changes,
    *,
    core_hole: bool,
    machines: Machines,
) -> Stage[Path]:
    """Return the stage that makes pairs from a trajectory.

    Raises
    ------
    OnneError
        If something in ``changes`` was asked for, which a trajectory does not use.
    """
    for name in _given(changes, *OF_SAMPLING, "reference"):
        raise OnneError(
            f"generate --structures: --{name.replace('_', '-')} applies only to a "
            "system; leave it out."
        )
    scattering = replace(
        request.scattering, core_hole=core_hole, **_given(changes, "engine")
    )
    return generate_from_structures(
        replace(request, scattering=scattering),
        out,
        backend=machines.backend(),
        portion=machines.portion(),
    )


def _given(changes: Changes, *names: str) -> dict[str, Any]:
    """Return those of the options ``names`` that were given."""
    values = {name: getattr(changes, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}
