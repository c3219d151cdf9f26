"""Predictions for sets of pairs, made once for all sections."""

from functools import cache

from evaluation import sets
from evaluation.places import Places
from onne_core.jobs import run
from onne_core.pipeline.ensembles.validation import Row, rows_of
from onne_core.training_set.training_set import TrainingSet


@cache
def answers_for(places: Places, ensemble: str, pairs: str) -> tuple[Row, ...]:
    """Return the predictions of ``ensemble`` for the set ``pairs``, with the truth."""
    return answers_to(places, ensemble, places.pairs_set(pairs))


def answer_for_average(places: Places, ensemble: str, pairs: str) -> Row:
    """Return its prediction for the mean spectrum of the set.

    The truth is the smoother one of the same dynamics, where there is one.
    """
    mean = sets.averaged(places.pairs_set(pairs), places.truth(pairs))
    (row,) = answers_to(places, ensemble, mean)
    return row


def answers_to(places: Places, ensemble: str, pairs: TrainingSet) -> tuple[Row, ...]:
    """Return the predictions of ``ensemble`` for some pairs, with the truth."""
    return tuple(run(rows_of(places.ensemble(ensemble), pairs)))
