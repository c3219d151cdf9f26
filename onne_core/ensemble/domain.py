"""The verdict: whether a spectrum lies inside what the ensemble was trained on.

Each check compares one number with its distribution over calibration examples, which
carry the trained nuisances; the sentence gives the number and its threshold.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.alignment import LARGEST_E0_SHIFT, Alignment
from onne_core.ensemble.calibration import HeadAnswer, quantities_of
from onne_core.ensemble.card import Card, HeadCard
from onne_core.prediction import MeasurementSettings, Reason, Verdict
from onne_core.spectrum import Spectrum

EDGE_SHARE, OUTSIDE_SHARE = 0.95, 0.995
"""Quantiles of a statistic over calibration examples where edge and outside begin."""

OUTSIDE_MARGIN = 1.5
"""Factor on the outside threshold: no example lies there, so it is extrapolated."""

RANGE_MARGIN = 0.05
"""Share of a trained range within which a result counts as being at its end."""

FIT_EDGE, FIT_OUTSIDE = 0.06, 0.25
"""R-factor of the first-shell fit where edge and outside begin; 0.02 is good."""

S02_INSIDE = (0.55, 1.15)
S02_OUTSIDE = (0.35, 1.4)
"""Amplitudes that S0^2, thickness and self-absorption can explain, and cannot."""

E0_OUTSIDE = 3.0
"""Difference from the fitted E0, in trained ranges, where outside begins."""

NOISE_OUTSIDE = 5.0
"""Multiple of the trained noise beyond which shells drown."""

SHORT_OUTSIDE = 2.0
"""Part of the k window without data, at either end, that is too much, Å^-1."""

E0_END = 0.05
"""Distance from the end of the fitted E0 shifts that counts as being there, eV."""

EDGE_OFFSET = 25.0
"""Difference from the tabulated edge that no usual calibration leaves, eV."""

LARGEST_EDGE_OFFSET = 50.0
"""Difference from the tabulated edge beyond which another element absorbs, eV."""

STATISTICS = ("distance", "spread")


@dataclass(frozen=True, eq=False)
class Domain:
    """What the checks need.

    ``whitening`` turns features into components of unit second moment;
    ``thresholds`` are the edge and outside values of the STATISTICS.
    """

    whitening: Float[np.ndarray, "feature component"]
    thresholds: Float[np.ndarray, "statistic 2"]


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


def domain_of(
    features: Float[np.ndarray, "item feature"],
    answers: tuple[HeadAnswer, ...],
    whitening: Float[np.ndarray, "feature component"],
    card: Card,
) -> Domain:
    """Learn the thresholds from calibration examples."""
    statistics = _statistics(features, answers, whitening, card)
    thresholds = np.quantile(statistics, [EDGE_SHARE, OUTSIDE_SHARE], axis=0).T
    thresholds[:, 1] *= OUTSIDE_MARGIN
    return Domain(whitening, thresholds)


def judge(evidence: Evidence, domain: Domain, card: Card) -> Verdict:
    """Return the verdict with every check as a sentence."""
    checks = [
        *_statistical_checks(evidence, domain, card),
        *_range_checks(evidence, card),
        *_measurement_checks(evidence, card),
    ]
    worst = max(level for level, _ in checks)
    reasons = tuple(
        Reason(text, passed=level == 0)
        for level, text in sorted(checks, key=lambda check: -check[0])
    )
    names = ("inside", "edge", "outside")
    return Verdict(names[worst], reasons)


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
        level = _level(value, edge=edge, outside=outside)
        checks.append((level, text.format(value, outside if level == 2 else edge)))
    return checks


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


def _measurement_checks(evidence: Evidence, card: Card) -> list[tuple[int, str]]:
    checks = [*_reach(evidence.spectrum, card), _noise_check(evidence.noise, card)]
    checks += _edge_check(evidence.spectrum, card)
    if evidence.fit is not None:
        checks += _fit_checks(evidence.fit, evidence.settings, card)
    checks.append(_amplitude(evidence.settings))
    return checks


def _level(value: float, *, edge: float, outside: float) -> int:
    """Return 0 (inside) up to ``edge``, 1 beyond it, 2 beyond ``outside``."""
    return int(value > edge) + int(value > outside)


def _fit_checks(
    fit: Alignment, settings: MeasurementSettings, card: Card
) -> list[tuple[int, str]]:
    """Check how well the first shell is fitted, and E0 by that fit."""
    misfit = _level(fit.r_factor, edge=FIT_EDGE, outside=FIT_OUTSIDE)
    limit = FIT_OUTSIDE if misfit == 2 else FIT_EDGE
    offset, trained = abs(settings.e0_shift - fit.e0_shift), card.training.e0_range
    return [
        (
            misfit,
            f"A classical fit of {card.first_head.label} leaves {fit.r_factor:.3f} "
            f"of its signal, limit {limit:.2f}.",
        ),
        (
            _level(offset, edge=trained, outside=E0_OUTSIDE * trained),
            f"E0 differs by {offset:.1f} eV from that of the first-shell fit; "
            f"trained for {trained:g} eV.",
        ),
        (
            int(abs(fit.e0_shift) > LARGEST_E0_SHIFT - E0_END),
            f"The first-shell fit moves E0 by {fit.e0_shift:.1f} eV; it looks no "
            f"farther than {LARGEST_E0_SHIFT:g} eV.",
        ),
    ]


def _edge_check(spectrum: Spectrum, card: Card) -> list[tuple[int, str]]:
    """Check the absorber by the energy of the edge, where both are known."""
    if spectrum.e0 is None or card.edge_energy is None:
        return [(0, "The file has no energies: which element absorbs is not checked.")]
    offset = abs(spectrum.e0 - card.edge_energy)
    level = _level(offset, edge=EDGE_OFFSET, outside=LARGEST_EDGE_OFFSET)
    text = (
        f"E0 is {spectrum.e0:.0f} eV; the {card.absorber} {card.edge} edge is at "
        f"{card.edge_energy:.0f} eV."
    )
    return [(level, text)]


def _amplitude(settings: MeasurementSettings) -> tuple[int, str]:
    value = settings.s02
    level = int(not S02_INSIDE[0] <= value <= S02_INSIDE[1]) + int(
        not S02_OUTSIDE[0] <= value <= S02_OUTSIDE[1]
    )
    lower, upper = S02_OUTSIDE if level == 2 else S02_INSIDE
    return level, f"S0² is {value:.2f}; {lower:g} to {upper:g} is plausible."


def _reach(spectrum: Spectrum, card: Card) -> list[tuple[int, str]]:
    """Check that data cover the window; zeros filled in at the ends are no data."""
    measured = spectrum.k[np.flatnonzero(spectrum.chi)]
    first, last = (float(measured[0]), float(measured[-1])) if measured.size else (0, 0)
    start, end = card.training.k_min, card.training.k_max
    return [
        (
            _level(first - start, edge=0.0, outside=SHORT_OUTSIDE),
            f"The data start at k = {first:.1f} Å⁻¹; the window starts at "
            f"{start:g} Å⁻¹.",
        ),
        (
            _level(end - last, edge=0.0, outside=SHORT_OUTSIDE),
            f"The data end at k = {last:.1f} Å⁻¹; the window ends at {end:g} Å⁻¹.",
        ),
    ]


def _noise_check(noise: float, card: Card) -> tuple[int, str]:
    limit = card.training.noise
    level = _level(noise, edge=limit, outside=NOISE_OUTSIDE * limit)
    text = (
        f"Noise of χ(k) is {1e3 * noise:.1f} × 10⁻³; trained to {1e3 * limit:g} × 10⁻³."
    )
    return level, text
