"""Scattering of many given clusters, in parts whose spectra are kept on disk."""

import io
import json
import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float

from onne_core import files
from onne_core.errors import ScatteringError
from onne_core.recipe import FeffRecipe
from onne_core.scattering import feff
from onne_core.spectrum import k_grid
from onne_core.structure import Cluster


@dataclass(frozen=True)
class Part:
    """Some clusters to scatter.

    ``target`` is the file of their spectra, ``scratch`` an existing folder for the
    runs' temporary files, ``request`` the digest of everything that decides the
    content of the target.
    """

    clusters: tuple[Cluster, ...] = field(repr=False)
    edge: str
    recipe: FeffRecipe
    target: Path
    scratch: Path
    request: str


@dataclass(frozen=True, eq=False)
class Scattered:
    """Spectra of a part.

    ``chi`` has a row of NaN for every cluster that FEFF refused; ``rejected`` counts
    these by reason.
    """

    chi: Float[np.ndarray, "cluster k"] = field(repr=False)
    rejected: dict[str, int]


def scatter_part(part: Part) -> Scattered:
    """Scatter the clusters of ``part``; write and return the spectra. Idempotent."""
    chi = np.full((len(part.clusters), k_grid(part.recipe.k_max).size), np.nan)
    rejected: Counter[str] = Counter()
    for row, cluster in zip(chi, part.clusters, strict=True):
        try:
            row[:] = feff.chi_of(
                cluster, edge=part.edge, recipe=part.recipe, scratch=part.scratch
            )
        except ScatteringError as error:
            rejected[error.reason] += 1
    header = json.dumps({"request": part.request, "rejected": dict(rejected)})
    buffer = io.BytesIO()
    np.savez(buffer, chi=chi, header=np.frombuffer(header.encode(), dtype=np.uint8))
    files.write_bytes(part.target, buffer.getvalue())
    return Scattered(chi, dict(rejected))


def finished_part(part: Part) -> Scattered | None:
    """Return the spectra of ``part`` if its file is there, whole, and its own."""
    if not part.target.is_file():
        return None
    try:
        # Through bytes: numpy leaves a damaged file open.
        content = io.BytesIO(part.target.read_bytes())
        with np.load(content, allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes())
            scattered = Scattered(archive["chi"], header["rejected"])
            is_own = header["request"] == part.request
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None
    return scattered if is_own and len(scattered.chi) == len(part.clusters) else None
