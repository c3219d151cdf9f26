"""Answers of all methods for sets of pairs, made once for all sections."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from evaluation import sets
from evaluation.methods import FIT, JOINT, NETWORKS, UNKNOWN, fitted_shells
from evaluation.places import Places
from onne_core.jobs import run
from onne_core.pipeline.ensembles.validation import (
    QUANTITIES,
    SIMULATED,
    Row,
    Validation,
    errors_of,
    rows_of,
    summary,
    true_moments,
)
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.prediction import Estimate, MeasurementSettings

Answers = Mapping[str, tuple[Row, ...]]
"""The predictions with the truth, by method; the joint ones first, if there are any."""


@cache
def answers_for(places: Places, ensemble: str, pairs: str) -> Answers:
    """Return the predictions of ``ensemble`` for the set ``pairs``, with the truth."""
    return answers_to(places.ensemble(ensemble), places.pairs_set(pairs))


def answers_for_average(places: Places, ensemble: str, pairs: str) -> Answers:
    """Return its predictions for the mean spectrum of the set.

    The truth is the smoother one of the same dynamics, where there is one.
    """
    mean = sets.averaged(places.pairs_set(pairs), places.truth(pairs))
    return answers_to(places.ensemble(ensemble), mean)


def answers_to(
    ensemble: Ensemble, pairs: TrainingSet, settings: MeasurementSettings = SIMULATED
) -> Answers:
    """Return the predictions of ``ensemble`` for some pairs, with the truth."""
    alone = replace(settings, method="networks")
    networks = {NETWORKS: tuple(run(rows_of(ensemble, pairs, lambda _: alone)))}
    if ensemble.joint is None:
        return networks
    joint = tuple(run(rows_of(ensemble, pairs, lambda _: settings)))
    return {JOINT: joint, **networks}


def best_of(answers: Answers) -> tuple[Row, ...]:
    """Return the rows of the ensemble's own answer: joint if there is one."""
    return next(iter(answers.values()))


def validations_of(
    ensemble: Ensemble, source: str, answers: Answers
) -> dict[str, Validation]:
    """Return errors and coverage by method; ``source`` says where the pairs are from.

    With the conventional fit, which has no g(r), where the ensemble can make one.
    """
    found = {
        method: summary(ensemble, source, list(rows))
        for method, rows in answers.items()
    }
    fitted = _of_fits(ensemble, best_of(answers), next(iter(found.values())))
    return found if fitted is None else {**found, FIT: fitted}


def _of_fits(
    ensemble: Ensemble, rows: Sequence[Row], like: Validation
) -> Validation | None:
    """Return the errors of the conventional fits, ``None`` where all of them fail."""
    fits = [fitted_shells(prediction, ensemble) for prediction, _ in rows]
    if not any(fits):
        return None
    shells = []
    for i, shell in enumerate(like.shells):
        true = np.array([true_moments(row, i) for row in rows])
        errors = {}
        for column, name in enumerate(QUANTITIES):
            estimates = [
                getattr(one.get(shell.label), name, None) or UNKNOWN for one in fits
            ]
            errors[name] = errors_of([*map(_free, estimates)], true[:, column])
        shells.append(replace(shell, **errors, wasserstein=float("nan")))
    return replace(like, shells=tuple(shells), l1={}, coverage68={}, coverage95={})


def _free(estimate: Estimate) -> Estimate:
    """Return an estimate of a fit, which varies what training has not."""
    return replace(estimate, fixed=False)
