"""Facts about one cluster and one of its atoms, in words and numbers."""

from dataclasses import dataclass

import numpy as np

from app.look import wording
from app.structures.samples import shell_groups
from app.widgets.facts import Fact
from onne_core.clusters.geometry import angles_at, closest_atoms, distances_in
from onne_core.values.recipe import Recipe
from onne_core.values.structure import Cluster, System

BONDED = 1.3
"""Atoms up to this much farther than an atom's nearest one count as its next ones."""

MOST_NEXT = 4
MOST_ANGLES = 6
"""Numbers that a line of the card holds."""

ABSORBER = -1
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Line:
    """One line of the card: its name and its numbers."""

    name: str
    value: str


def by_distance(cluster: Cluster) -> np.ndarray:
    """Return the neighbours in the order of their distance."""
    return np.argsort(cluster.lengths, kind="stable")


def names_of(cluster: Cluster) -> list[str]:
    """Return the neighbours' names: element and rank by distance."""
    names = [""] * len(cluster.elements)
    for rank, atom in enumerate(by_distance(cluster).tolist(), 1):
        names[atom] = f"{cluster.elements[atom]}{NO_BREAK}{rank}"
    return names


def neighbour_rows(cluster: Cluster, system: System) -> list[tuple[str, ...]]:
    """Return the rows of the table of neighbours, the nearest first."""
    names = names_of(cluster)
    return [
        (
            names[atom],
            wording.number(float(cluster.lengths[atom]), 3),
            wording.pair(system.label(int(cluster.shells[atom]))),
        )
        for atom in by_distance(cluster).tolist()
    ]


def cluster_facts(
    cluster: Cluster, recipe: Recipe, *, number: int, generations: int, limit: float
) -> list[Fact]:
    """Return the facts about a cluster; ``limit`` (Å) of its closest atoms."""
    counts = [
        f"{cluster.elements.count(name)}{NO_BREAK}{name}"
        for name in dict.fromkeys(cluster.elements)
    ]
    first, second, distance = closest_atoms(cluster)
    pair = wording.pair(pair_name(cluster, first, second))
    facts = [
        ("Neighbours", ", ".join(counts)),
        ("Macrostate", f"#{wording.count(number + 1)}"),
        ("Closest atoms", _angstrom(distance, pair)),
        ("Limit for this pair", _angstrom(limit)),
        ("Farthest atom", _angstrom(float(cluster.lengths.max()))),
        ("Generations" if generations else "Angles", _origin(recipe, generations)),
    ]
    if cluster.occupancies is not None:
        lower, upper = cluster.occupancies.min(), cluster.occupancies.max()
        shares = wording.span(float(lower), float(upper))
        facts.append(("Weight per atom", f"{shares} neighbours"))
    return facts


def _angstrom(length: float, pair: str = "") -> str:
    text = f"{wording.number(length, 2)}{NO_BREAK}Å"
    return f"{pair} {text}" if pair else text


def pair_name(cluster: Cluster, first: int, second: int) -> str:
    """Return the elements of two atoms (0 is the absorber), as in Zn-Cl."""
    elements = (cluster.absorber, *cluster.elements)
    return f"{elements[first]}-{elements[second]}"


def _origin(recipe: Recipe, generations: int) -> str:
    if generations == 0:
        template = recipe.system.angles.template or ""
        return f"template {template.rsplit('/', 1)[-1]}"
    most = recipe.clusters.generations
    return f"{generations - 2} of {most}"


def atom_lines(cluster: Cluster, atom: int, system: System) -> list[Line]:
    """Return the facts about ``atom``, its name first."""
    if atom == ABSORBER:
        return _absorber_lines(cluster)
    shell = system.label(int(cluster.shells[atom]))
    element, absorber = cluster.elements[atom], cluster.absorber
    names, nearest = names_of(cluster), _next_to(cluster, atom)
    distances = distances_in(cluster)[atom + 1]
    lines = [
        Line(names[atom], f"shell {wording.pair(shell)}"),
        Line(
            wording.pair(f"{absorber}-{element}"),
            f"{wording.number(float(cluster.lengths[atom]), 3)} Å",
        ),
    ]
    if nearest:
        found = [
            f"{names[i]}{NO_BREAK}{wording.number(float(distances[i + 1]), 2)}"
            for i in nearest
        ]
        lines.append(Line("nearest", f"{', '.join(found)} Å"))
        bent = angles_at(
            cluster.positions[atom], np.zeros(3), cluster.positions[nearest]
        )
        lines.append(
            Line(
                wording.pair(f"{absorber}-{element}-X"), _degrees(bent, nearest, names)
            )
        )
    group = shell_groups(system)[shell]
    alike = np.flatnonzero(np.isin(cluster.shells, group))
    others = alike[alike != atom]
    if others.size:
        found = angles_at(
            np.zeros(3), cluster.positions[atom], cluster.positions[others]
        )
        ends = [cluster.elements[i] for i in others]
        third = ends[0] if len(set(ends)) == 1 else "X"
        name = wording.pair(f"{element}-{absorber}-{third}")
        lines.append(Line(name, _listed(np.sort(found))))
    return lines


def _absorber_lines(cluster: Cluster) -> list[Line]:
    order = by_distance(cluster)[:MOST_NEXT].tolist()
    names = names_of(cluster)
    found = [
        f"{names[i]}{NO_BREAK}{wording.number(float(cluster.lengths[i]), 2)}"
        for i in order
    ]
    return [
        Line(cluster.absorber, "the absorber"),
        Line("nearest", f"{', '.join(found)} Å"),
    ]


def _next_to(cluster: Cluster, atom: int) -> list[int]:
    """Return the neighbours nearest to ``atom``, the absorber left out."""
    distances = distances_in(cluster)[atom + 1, 1:].copy()
    distances[atom] = np.inf
    order = np.argsort(distances, kind="stable")[:MOST_NEXT].tolist()
    return [i for i in order if distances[i] <= BONDED * distances[order[0]]][
        : len(cluster.elements) - 1
    ]


def _degrees(angles: np.ndarray, atoms: list[int], names: list[str]) -> str:
    return ", ".join(
        f"{names[i]}{NO_BREAK}{wording.number(float(angle), 0)}°"
        for i, angle in zip(atoms, angles, strict=True)
    )


def _listed(angles: np.ndarray) -> str:
    shown = ", ".join(f"{wording.number(float(a), 0)}°" for a in angles[:MOST_ANGLES])
    more = len(angles) - MOST_ANGLES
    return f"{shown} and {more} more" if more > 0 else shown
