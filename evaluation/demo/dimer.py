r"""The oscillating dimer: g(r) from chi(k) as a test of the inversion alone.

Appendix of Marcella et al., Phys. Rev. B 109, 104201 (2024): amplitude 1 and no phase,

.. math:: \chi(k) = \int r^{-2} \sin(2kr) g(r) dr,

networks that have seen Gaussians only, and test distributions that are none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import qmc

from evaluation.demo.densities import (
    Bimodal,
    Gaussian,
    Oscillator,
    PairDensity,
    Skewed,
)
from onne_core.baselines import tikhonov
from onne_core.digest import digest
from onne_core.training_set.training_set import Head, Pairs, TrainingSet
from onne_core.values.radial import RadialGrid, moments
from onne_core.values.radial_distance import relative_l1, wasserstein
from onne_core.values.recipe import TrainingRecipe
from onne_core.values.spectrum import k_grid
from onne_core.values.structure import Range

K_MAX = 12.0
"""End of the spectra, Å^-1."""

RADIAL = RadialGrid(1.0, 4.4, 0.02)
"""Bins of g(r), Å: four standard deviations beyond the trained means."""

CELL = 0.001
"""Width of the cells over which chi is integrated, Å; a divisor of the bins' width."""

MEAN = Range(1.8, 3.5)
"""Mean pair lengths of the Gaussians, Å."""

DEVIATION = Range(0.03, 0.20)
"""Standard deviations of the Gaussians, Å."""

SHELL_REACH = 4.0
"""Half the range over which mean and variance are compared, standard deviations."""

HEAD = Head("dimer", "A-B")

TRAINING = TrainingRecipe(
    k_min=0.0,
    k_max=K_MAX,
    taper=0.0,
    k_weight=0,
    r_filter=(0.0, 6.0),
    members=3,
    e0_range=0.0,
    amplitude=0.0,
    theory_amplitude=0.0,
    theory_phase=0.0,
    theory_amplitude_over_k=0.0,
    theory_phase_over_k=0.0,
    mixed_share=0.8,
    mixed_most=4,
)
"""Networks for this problem: no E0, amplitude or theory error to learn, but mixtures
of several Gaussians, from which every other shape can be composed."""

Curves = Float[np.ndarray, "item r"]


@dataclass(frozen=True)
class Scores:
    """Mean errors over the items of one kind.

    ``relative_l1`` is a ratio, ``wasserstein`` and ``mean`` (absolute error of the
    mean length) are in Å, ``variance`` (absolute error of sigma^2) in Å^2.
    """

    relative_l1: float
    wasserstein: float
    mean: float
    variance: float


def kernel(k: Float[np.ndarray, " k"], grid: RadialGrid) -> Float[np.ndarray, "k r"]:
    """Return A (Å) with chi = A g for g averaged over the bins of ``grid``.

    The average over a bin damps what oscillates within it by sin(kh) / (kh) for a
    step h; the kernel makes up for that, which is exact for smooth g.
    """
    return _point_kernel(k, grid) / np.sinc(k * grid.step / np.pi)[:, None]


def pairs_of(densities: Sequence[PairDensity]) -> Pairs:
    """Return noiseless chi, g averaged over the bins of RADIAL, and exact moments."""
    k = k_grid(K_MAX)
    cells = RadialGrid(RADIAL.lower, RADIAL.upper, CELL)
    # Within a cell the density counts as constant: its spectrum has a form factor.
    per_cell = _point_kernel(k, cells) * np.sinc(k * CELL / np.pi)[:, None]
    fine = np.array([np.diff(item.cumulative(cells.edges)) for item in densities])
    averaged = fine.reshape(len(densities), RADIAL.bins, -1).sum(axis=2)
    every = [item.moments for item in densities]
    return Pairs(
        chi=(fine / CELL) @ per_cell.T,
        g=averaged[:, None, :] / RADIAL.step,
        moments=np.array(
            [[[m.coordination, m.distance, m.sigma2, m.c3]] for m in every]
        ),
    )


def training_set(*, count: int, seed: int) -> TrainingSet:
    """Return ``count`` Gaussians, a scrambled Sobol set over mean and σ."""
    sequence = qmc.Sobol(d=2, scramble=True, rng=np.random.default_rng(seed))
    fractions = sequence.random_base2(int(np.ceil(np.log2(count))))[:count]
    gaussians = [Gaussian(MEAN.at(u), DEVIATION.at(v)) for u, v in fractions]
    return TrainingSet(
        k=k_grid(K_MAX),
        radial=RADIAL,
        heads=(HEAD,),
        pairs=pairs_of(gaussians),
        digest=digest("dimer", RADIAL, K_MAX, MEAN, DEVIATION, count, seed),
        description={"kind": "dimer", "count": count, "seed": seed},
    )


def test_sets(*, seed: int, noise: float, count: int) -> dict[str, Pairs]:
    """Return ``count`` pairs of each kind with white ``noise`` in chi (σ).

    The non-Gaussian kinds keep to mean lengths of 2.0-3.2 Å and to the deviations of
    the training set, so that only their shapes are new.
    """
    streams = np.random.SeedSequence(seed).spawn(len(KINDS))
    sets = {}
    for (kind, draw), stream in zip(KINDS.items(), streams, strict=True):
        rng = np.random.default_rng(stream)
        exact = pairs_of([draw(rng) for _ in range(count)])
        chi = exact.chi + noise * rng.standard_normal(exact.chi.shape)
        sets[kind] = Pairs(chi, exact.g, exact.moments)
    return sets


def tikhonov_answers(tests: Mapping[str, Pairs], *, noise: float) -> dict[str, Curves]:
    """Return the non-negative Tikhonov inversion (Å^-1) of every spectrum, per kind."""
    matrix = kernel(k_grid(K_MAX), RADIAL)
    return {
        kind: np.array(
            [tikhonov.invert(matrix, chi, noise=noise).g for chi in pairs.chi]
        )
        for kind, pairs in tests.items()
    }


def score(r: Float[np.ndarray, " r"], *, truth: Curves, answer: Curves) -> Scores:
    """Return the mean errors of ``answer`` (Å^-1) against ``truth`` on ``r`` (Å).

    Mean and variance are taken within SHELL_REACH standard deviations of the truth,
    as the limits of a shell would be; the other two see the whole grid.
    """
    rows = []
    for true, found in zip(truth, answer, strict=True):
        whole = moments(r, true, r_min=float(r[0]), r_max=float(r[-1]))
        reach = SHELL_REACH * np.sqrt(whole.sigma2)
        ends = {"r_min": whole.distance - reach, "r_max": whole.distance + reach}
        expected, got = moments(r, true, **ends), moments(r, found, **ends)
        rows.append(
            (
                relative_l1(found, truth=true),
                wasserstein(r, found, true),
                abs(got.distance - expected.distance),
                abs(got.sigma2 - expected.sigma2),
            )
        )
    return Scores(*(float(value) for value in np.mean(rows, axis=0)))


def _point_kernel(
    k: Float[np.ndarray, " k"], grid: RadialGrid
) -> Float[np.ndarray, "k r"]:
    """Return step * sin(2kr) / r^2 at the centres of the bins, in Å."""
    r = grid.centres
    return grid.step * np.sin(2.0 * np.outer(k, r)) / r**2


def _gaussian(rng: np.random.Generator) -> Gaussian:
    return Gaussian(MEAN.at(rng.random()), DEVIATION.at(rng.random()))


def _skewed(rng: np.random.Generator) -> Skewed:
    return Skewed(
        mean=rng.uniform(2.0, 3.2),
        deviation=rng.uniform(0.05, 0.20),
        skewness=rng.uniform(0.4, 1.2),
    )


def _bimodal(rng: np.random.Generator) -> Bimodal:
    first = rng.uniform(2.0, 2.7)
    return Bimodal(
        first=Gaussian(first, rng.uniform(0.04, 0.12)),
        second=Gaussian(first + rng.uniform(0.2, 0.5), rng.uniform(0.04, 0.12)),
        share=rng.uniform(0.3, 0.7),
    )


def _oscillator(rng: np.random.Generator) -> Oscillator:
    return Oscillator(centre=rng.uniform(2.0, 3.2), amplitude=rng.uniform(0.08, 0.28))


KINDS: dict[str, Callable[[np.random.Generator], PairDensity]] = {
    "gaussian": _gaussian,
    "skewed": _skewed,
    "bimodal": _bimodal,
    "oscillator": _oscillator,
}
"""The kinds of test distributions, each with what draws one."""
