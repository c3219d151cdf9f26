"""Grid of g(r), path length and Fourier filter as the shells of a system need them."""

import math
from dataclasses import replace
from typing import Any

from onne_core.errors import DefinitionError
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe.stages import LONGEST_HALF_PATH, Recipe
from onne_core.values.structure import System

STEP = 0.02
"""Width of the bins of g(r), Å."""

TAIL = 2.0
"""Standard deviations of the outermost shells that the grid of g(r) takes in."""

BEFORE = 1.2
"""Room (Å) of the Fourier filter before the nearest reported shell. |chi(R)| peaks some
0.35 Å before the distance, so behind the farthest one there is room already."""

LEAST_FILTER = 0.5


def fitted(recipe: Recipe) -> Recipe:
    """Return ``recipe`` with the grid, path length and filter that its shells need."""
    return replace(
        recipe,
        radial=_radial(recipe.system),
        scattering=replace(recipe.scattering, r_max=_path_length(recipe.system)),
        training=replace(recipe.training, r_filter=_filter(recipe.system)),
    )


def completed(content: dict[str, Any], system: System) -> dict[str, Any]:
    """Return ``content`` of a recipe with what it leaves out taken from its shells."""
    grid = _radial(system)
    needed = {
        "radial": {"lower": grid.lower, "upper": grid.upper, "step": grid.step},
        "scattering": {"r_max": _path_length(system)},
        "training": {"r_filter": [*_filter(system)]},
    }
    return content | {
        name: values | content.get(name, {})
        for name, values in needed.items()
        if isinstance(content.get(name, {}), dict)
    }


def check_reach(recipe: Recipe) -> None:
    """Refuse shells that the grid of g(r) or the paths do not reach.

    Raises
    ------
    DefinitionError
        Its text names the shell, what ends before it, and the value that it needs.
    """
    system, needed = recipe.system, fitted(recipe)
    for index in system.reported:
        shell, name = system.shells[index], system.label(index)
        low = system.distance_scale.lower * shell.distance.lower
        high = system.distance_scale.upper * shell.distance.upper
        for place, ends, wanted in (
            (
                "radial.lower",
                recipe.radial.lower > low,
                f"begins at {recipe.radial.lower:g} Å; {needed.radial.lower:g} Å suits",
            ),
            (
                "radial.upper",
                recipe.radial.upper < high,
                f"ends at {recipe.radial.upper:g} Å; {needed.radial.upper:g} Å suits",
            ),
            (
                "scattering.r_max",
                recipe.scattering.r_max < high,
                f"ends at {recipe.scattering.r_max:g} Å; "
                f"{needed.scattering.r_max:g} Å suits",
            ),
        ):
            if ends:
                raise DefinitionError(
                    f"{place}: {name} lies at {low:.2f} to {high:.2f} Å, and this "
                    f"{wanted}. Change it, or leave it out: then it follows the shells."
                )


def _radial(system: System) -> RadialGrid:
    reported = [system.shells[i] for i in system.reported]
    lowest = min(
        system.distance_scale.lower * shell.distance.lower
        - TAIL * system.sigma_scale.upper * shell.deviation.upper
        for shell in reported
    )
    highest = max(
        system.distance_scale.upper * shell.distance.upper
        + TAIL * system.sigma_scale.upper * shell.deviation.upper
        for shell in reported
    )
    return RadialGrid(max(0.5, floor_to(lowest, 1)), ceil_to(highest, 1), STEP)


def _path_length(system: System) -> float:
    farthest = max(
        system.distance_scale.upper * shell.distance.upper for shell in system.shells
    )
    return min(max(ceil_to(farthest, 1), 2.0), LONGEST_HALF_PATH)


def _filter(system: System) -> tuple[float, float]:
    reported = [system.shells[i].distance for i in system.reported]
    lowest = system.distance_scale.lower * min(item.lower for item in reported)
    highest = system.distance_scale.upper * max(item.upper for item in reported)
    return (
        max(LEAST_FILTER, floor_to(lowest - BEFORE, 1)),
        ceil_to(highest, 1),
    )


def floor_to(value: float, decimals: int) -> float:
    """Return ``value`` rounded down."""
    return round(math.floor(value * 10**decimals + 1e-9) / 10**decimals, decimals)


def ceil_to(value: float, decimals: int) -> float:
    """Return ``value`` rounded up."""
    return round(math.ceil(value * 10**decimals - 1e-9) / 10**decimals, decimals)
