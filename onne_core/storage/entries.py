"""A project as JSON and arrays, and back."""

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from onne_core.errors import OnneError
from onne_core.project import (
    AppliedStandard,
    KnownDistribution,
    Project,
    Reduction,
    SpectrumEntry,
)
from onne_core.radial import RadialDistribution
from onne_core.recipe import recipe_from_json, recipe_to_json
from onne_core.spectrum import Spectrum
from onne_core.storage.packs import Packs, stored
from onne_core.storage.sources import DAMAGED, Pieces, Source, read_arrays
from onne_core.storage.values import decoded, encoded


def project_to_json(project: Project, pieces: Pieces) -> dict[str, Any]:
    """Return ``project`` as JSON; its arrays are added to ``pieces``."""
    places = stored([entry.spectrum for entry in project.spectra], pieces)
    return {
        "ensemble": project.ensemble,
        "selected": project.selected,
        "compared": project.compared,
        "window": list(project.window) if project.window else None,
        "k_weight": project.k_weight,
        "along": project.along,
        "recipe": recipe_to_json(project.recipe) if project.recipe else None,
        "spectra": [
            _entry_to_json(entry, place, pieces)
            for entry, place in zip(project.spectra, places, strict=True)
        ],
    }


def project_from_json(content: dict[str, Any], source: Source) -> Project:
    """Return the project that ``content`` describes; anything may be wrong with it."""
    recipe, packs = content["recipe"], Packs(source)
    return Project(
        recipe=recipe_from_json(recipe) if recipe is not None else None,
        spectra=tuple(_entry_from_json(item, packs) for item in content["spectra"]),
        ensemble=str(content["ensemble"]),
        selected=int(content["selected"]),
        compared=str(content.get("compared", "")),
        window=_window(content.get("window")),
        k_weight=_k_weight(content.get("k_weight")),
        along=str(content.get("along", "")),
    )


def whole_parts(
    content: dict[str, Any], source: Source
) -> tuple[Project, tuple[str, ...]]:
    """Return what of ``content`` is whole, and a sentence for each part that is not."""
    problems: list[str] = []
    recipe = None
    try:
        if content.get("recipe") is not None:
            recipe = recipe_from_json(content["recipe"])
    except (OnneError, *DAMAGED) as error:
        problems.append(f"The system's ranges: {error}")
    entries, packs = [], Packs(source)
    listed = content.get("spectra")
    for number, item in enumerate(listed if isinstance(listed, list) else [], 1):
        try:
            entries.append(_entry_from_json(item, packs))
        except (OnneError, *DAMAGED) as error:
            name = item.get("name", "") if isinstance(item, dict) else ""
            problems.append(f"Spectrum {number} {str(name)[:80]}: {error}")
    ensemble = content.get("ensemble")
    project = Project(
        recipe=recipe,
        spectra=tuple(entries),
        ensemble=ensemble if isinstance(ensemble, str) else "",
        selected=0 if entries else -1,
    )
    return project, tuple(problems)


def _entry_to_json(entry: SpectrumEntry, place: Any, pieces: Pieces) -> dict[str, Any]:
    spectrum = entry.spectrum
    return {
        "name": entry.name,
        "source": entry.source,
        "sha256": entry.sha256,
        "spectrum": {
            "name": spectrum.name,
            "source": spectrum.source,
            "e0": spectrum.e0,
            "arrays": place,
        },
        "e0": entry.e0,
        "s02": list(entry.s02) if entry.s02 else None,
        "limits": {label: list(ends) for label, ends in entry.limits.items()},
        "known": _known_to_json(entry.known, pieces),
        "conditions": entry.conditions,
        "e0_std": entry.e0_std,
        "standard": None if entry.standard is None else asdict(entry.standard),
        "reduction": _reduction_to_json(entry.reduction, pieces),
    }


def _entry_from_json(content: dict[str, Any], packs: Packs) -> SpectrumEntry:
    own = content["spectrum"]
    k, chi = packs.arrays(own["arrays"])
    _check_columns(k, chi)
    return SpectrumEntry(
        name=str(content["name"]),
        source=str(content["source"]),
        sha256=str(content["sha256"]),
        spectrum=Spectrum(
            k=k,
            chi=chi,
            name=str(own["name"]),
            source=str(own["source"]),
            e0=_optional_number(own["e0"]),
        ),
        e0=_optional_number(content["e0"]),
        s02=_pair_of_numbers(content["s02"]) if content["s02"] is not None else None,
        limits={
            str(label): _pair_of_numbers(ends)
            for label, ends in content["limits"].items()
        },
        known=_known_from_json(content["known"], packs.source),
        # Projects of before have none.
        conditions={
            str(name): _finite(value)
            for name, value in content.get("conditions", {}).items()
        },
        e0_std=_optional_number(content.get("e0_std")),
        standard=_standard_from_json(content.get("standard")),
        reduction=_reduction_from_json(content.get("reduction"), packs.source),
    )


def _known_to_json(
    known: KnownDistribution | None, pieces: Pieces
) -> dict[str, Any] | None:
    if known is None:
        return None
    partials = known.distribution.partials
    arrays = {"r": known.distribution.r}
    arrays |= {f"g{i}": values for i, values in enumerate(partials.values())}
    return {
        "source": known.source,
        "pairs": list(partials),
        "arrays": pieces.add(arrays),
    }


def _known_from_json(content: Any, source: Source) -> KnownDistribution | None:
    if content is None:
        return None
    arrays = read_arrays(content["arrays"], source)
    partials = {str(pair): arrays[f"g{i}"] for i, pair in enumerate(content["pairs"])}
    return KnownDistribution(
        str(content["source"]), RadialDistribution(arrays["r"], partials)
    )


def _standard_from_json(content: Any) -> AppliedStandard | None:
    return None if content is None else decoded(AppliedStandard, content, {})


def _reduction_to_json(
    reduction: Reduction | None, pieces: Pieces
) -> dict[str, Any] | None:
    if reduction is None:
        return None
    arrays: dict[str, np.ndarray] = {}
    values = encoded(reduction, arrays)
    return {"values": values, "arrays": pieces.add(arrays)}


def _reduction_from_json(content: Any, source: Source) -> Reduction | None:
    if content is None:
        return None
    arrays = read_arrays(content["arrays"], source)
    found: Reduction = decoded(Reduction, content["values"], arrays)
    _check_columns(found.imported.k, found.imported.chi)
    _check_columns(found.absorption.energy, found.absorption.mu)
    return found


def _window(content: Any) -> tuple[float, float] | None:
    if content is None:
        return None
    lower, upper = _pair_of_numbers(content)
    if not 0.0 <= lower < upper:
        raise ValueError(f"window {lower} to {upper} has no width")
    return lower, upper


def _k_weight(content: Any) -> int | None:
    if content not in (None, 1, 2, 3):
        raise ValueError(f"{content!r} is no k-weight")
    return content


def _optional_number(value: Any) -> float | None:
    return None if value is None else _finite(value)


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} is not a finite number")
    return number


def _check_columns(k: np.ndarray, chi: np.ndarray) -> None:
    """Refuse arrays that are no columns of real numbers of one length."""
    if k.ndim != 1 or k.shape != chi.shape or {k.dtype.kind, chi.dtype.kind} != {"f"}:
        raise ValueError("k and chi are no columns of numbers of one length")


def _pair_of_numbers(value: Any) -> tuple[float, float]:
    first, second = value
    return _finite(first), _finite(second)
