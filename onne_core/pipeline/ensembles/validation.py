"""Pipeline: errors and coverage of an ensemble on pairs with known g(r)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import Card, core_hole_of
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.analysis.analysis import load_ensemble
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet, load_training_set
from onne_core.values.prediction import (
    Estimate,
    MeasurementSettings,
    Method,
    Prediction,
)
from onne_core.values.radial import moments
from onne_core.values.radial_distance import relative_l1, wasserstein
from onne_core.values.spectrum import Spectrum

SMOOTHED = 5
"""Bins of the true g(r) averaged before its minimum is looked for."""

SEEN = 0.02
"""Bins with less than this share of the largest g(r) do not count for coverage."""

SIMULATED = MeasurementSettings(
    e0_shift=0.0,
    s02=1.0,
    s02_std=0.05,
    theory=0.0,
    theory_source="calculated by the same theory",
)
"""Spectra of pairs: E0 is FEFF's; S0^2 is 1, but known to 5 % only, as in practice."""

OTHER_THEORY = (
    "One of them was computed with a core hole, the other without: the spectra were "
    "taken as measured ones, with E0 found and the error of the theory allowed for."
)
"""Said where pairs and ensemble differ in the theory."""

QUANTITIES = ("coordination_number", "distance", "sigma2", "c3")

Row = tuple[Prediction, dict[str, np.ndarray]]
"""A prediction and the true g(r) (Å^-1) per pair of elements on its grid."""


@dataclass(frozen=True)
class QuantityErrors:
    """Mean and rms error of one quantity, and the coverage of its bands.

    ``true`` is the mean of the true values; ``pull`` the root-mean-square error in
    units of each estimate's own standard deviation, 1 for honest ones. All are NaN
    where no spectrum has such neighbours.
    """

    mean: float
    rms: float
    true: float
    coverage68: float
    coverage95: float
    fixed: bool
    pull: float


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
    """Result of :func:`validate`.

    Per pair of elements: ``l1`` is the relative L1 error of g(r), ``coverage68`` and
    ``coverage95`` the share of its bins inside the bands. ``verdicts`` counts them.
    ``answer`` is the method that has answered; ``note`` says how the spectra were
    taken where that is not as the ensemble's own theory.
    """

    ensemble: str
    pairs_folder: str
    spectra: int
    shells: tuple[ShellErrors, ...]
    l1: dict[str, float]
    coverage68: dict[str, float]
    coverage95: dict[str, float]
    verdicts: dict[str, int]
    answer: Method
    note: str = ""


def validate(
    folder: str | Path, pairs_folder: Path, *, method: Method = "joint"
) -> Stage[Validation]:
    """Compare an ensemble's answers with the true g(r) of the pairs in a folder.

    The pairs are theory (E0 of FEFF, S0^2 = 1) and are taken as such; of another
    theory than the ensemble's, with or without a core hole, as measured ones with S0^2
    = 1. Limits of shells are those that the prediction found; the truth is cut at the
    same. The networks answer where there is no joint posterior.

    Raises
    ------
    BundleError
        If there is no such ensemble, or it is damaged.
    StorageError
        If the folder holds no pairs, or they do not fit the ensemble.
    """
    ensemble = load_ensemble(folder)
    truth_set = load_training_set(pairs_folder)
    is_same = core_hole_of(truth_set.description) == ensemble.card.core_hole

    def settings_of(spectrum: Spectrum) -> MeasurementSettings:
        known = SIMULATED
        if not is_same:
            s02 = (SIMULATED.s02, SIMULATED.s02_std)
            known = ensemble.settings_for(spectrum, s02=s02)
        return replace(known, method=method)

    rows = yield from rows_of(ensemble, truth_set, settings_of)
    found = summary(ensemble, str(pairs_folder), rows)
    return found if is_same else replace(found, note=OTHER_THEORY)


def rows_of(
    ensemble: Ensemble,
    truth_set: TrainingSet,
    settings_of: Callable[[Spectrum], MeasurementSettings] = lambda _: SIMULATED,
) -> Stage[list[Row]]:
    """Return the predictions for the pairs of ``truth_set`` with the true values.

    Raises
    ------
    StorageError
        If the pairs do not fit the ensemble.
    """
    _check(ensemble, truth_set)
    truths = pairs_for(ensemble.card, truth_set)
    rows: list[Row] = []
    total = len(truth_set.pairs)
    yield Progress(0, total, "validating")
    for i, chi in enumerate(truth_set.pairs.chi):
        spectrum = Spectrum(truth_set.k.copy(), chi.astype(float), name=f"pair {i}")
        prediction = ensemble.predict(spectrum, settings_of(spectrum))
        rows.append((prediction, {name: g[i] for name, g in truths.items()}))
        yield Progress(i + 1, total, "validating")
    return rows


def _check(ensemble: Ensemble, truth_set: TrainingSet) -> None:
    farthest = max(head.highest[1] for head in ensemble.card.heads)
    if truth_set.radial.upper < farthest:
        raise StorageError(
            f"g(r) of the pairs ends at {truth_set.radial.upper:g} Å, but "
            f"{ensemble.name} was trained to {farthest:.2f} Å; generate them with "
            "a larger cutoff."
        )


def pairs_for(
    card: Card, pairs_set: TrainingSet
) -> dict[str, Float[np.ndarray, "item r"]]:
    """Return g(r) (Å^-1) of the pairs per pair of elements, on the grid of ``card``.

    Raises
    ------
    StorageError
        If the pairs lack elements or part of the spectrum.
    """
    names = {head.pair for head in pairs_set.heads}
    missing = [pair for pair in card.pairs if pair not in names]
    if missing:
        raise StorageError(
            f"the pairs have no {', '.join(missing)}, which {card.name} predicts; "
            f"they have {', '.join(sorted(names))}."
        )
    if pairs_set.k[-1] < card.k[-1] - 1e-6:
        raise StorageError(
            f"the pairs end at k = {pairs_set.k[-1]:g} Å^-1, but {card.name} needs "
            f"{card.k[-1]:g} Å^-1."
        )
    r, source = card.radial.centres, pairs_set.radial.centres
    totals = {}
    for pair in card.pairs:
        mine = [i for i, head in enumerate(pairs_set.heads) if head.pair == pair]
        own = pairs_set.pairs.g[:, mine].sum(axis=1).astype(float)
        totals[pair] = np.stack(
            [np.interp(r, source, row, left=0.0, right=0.0) for row in own]
        )
    return totals


def summary(ensemble: Ensemble, source: str, rows: list[Row]) -> Validation:
    """Return errors and coverage over ``rows``; ``source`` describes their origin."""
    verdicts = {"inside": 0, "borderline": 0, "outside": 0}
    for prediction, _ in rows:
        verdicts[prediction.verdict.name] += 1
    pairs = ensemble.card.pairs
    curves = {
        pair: np.array([_curve_errors(row, pair) for row in rows]) for pair in pairs
    }
    l1, held68, held95 = (
        {pair: _mean(curves[pair][:, column]) for pair in pairs} for column in range(3)
    )
    return Validation(
        ensemble=ensemble.name,
        pairs_folder=source,
        spectra=len(rows),
        shells=tuple(_shell_errors(rows, i) for i in range(len(ensemble.card.heads))),
        l1=l1,
        coverage68=held68,
        coverage95=held95,
        verdicts=verdicts,
        answer=rows[0][0].method,
    )


def _curve_errors(row: Row, pair: str) -> tuple[float, float, float]:
    """Return relative L1 and the coverage of both bands, up to the last limit."""
    prediction, truths = row
    truth, band = truths[pair], prediction.pairs[pair]
    shells = [i for i, s in enumerate(prediction.shells) if s.pair == pair]
    last = max(_true_end(row, i) for i in shells)
    within = prediction.r <= last
    seen = within & (np.maximum(truth, band.g) > SEEN * band.g.max())
    inside68 = (truth >= band.lower68) & (truth <= band.upper68)
    inside95 = (truth >= band.lower95) & (truth <= band.upper95)
    l1 = relative_l1(band.g[within], truth=truth[within])
    return l1, _mean(inside68[seen]), _mean(inside95[seen])


def _shell_errors(rows: list[Row], shell: int) -> ShellErrors:
    """Return the errors of one shell, the truth cut at the prediction's limits."""
    estimates = [prediction.shells[shell] for prediction, _ in rows]
    true = np.array([true_moments(row, shell) for row in rows])
    errors = {
        name: errors_of([getattr(estimate, name) for estimate in estimates], true[:, q])
        for q, name in enumerate(QUANTITIES)
    }
    distances = np.array([_wasserstein(row, shell) for row in rows])
    return ShellErrors(label=estimates[0].label, **errors, wasserstein=_mean(distances))


def true_moments(row: Row, shell: int) -> tuple[float, float, float, float]:
    """Return true N (1), R (Å), sigma^2 (Å^2), C3 (Å^3) within a shell's limits."""
    prediction, truths = row
    ends = prediction.shells[shell]
    r_max = _true_end(row, shell)
    found = moments(prediction.r, truths[ends.pair], r_min=ends.r_min, r_max=r_max)
    return found.coordination, found.distance, found.sigma2, found.c3


def _true_end(row: Row, shell: int) -> float:
    """Return the upper limit (Å) for the truth: the prediction's, or a minimum before.

    Structures go on where an ensemble's last shell ends; neighbours beyond the
    minimum of the true g(r) are of a shell that the ensemble does not answer for.
    """
    prediction, truths = row
    ends = prediction.shells[shell]
    if any(s.pair == ends.pair and s.r_min >= ends.r_max for s in prediction.shells):
        return ends.r_max
    centre = ends.distance.value
    between = (prediction.r >= centre) & (prediction.r <= ends.r_max)
    if not np.any(between):
        return ends.r_max
    smooth = np.convolve(truths[ends.pair], np.full(SMOOTHED, 1.0 / SMOOTHED), "same")
    lowest = smooth[between] <= smooth[between].min() + 1e-9
    return float(prediction.r[between][lowest][-1])


def _wasserstein(row: Row, shell: int) -> float:
    """Return the Wasserstein distance (Å) within a shell's limits."""
    prediction, truths = row
    ends = prediction.shells[shell]
    inside = (prediction.r >= ends.r_min) & (prediction.r <= _true_end(row, shell))
    return wasserstein(
        prediction.r[inside],
        truths[ends.pair][inside],
        prediction.pairs[ends.pair].g[inside],
    )


def errors_of(
    estimates: Sequence[Estimate], true: Float[np.ndarray, " spectrum"]
) -> QuantityErrors:
    """Return the errors of ``estimates``, over the spectra whose truth is known."""
    error = np.array([estimate.value for estimate in estimates]) - true
    std = np.array([estimate.std for estimate in estimates])
    known = np.isfinite(error)
    error, std = error[known], std[known]
    return QuantityErrors(
        mean=_mean(error),
        rms=float(np.sqrt(_mean(error**2))),
        true=_mean(true[known]),
        coverage68=_mean(np.abs(error) <= std),
        coverage95=_mean(np.abs(error) <= 2.0 * std),
        fixed=estimates[0].fixed,
        # Where nothing is claimed (std 0) there is no pull.
        pull=float(np.sqrt(_mean((error / np.where(std > 0.0, std, np.nan)) ** 2))),
    )


def _mean(values: np.ndarray) -> float:
    """Return the mean of the finite ``values``, NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")
