"""Spectra of a pair of atoms with a known distance density.

Phases are those of the recipe's reference, as in a training set, so that only the
inversion is at stake: chi(k) of a density is the integral over chi(k) at one distance.
"""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import Float

from evaluation.demo.densities import PairDensity
from evaluation.demo.dimer import KINDS
from onne_core.digest import digest
from onne_core.pipeline.phases.references import choose_reference
from onne_core.scattering import engine
from onne_core.scattering.phase_run import run_phases
from onne_core.scattering.phases import read_phase_pad
from onne_core.scattering.tables import prepare
from onne_core.training_set.training_set import Head, Pairs, TrainingSet
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import Recipe, read_recipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Cluster

CELLS = 4
"""Cells per bin of g(r), in which a density counts as constant: 5 mÅ."""


@dataclass(frozen=True, eq=False)
class PairSpectra:
    """chi(k) of one pair at every distance: row i is that of the centre of cell i."""

    k: Float[np.ndarray, " k"] = field(repr=False)
    radial: RadialGrid
    cells: RadialGrid
    chi: Float[np.ndarray, "cell k"] = field(repr=False)
    pair: str

    @property
    def kernel(self) -> Float[np.ndarray, "k r"]:
        """The matrix A (Å) with chi = A g, for g constant within its bins."""
        per_bin = self.chi.reshape(self.radial.bins, CELLS, -1).mean(axis=1)
        return self.radial.step * per_bin.T


@cache
def pair_spectra(system: Path) -> PairSpectra:
    """Return chi(k) of the pair in the file ``system`` at all distances of its grid.

    Distances below the least that the recipe allows have none.
    """
    recipe = read_recipe(system)
    reference = choose_reference(recipe).cluster
    made = run_phases(reference, edge=recipe.system.edge, recipe=recipe.scattering)
    tables = prepare(read_phase_pad(made.text))
    radial = recipe.radial
    cells = RadialGrid(radial.lower, radial.upper, radial.step / CELLS)
    k = k_grid(recipe.scattering.k_max)
    chi = np.zeros((cells.bins, k.size))
    for row, r in zip(chi, cells.centres, strict=True):
        if r >= _least(recipe):
            row[:] = engine.chi_of(
                _at(reference, float(r)),
                elements=made.elements,
                tables=tables,
                recipe=recipe.scattering,
            )
    return PairSpectra(k, radial, cells, chi, recipe.system.pair(0))


def tests_of(spectra: PairSpectra, *, count: int, seed: int) -> dict[str, TrainingSet]:
    """Return ``count`` pairs of every kind of density, with the exact moments."""
    streams = np.random.SeedSequence(seed).spawn(len(KINDS))
    return {
        kind: set_of(
            spectra,
            [
                draw(rng)
                for rng in [np.random.default_rng(stream)]
                for _ in range(count)
            ],
        )
        for (kind, draw), stream in zip(KINDS.items(), streams, strict=True)
    }


def set_of(spectra: PairSpectra, densities: list[PairDensity]) -> TrainingSet:
    """Return chi(k), g(r) and moments of ``densities`` as a set of pairs.

    What lies outside the distances that have a spectrum is cut off.
    """
    known = spectra.chi.any(axis=1)
    shares = np.array(
        [np.diff(item.cumulative(spectra.cells.edges)) * known for item in densities]
    )
    shares /= shares.sum(axis=1, keepdims=True)
    binned = shares.reshape(len(shares), spectra.radial.bins, CELLS).sum(axis=2)
    return TrainingSet(
        k=spectra.k,
        radial=spectra.radial,
        heads=(Head(spectra.pair, spectra.pair),),
        pairs=Pairs(
            chi=shares @ spectra.chi,
            g=binned[:, None, :] / spectra.radial.step,
            moments=np.array([[_moments(spectra, share)] for share in shares]),
        ),
        digest=digest("dimers", shares),
        description={"kind": "densities"},
    )


def _moments(spectra: PairSpectra, share: np.ndarray) -> list[float]:
    r = spectra.cells.centres
    mean = float(share @ r)
    offset = r - mean
    return [1.0, mean, float(share @ offset**2), float(share @ offset**3)]


def _least(recipe: Recipe) -> float:
    return min(recipe.clusters.smallest_distances.values(), default=0.0)


def _at(reference: Cluster, r: float) -> Cluster:
    """Return the pair of ``reference`` at the distance ``r`` (Å)."""
    return Cluster(
        reference.absorber,
        reference.elements,
        reference.shells,
        np.array([[r, 0.0, 0.0]]),
    )
