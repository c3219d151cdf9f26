"""A project as JSON and arrays, and back."""

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from onne_core.errors import OnneError
from onne_core.storage.packs import Packs, stored
from onne_core.storage.sources import DAMAGED, Pieces, Source, read_arrays
from onne_core.storage.values import decoded, encoded
from onne_core.values.project import (
    AppliedStandard,
    KnownDistribution,
    Project,
    Reduction,
    SpectrumEntry,
)
from onne_core.values.radial import RadialDistribution
from onne_core.values.recipe import recipe_from_json, recipe_to_json
from onne_core.values.spectrum import Spectrum, one_line

LARGEST_K, LARGEST_CHI = 100.0, 1e6
"""Ends of what a stored spectrum can hold, Å^-1 and 1."""

LARGEST_SHIFT, LARGEST_S02 = 1000.0, 10.0
"""Ends of what a user can have set, eV and 1."""


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
    _check_wave(k, chi)
    return SpectrumEntry(
        name=one_line(str(content["name"])),
        source=str(content["source"]),
        sha256=str(content["sha256"]),
        spectrum=Spectrum(
            k=k,
            chi=chi,
            name=one_line(str(own["name"])),
            source=str(own["source"]),
            e0=_optional_number(own["e0"]),
        ),
        e0=_shift(content["e0"]),
        s02=_s02(content["s02"]),
        limits={str(label): _ends(ends) for label, ends in content["limits"].items()},
        known=_known_from_json(content["known"], packs.source),
        # Projects of before have none.
        conditions={
            str(name): _finite(value)
            for name, value in content.get("conditions", {}).items()
        },
        e0_std=_shift(content.get("e0_std")),
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
    if len(content["pairs"]) != len(arrays) - 1:
        raise ValueError("a known g(r) with other curves than pairs")
    partials = {str(pair): arrays[f"g{i}"] for i, pair in enumerate(content["pairs"])}
    for curve in partials.values():
        _check_columns(arrays["r"], curve)
    if not partials or arrays["r"].size < 2:
        raise ValueError("a known g(r) without curves")
    return KnownDistribution(
        str(content["source"]),
        RadialDistribution(
            arrays["r"], {one_line(pair): g for pair, g in partials.items()}
        ),
    )


def _standard_from_json(content: Any) -> AppliedStandard | None:
    return (
        None if content is None else decoded(AppliedStandard, _finite_in(content), {})
    )


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
    found: Reduction = decoded(Reduction, _finite_in(content["values"]), arrays)
    _check_columns(found.imported.k, found.imported.chi)
    _check_wave(found.imported.k, found.imported.chi)
    _check_columns(found.absorption.energy, found.absorption.mu)
    return found


def _window(content: Any) -> tuple[float, float] | None:
    if content is None:
        return None
    lower, upper = _ends(content)
    if upper > LARGEST_K:
        raise ValueError(f"window to {upper:g} Å^-1")
    return lower, upper


def _ends(content: Any) -> tuple[float, float]:
    lower, upper = _pair_of_numbers(content)
    if not 0.0 <= lower < upper:
        raise ValueError(f"{lower} to {upper} has no width")
    return lower, upper


def _shift(content: Any) -> float | None:
    """Return a shift of E0 or its deviation, eV."""
    shift = _optional_number(content)
    if shift is not None and abs(shift) > LARGEST_SHIFT:
        raise ValueError(f"E0 off by {shift:g} eV")
    return shift


def _s02(content: Any) -> tuple[float, float] | None:
    if content is None:
        return None
    value, std = _pair_of_numbers(content)
    if not (0.0 < value <= LARGEST_S02 and 0.0 <= std <= LARGEST_S02):
        raise ValueError(f"S0^2 of {value:g} +- {std:g}")
    return value, std


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


def _finite_in(content: Any) -> Any:
    """Return ``content``; ValueError where a number in it could not be saved again."""
    json.dumps(content, allow_nan=False)
    return content


def _check_columns(x: np.ndarray, y: np.ndarray) -> None:
    """Refuse arrays that are no columns of real numbers of one length, x rising."""
    kinds = all(values.dtype in (np.float64, np.float32) for values in (x, y))
    if x.ndim != 1 or x.shape != y.shape or not kinds:
        raise ValueError("two arrays are no columns of numbers of one length")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a column holds numbers that are not finite")
    if (np.diff(x) <= 0.0).any():
        raise ValueError("a column does not rise")


def _check_wave(k: np.ndarray, chi: np.ndarray) -> None:
    """Refuse what no measurement gives, and would overflow in its analysis."""
    if k.size and (k[0] < 0.0 or k[-1] > LARGEST_K or np.abs(chi).max() > LARGEST_CHI):
        raise ValueError("k (Å^-1) or chi that are no spectrum's")


def _pair_of_numbers(value: Any) -> tuple[float, float]:
    first, second = value
    return _finite(first), _finite(second)
