"""Pipeline: the reference cluster of a system, from a user's file and as JSON."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.digest import digest_of_file
from onne_core.errors import DefinitionError, ScatteringError
from onne_core.formats.structures import read_environments
from onne_core.scattering import feff
from onne_core.values.recipe import Recipe
from onne_core.values.structure import Cluster

MARGIN = 1.0
"""A given structure is used as far as this beyond the longest path, Å."""


@dataclass(frozen=True, eq=False)
class Reference:
    """The cluster that gives the phases of a system, and its origin in words."""

    cluster: Cluster
    origin: str


def reference_file_digest(recipe: Recipe) -> str | None:
    """Return the sha256 of the reference file, ``None`` if the recipe has none.

    Raises
    ------
    DefinitionError
        If the file cannot be read.
    """
    if recipe.scattering.reference is None:
        return None
    path = Path(recipe.scattering.reference)
    try:
        if path.exists() and not path.is_file():  # a device would be read for ever
            raise DefinitionError(
                f"scattering.reference: {path} is not a file; give a structure file."
            )
        return digest_of_file(path)
    except OSError as error:
        from_here = "" if path.is_absolute() else f", relative to {Path.cwd()}"
        raise DefinitionError(
            f"scattering.reference: {path} cannot be read ({error.strerror}); "
            f"check the path{from_here}."
        ) from error


def given_reference(recipe: Recipe) -> Reference:
    """Return the reference from the recipe's structure file.

    Raises
    ------
    FormatError
        If the file cannot be read.
    DefinitionError
        If it does not suit the system; the text says why.
    """
    scattering, system = recipe.scattering, recipe.system
    path = Path(str(scattering.reference))
    found = read_environments(
        path,
        absorber=system.absorber,
        cutoff=scattering.r_max + MARGIN,
        centres="every",
    )
    if scattering.reference_site > len(found):
        raise DefinitionError(
            f"scattering.reference_site: {scattering.reference_site}; {path.name} has "
            f"{len(found)} {system.absorber}."
        )
    cluster = found[scattering.reference_site - 1]
    missing = {shell.element for shell in system.shells} - set(cluster.elements)
    if missing:
        raise DefinitionError(
            f"scattering.reference: {path.name} has no "
            f"{', '.join(sorted(missing))} within {scattering.r_max + MARGIN:g} Å "
            f"of the absorbing {system.absorber}; the reference needs every "
            "element of the system."
        )
    try:
        feff.check_geometry(cluster)
    except ScatteringError as error:
        raise DefinitionError(f"scattering.reference: {path.name}: {error}") from error
    site = f"{system.absorber} {scattering.reference_site}"
    return Reference(cluster, f"the surroundings of {site} in {path.name}")


def reference_to_json(reference: Reference) -> dict[str, Any]:
    """Return ``reference`` as JSON types; :func:`reference_from_json` reads it."""
    return {
        "origin": reference.origin,
        "absorber": reference.cluster.absorber,
        "elements": list(reference.cluster.elements),
        "shells": reference.cluster.shells.tolist(),
        "positions": reference.cluster.positions.tolist(),
    }


def reference_from_json(content: dict[str, Any]) -> Reference:
    """Return the reference in ``content``; positions are bit-identical."""
    cluster = Cluster(
        absorber=content["absorber"],
        elements=tuple(content["elements"]),
        shells=np.array(content["shells"], int),
        positions=np.array(content["positions"], float),
    )
    return Reference(cluster, content["origin"])
