"""Pipeline: results of a refinement, the widths of the bands round by round."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from onne_core.codec import RECORDS
from onne_core.pipeline.ensembles.narrowing import width_of
from onne_core.values.prediction import Estimate, Method, Prediction

Where = Literal["around", "everywhere"]
"""Whether macrostates are added around what was predicted or in the whole ranges."""


@dataclass(frozen=True)
class ShellWidths:
    """Half-widths of the 68 % intervals of a shell, the means over all spectra.

    ``coordination_number``, ``distance`` (Å), ``sigma2`` (Å^2); 0 for what training
    never varied.
    """

    label: str
    coordination_number: float
    distance: float
    sigma2: float


@dataclass(frozen=True)
class Round:
    """Results for the spectra after ``added`` macrostates.

    ``width`` is the mean of all shells' half-widths of N, R and sigma^2 in units of the
    prior's standard deviations; ``verdicts`` counts them. ``answer`` is the method that
    has answered.
    """

    ensemble: Path
    added: int
    width: float
    shells: tuple[ShellWidths, ...]
    verdicts: dict[str, int]
    answer: Method


@dataclass(frozen=True)
class Refinement:
    """All rounds; nothing is added in the first."""

    where: Where
    rounds: tuple[Round, ...]
    converged: bool

    @property
    def best(self) -> Round:
        """Round with the narrowest bands."""
        return min(self.rounds, key=lambda item: item.width)


def round_of(ensemble: Path, added: int, predictions: Sequence[Prediction]) -> Round:
    """Return the widths of the bands of the ``predictions`` of an ensemble."""
    verdicts = Counter(prediction.verdict.name for prediction in predictions)
    shells = [
        ShellWidths(
            label=shells[0].label,
            coordination_number=_mean([shell.coordination_number for shell in shells]),
            distance=_mean([shell.distance for shell in shells]),
            sigma2=_mean([shell.sigma2 for shell in shells]),
        )
        for shells in zip(*(item.shells for item in predictions), strict=True)
    ]
    return Round(
        ensemble=ensemble,
        added=added,
        width=float(np.mean([width_of(prediction) for prediction in predictions])),
        shells=tuple(shells),
        verdicts=dict(verdicts),
        answer=predictions[0].method,
    )


def _mean(estimates: list[Estimate]) -> float:
    """Return the mean standard deviation, 0 for what training never varied."""
    return float(np.mean([0.0 if one.fixed else one.std for one in estimates]))


def refinement_to_json(refinement: Refinement) -> dict[str, Any]:
    """Return ``refinement`` as JSON types."""
    best = str(refinement.best.ensemble)
    return {**RECORDS.encode(refinement), "best": best}
