"""A small training set made without FEFF, and ensembles made from it, for tests.

The spectra are those of Gaussian shells by the EXAFS equation with an analytic
amplitude, phase and mean free path.
"""

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.stats import norm, qmc

from onne_core.bundle.bundle import Bundle, write_bundle
from onne_core.digest import digest
from onne_core.ensemble.card import Card
from onne_core.ensemble.member import Member
from onne_core.ensemble.outputs import output_sizes
from onne_core.ensemble.uncertainty_levels import LEVELS
from onne_core.networks.augment import TrainingData, material_of
from onne_core.networks.build import Trained, built_from
from onne_core.networks.inputs import input_matrix
from onne_core.networks.whitening import whitening_of
from onne_core.posterior.reading import readings_of
from onne_core.training_set import training_set as sets
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import Head, Pairs, TrainingSet
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.radial import RadialGrid
from onne_core.values.recipe import TrainingRecipe, training_to_json
from onne_core.values.spectrum import Spectrum, k_grid

K = k_grid(16.0)
RADIAL = RadialGrid(1.6, 4.2, 0.04)
EDGE_ENERGY = 8333.0
HEADS = (Head("Ni-O", "Ni-O"), Head("Ni-Ni 1", "Ni-Ni"), Head("Ni-Ni 2", "Ni-Ni"))
LOWEST = np.array([[6.0, 1.98, 0.05], [4.0, 2.88, 0.05], [6.0, 3.48, 0.05]])
HIGHEST = np.array([[6.0, 2.12, 0.10], [8.0, 3.02, 0.10], [14.0, 3.62, 0.10]])
"""Ends of N (1), R (Å) and sigma (Å) of every shell; N of the first is fixed."""

TRAINING = TrainingRecipe(
    k_min=3.0,
    k_max=12.0,
    r_filter=(1.0, 4.2),
    members=2,
    width=16,
    steps=200,
    batch=32,
    learning_rate=2e-2,
    noise=1e-3,
    e0_range=1.0,
    held_out=0.3,
    joint_spectra=0,
)


def amplitude(k: np.ndarray) -> np.ndarray:
    """Scattering amplitude, Å."""
    return 0.8 * np.exp(-k / 10.0)


def phase(k: np.ndarray) -> np.ndarray:
    """Phase of absorber and neighbour together, rad."""
    return 2.0 - 0.7 * k + 0.01 * k**2


def mean_free_path(k: np.ndarray) -> np.ndarray:
    """Mean free path, Å."""
    return 5.0 + 0.6 * k


def shell_chi(
    k: np.ndarray, *, number: float, distance: float, sigma2: float, c3: float = 0.0
) -> np.ndarray:
    """Return chi of one shell by the EXAFS equation with cumulants; 0 at k = 0."""
    safe = np.where(k > 0.0, k, 1.0)
    free = mean_free_path(k)
    damping = 2.0 * sigma2 * (k**2 - 1.0 / free**2) + 2.0 * distance / free
    shift = 4.0 * k * sigma2 * (1.0 / distance + 1.0 / free) + 4.0 / 3.0 * c3 * k**3
    chi = (
        number
        * amplitude(k)
        * np.exp(-damping)
        * np.sin(2.0 * k * distance + phase(k) - shift)
        / (safe * distance**2)
    )
    return np.where(k > 0.0, chi, 0.0)


def spectrum_of(quantities: np.ndarray, k: np.ndarray = K, **fields) -> Spectrum:
    """Return chi of the shells with ``quantities`` (shell, N | R | sigma)."""
    chi = sum(
        shell_chi(k, number=number, distance=distance, sigma2=sigma**2)
        for number, distance, sigma in quantities
    )
    return Spectrum(k.copy(), np.asarray(chi), **fields)


def density_of(quantities: np.ndarray) -> np.ndarray:
    """Return g(r) (Å^-1) of the shells with ``quantities``, one row per shell.

    As in a sample of pair lengths, far tails are empty.
    """
    shares = np.array(
        [np.diff(norm.cdf(RADIAL.edges, *shell[1:])) for shell in quantities]
    )
    shares[shares < 1e-6] = 0.0
    return quantities[:, :1] * shares / RADIAL.step


def typical() -> np.ndarray:
    """Return N, R, sigma at the middle of all ranges."""
    return 0.5 * (LOWEST + HIGHEST)


def training_set(count: int = 60, *, seed: int = 7) -> TrainingSet:
    """Return ``count`` macrostates, quasi-random over all ranges."""
    sobol = qmc.Sobol(d=LOWEST.size, rng=np.random.default_rng(seed))
    unit = sobol.random(2 ** int(np.ceil(np.log2(count))))[:count]
    fractions = unit.reshape(count, *LOWEST.shape)
    every = LOWEST + (HIGHEST - LOWEST) * fractions
    number, distance, sigma = every[..., 0], every[..., 1], every[..., 2]
    pairs = Pairs(
        chi=np.array([spectrum_of(item).chi for item in every]),
        g=np.array([density_of(item) for item in every]),
        moments=np.stack([number, distance, sigma**2, np.zeros_like(sigma)], axis=-1),
    )
    system = {"absorber": "Ni", "edge": "K"}
    recipe = {"system": system, "training": training_to_json(TRAINING)}
    return TrainingSet(
        k=K,
        radial=RADIAL,
        heads=HEADS,
        pairs=pairs,
        digest=digest("tiny", count, seed),
        description={"kind": "system", "recipe": recipe},
        paths={head.label: path() for head in HEADS},
    )


def path() -> np.ndarray:
    """Return the table of the scattering path, as it lies beside a training set."""
    k = np.linspace(0.0, 20.0, 201)
    rows = [k, amplitude(k), phase(k), mean_free_path(k), k, np.full_like(k, 2.0)]
    return np.array(rows)


def store(made: TrainingSet, folder: Path) -> None:
    """Write a training set to ``folder``."""
    report = sets.write_shard(
        folder, 0, made.pairs, rejected=Counter(), request=made.digest
    )
    sets.write_manifest(
        folder,
        k=made.k,
        radial=made.radial,
        heads=made.heads,
        digest=made.digest,
        description=made.description,
        reports=[report],
        paths=made.paths,
    )


def random_member(material: TrainingData, inputs: int, *, seed: int) -> Member:
    """Return a network that was never trained.

    It answers with Gaussians at the middle of the trained ranges, shifted a little by
    what it is asked.
    """
    rng = np.random.default_rng(seed)
    sizes = output_sizes(material.heads)
    width = material.training.width
    logits = [
        -0.5 * ((RADIAL.centres[h.first_bin :][: h.bins] - h.centre[1]) / 0.08) ** 2
        for h in material.heads
    ]
    last = np.concatenate([np.zeros(sum(sizes[:3])), *logits])
    hidden = [width] * material.training.layers
    layers = [
        (0.3 * rng.standard_normal((before, after)), 0.1 * rng.standard_normal(after))
        for before, after in pairwise([inputs + len(LEVELS), *hidden])
    ]
    layers.append((0.1 * rng.standard_normal((width, last.size)), last))
    return Member(
        tuple((w.astype(np.float32), b.astype(np.float32)) for w, b in layers),
        ((100.0, 1.0, 1.1), (200.0, 0.9, 1.0)),
    )


def untrained(made: TrainingSet, training: TrainingRecipe = TRAINING) -> Trained:
    """Return untrained members with everything that a bundle is made of."""
    material = material_of(made, training)
    split = split_of(len(made.pairs), held_out=training.held_out, seed=training.seed)
    rng = np.random.default_rng(training.seed)
    whitening = whitening_of(material, split.training, rng=rng)
    members = tuple(
        random_member(material, whitening.shape[1], seed=i)
        for i in range(training.members)
    )
    inputs = input_matrix(material, whitening)
    return Trained("tiny", material, whitening, members, split, inputs)


def write_untrained(
    folder: Path, made: TrainingSet, training: TrainingRecipe = TRAINING
) -> Bundle:
    """Write a bundle of untrained members to ``folder``; no TensorFlow is needed.

    Its card says that the bands cover what they claim, which chance decides here.
    """
    built = built_from(
        untrained(made, training),
        made,
        edge_energy=EDGE_ENERGY,
        versions={"onne": "0"},
    )
    coverage = {
        label: {key: [0.68, 0.95] for key in quantities}
        for label, quantities in built.card["coverage"].items()
    }
    card = {**built.card, "coverage": coverage}
    return write_bundle(folder, replace(built, card=card))


def corrected_spectrum(
    spectrum: Spectrum, settings: MeasurementSettings, card: Card
) -> Spectrum:
    """Return chi on the card's k grid after the E0 shift and division by S0^2."""
    return readings_of([spectrum], [settings], card).corrected[0]
