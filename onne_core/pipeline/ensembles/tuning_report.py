"""Pipeline: errors before and after fine-tuning, and of the mean answer."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from onne_core.jobs import Stage
from onne_core.pipeline.ensembles.validation import (
    Row,
    Validation,
    rows_of,
    summary,
)
from onne_core.posterior.estimates import Limits
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.prediction import Estimate, Prediction, ShellEstimate
from onne_core.values.radial import moments

BEFORE, AFTER, MEAN = "before", "after", "mean of the tuning pairs"


@dataclass(frozen=True)
class TuningReport:
    """Errors before and after tuning, and of always answering the mean tuning g(r).

    ``held_back`` on the pairs that tuning never saw, ``original`` on the test part of
    the original training set.
    """

    held_back: Mapping[str, Validation]
    original: Mapping[str, Validation]


def tuning_report(
    before: Ensemble,
    after: Ensemble,
    *,
    seen: TrainingSet,
    held_back: TrainingSet,
    original: TrainingSet,
    limits: Limits,
) -> Stage[TuningReport]:
    """Compare two ensembles with each other and with a constant answer.

    ``seen`` are the pairs that were tuned on; their mean g(r) within ``limits`` (Å per
    shell) is that answer.
    """
    rows = yield from rows_of(before, held_back)
    tuned = yield from rows_of(after, held_back)
    means = dict(zip(before.card.pairs, _means(before, seen), strict=True))
    blind = always_answering(rows, means, limits)
    return TuningReport(
        held_back={
            BEFORE: summary(before, "held-out", rows),
            AFTER: summary(after, "held-out", tuned),
            MEAN: summary(before, "held-out", blind),
        },
        original={
            BEFORE: summary(before, "test", (yield from rows_of(before, original))),
            AFTER: summary(after, "test", (yield from rows_of(after, original))),
        },
    )


def always_answering(
    rows: list[Row],
    curves: Mapping[str, Float[np.ndarray, " r"]],
    limits: Limits | None = None,
) -> list[Row]:
    """Return ``rows`` with the same g(r) (Å^-1) per pair of elements in every answer.

    Shells get ``limits`` (Å per label) where these name them, or keep their own.
    """
    return [
        (_answering(prediction, curves, limits or {}), truths)
        for prediction, truths in rows
    ]


def _means(ensemble: Ensemble, seen: TrainingSet) -> list[Float[np.ndarray, " r"]]:
    """Return the mean g(r) of ``seen`` per pair of elements of ``ensemble``."""
    pairs = [head.pair for head in seen.heads]
    mean = seen.pairs.g.mean(axis=0).astype(float)
    return [
        mean[[name == pair for name in pairs]].sum(axis=0)
        for pair in ensemble.card.pairs
    ]


def _answering(
    prediction: Prediction, curves: Mapping[str, np.ndarray], limits: Limits
) -> Prediction:
    pairs = {
        pair: replace(
            band,
            g=curves[pair],
            lower68=curves[pair],
            upper68=curves[pair],
            lower95=curves[pair],
            upper95=curves[pair],
        )
        for pair, band in prediction.pairs.items()
    }
    shells = tuple(
        _with_moments(prediction.r, curves[shell.pair], shell, limits)
        for shell in prediction.shells
    )
    return replace(prediction, pairs=pairs, shells=shells)


def _with_moments(
    r: np.ndarray, g: np.ndarray, shell: ShellEstimate, limits: Limits
) -> ShellEstimate:
    """Return ``shell`` with the moments of ``g``, which are no measurement."""
    low, high = limits.get(shell.label, (shell.r_min, shell.r_max))
    found = moments(r, g, r_min=low, r_max=high)
    number, distance, sigma2, c3 = (
        Estimate(value, 0.0, fixed=True) for value in vars(found).values()
    )
    return ShellEstimate(
        shell.label, shell.pair, low, high, number, distance, sigma2, c3
    )
