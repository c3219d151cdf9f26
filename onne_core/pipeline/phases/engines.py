"""Pipeline: choice of engine and phases for the clusters of a system.

The engine of this program takes the phases of one reference cluster, which are kept in
the folder of the training set: ``phases/phase.pad`` as FEFF wrote it, and beside it the
digest of the input that gave it.
"""

import json
import logging
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from onne_core import files
from onne_core.digest import digest_of_bytes, digest_of_file
from onne_core.errors import StorageError
from onne_core.pipeline.phases.reference_file import (
    Reference,
    reference_from_json,
    reference_to_json,
)
from onne_core.pipeline.phases.references import choose_reference, reference_key
from onne_core.scattering import engine, feff
from onne_core.scattering.phase_run import (
    DOUBTFUL_OVERLAP,
    PhaseRun,
    overlaps,
    run_phases,
    worst_overlap,
)
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import Tables, prepare
from onne_core.values.recipe import Recipe
from onne_core.values.structure import Cluster

logger = logging.getLogger(__name__)

PLACE = "phases"
PHASES = "phase.pad"
RECORD = "phases.json"

Scatterer = Callable[[Cluster], np.ndarray]
"""From a cluster to chi(k) on the grid of the recipe; raises ScatteringError."""


@dataclass(frozen=True)
class StoredPhases:
    """The phase.pad of a training set, its digest and its origin.

    ``content`` goes with every task, for workers that do not see the folder.
    ``elements`` are those of the potentials 1, 2 ..., ``radii`` (Å) the muffin-tin
    radii of the absorber and of these; ``overlap`` is the largest sum of two of them
    over a distance, of ``pair``. They are those of ``reference``.
    """

    content: bytes = field(repr=False)
    sha256: str
    reference: Reference = field(repr=False)
    elements: tuple[str, ...]
    radii: tuple[float, ...]
    pair: str
    overlap: float


def stored_phases(
    recipe: Recipe, folder: Path, *, examples: Iterable[Cluster], scratch: Path
) -> StoredPhases:
    """Return the phases of a system in ``folder``, made if missing.

    ``examples`` are clusters such as will be computed, to see how muffin tins overlap.
    The spectrum of the reference is computed once, so that compiled functions are
    ready before several workers ask for them.

    Raises
    ------
    DefinitionError, FormatError
        If the reference that the recipe gives does not suit.
    ScatteringError
        If FEFF fails, or the phases do not suit the examples.
    """
    key = reference_key(recipe)
    reference, run = _kept(recipe, folder, key) or _made(recipe, folder, key, scratch)
    pair, overlap = worst_overlap(overlaps(run, (reference.cluster, *examples)))
    if overlap > DOUBTFUL_OVERLAP:
        logger.warning("%s: muffin tins overlap by a factor %.2f", pair, overlap)
    content = run.text.encode("latin-1")
    stored = StoredPhases(
        content=content,
        sha256=digest_of_bytes(content),
        reference=reference,
        elements=run.elements,
        radii=run.radii,
        pair=pair,
        overlap=overlap,
    )
    logger.info("reference: %s; %s", reference.origin, radii_by_name(stored))
    scatterer_of(recipe, stored, scratch)(reference.cluster)
    return stored


def radii_by_name(phases: StoredPhases) -> dict[str, float]:
    """Return the muffin-tin radii (Å) by element, the absorber separately."""
    absorber = f"{phases.reference.cluster.absorber} (absorber)"
    names = (absorber, *phases.elements)
    return dict(zip(names, phases.radii, strict=True))


def scatterer_of(
    recipe: Recipe, phases: StoredPhases | None, scratch: Path | None
) -> Scatterer:
    """Return the function that computes chi(k) of a cluster with the recipe's engine.

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
        tables=_tables(phases.content),
        recipe=recipe.scattering,
    )


@lru_cache(maxsize=2)
def _tables(content: bytes) -> Tables:
    """Return the tables of a phase.pad, read once per process."""
    return prepare(read_phase_pad(content.decode("latin-1")))


def _made(
    recipe: Recipe, folder: Path, key: str, scratch: Path
) -> tuple[Reference, PhaseRun]:
    """Choose the reference and run FEFF; leave both in ``folder``.

    Where several runs share the folder, the first one that has its phases wins: FEFF's
    last digits differ between computers, and a training set has one set of phases.
    """
    reference = choose_reference(recipe, scratch=scratch)
    run = run_phases(
        reference.cluster,
        edge=recipe.system.edge,
        recipe=recipe.scattering,
        scratch=scratch,
    )
    content = run.text.encode("latin-1")
    record = {
        "input": key,
        "sha256": digest_of_bytes(content),
        "elements": run.elements,
        "muffin_tin_radii": run.radii,
        "reference": reference_to_json(reference),
    }
    text = json.dumps(record, indent=2) + "\n"
    files_of_run = {PHASES: content, RECORD: text.encode()}
    if not files.publish(folder / PLACE, files_of_run) and not _kept(
        recipe, folder, key
    ):
        shutil.rmtree(folder / PLACE)  # damaged
        files.publish(folder / PLACE, files_of_run)
    kept = _kept(recipe, folder, key)
    if kept is None:
        raise StorageError(f"{folder / PLACE}: changed during the run; run again.")
    return kept


def _kept(recipe: Recipe, folder: Path, key: str) -> tuple[Reference, PhaseRun] | None:
    """Return what ``folder`` holds if it is whole and made from ``key``."""
    try:
        content = (folder / PLACE / PHASES).read_bytes()
        record = json.loads((folder / PLACE / RECORD).read_text(encoding="utf-8"))
        if (record["input"], record["sha256"]) != (key, digest_of_bytes(content)):
            return None
        radii = tuple(float(radius) for radius in record["muffin_tin_radii"])
        elements = tuple(str(element) for element in record["elements"])
        reference = reference_from_json(record["reference"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    run = PhaseRun(content.decode("latin-1"), radii, elements)
    return (reference, run) if _fit(recipe, reference, run) else None


def _fit(recipe: Recipe, reference: Reference, run: PhaseRun) -> bool:
    """Whether the record beside a phase.pad belongs to it; somebody may edit it."""
    cluster = reference.cluster
    return (
        cluster.absorber == recipe.system.absorber
        and {shell.element for shell in recipe.system.shells} <= set(run.elements)
        and run.elements == tuple(sorted(set(cluster.elements)))
        and len(run.radii) == len(run.elements) + 1
        and bool(np.isfinite(run.radii).all())
        and cluster.positions.shape == (len(cluster.elements), 3)
        and bool(np.isfinite(cluster.positions).all())
    )


def sha256_of_kept(folder: Path) -> str | None:
    """Return the sha256 of the phases in ``folder``, None if there are none."""
    path = folder / PLACE / PHASES
    return digest_of_file(path) if path.is_file() else None


def take_phases(sources: Iterable[Path], folder: Path) -> None:
    """Copy to ``folder``, unless it has phases, those of the first source that does."""
    found = next(filter(None, map(_files_in, sources)), None)
    if found is not None:
        files.publish(folder / PLACE, found)


def adopt_phases(source: Path, folder: Path, recipe: Recipe) -> None:
    """Copy the phases in ``source`` to ``folder``, the folder of ``recipe``.

    Spectra that are learnt from together should have the same phases, though another
    recipe would choose another reference. A source without phases gives none.
    """
    found = _files_in(source)
    if recipe.scattering.engine != "onne" or found is None:
        return
    record = {**json.loads(found[RECORD]), "input": reference_key(recipe)}
    text = json.dumps(record, indent=2) + "\n"
    files.publish(folder / PLACE, {**found, RECORD: text.encode()})


def _files_in(folder: Path) -> dict[str, bytes] | None:
    """Return the files of the phases in ``folder``, None if one is missing."""
    paths = [folder / PLACE / name for name in (PHASES, RECORD)]
    if not all(path.is_file() for path in paths):
        return None
    return {path.name: path.read_bytes() for path in paths}
