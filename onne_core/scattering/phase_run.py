"""One FEFF8L run for the phases of a reference cluster, and whether they serve others.

Potentials and phases come from ``rdinp``, ``pot`` and ``xsph``; the potentials overlap
(no self-consistency), so the run takes about a second.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from onne_core.digest import digest
from onne_core.errors import ScatteringError
from onne_core.recipe import FeffRecipe
from onne_core.scattering.executables import fresh_folder, run_module
from onne_core.scattering.feff import check_geometry, input_text
from onne_core.scattering.phases import read_phase_pad
from onne_core.structure import Cluster
from onne_core.versions import versions

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
    """What one run leaves: the text of phase.pad, and the muffin-tin radii (Å).

    ``radii`` has one entry per potential: the absorber, then ``elements``.
    """

    text: str = field(repr=False)
    radii: tuple[float, ...]
    elements: tuple[str, ...]


def phase_key(cluster: Cluster, *, edge: str, recipe: FeffRecipe) -> str:
    """Return the digest of what decides the phases: FEFF's input and its version.

    The importance filters are in the input but only act on paths; they are left out.
    """
    return digest(_input(cluster, edge=edge, recipe=recipe), versions())


def run_phases(
    cluster: Cluster, *, edge: str, recipe: FeffRecipe, scratch: Path | None = None
) -> PhaseRun:
    """Return the phases of ``cluster``, made in a fresh folder in ``scratch``.

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
    check_geometry(cluster)
    with fresh_folder(scratch) as folder:
        text = _input(cluster, edge=edge, recipe=recipe)
        (folder / "feff.inp").write_text(text)
        for name in MODULES:
            run_module(name, folder, recipe.timeout)
        text = (folder / "phase.pad").read_text(encoding="latin-1")
        log = (folder / "log1.dat").read_text(encoding="latin-1")
    elements = tuple(sorted(set(cluster.elements)))
    count = len(read_phase_pad(text).potentials)
    radii = {int(index): float(row.split()[1]) for index, row in RADII.findall(log)}
    if count != len(elements) + 1 or sorted(radii) != list(range(count)):
        raise ScatteringError(
            f"FEFF wrote {count} potentials and {len(radii)} muffin-tin radii for "
            f"{len(elements) + 1}; run the command again.",
            reason="phases incomplete",
        )
    return PhaseRun(text, tuple(radii[i] for i in range(count)), elements)


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
            'narrow the ranges of this pair, or set scattering.engine to "feff".',
            reason="muffin tins overlap",
        )
    return pair, ratios[pair]


def _input(cluster: Cluster, *, edge: str, recipe: FeffRecipe) -> str:
    neutral = replace(recipe, curved_wave=0.0, plane_wave=0.0, legs=4)
    return input_text(cluster, edge=edge, recipe=neutral)
