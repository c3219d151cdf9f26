"""The verdict: whether a spectrum lies inside what the ensemble was trained on.

Each check compares one number with its distribution over calibration examples, which
carry the trained nuisances; the sentence gives the number and its threshold.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.alignment import Alignment
from onne_core.ensemble.calibration import HeadAnswer, quantities_of
from onne_core.ensemble.card import Card, HeadCard
from onne_core.ensemble.measurement import level_of, measurement_checks
from onne_core.prediction import (
    BackCalculation,
    MeasurementSettings,
    Reason,
    Verdict,
)
from onne_core.spectrum import Spectrum

EDGE_SHARE, OUTSIDE_SHARE = 0.95, 0.995
"""Quantiles of a statistic over calibration examples where edge and outside begin."""

OUTSIDE_MARGIN = 1.5
"""Factor on the outside threshold: no example lies there, so it is extrapolated."""

RANGE_MARGIN = 0.05
"""Share of a trained range within which a result counts as being at its end."""

ALLOWED = "times what noise, theory and back-calculation allow"

STATISTICS = ("distance", "spread")


@dataclass(frozen=True, eq=False)
class Domain:
    """What the checks need.

    ``whitening`` turns features into components of unit second moment;
    ``thresholds`` are the edge and outside values of the STATISTICS; ``residual``
    those of the back-calculation's misfit and largest value, where there is one.
    """

    whitening: Float[np.ndarray, "feature component"]
    thresholds: Float[np.ndarray, "statistic 2"]
    residual: Float[np.ndarray, "statistic 2"] | None = None


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of one spectrum when it is judged.

    ``features`` of the corrected spectrum, ``answers`` of one item, ``noise`` the
    standard deviation of white noise in chi.
    """

    spectrum: Spectrum
    features: Float[np.ndarray, " feature"]
    answers: tuple[HeadAnswer, ...]
    settings: MeasurementSettings
    fit: Alignment | None
    noise: float
    back: BackCalculation | None = None


def domain_of(
    features: Float[np.ndarray, "item feature"],
    answers: tuple[HeadAnswer, ...],
    whitening: Float[np.ndarray, "feature component"],
    card: Card,
    *,
    residual: Float[np.ndarray, "item 2"] | None = None,
) -> Domain:
    """Learn the thresholds from calibration examples.

    ``residual`` are misfit and largest value of their back-calculation.
    """
    statistics = _statistics(features, answers, whitening, card)
    return Domain(
        whitening,
        _thresholds(statistics),
        None if residual is None else _thresholds(residual),
    )


def judge(evidence: Evidence, domain: Domain, card: Card) -> Verdict:
    """Return the verdict with every check as a sentence."""
    checks = [
        *_statistical_checks(evidence, domain, card),
        *_residual_checks(evidence.back, domain.residual),
        *_range_checks(evidence, card),
        *measurement_checks(
            evidence.spectrum,
            evidence.settings,
            evidence.fit,
            card=card,
            noise=evidence.noise,
        ),
    ]
    worst = max(level for level, _ in checks)
    reasons = tuple(
        Reason(text, passed=level == 0)
        for level, text in sorted(checks, key=lambda check: -check[0])
    )
    names = ("inside", "edge", "outside")
    return Verdict(names[worst], reasons)


def _thresholds(
    statistics: Float[np.ndarray, "item statistic"],
) -> Float[np.ndarray, "statistic 2"]:
    """Return where edge and outside begin."""
    thresholds = np.quantile(statistics, [EDGE_SHARE, OUTSIDE_SHARE], axis=0).T
    thresholds[:, 1] *= OUTSIDE_MARGIN
    return thresholds


def _statistics(
    features: Float[np.ndarray, "item feature"],
    answers: tuple[HeadAnswer, ...],
    whitening: Float[np.ndarray, "feature component"],
    card: Card,
) -> Float[np.ndarray, "item statistic"]:
    """Return the root-mean-square component and the members' spread."""
    distance = np.sqrt(np.mean((features @ whitening) ** 2, axis=1))
    spreads = [_spread(*both) for both in zip(answers, card.heads, strict=True)]
    return np.column_stack([distance, np.max(spreads, axis=0)])


def _spread(answer: HeadAnswer, head: HeadCard) -> Float[np.ndarray, " item"]:
    """Return the members' disagreement about R in units of its trained spread."""
    distances = np.array([quantities_of(answer.r, g)[:, 1] for g in answer.members])
    return distances.std(axis=0) / max(head.scale[1], 1e-6)


def _statistical_checks(
    evidence: Evidence, domain: Domain, card: Card
) -> list[tuple[int, str]]:
    values = _statistics(
        evidence.features[None, :],
        evidence.answers,
        domain.whitening,
        card,
    )[0]
    texts = (
        "Distance from the centre of the training spectra: {0:.2f}, limit {1:.2f}.",
        "Disagreement of the members about R, in trained spreads: {0:.2f}, "
        "limit {1:.2f}.",
    )
    checks = []
    for value, (edge, outside), text in zip(
        values, domain.thresholds, texts, strict=True
    ):
        level = level_of(value, edge=edge, outside=outside)
        checks.append((level, text.format(value, outside if level == 2 else edge)))
    return checks


def _residual_checks(
    back: BackCalculation | None, thresholds: np.ndarray | None
) -> list[tuple[int, str]]:
    """Check whether the predicted g(r) explains the spectrum, in all and everywhere."""
    if back is None or thresholds is None:
        return []
    (edge, outside), (edge_at, outside_at) = thresholds
    whole = level_of(back.misfit, edge=edge, outside=outside)
    place = level_of(back.largest, edge=edge_at, outside=outside_at)
    limit = outside if whole == 2 else edge
    limit_at = outside_at if place == 2 else edge_at
    where = f"R = {back.largest_at:.1f} Å (no phase shift added)"
    sentence = (
        f"Signal at {where} that the predicted g(r) does not explain"
        if place
        else f"What the predicted g(r) leaves unexplained is largest at {where}"
    )
    return [
        (
            whole,
            f"χ(k) of the predicted g(r) misses the spectrum by {back.misfit:.1f} "
            f"{ALLOWED}, limit {limit:.1f}.",
        ),
        (place, f"{sentence}: {back.largest:.1f} {ALLOWED}, limit {limit_at:.1f}."),
    ]


def _range_checks(evidence: Evidence, card: Card) -> list[tuple[int, str]]:
    """Check whether R and sigma of every head stay clear of the trained ends."""
    checks = []
    for answer, head in zip(evidence.answers, card.heads, strict=True):
        values = quantities_of(answer.r, answer.g)[0]
        for q, (name, unit) in enumerate(
            (("N", ""), ("R", " Å"), ("standard deviation", " Å"))
        ):
            if not head.fixed[q]:
                text = _at_an_end(head, q, float(values[q]), name, unit)
                if text:
                    checks.append((1, text))
    inside = "N, R and standard deviations lie within the trained ranges."
    return checks or [(0, inside)]


def _at_an_end(head: HeadCard, q: int, value: float, name: str, unit: str) -> str:
    lower, upper = head.lowest[q], head.highest[q]
    margin = RANGE_MARGIN * (upper - lower)
    if lower + margin <= value <= upper - margin:
        return ""
    end, limit = ("lower", lower) if value < lower + margin else ("upper", upper)
    return (
        f"{head.label}: {name} {value:.3f}{unit} is at the {end} end of its trained "
        f"range ({limit:.3f}{unit}); widen that end."
    )
