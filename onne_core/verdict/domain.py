"""The verdict: inside, borderline or outside the training range of an ensemble.

Each check compares one number with its distribution over calibration examples, which
carry the trained nuisances; the sentence gives the number and its threshold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from onne_core.calibration.calibration import HeadAnswer
from onne_core.ensemble.card import Card, HeadCard
from onne_core.values.prediction import (
    BackCalculation,
    ExtraShell,
    NearestSpectrum,
    Reason,
    Verdict,
    VerdictName,
    Widening,
)
from onne_core.verdict.assumptions import assumption_checks
from onne_core.verdict.check import Check, graded
from onne_core.verdict.evidence import Evidence
from onne_core.verdict.glitches import Glitch, largest_glitches
from onne_core.verdict.measurement import measurement_checks
from onne_core.verdict.soundness import UNSOUND, shortcomings

BORDERLINE_SHARE, OUTSIDE_SHARE = 0.95, 0.995
"""Share of the calibration examples that no statistic calls borderline, and quantile of
each statistic from which the outside limit follows."""

OUTSIDE_MARGIN = 1.5
"""Factor on the outside threshold: no example lies there, so it is extrapolated."""

STRUCTURE_SHARE = 0.98
"""Share of held-out spectra whose shells are not called those of another structure."""

RANGE_MARGIN = 0.05
"""Share of a trained range within which a result counts as being at its end."""

TINY = 1e-12
"""Standard deviation that stands for zero."""

ALLOWED = "times the expected (noise, theory, back-calculation)"

RANGES: tuple[Literal["coordination", "distance", "deviation"], ...] = (
    "coordination",
    "distance",
    "deviation",
)
"""Names of the ranges of N, R and sigma in a recipe."""

STATISTICS = ("distance", "spread")
RESIDUALS = ("misfit", "largest", "extra")
"""Statistics of the back-calculation; the last is an extra shell's significance."""

LEAST_SIGNIFICANCE = np.array([3.0, 6.0])
"""Lowest limits of an extra shell's significance: borderline and outside, in σ."""

NAMES: tuple[VerdictName, ...] = ("inside", "borderline", "outside")
"""Verdicts, by the level of the worst check."""


@dataclass(frozen=True, eq=False)
class Domain:
    """Limits of the checks, learnt from calibration examples.

    ``whitening`` turns features into components of unit second moment;
    ``thresholds`` are the borderline and outside limits of the STATISTICS; ``residual``
    those of the RESIDUALS, if chi(k) can be back-calculated; ``nearest`` those of the
    distance to the nearest training spectrum, if these are kept; ``structure`` those of
    the shells' distance from training, of a joint posterior, without and with the
    theory's error: the less certain the data, the nearer answers are to training.
    """

    whitening: Float[np.ndarray, "feature component"]
    thresholds: Float[np.ndarray, "statistic 2"]
    residual: Float[np.ndarray, "_ 2"] | None = None
    nearest: Float[np.ndarray, " 2"] | None = None
    structure: Float[np.ndarray, "2 2"] | None = None


def domain_of(
    features: Float[np.ndarray, "item feature"],
    answers: tuple[HeadAnswer, ...],
    whitening: Float[np.ndarray, "feature component"],
    card: Card,
    *,
    residual: Float[np.ndarray, "item _"] | None = None,
    nearest: Float[np.ndarray, " item"] | None = None,
) -> Domain:
    """Learn the thresholds from calibration examples.

    ``residual`` are the RESIDUALS of their back-calculation, ``nearest`` the distances
    from the nearest training spectrum.
    """
    count = len(features)
    parts = [
        statistics_of(features, answers, whitening, card),
        np.empty((count, 0)) if residual is None else residual,
        np.empty((count, 0)) if nearest is None else nearest[:, None],
    ]
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    own, left, apart = np.split(_thresholds(np.hstack(parts)), ends)
    return Domain(
        whitening,
        own,
        None if residual is None else left,
        None if nearest is None else apart[0],
    )


def structure_limits(values: Float[np.ndarray, " item"]) -> Float[np.ndarray, " 2"]:
    """Return the limits of the shells' distance from training on held-out spectra."""
    ends = np.quantile(values, [STRUCTURE_SHARE, OUTSIDE_SHARE])
    return ends * np.array([1.0, OUTSIDE_MARGIN**2])


def judge_all(
    evidence: Sequence[Evidence], domain: Domain, card: Card
) -> list[Verdict]:
    """Return the verdicts on the spectra, with every check as a sentence."""
    training = card.training
    glitches = largest_glitches(
        [item.spectrum for item in evidence],
        k_min=training.k_min,
        k_max=training.k_max,
        trained_noise=training.noise,
    )
    values, spreads = (
        np.array([getattr(item, name) for item in evidence])
        for name in ("values", "spreads")
    )
    ranges = _range_severities(values, spreads, card)
    return [
        _judged(item, glitch, severities, domain, card)
        for item, glitch, severities in zip(evidence, glitches, ranges, strict=True)
    ]


def _judged(
    evidence: Evidence,
    glitch: Glitch,
    ranges: Float[np.ndarray, "head 3"],
    domain: Domain,
    card: Card,
) -> Verdict:
    """Return the verdict; ``ranges`` are the severities of N, R and sigma per head."""
    checks = [
        *_statistical_checks(evidence, domain),
        *_residual_checks(evidence.back, domain.residual),
        *_nearest_checks(evidence.nearest, domain.nearest),
        *_range_checks(evidence, ranges, card),
        *_structure_checks(evidence, domain.structure, card),
        *measurement_checks(evidence, glitch, card),
        *assumption_checks(evidence, card),
        *(Check(UNSOUND, text) for text in shortcomings(card)),
    ]
    checks.sort(key=lambda check: -check.severity)
    worst = max(checks, key=lambda check: check.severity)
    levels = [check.level for check in checks]
    reasons = tuple(
        Reason(
            check.text,
            level == 0,
            check.widening if level else None,
            assumption=check.assumption,
        )
        for check, level in zip(checks, levels, strict=True)
    )
    return Verdict(NAMES[worst.level], reasons, score=worst.severity)


def _thresholds(
    statistics: Float[np.ndarray, "item statistic"],
) -> Float[np.ndarray, "statistic 2"]:
    """Return the borderline and outside limits.

    Borderline begins at the same quantile of every statistic, chosen such that
    BORDERLINE_SHARE of the examples are beyond none of them: many checks together give
    no more false alarms than one.
    """
    ranks = np.max(
        [np.searchsorted(np.sort(column), column) for column in statistics.T], axis=0
    )
    borderline = float(np.quantile(ranks / max(1, len(ranks) - 1), BORDERLINE_SHARE))
    thresholds = np.quantile(
        statistics, [borderline, max(borderline, OUTSIDE_SHARE)], axis=0
    ).T
    thresholds[:, 1] *= OUTSIDE_MARGIN
    return thresholds


def statistics_of(
    features: Float[np.ndarray, "item feature"],
    answers: tuple[HeadAnswer, ...],
    whitening: Float[np.ndarray, "feature component"],
    card: Card,
) -> Float[np.ndarray, "item statistic"]:
    """Return the STATISTICS of a batch.

    They are the root mean square of the whitened components of ``features``, and the
    members' spread.
    """
    distance = np.sqrt(np.mean((features @ whitening) ** 2, axis=1))
    spreads = [_spread(*both) for both in zip(answers, card.heads, strict=True)]
    return np.column_stack([distance, np.max(spreads, axis=0)])


def _spread(answer: HeadAnswer, head: HeadCard) -> Float[np.ndarray, " item"]:
    """Return the members' disagreement about R in units of its trained spread."""
    number = answer.members.sum(axis=-1)
    distances = answer.members @ answer.r / np.where(number > 0.0, number, 1.0)
    return distances.std(axis=0) / max(head.scale[1], 1e-6)


def _statistical_checks(evidence: Evidence, domain: Domain) -> list[Check]:
    texts = (
        "Distance from the centre of the training spectra {0:.2f} (limit {1:.2f}).",
        "Disagreement of the networks about R {0:.2f} of the trained range (limit "
        "{1:.2f}).",
    )
    checks = []
    for value, (borderline, outside), text in zip(
        evidence.statistics.tolist(), domain.thresholds.tolist(), texts, strict=True
    ):
        severity, limit = graded(value, borderline=borderline, outside=outside)
        checks.append(Check(severity, text.format(value, limit)))
    return checks


def _residual_checks(
    back: BackCalculation | None, thresholds: np.ndarray | None
) -> list[Check]:
    """Check that the predicted g(r) explains the spectrum, overall and at every R."""
    if back is None or thresholds is None:
        return []
    (borderline, outside), (borderline_at, outside_at) = thresholds[:2].tolist()
    whole, limit = graded(back.misfit, borderline=borderline, outside=outside)
    place, limit_at = graded(back.largest, borderline=borderline_at, outside=outside_at)
    where = f"R = {back.largest_at:.1f} Å (not phase-corrected)"
    sentence = (
        f"The predicted g(r) does not explain the signal at {where}"
        if place > 1.0
        else f"Residual of the predicted g(r) largest at {where}"
    )
    return [
        *_extra_checks(back.extra, thresholds),
        Check(
            whole,
            f"Residual of the back-calculated χ(k) {back.misfit:.1f} {ALLOWED}; "
            f"limit {limit:.1f}.",
        ),
        Check(
            place, f"{sentence}: {back.largest:.1f} {ALLOWED}; limit {limit_at:.1f}."
        ),
    ]


def _extra_checks(extra: ExtraShell | None, thresholds: np.ndarray) -> list[Check]:
    """Check for neighbours where no training spectrum has any."""
    if extra is None:
        return []
    borderline, outside = np.maximum(
        thresholds[RESIDUALS.index("extra")], LEAST_SIGNIFICANCE
    ).tolist()
    severity, limit = graded(extra.significance, borderline=borderline, outside=outside)
    found, allowed = f"{extra.significance:.1f}σ", f"limit {limit:.1f}σ"
    text = (
        f"About {extra.number:.1f} extra neighbours at R = {extra.distance:.1f} Å, "
        f"where no training spectrum has any ({found}; {allowed})."
        if severity > 1.0
        else f"No sign of extra neighbours (largest {found} at {extra.distance:.1f} Å; "
        f"{allowed})."
    )
    return [Check(severity, text)]


def _nearest_checks(
    nearest: tuple[NearestSpectrum, ...], thresholds: np.ndarray | None
) -> list[Check]:
    """Check that some training spectrum is similar to this one."""
    if not nearest or thresholds is None:
        return []
    borderline, outside = thresholds.tolist()
    separation = nearest[0].separation
    severity, limit = graded(separation, borderline=borderline, outside=outside)
    return [
        Check(
            severity,
            f"The nearest training spectrum is {separation:.1f} times as far away "
            f"as usual (limit {limit:.1f}).",
        )
    ]


def _structure_checks(
    evidence: Evidence, thresholds: np.ndarray | None, card: Card
) -> list[Check]:
    """Check that the shells belong together as those of training do."""
    joint, crystal = evidence.joint, evidence.crystal
    if joint is None or thresholds is None or len(card.heads) == 1:
        return []
    calculated, measured = thresholds
    theory = min(max(evidence.settings.theory, 0.0), 1.0)
    borderline, outside = (calculated + theory * (measured - calculated)).tolist()
    severity, limit = graded(joint.structure, borderline=borderline, outside=outside)
    first = card.first_head.label
    name = crystal.name if crystal is not None else "that of training"
    doubt = f"; the structure may not be {name}" if severity > 1.0 else ""
    return [
        Check(
            severity,
            f"CN, R and σ of the shells beyond {first} are {joint.structure:.1f} from "
            f"what training has beside such a first shell (limit {limit:.1f}){doubt}.",
        )
    ]


def _range_severities(
    values: Float[np.ndarray, "item head 3"],
    spreads: Float[np.ndarray, "item head 3"],
    card: Card,
) -> Float[np.ndarray, "item head 3"]:
    """Return the severities of N, R and sigma near their trained ends; 0 if fixed.

    Within the ranges a value matters only if an end is within its standard deviation:
    most of a range is as good as its middle. The networks cannot answer far beyond what
    they were trained for, so this alone never makes a spectrum one from outside.
    """
    lower, upper, fixed = (
        np.array([getattr(head, name) for head in card.heads])
        for name in ("lowest", "highest", "fixed")
    )
    half = np.where(fixed | (upper <= lower), 1.0, 0.5 * (upper - lower))
    inner = (1.0 - 2.0 * RANGE_MARGIN) * half
    off = np.abs(values - 0.5 * (lower + upper))
    beyond = 1.0 + (off - inner) / (2.0 * half - inner)
    within = np.maximum(1.0 - (inner - off) / np.maximum(spreads, TINY), 0.0)
    severities = np.where(off <= inner, within, np.minimum(beyond, 2.0))
    return np.where(fixed, 0.0, severities)


def _range_checks(
    evidence: Evidence, severities: Float[np.ndarray, "head 3"], card: Card
) -> list[Check]:
    """Check that N, R and sigma of all heads stay clear of the ends of their ranges."""
    failed = [
        _range_check(
            float(severities[i, q]),
            card.heads[i],
            int(q),
            float(evidence.values[i, q]),
            float(evidence.spreads[i, q]),
        )
        for i, q in np.argwhere(severities > 1.0)
    ]
    inside = "CN, R and σ of all shells lie within the trained ranges."
    return failed or [Check(float(severities.max()), inside)]


def _range_check(
    severity: float, head: HeadCard, q: int, value: float, deviation: float
) -> Check:
    """Return the check of a quantity at an end, and the range to widen to."""
    name, unit = (("CN", ""), ("R", " Å"), ("σ", " Å"))[q]
    lower, upper = head.lowest[q], head.highest[q]
    middle = 0.5 * (lower + upper)
    end, limit, side = (
        ("lower", lower, -1.0) if value < middle else ("upper", upper, 1.0)
    )
    beyond = max(value + side * 2.0 * deviation, 0.0)
    wanted = min(beyond, lower) if side < 0.0 else max(beyond, upper)
    return Check(
        severity,
        f"{head.label}: {name} {value:.3f} ± {deviation:.3f}{unit} is at the {end} end "
        f"of its trained range ({limit:.3f}{unit}); widen it to {wanted:.3f}{unit}.",
        Widening(
            label=head.label,
            quantity=RANGES[q],
            lower=wanted if side < 0.0 else lower,
            upper=upper if side < 0.0 else wanted,
            old_lower=lower,
            old_upper=upper,
        ),
    )
