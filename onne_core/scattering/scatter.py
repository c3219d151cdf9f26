"""Scattering of many given clusters, and the file of their spectra."""

import io
import json
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from jaxtyping import Float

from onne_core.errors import ScatteringError
from onne_core.scattering import engine, feff
from onne_core.scattering.phase_run import run_phases
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import prepare
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Cluster


@dataclass(frozen=True, eq=False)
class Scattered:
    """Spectra of some clusters.

    ``chi`` has a row of NaN for every cluster that FEFF refused; ``rejected`` counts
    these by reason.
    """

    chi: Float[np.ndarray, "cluster k"] = field(repr=False)
    rejected: dict[str, int]


def scatter_all(
    clusters: Sequence[Cluster],
    *,
    edge: str,
    recipe: ScatteringRecipe,
    scratch: Path | None,
) -> Scattered:
    """Return the spectra of ``clusters``; runs put temporary files in ``scratch``."""
    chi = np.full((len(clusters), k_grid(recipe.k_max).size), np.nan)
    rejected: Counter[str] = Counter()
    for row, cluster in zip(chi, clusters, strict=True):
        try:
            row[:] = chi_of(cluster, edge=edge, recipe=recipe, scratch=scratch)
        except ScatteringError as error:
            rejected[error.reason] += 1
    return Scattered(chi, dict(rejected))


def chi_of(
    cluster: Cluster, *, edge: str, recipe: ScatteringRecipe, scratch: Path | None
) -> Float[np.ndarray, " k"]:
    """Return chi(k) of ``cluster`` with its own potentials, whatever the engine.

    FEFF8L gives the phases in any case; the paths are those of the engine that the
    recipe names, with the same result to one part in 10^5.

    Raises
    ------
    ScatteringError
        If either refuses the cluster.
    """
    if recipe.engine == "feff":
        return feff.chi_of(cluster, edge=edge, recipe=recipe, scratch=scratch)
    made = run_phases(cluster, edge=edge, recipe=recipe, scratch=scratch)
    tables = prepare(read_phase_pad(made.text))
    return engine.chi_of(cluster, elements=made.elements, tables=tables, recipe=recipe)


def encode_scattered(scattered: Scattered, *, request: str) -> bytes:
    """Return the spectra as npz; ``request`` is the digest of their inputs."""
    header = json.dumps({"request": request, "rejected": scattered.rejected})
    buffer = io.BytesIO()
    np.savez(
        buffer,
        chi=scattered.chi,
        header=np.frombuffer(header.encode(), dtype=np.uint8),
    )
    return buffer.getvalue()


def read_scattered(path: Path, *, request: str, count: int) -> Scattered | None:
    """Return the ``count`` spectra in ``path`` if complete and of ``request``."""
    if not path.is_file():
        return None
    try:
        # Through bytes: numpy leaves a damaged file open.
        content = io.BytesIO(path.read_bytes())
        with np.load(content, allow_pickle=False) as archive:
            header = json.loads(archive["header"].tobytes())
            scattered = Scattered(archive["chi"], header["rejected"])
            is_own = header["request"] == request
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None
    return scattered if is_own and len(scattered.chi) == count else None
