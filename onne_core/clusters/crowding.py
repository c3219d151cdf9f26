"""Checks, before any run, that the neighbours of a system fit around the absorber."""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from onne_core.crystals.lattice import sites_of
from onne_core.errors import DefinitionError
from onne_core.values.recipe import ClusterRecipe, Recipe
from onne_core.values.structure import LATTICES, OWN_CRYSTAL, System

MOST_TRIED = 100
"""More neighbours than this are not asked for."""

TIGHT = 0.8
"""Share of the most neighbours that fit from which a shell is called tight."""

FEW = 0.01
"""Share of lengths that may be drawn too short without a word."""

Level = Literal["good", "doubt", "bad"]


@dataclass(frozen=True)
class Finding:
    """One check, as a sentence."""

    level: Level
    text: str


def findings(recipe: Recipe) -> tuple[Finding, ...]:
    """Return the findings about the ranges of ``recipe``, worst first."""
    found = [
        *_room(recipe),
        *_short_draws(recipe),
        *_out_of_reach(recipe),
        *_overlaps(recipe.system),
    ]
    order: tuple[Level, ...] = ("bad", "doubt", "good")
    return tuple(sorted(found, key=lambda item: order.index(item.level)))


def smallest_allowed(first: str, second: str, recipe: ClusterRecipe) -> float:
    """Return the smallest distance (Å) allowed between two elements.

    Where the recipe names none it is ``closest_share`` of the sum of the covalent
    radii (Cordero et al., Dalton Trans. 2008, 2832, as tabulated in ASE).
    """
    # Imported here: the window shows before it needs a radius.
    from ase.data import atomic_numbers, covalent_radii

    for name in (f"{first}-{second}", f"{second}-{first}"):
        if name in recipe.smallest_distances:
            return recipe.smallest_distances[name]
    radii = covalent_radii[[atomic_numbers[first], atomic_numbers[second]]]
    return float(recipe.closest_share * radii.sum())


def largest_separation(count: int) -> float:
    """Return the largest possible separation of ``count`` points on a unit sphere.

    The bound of L. Fejes Tóth, Jber. Deutsch. Math. Verein. 53, 66 (1943):
    sqrt(4 - csc^2(pi n / (6 (n - 2)))), which 3, 4, 6 and 12 points reach.
    """
    if count < 2:
        return math.inf
    if count == 2:
        return 2.0
    sine = math.sin(math.pi * count / (6.0 * (count - 2)))
    return math.sqrt(4.0 - 1.0 / sine**2)


@lru_cache(maxsize=256)
def most_around(radius: float, apart: float) -> int:
    """Return the number of atoms ``apart`` (Å) apart that fit at ``radius`` (Å).

    At least one; MOST_TRIED stands for all larger numbers.
    """
    count = 1
    while count < MOST_TRIED and largest_separation(count + 1) * radius >= apart:
        count += 1
    return count


def _room(recipe: Recipe) -> list[Finding]:
    system = recipe.system
    if system.angles.template is not None:
        return _sites(system)
    shares = [_share(recipe, i) for i in range(len(system.shells))]
    found = [
        _too_many(recipe, i, share) for i, share in enumerate(shares) if share > TIGHT
    ]
    nearest = min(range(len(shares)), key=lambda i: system.shells[i].distance.lower)
    return found or [_touching(recipe, nearest)]


def _sites(system: System) -> list[Finding]:
    """Return whether a built-in lattice or the crystal has sites for the shells."""
    template = system.angles.template
    if template not in (OWN_CRYSTAL, *LATTICES):
        return []
    try:
        sites = sites_of(system) or ()
    except DefinitionError as error:
        return [Finding("bad", str(error))]
    numbers = ", ".join(str(count) for count in sites)
    name = "crystal" if template == OWN_CRYSTAL else f"lattice {template}"
    return [Finding("good", f"The {name} has {numbers} sites there.")]


def _share(recipe: Recipe, index: int) -> float:
    """Return how full the sphere of a shell is at its worst: 1 if it just fits."""
    return _wanted(recipe.system, index) / _fitting(recipe, index)


def _fitting(recipe: Recipe, index: int) -> int:
    shell = recipe.system.shells[index]
    apart = smallest_allowed(shell.element, shell.element, recipe.clusters)
    return most_around(_shortest(recipe.system, index), apart)


def _wanted(system: System, index: int) -> int:
    most = system.coordination_scale.upper * system.shells[index].coordination.upper
    return math.ceil(most - 1e-9)


def _shortest(system: System, index: int) -> float:
    return system.distance_scale.lower * system.shells[index].distance.lower


def _too_many(recipe: Recipe, index: int, share: float) -> Finding:
    system = recipe.system
    shell, fit = system.shells[index], _fitting(recipe, index)
    apart = smallest_allowed(shell.element, shell.element, recipe.clusters)
    asked = (
        f"{system.label(index)}: up to {_wanted(system, index)} {shell.element} at "
        f"{_shortest(system, index):.2f} Å"
    )
    limit = f"only {fit} fit there {apart:.2f} Å apart"
    if share > 1.0:
        return Finding(
            "bad", f"{asked}, but {limit}. Use fewer neighbours or larger distances."
        )
    return Finding("doubt", f"{asked}, and {limit}: many clusters will be rejected.")


def _touching(recipe: Recipe, index: int) -> Finding:
    """Return when the atoms of the nearest shell would touch, and what is asked for."""
    system = recipe.system
    shell, radius = system.shells[index], _shortest(system, index)
    contact = usual_contact(system.absorber, shell.element)
    count = most_around(radius, contact)
    return Finding(
        "good",
        f"Up to {count} {shell.element} fit at {radius:.2f} Å without touching "
        f"({contact:.1f} Å apart); you ask for up to {_wanted(system, index)}.",
    )


def usual_contact(absorber: str, element: str) -> float:
    """Return the usual closest distance (Å) between two neighbours of one element.

    In a metal as near as to the absorber, by covalent radii; else 0.9 times the van der
    Waals contact (Alvarez, Dalton Trans. 2013, 8617, as tabulated in ASE), which is
    what the ligands of an octahedron have.
    """
    from ase.data import atomic_numbers, covalent_radii
    from ase.data.vdw_alvarez import vdw_radii

    number = atomic_numbers[element]
    touching = 0.9 * 2.0 * float(vdw_radii[number])
    if element == absorber or not math.isfinite(touching):
        return 2.0 * float(covalent_radii[number])
    return touching


def _short_draws(recipe: Recipe) -> list[Finding]:
    """Return which shells have a tail that comes too near to the absorber."""
    system, found = recipe.system, []
    for i, shell in enumerate(system.shells):
        limit = smallest_allowed(system.absorber, shell.element, recipe.clusters)
        mean = system.distance_scale.lower * shell.distance.lower
        z = (limit - mean) / (system.sigma_scale.upper * shell.deviation.upper)
        share = 0.5 * math.erfc(-z / math.sqrt(2.0))
        if share > FEW:
            found.append(
                Finding(
                    "doubt",
                    f"{system.label(i)}: at the shortest distance and largest σ, "
                    f"{100 * share:.0f} % of the lengths are below {limit:.2f} Å, "
                    "and such clusters are rejected. Reduce σ, or start farther "
                    "out.",
                )
            )
    return found


def _out_of_reach(recipe: Recipe) -> list[Finding]:
    system, reach = recipe.system, recipe.scattering.r_max
    return [
        Finding(
            "bad",
            f"{system.label(i)}: starts beyond {reach:g} Å, the longest computed "
            "path, so it contributes nothing.",
        )
        for i, shell in enumerate(system.shells)
        if system.distance_scale.lower * shell.distance.lower > reach
    ]


def _overlaps(system: System) -> list[Finding]:
    """Return which neighbouring heads of one element overlap."""
    found = []
    for element in dict.fromkeys(shell.element for shell in system.shells):
        heads = sorted(
            (group for group in system.heads if _element(system, group) == element),
            key=lambda group: system.shells[group[0]].distance.centre,
        )
        for first, second in pairwise(heads):
            upper = max(system.shells[i].distance.upper for i in first)
            lower = min(system.shells[i].distance.lower for i in second)
            if lower < upper:
                names = (system.label(first[0]), system.label(second[0]))
                found.append(
                    Finding(
                        "doubt",
                        f"{names[0]} and {names[1]} overlap between {lower:.2f} "
                        f"and {upper:.2f} Å, where no spectrum can distinguish "
                        "them. Separate them, or give them one head.",
                    )
                )
    return found


def _element(system: System, group: tuple[int, ...]) -> str:
    return system.shells[group[0]].element
