"""Pipeline, errors and coverage of an ensemble on pairs with known g(r)."""

from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.comparison import relative_l1, wasserstein
from onne_core.ensemble.predict import Ensemble
from onne_core.errors import StorageError
from onne_core.jobs import Progress
from onne_core.pipeline.analysis import load_ensemble
from onne_core.prediction import Band, MeasurementSettings, Prediction, ShellEstimate
from onne_core.radial import moments
from onne_core.spectrum import Spectrum
from onne_core.training_set import TrainingSet, load_training_set

SEEN = 0.02
"""Bins with less than this share of the largest g(r) do not count for coverage."""


@dataclass(frozen=True)
class QuantityErrors:
    """Mean and root-mean-square error of one quantity, and how often its bands hold."""

    mean: float
    rms: float
    true: float
    coverage68: float
    coverage95: float
    fixed: bool


@dataclass(frozen=True)
class ShellErrors:
    """Errors of one shell over all pairs: N (1), R (Å), sigma^2 (Å^2), C3 (Å^3).

    ``wasserstein`` in Å, between the normalised distributions within the limits.
    """

    label: str
    coordination_number: QuantityErrors
    distance: QuantityErrors
    sigma2: QuantityErrors
    c3: QuantityErrors
    wasserstein: float


@dataclass(frozen=True)
class Validation:
    """What :func:`validate` found. ``l1`` is relative, per pair of elements."""

    ensemble: str
    pairs_folder: str
    spectra: int
    shells: tuple[ShellErrors, ...]
    l1: dict[str, float]
    coverage68: dict[str, float]
    coverage95: dict[str, float]
    verdicts: dict[str, int]


def validate(
    folder: str | Path, pairs_folder: Path
) -> Generator[Progress, None, Validation]:
    """Compare an ensemble's answers with the true g(r) of the pairs in a folder.

    The pairs are theory (E0 of FEFF, S0^2 = 1) and are taken as such. Limits of
    shells are those that the prediction found; the truth is cut at the same.
    """
    ensemble = load_ensemble(folder)
    truth_set = load_training_set(pairs_folder)
    _check(ensemble, truth_set)
    truths = _pair_truths(truth_set, ensemble)
    rows = []
    total = len(truth_set.pairs)
    settings = MeasurementSettings(e0_shift=0.0, s02=1.0, s02_std=0.0)
    for i in range(total):
        spectrum = Spectrum(
            truth_set.k.copy(), truth_set.pairs.chi[i].astype(float), name=f"pair {i}"
        )
        prediction = ensemble.predict(spectrum, settings)
        rows.append((prediction, {name: g[i] for name, g in truths.items()}))
        yield Progress(i + 1, total, "validating")
    return _summary(ensemble, pairs_folder, rows)


def validation_to_json(validation: Validation) -> dict[str, Any]:
    """Return ``validation`` as JSON types."""
    return asdict(validation)


def _check(ensemble: Ensemble, truth_set: TrainingSet) -> None:
    card = ensemble.card
    names = {head.pair for head in truth_set.heads}
    missing = [pair for pair in card.pairs if pair not in names]
    if missing:
        raise StorageError(
            f"the pairs hold no {', '.join(missing)}, which {ensemble.name} answers "
            f"for; they hold {', '.join(sorted(names))}."
        )
    if truth_set.k[-1] < card.k[-1] - 1e-6:
        raise StorageError(
            f"the pairs end at k = {truth_set.k[-1]:g} Å^-1, "
            f"{ensemble.name} needs {card.k[-1]:g} Å^-1."
        )


def _pair_truths(
    truth_set: TrainingSet, ensemble: Ensemble
) -> dict[str, np.ndarray]:
    """Return true g(r) per pair of elements on the ensemble's grid (item, r)."""
    grid = ensemble.card.radial.centres
    source = truth_set.radial.centres
    truths = {}
    for pair in ensemble.card.pairs:
        mine = [i for i, head in enumerate(truth_set.heads) if head.pair == pair]
        total = truth_set.pairs.g[:, mine].sum(axis=1).astype(float)
        truths[pair] = np.stack(
            [np.interp(grid, source, row, left=0.0, right=0.0) for row in total]
        )
    return truths


Row = tuple[Prediction, dict[str, np.ndarray]]


def _summary(ensemble: Ensemble, pairs_folder: Path, rows: list[Row]) -> Validation:
    verdicts = {"inside": 0, "edge": 0, "outside": 0}
    for prediction, _ in rows:
        verdicts[prediction.verdict.name] += 1
    pairs = ensemble.card.pairs
    curves = {pair: [_curve_errors(row, pair) for row in rows] for pair in pairs}
    l1, held68, held95 = (
        {pair: float(np.mean([item[j] for item in curves[pair]])) for pair in pairs}
        for j in range(3)
    )
    return Validation(
        ensemble=ensemble.name,
        pairs_folder=str(pairs_folder),
        spectra=len(rows),
        shells=tuple(_shell_errors(rows, i) for i in range(len(ensemble.card.heads))),
        l1=l1,
        coverage68=held68,
        coverage95=held95,
        verdicts=verdicts,
    )


def _curve_errors(row: Row, pair: str) -> tuple[float, float, float]:
    """Return relative L1 and coverage of the 68 % and 95 % bands up to the last limit."""
    prediction, truths = row
    truth, band = truths[pair], prediction.pairs[pair]
    last = max(s.r_max for s in prediction.shells if s.pair == pair)
    within = prediction.r <= last
    seen = within & (np.maximum(truth, band.g) > SEEN * band.g.max())
    l1 = relative_l1(band.g[within], truth=truth[within])
    return l1, *(_share_inside(truth[seen], band, seen, level) for level in (68, 95))


def _share_inside(
    truth: np.ndarray, band: Band, seen: np.ndarray, level: int
) -> float:
    lower = getattr(band, f"lower{level}")[seen]
    upper = getattr(band, f"upper{level}")[seen]
    return float(np.mean((truth >= lower) & (truth <= upper)))


def _shell_errors(rows: list[Row], shell: int) -> ShellErrors:
    estimates, true = [], []
    distances = []
    for prediction, truths in rows:
        estimate = prediction.shells[shell]
        truth = truths[estimate.pair]
        found = moments(
            prediction.r, truth, r_min=estimate.r_min, r_max=estimate.r_max
        )
        estimates.append(estimate)
        true.append((found.coordination, found.distance, found.sigma2, found.c3))
        inside = (prediction.r >= estimate.r_min) & (prediction.r <= estimate.r_max)
        distances.append(
            wasserstein(
                prediction.r[inside],
                truth[inside],
                prediction.pairs[estimate.pair].g[inside],
            )
        )
    names = ("coordination_number", "distance", "sigma2", "c3")
    errors = [
        _quantity(estimates, name, np.array(true)[:, q]) for q, name in enumerate(names)
    ]
    return ShellErrors(estimates[0].label, *errors, float(np.mean(distances)))


def _quantity(
    estimates: list[ShellEstimate], name: str, true: np.ndarray
) -> QuantityErrors:
    values = [getattr(estimate, name) for estimate in estimates]
    error = np.array([value.value for value in values]) - true
    std = np.array([value.std for value in values])
    return QuantityErrors(
        mean=float(error.mean()),
        rms=float(np.sqrt(np.mean(error**2))),
        true=float(true.mean()),
        coverage68=float(np.mean(np.abs(error) <= std)),
        coverage95=float(np.mean(np.abs(error) <= 2.0 * std)),
        fixed=values[0].fixed,
    )
