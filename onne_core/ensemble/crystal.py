"""The crystal behind an ensemble: its name, and the neighbours of every head."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from onne_core.crystals.lattice import sites_of
from onne_core.ensemble.card import Card
from onne_core.errors import DefinitionError
from onne_core.values.recipe import recipe_from_json
from onne_core.values.structure import LATTICES

BULK_WIDTH = 0.03
"""Standard deviation of N in a bulk crystal, as a share: few vacancies and defects."""


@dataclass(frozen=True)
class Crystal:
    """The template of an ensemble's training set.

    ``name`` is that of a lattice or a structure; ``numbers`` are the neighbours in
    the crystal, one per head, ``None`` where they are not known or training did not
    contain them.
    """

    name: str
    numbers: tuple[float, ...] | None = None


def crystal_of(card: Card) -> Crystal | None:
    """Return the crystal of an ensemble, ``None`` if it was trained without one.

    Cards of older ensembles do not have the numbers of neighbours. Those of built-in
    lattices are counted; a structure file that a card names is never opened.
    """
    template = _template(card.description)
    if template is None:
        return None
    found: Mapping[str, float] = card.crystal
    if not found and template in LATTICES:
        found = numbers_of(card.description)
    name = template if template in LATTICES else PurePath(template).stem
    within = all(
        head.label in found and head.lowest[0] <= found[head.label] <= head.highest[0]
        for head in card.heads
    ) and not all(head.fixed[0] for head in card.heads)
    numbers = tuple(found[head.label] for head in card.heads) if within else None
    return Crystal(name, numbers)


def numbers_of(description: Mapping[str, Any]) -> dict[str, float]:
    """Return the neighbours per head in the crystal of a training set's template.

    None without a template, or if its file is no longer there.
    """
    if _template(description) is None:
        return {}
    try:
        system = recipe_from_json(description["recipe"]).system
        sites = None if system is None else sites_of(system)
    except DefinitionError:
        return {}
    if system is None or sites is None:
        return {}
    return {
        system.label(group[0]): float(sum(sites[i] for i in group))
        for group in system.heads
    }


def _template(description: Mapping[str, Any]) -> str | None:
    """Return the template in the description of a training set."""
    place: Any = description
    for name in ("recipe", "system", "angles", "template"):
        place = place.get(name) if isinstance(place, Mapping) else None
    return place if isinstance(place, str) and place else None
