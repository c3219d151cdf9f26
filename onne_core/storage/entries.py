"""A project as JSON and arrays, and back."""

from dataclasses import replace
from typing import Any

import numpy as np

from onne_core.codec import Codec, Form, table
from onne_core.errors import OnneError
from onne_core.storage.packs import Packs, stored
from onne_core.storage.sources import DAMAGED, Pieces, Source, read_arrays
from onne_core.storage.values import Arrays, codec_beside
from onne_core.values import recipe as recipes
from onne_core.values import treatment
from onne_core.values.project import (
    KnownDistribution,
    Project,
    Reduction,
    SpectrumEntry,
)
from onne_core.values.radial import RadialDistribution
from onne_core.values.recipe import Recipe
from onne_core.values.spectrum import Spectrum, one_line
from onne_core.values.treatment import Operation

LARGEST_K, LARGEST_CHI = 100.0, 1e6
"""Ends of what a stored spectrum can hold, Å^-1 and 1."""

LARGEST_SHIFT, LARGEST_S02 = 1000.0, 10.0
"""Ends of what a user can have set, eV and 1."""

PLACED = Codec({np.ndarray: Form()})
"""Codec of a spectrum whose arrays are put in their places."""


def project_to_json(project: Project, pieces: Pieces) -> dict[str, Any]:
    """Return ``project`` as JSON; its arrays are added to ``pieces``."""
    spectra = [entry.spectrum for entry in project.spectra]
    places = dict(zip(map(id, spectra), stored(spectra, pieces), strict=True))

    def spectrum(value: Spectrum) -> dict[str, Any]:
        content = PLACED.encode(value)
        del content["k"], content["chi"]
        noise = None if value.noise is None else value.noise.tolist()
        return {**content, "noise": noise, "arrays": places[id(value)]}

    def known(value: KnownDistribution) -> dict[str, Any]:
        partials = value.distribution.partials
        arrays = {f"g{i}": values for i, values in enumerate(partials.values())}
        name = pieces.add({"r": value.distribution.r, **arrays})
        return {"source": value.source, "pairs": list(partials), "arrays": name}

    def reduction(value: Reduction) -> dict[str, Any]:
        arrays: Arrays = {}
        values = codec_beside(arrays).encode(value)
        return {"values": values, "arrays": pieces.add(arrays)}

    writers = {Spectrum: spectrum, KnownDistribution: known, Reduction: reduction}
    forms = {kind: Form(write=writer) for kind, writer in writers.items()}
    return Codec({Recipe: recipes.FORM, **forms}).encode(project)


def project_from_json(content: dict[str, Any], source: Source) -> Project:
    """Return the project that ``content`` describes; anything may be wrong with it."""
    project = _reading(source).value(Project, content)
    if project.window is not None:
        _check_ends(project.window)
        if project.window[1] > LARGEST_K:
            raise ValueError(f"window to {project.window[1]:g} Å^-1")
    if project.k_weight not in (None, 0, 1, 2, 3):
        raise ValueError(f"{project.k_weight} is no k-weight")
    return replace(project, spectra=tuple(map(_checked, project.spectra)))


def whole_parts(
    content: dict[str, Any], source: Source
) -> tuple[Project, tuple[str, ...]]:
    """Return what of ``content`` is whole, and a sentence for each part that is not."""
    problems: list[str] = []
    recipe, entries, reading = None, [], _reading(source)
    try:
        recipe = reading.decode(Recipe | None, content.get("recipe"), "recipe")
    except (OnneError, *DAMAGED) as error:
        problems.append(f"The system's ranges: {error}")
    listed = content.get("spectra")
    for number, item in enumerate(listed if isinstance(listed, list) else [], 1):
        try:
            entries.append(_checked(reading.value(SpectrumEntry, item)))
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


def _reading(source: Source) -> Codec:
    """Return the codec that reads a project whose arrays lie in ``source``."""
    packs = Packs(source)

    def spectrum(content: Any, place: str) -> Spectrum:
        own = dict(table(content, place))
        k, chi = packs.arrays(own.pop("arrays"))
        _check_columns(k, chi)
        _check_wave(k, chi)
        own["noise"] = _noise(own.get("noise"), place)
        found = PLACED.value(Spectrum, {**own, "k": k, "chi": chi}, place)
        return replace(found, name=one_line(found.name))

    def known(content: Any, place: str) -> KnownDistribution:
        own = table(content, place)
        arrays = read_arrays(own["arrays"], source)
        pairs = PLACED.decode(tuple[str, ...], own["pairs"], f"{place}.pairs")
        partials = {one_line(pair): arrays[f"g{i}"] for i, pair in enumerate(pairs)}
        for curve in partials.values():
            _check_columns(arrays["r"], curve)
        if len(pairs) != len(arrays) - 1 or not pairs or arrays["r"].size < 2:
            raise ValueError("a known g(r) with other curves than pairs, or none")
        origin = PLACED.decode(str, own["source"], f"{place}.source")
        return KnownDistribution(origin, RadialDistribution(arrays["r"], partials))

    def reduction(content: Any, place: str) -> Reduction:
        own = table(content, place)
        forms = {Operation: treatment.FORM}
        codec = codec_beside(read_arrays(own["arrays"], source), forms=forms)
        found = codec.value(Reduction, own["values"], place)
        _check_columns(found.imported.k, found.imported.chi)
        _check_wave(found.imported.k, found.imported.chi)
        _check_columns(found.absorption.energy, found.absorption.mu)
        return found

    readers = {Spectrum: spectrum, KnownDistribution: known, Reduction: reduction}
    forms = {kind: Form(reader) for kind, reader in readers.items()}
    return Codec({Recipe: recipes.FORM, **forms}, ignores_unknown=True)


def _checked(entry: SpectrumEntry) -> SpectrumEntry:
    """Return ``entry``, its name one line; refuse settings that nobody can make."""
    for shift in (entry.e0, entry.e0_std):
        if shift is not None and abs(shift) > LARGEST_SHIFT:
            raise ValueError(f"E0 off by {shift:g} eV")
    value, std = entry.s02 or (1.0, 0.0)
    if not (0.0 < value <= LARGEST_S02 and 0.0 <= std <= LARGEST_S02):
        raise ValueError(f"S0^2 of {value:g} +- {std:g}")
    for ends in entry.limits.values():
        _check_ends(ends)
    return replace(entry, name=one_line(entry.name))


def _noise(content: Any, place: str) -> np.ndarray | None:
    """Return the noise of a spectrum, a list of numbers in its file."""
    numbers = PLACED.decode(tuple[float, ...] | None, content, f"{place}.noise")
    return None if numbers is None else np.array(numbers, float)


def _check_ends(ends: tuple[float, float]) -> None:
    lower, upper = ends
    if not 0.0 <= lower < upper:
        raise ValueError(f"{lower} to {upper} has no width")


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
