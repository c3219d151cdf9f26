"""Pipeline, which engine scatters the clusters of a system, with which phases.

The engine of this program takes the phases of one reference cluster, which are kept in
the folder of the training set: phase.pad as FEFF wrote it, and beside it the digest of
the input that gave it.
"""

import json
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from onne_core import files
from onne_core.digest import digest_of_bytes
from onne_core.errors import StorageError
from onne_core.recipe import Recipe
from onne_core.scattering import engine, feff
from onne_core.scattering.phase_run import (
    DOUBTFUL_OVERLAP,
    PhaseRun,
    overlaps,
    phase_key,
    run_phases,
    worst_overlap,
)
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import Tables, prepare
from onne_core.structure import Cluster

logger = logging.getLogger(__name__)

PHASES = "phase.pad"
RECORD = "phases.json"

Scatterer = Callable[[Cluster], np.ndarray]
"""From a cluster to chi(k) on the grid of the recipe; raises ScatteringError."""


@dataclass(frozen=True)
class StoredPhases:
    """A phase.pad on disk, its digest, and what is known of it.

    ``elements`` are those of the potentials 1, 2 ...; ``overlap`` is the largest sum of
    two muffin-tin radii over a distance, of ``pair``.
    """

    path: Path
    sha256: str
    elements: tuple[str, ...]
    pair: str
    overlap: float


def stored_phases(
    recipe: Recipe,
    folder: Path,
    *,
    reference: Cluster,
    examples: Iterable[Cluster],
    scratch: Path,
) -> StoredPhases:
    """Return the phases of ``reference`` in ``folder``, made if they are not there.

    ``examples`` are clusters such as will be computed, to see how muffin tins overlap.
    The spectrum of the reference itself is computed once, so that compiled functions
    are ready before several workers ask for them.

    Raises
    ------
    ScatteringError
        If FEFF fails, or the phases do not suit the examples.
    """
    key = phase_key(reference, edge=recipe.system.edge, recipe=recipe.scattering)
    run = _kept(folder, key)
    if run is None:
        run = run_phases(
            reference,
            edge=recipe.system.edge,
            recipe=recipe.scattering,
            scratch=scratch,
        )
        _keep(run, folder, key)
    pair, overlap = worst_overlap(overlaps(run, (reference, *examples)))
    if overlap > DOUBTFUL_OVERLAP:
        logger.warning("%s: muffin tins overlap by a factor %.2f", pair, overlap)
    sha256 = digest_of_bytes(run.text.encode("latin-1"))
    stored = StoredPhases(folder / PHASES, sha256, run.elements, pair, overlap)
    scatterer_of(recipe, stored, scratch)(reference)
    return stored


def scatterer_of(
    recipe: Recipe, phases: StoredPhases | None, scratch: Path | None
) -> Scatterer:
    """Return the function that scatters a cluster in the recipe's engine.

    Without ``phases`` it runs the executables in ``scratch``.
    """
    if phases is None:
        return partial(
            feff.chi_of,
            edge=recipe.system.edge,
            recipe=recipe.scattering,
            scratch=scratch,
        )
    return partial(
        engine.chi_of,
        elements=phases.elements,
        tables=_tables(phases.path, phases.sha256),
        recipe=recipe.scattering,
    )


@lru_cache(maxsize=2)
def _tables(path: Path, sha256: str) -> Tables:
    """Return the tables of a phase.pad, read once per process.

    Raises
    ------
    StorageError
        If the file is not the one that was written.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: missing; run onne generate again.") from error
    if digest_of_bytes(content) != sha256:
        raise StorageError(
            f"{path}: changed since it was written (sha256 differs); "
            "delete it and run onne generate again."
        )
    return prepare(read_phase_pad(content.decode("latin-1")))


def _keep(run: PhaseRun, folder: Path, key: str) -> None:
    content = run.text.encode("latin-1")
    files.write_bytes(folder / PHASES, content)
    record = {
        "input": key,
        "sha256": digest_of_bytes(content),
        "elements": run.elements,
        "muffin_tin_radii": run.radii,
    }
    files.write_json(folder / RECORD, record)


def _kept(folder: Path, key: str) -> PhaseRun | None:
    """Return the phases in ``folder`` if they are whole and those of ``key``."""
    try:
        content = (folder / PHASES).read_bytes()
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        if (record["input"], record["sha256"]) != (key, digest_of_bytes(content)):
            return None
        radii, elements = record["muffin_tin_radii"], record["elements"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return PhaseRun(content.decode("latin-1"), tuple(radii), tuple(elements))
