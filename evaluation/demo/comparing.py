"""The oscillating dimer: train, answer, compare with Tikhonov inversion."""

import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evaluation.demo import dimer
from onne_core.bundle.bundle import read_bundle
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.ensembles.training import train
from onne_core.posterior.predict import Ensemble, load
from onne_core.training_set import training_set as sets
from onne_core.training_set.training_set import Pairs, TrainingSet
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import Spectrum, k_grid

GAUSSIANS = 1000
"""Macrostates of the training set."""

TESTS = 40
"""Test spectra of each kind."""

NOISE = 1e-3
"""Standard deviation of white noise in the test spectra."""


@dataclass(frozen=True)
class DimerScore:
    """Errors of one method on one kind of distribution, means over the test set.

    ``l1`` is relative, ``wasserstein`` and ``mean_error`` in Å, ``variance_error`` in
    Å^2.
    """

    kind: str
    method: str
    l1: float
    wasserstein: float
    mean_error: float
    variance_error: float


def demo_dimer(
    *, members: int, seed: int, workers: int
) -> Stage[tuple[DimerScore, ...]]:
    """Train on Gaussians and score on four kinds of distributions."""
    gaussians = dimer.training_set(count=GAUSSIANS, seed=seed)
    with tempfile.TemporaryDirectory(prefix="onne-dimer-") as name:
        folder = Path(name)
        _store(gaussians, folder / "set")
        bundle = yield from train(
            folder / "set",
            folder / "dimer",
            training=replace(dimer.TRAINING, members=members, seed=seed),
            workers=workers,
        )
        ensemble = load(read_bundle(bundle))
    tests = dimer.test_sets(seed=seed + 1, noise=NOISE, count=TESTS)
    r = dimer.RADIAL.centres
    scores = []
    for done, (kind, pairs) in enumerate(tests.items()):
        yield Progress(done, len(tests), f"comparing: {kind}")
        answers = {
            "networks": _answers(ensemble, pairs),
            "Tikhonov": dimer.tikhonov_answers({kind: pairs}, noise=NOISE)[kind],
        }
        scores += [
            _score(kind, method, r, pairs.g[:, 0], found)
            for method, found in answers.items()
        ]
    yield Progress(len(tests), len(tests), "compared")
    return tuple(scores)


def _answers(ensemble: Ensemble, pairs: Pairs) -> np.ndarray:
    """Return the networks' g(r) (Å^-1) of every spectrum (item, r)."""
    settings = MeasurementSettings(s02=1.0, s02_std=0.0)
    k = k_grid(dimer.K_MAX)
    spectra = [Spectrum(k.copy(), chi.copy()) for chi in pairs.chi]
    predictions = ensemble.predict_many(spectra, [settings] * len(spectra))
    return np.array([item.pairs[dimer.HEAD.pair].g for item in predictions])


def _score(
    kind: str, method: str, r: np.ndarray, truth: np.ndarray, answer: np.ndarray
) -> DimerScore:
    score = dimer.score(r, truth=truth, answer=answer)
    return DimerScore(
        kind, method, score.relative_l1, score.wasserstein, score.mean, score.variance
    )


def _store(training_set: TrainingSet, folder: Path) -> None:
    """Write a training set that was made in memory to ``folder``."""
    folder.mkdir(parents=True)
    report = sets.write_shard(
        folder,
        0,
        training_set.pairs,
        rejected=Counter(),
        request=training_set.digest,
    )
    sets.write_manifest(
        folder,
        k=training_set.k,
        radial=training_set.radial,
        heads=training_set.heads,
        digest=training_set.digest,
        description=training_set.description,
        reports=[report],
        paths={},
    )
