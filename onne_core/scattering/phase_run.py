"""One FEFF8L run for the phases of a reference cluster, and checks of their use.

Potentials and phases come from ``rdinp``, ``pot`` and ``xsph``; the potentials overlap
(no self-consistency), so the run takes about a second.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from onne_core.errors import ScatteringError
from onne_core.scattering.executables import fresh_folder
from onne_core.scattering.feff import run_modules
from onne_core.scattering.phases import read_phase_pad
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.structure import Cluster

MODULES = ("rdinp", "pot", "xsph")

RADII = re.compile(r"^\s+(\d+)((?:\s+\d\.\d+E[+-]\d+){3})\s*$", re.MULTILINE)
"""Lines of log1.dat: potential, Norman radius, muffin-tin radius (Å), overlap."""

DOUBTFUL_OVERLAP = 1.5
LARGEST_OVERLAP = 1.6
"""Sum of two muffin-tin radii over the shortest distance of the pair. Seen: 1.06 in
Ni metal, 1.25 to 1.48 with good references for Ni-Cl, 1.75 where the expansion of the
propagator diverged."""


@dataclass(frozen=True)
class PhaseRun:
    """Result of a run: the text of phase.pad and the muffin-tin radii (Å).

    ``radii`` has one entry per potential: the absorber, then ``elements``.
    """

    text: str = field(repr=False)
    radii: tuple[float, ...]
    elements: tuple[str, ...]


def run_phases(
    cluster: Cluster,
    *,
    edge: str,
    recipe: ScatteringRecipe,
    scratch: Path | None = None,
) -> PhaseRun:
    """Return the phases of ``cluster``, made in a new folder in ``scratch``.

    Raises
    ------
    ScatteringError
        If the geometry is unusable, a module did not finish, or phase.pad is not one
        that the engine can use.
    StorageError
        If the disk is full or the folder has gone.
    JobError
        If somebody killed an executable.
    """
    elements = tuple(sorted(set(cluster.elements)))
    with fresh_folder(scratch) as folder:
        _run(MODULES, folder, cluster, edge=edge, recipe=recipe)
        text = (folder / "phase.pad").read_text(encoding="latin-1")
        radii = _radii(folder, len(elements) + 1)
    count = len(read_phase_pad(text).potentials)
    if count != len(elements) + 1:
        raise ScatteringError(
            f"FEFF wrote {count} potentials for {len(elements) + 1}; run the command "
            "again.",
            reason="phases incomplete",
        )
    return PhaseRun(text, radii, elements)


def muffin_tin_radii(
    cluster: Cluster,
    *,
    edge: str,
    recipe: ScatteringRecipe,
    scratch: Path | None = None,
) -> tuple[float, ...]:
    """Return the radii (Å) of the absorber and of each element, in order of names.

    It takes a tenth of the time of :func:`run_phases`, whose radii are the same.

    Raises
    ------
    ScatteringError, StorageError, JobError
        As in :func:`run_phases`.
    """
    with fresh_folder(scratch) as folder:
        _run(MODULES[:2], folder, cluster, edge=edge, recipe=recipe)
        return _radii(folder, len(set(cluster.elements)) + 1)


def _run(
    modules: tuple[str, ...],
    folder: Path,
    cluster: Cluster,
    *,
    edge: str,
    recipe: ScatteringRecipe,
) -> None:
    """Run FEFF's ``modules``, for which the filters of paths do not matter."""
    neutral = replace(recipe, curved_wave=0.0, plane_wave=0.0, legs=4)
    run_modules(modules, folder, cluster, edge=edge, recipe=neutral)


def _radii(folder: Path, count: int) -> tuple[float, ...]:
    """Return the muffin-tin radii (Å) of ``count`` potentials from FEFF's log."""
    log = (folder / "log1.dat").read_text(encoding="latin-1")
    radii = {int(index): float(row.split()[1]) for index, row in RADII.findall(log)}
    if sorted(radii) != list(range(count)):
        raise ScatteringError(
            f"FEFF wrote {len(radii)} muffin-tin radii for {count} potentials; run the "
            "command again.",
            reason="phases incomplete",
        )
    return tuple(radii[i] for i in range(count))


def overlaps(run: PhaseRun, clusters: Iterable[Cluster]) -> dict[str, float]:
    """Return, per pair such as ``Ni-Cl``, the sum of radii over the shortest distance.

    The shortest distance is that in all ``clusters``; pairs that never occur are left
    out.
    """
    found: dict[str, float] = {}
    for cluster in clusters:
        index = np.array([0, *(run.elements.index(e) + 1 for e in cluster.elements)])
        names = (cluster.absorber, *cluster.elements)
        positions = np.vstack([np.zeros(3), cluster.positions])
        distances = np.linalg.norm(positions[:, None] - positions[None, :], axis=2)
        np.fill_diagonal(distances, np.inf)
        radii = np.array(run.radii)[index]
        ratios = (radii[:, None] + radii[None, :]) / distances
        for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
            ends = (names[i], names[j])
            pair = "-".join(ends if i == 0 else sorted(ends))
            found[pair] = max(found.get(pair, 0.0), float(ratios[i, j]))
    return found


def worst_overlap(ratios: dict[str, float]) -> tuple[str, float]:
    """Return the pair of the largest overlap, and the overlap.

    Raises
    ------
    ScatteringError
        If it exceeds LARGEST_OVERLAP: the expansion would diverge.
    """
    pair = max(ratios, key=lambda name: ratios[name])
    if ratios[pair] > LARGEST_OVERLAP:
        raise ScatteringError(
            f"{pair}: the muffin tins of the reference cluster are {ratios[pair]:.2f} "
            f"times the shortest distance in the clusters (at most {LARGEST_OVERLAP}); "
            "narrow the ranges of this pair, give another reference, or set "
            'scattering.engine to "feff".',
            reason="muffin tins overlap",
        )
    return pair, ratios[pair]
