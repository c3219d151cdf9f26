"""Differences between two projects in words, shown before work is restored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from app.look import wording
from onne_core.digest import canonical, digest
from onne_core.values.project import (
    AppliedStandard,
    KnownDistribution,
    Project,
    Reduction,
    SpectrumEntry,
)
from onne_core.values.recipe import Recipe, recipe_to_json
from onne_core.values.spectrum import ReductionSettings

NOTHING = wording.EN_DASH
AUTOMATIC = "automatic"
NAMES = {
    "e0": "E₀ shift",
    "e0_std": "uncertainty of the E₀ shift",
    "s02": "S₀²",
    "known": "known g(r)",
    "reduction": "background removal",
    "method": "answer",
    "sample": "sample",
    "ensemble": "ensemble",
    "absorber": "absorber",
}
AUTOMATICALLY = ("e0", "e0_std", "s02", "limits", "ensemble")
"""Settings that the program decides where the user has not."""

UNITS = {"e0": " eV", "e0_std": " eV"}
MOST_WRITTEN = 60
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Difference:
    """One difference: its name, the saved value, the recovered value."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, eq=False)
class ProjectComparison:
    """Differences of saved and recovered work, when each was written, what to do.

    Times are seconds since 1970; nothing was saved where ``saved_when`` is None.
    """

    differences: tuple[Difference, ...]
    saved_when: float | None
    recovered_when: float
    restore: Callable[[], object] = field(repr=False)
    discard: Callable[[], object] = field(repr=False)


def compared(before: Project, after: Project) -> tuple[Difference, ...]:
    """Return the differences; the selection does not count."""
    return (
        *_of_ensembles(before, after),
        *_of_recipes(before.recipe, after.recipe),
        *_of_spectra(before, after),
    )


def _of_ensembles(before: Project, after: Project) -> Iterator[Difference]:
    if before.ensemble != after.ensemble:
        yield Difference(
            "Ensemble", before.ensemble or AUTOMATIC, after.ensemble or AUTOMATIC
        )


def _of_recipes(before: Recipe | None, after: Recipe | None) -> Iterator[Difference]:
    if before is None or after is None:
        if before is not after:
            yield Difference("System", _named(before), _named(after))
        return
    old = dict(_leaves(recipe_to_json(before)))
    new = dict(_leaves(recipe_to_json(after)))
    for place in sorted(old.keys() | new.keys()):
        if old.get(place) != new.get(place):
            yield Difference(
                f"System: {place}",
                _written(old.get(place)),
                _written(new.get(place)),
            )


def _of_spectra(before: Project, after: Project) -> Iterator[Difference]:
    old = {_key(entry): entry for entry in before.spectra}
    new = {_key(entry): entry for entry in after.spectra}
    for key, entry in old.items():
        if key not in new:
            yield Difference(f"Spectrum {entry.name}", "there", "removed")
    for key, entry in new.items():
        if key not in old:
            yield Difference(f"Spectrum {entry.name}", NOTHING, "added")
            yield from _of_entries(SpectrumEntry("", "", "", entry.spectrum), entry)
        else:
            yield from _of_entries(old[key], entry)


def _of_entries(before: SpectrumEntry, after: SpectrumEntry) -> Iterator[Difference]:
    """Compare the user's settings of one spectrum."""
    for item in fields(SpectrumEntry):
        if item.name in ("name", "source", "sha256"):
            continue
        old, new = getattr(before, item.name), getattr(after, item.name)
        if canonical(old) != canonical(new):
            yield Difference(
                f"{after.name}: {NAMES.get(item.name, item.name)}",
                _decided(item.name, old),
                _decided(item.name, new),
            )


def _key(entry: SpectrumEntry) -> str:
    return digest(entry.source, entry.sha256, entry.name)


def _named(recipe: Recipe | None) -> str:
    if recipe is None:
        return NOTHING
    system = recipe.system
    return system.name or f"{system.absorber} {system.edge}"


def _leaves(content: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the plain values in ``content`` with their places in words."""
    if isinstance(content, dict):
        for name, item in content.items():
            yield from _leaves(item, f"{place}, {name}" if place else str(name))
    elif isinstance(content, list) and any(isinstance(item, dict) for item in content):
        for number, item in enumerate(content, 1):
            yield from _leaves(item, f"{place} {number}")
    else:
        yield place.replace("_", " "), content


def _decided(name: str, value: Any) -> str:
    if value is None or value in ({}, ""):
        return AUTOMATIC if name in AUTOMATICALLY else NOTHING
    if isinstance(value, KnownDistribution):
        return value.source.rsplit("/", 1)[-1]
    if name == "method":
        return wording.METHODS[value]
    if name == "sample":
        return wording.SAMPLES[value]
    if isinstance(value, AppliedStandard):
        return wording.sentence(wording.structure(value.title))
    if isinstance(value, Reduction):
        return _reduced(value.settings)
    if name == "conditions":
        return ", ".join(f"{key} {_written(item)}" for key, item in value.items())
    if name == "s02":
        return f"{wording.number(value[0], 3)} ± {wording.number(value[1], 3)}"
    if name == "limits":
        return ", ".join(
            f"{wording.pair(label)} {wording.span(*ends)} Å"
            for label, ends in value.items()
        )
    return _written(value) + UNITS.get(name, "")


def _reduced(settings: ReductionSettings) -> str:
    e0 = f"E₀ {wording.number(settings.e0, 2)} eV, " if settings.e0 is not None else ""
    rbkg = wording.number(settings.rbkg, 2)
    return f"{e0}rbkg {rbkg} Å, k-weight {settings.k_weight}"


def _written(value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, float):
        return wording.number(value, 3).rstrip("0").rstrip(".")
    if isinstance(value, list):
        return " to ".join(_written(item) for item in value)
    text = str(value)
    return text if len(text) <= MOST_WRITTEN else text[: MOST_WRITTEN - 1] + "…"
