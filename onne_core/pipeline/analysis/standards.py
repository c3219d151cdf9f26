"""Pipeline: from a measured standard to the theory-to-experiment correction."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from ase.data import atomic_masses, atomic_numbers

from onne_core.crystals.lattice import lattice_shells
from onne_core.crystals.lattice_dynamics import (
    covariance_by_debye,
    covariance_in_metal,
    displaced,
    relative_displacements,
)
from onne_core.digest import digest
from onne_core.errors import DefinitionError
from onne_core.formats.structures import read_environments
from onne_core.jobs import Progress, Stage
from onne_core.scattering import engine
from onne_core.scattering.phase_run import run_phases
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import prepare
from onne_core.standard.fit import R_RANGE, KnownSpectrum, Origin, learn
from onne_core.standard.standard import GRID_END, PEAK_SHIFT, Standard
from onne_core.values.recipe import ScatteringRecipe
from onne_core.values.spectrum import Spectrum, k_grid
from onne_core.values.structure import EDGES, Cluster
from onne_core.versions import versions

BUILT_IN = re.compile(r"(fcc|bcc):(\d+(?:\.\d+)?)")
"""A lattice with its constant in Å, such as fcc:3.6149."""

NEAREST = {"fcc": np.sqrt(0.5), "bcc": np.sqrt(0.75)}
"""Distance of the first shell in lattice constants."""

MARGIN = 0.6
"""How far beyond the longest path atoms count for the potentials, Å."""

APART = 0.15
"""Neighbours nearer to each other in distance than this are one shell, Å."""

SAME_SITE = 0.02
"""Largest difference of distances around equivalent absorbers, Å."""

SKEWNESS = 0.15
"""C3 / sigma^3 of the nearest shell of a metal at 300 K; it falls with the square root
of the temperature, since C3 is proportional to its square."""

SEED = 1
"""Of the directions of the displacements, whose first two moments are exact."""


def theory_of(*, core_hole: bool) -> ScatteringRecipe:
    """Return the scattering of a standard for ensembles of the same theory."""
    return ScatteringRecipe(
        r_max=6.2, plane_wave=0.2, k_max=GRID_END, core_hole=core_hole
    )


@dataclass(frozen=True)
class StandardRequest:
    """Description of a standard to learn.

    Parameters
    ----------
    structure
        Structure file in any format that ASE reads, or ``fcc:A`` or ``bcc:A`` with the
        lattice constant in Å at the temperature of the measurement.
    temperature
        Of the measurement, K.
    absorber, edge
        Chemical symbol, and one of K, L1, L2, L3.
    debye
        Debye temperature, K, for the correlated Debye model; ``None`` takes measured
        force constants, which there are for some fcc and bcc metals.
    scattering
        Parameters of the scattering; the paths must reach beyond the R range.
    """

    structure: str
    temperature: float
    absorber: str
    edge: str = "K"
    debye: float | None = None
    scattering: ScatteringRecipe = field(
        default_factory=lambda: theory_of(core_hole=False)
    )

    def __post_init__(self) -> None:
        if atomic_numbers.get(self.absorber, 0) < 1:
            raise DefinitionError(
                f"absorber: {self.absorber!r} is not a chemical symbol; write it "
                "like Cu."
            )
        if self.edge not in EDGES:
            raise DefinitionError(
                f"edge: {self.edge!r}; use one of {', '.join(EDGES)}."
            )
        if not 0.0 <= self.temperature <= 3000.0:
            raise DefinitionError(
                f"temperature: {self.temperature:g} K; give 0 to 3000 K."
            )
        if self.debye is not None and not 20.0 <= self.debye <= 3000.0:
            raise DefinitionError(f"debye: {self.debye:g} K; give 20 to 3000 K.")


def learn_standard(spectrum: Spectrum, request: StandardRequest) -> Stage[Standard]:
    """Learn E0, S0^2 and the theory correction from a measured standard.

    Raises
    ------
    DefinitionError
        If the structure's thermal motion cannot be known, or its absorbers differ.
    FitError, FormatError, ScatteringError
        If the spectrum, the structure file or the scattering is unusable.
    """
    theory = yield from known_spectrum(request)
    origin = Origin(
        absorber=request.absorber,
        edge=request.edge,
        structure=_structure_name(request.structure),
        temperature=request.temperature,
        versions={**versions(), "request": digest(request)},
        core_hole=request.scattering.core_hole,
    )
    return learn(spectrum, theory, origin)


def known_spectrum(request: StandardRequest) -> Stage[KnownSpectrum]:
    """Return the theoretical spectrum of a known structure in thermal motion.

    Raises
    ------
    DefinitionError, FormatError, ScatteringError
        As in :func:`learn_standard`.
    """
    recipe = request.scattering
    surroundings = _surroundings(request)
    inside = surroundings.lengths <= recipe.r_max
    elements = tuple(
        name for name, is_in in zip(surroundings.elements, inside, strict=True) if is_in
    )
    positions = surroundings.positions[inside]
    covariance = _covariance(request, surroundings, positions, elements)
    run = run_phases(surroundings, edge=request.edge, recipe=recipe)
    tables = prepare(read_phase_pad(run.text))
    total, done = np.zeros(k_grid(recipe.k_max).size), 0
    samples = displaced(
        positions,
        covariance,
        skewness=SKEWNESS * np.sqrt(request.temperature / 300.0),
        rng=np.random.default_rng(SEED),
    )
    for cluster in _clusters(surroundings, elements, samples):
        total += engine.chi_of(
            cluster, elements=run.elements, tables=tables, recipe=recipe
        )
        done += 1
        yield Progress(done, len(samples), "scattering")
    sigma2 = relative_displacements(positions, covariance)
    distances = np.linalg.norm(samples, axis=2).mean(axis=0)
    shells = _shells(distances, np.linalg.norm(positions, axis=1))
    return KnownSpectrum(
        chi=total / done,
        distances=tuple(float(distances[shell].mean()) for shell in shells),
        elements=tuple(elements[shell[0]] for shell in shells),
        sigma2=tuple(float(sigma2[shell].mean()) for shell in shells),
    )


def _clusters(
    like: Cluster, elements: tuple[str, ...], samples: np.ndarray
) -> Iterator[Cluster]:
    for positions in samples:
        unknown = np.full(len(elements), -1)
        yield Cluster(like.absorber, elements, unknown, positions)


def _covariance(
    request: StandardRequest,
    surroundings: Cluster,
    positions: np.ndarray,
    elements: tuple[str, ...],
) -> np.ndarray:
    """Return the covariance of the displacements of absorber and ``positions``."""
    names = (request.absorber, *elements)
    if request.debye is None:
        if len(set(names)) > 1:
            raise DefinitionError(
                "the structure has more than one element; give a Debye temperature."
            )
        return covariance_in_metal(positions, request.absorber, request.temperature)
    volume = 4.0 / 3.0 * np.pi * (request.scattering.r_max + MARGIN) ** 3
    return covariance_by_debye(
        positions,
        np.array([atomic_masses[atomic_numbers[name]] for name in names]),
        temperature=request.temperature,
        debye=request.debye,
        density=(len(surroundings.elements) + 1) / volume,
    )


def _surroundings(request: StandardRequest) -> Cluster:
    """Return the neighbours of the absorber, as far as the potentials need them."""
    cutoff = request.scattering.r_max + MARGIN
    built_in = BUILT_IN.fullmatch(request.structure)
    if built_in is None:
        return _from_file(Path(request.structure), request.absorber, cutoff)
    kind, constant = built_in[1], float(built_in[2])
    if not 2.0 <= constant <= 8.0:
        raise DefinitionError(
            f"structure: {request.structure}; give the lattice constant in Å, 2 to 8."
        )
    sites = np.vstack(
        [shell.ratio * shell.directions for shell in lattice_shells(kind, "")]
    )
    positions = sites * NEAREST[kind] * constant
    positions = positions[np.linalg.norm(positions, axis=1) <= cutoff]
    names = (request.absorber,) * len(positions)
    return Cluster(request.absorber, names, np.full(len(names), -1), positions)


def _from_file(path: Path, absorber: str, cutoff: float) -> Cluster:
    """Return what surrounds the absorbers of a file, which must all see the same."""
    first, *others = read_environments(
        path, absorber=absorber, cutoff=cutoff, centres="every"
    )
    for other in others:
        if other.elements != first.elements or np.any(
            np.abs(other.lengths - first.lengths) > SAME_SITE
        ):
            raise DefinitionError(
                f"{path.name}: its {absorber} atoms have different environments; a "
                "standard needs a periodic crystal with equivalent absorbers."
            )
    return first


def _shells(distances: np.ndarray, at_rest: np.ndarray) -> list[np.ndarray]:
    """Return the neighbours of each shell whose peak lies in the fit's R range."""
    order = np.argsort(at_rest, kind="stable")
    order = order[distances[order] < R_RANGE[1] + PEAK_SHIFT - 2.0 * APART]
    jumps = np.flatnonzero(np.diff(at_rest[order]) > APART) + 1
    return np.split(order, jumps)


def _structure_name(structure: str) -> str:
    return structure if BUILT_IN.fullmatch(structure) else Path(structure).name
