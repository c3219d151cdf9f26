"""Assumptions behind an answer, which the spectrum itself cannot test.

They are always said. Only what contradicts an assumption is a reason against a
spectrum, and an absorber that nobody has named.
"""

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.card import Card
from onne_core.ensemble.crystal import BULK_WIDTH, Crystal
from onne_core.ensemble.suited import relation
from onne_core.values.prediction import Sample
from onne_core.verdict.check import Check, graded
from onne_core.verdict.evidence import Evidence

UNTESTED = 1.01
"""Severity where the absorber is only assumed: never inside, and no worse for it."""

AGAINST_BORDERLINE, AGAINST_OUTSIDE = 2.5, 5.0
"""Differences of N from what is assumed of the sample, in standard deviations, where
borderline and outside begin."""


def assumption_checks(evidence: Evidence, card: Card) -> list[Check]:
    """Return what is assumed of absorber, structure and sample."""
    checks = _absorber(evidence, card)
    crystal = evidence.crystal
    if crystal is not None:
        checks.append(_structure(crystal, card))
        if evidence.joint is not None and crystal.numbers is not None:
            checks += _sample(evidence, crystal, crystal.numbers, card)
    return checks


def _absorber(evidence: Evidence, card: Card) -> list[Check]:
    """Return that the absorber is assumed, where no energy can tell it.

    Neighbours in the periodic table scatter so much alike that another element looks
    like a slightly larger or smaller crystal.
    """
    spectrum = evidence.spectrum
    known = spectrum.e0 is not None and card.edge_energy is not None
    if known or evidence.settings.theory == 0.0:
        return []
    text = f"Assumed: the absorber is {card.absorber} ({card.edge} edge)"
    if spectrum.element:
        if relation(spectrum, card) != "same":
            return []  # measurement.py says so
        why = "as named; no energy confirms it."
        return [Check(0.0, f"{text}, {why}", assumption=True)]
    text = f"{text}."
    why = (
        "The file has no energies to tell; open μ(E), or χ(k) with E0 in its header."
        if spectrum.e0 is None
        else "The ensemble does not have the energy of its edge."
    )
    return [Check(UNTESTED, f"{text} {why}", assumption=True)]


def _structure(crystal: Crystal, card: Card) -> Check:
    first = card.first_head.label
    others = [head.label for head in card.heads if head.label != first]
    depending = f"CN and R of {', '.join(others)} depend" if others else "CN depends"
    return Check(
        0.0,
        f"Assumed: the structure is {crystal.name}, as in training. {depending} on it.",
        assumption=True,
    )


def _sample(
    evidence: Evidence, crystal: Crystal, numbers: tuple[float, ...], card: Card
) -> list[Check]:
    """Return what the user has said of the sample, and whether it is contradicted."""
    sample = evidence.settings.sample
    if sample == "unknown":
        return []
    listed = ", ".join(
        f"{head.label} {number:g}"
        for head, number in zip(card.heads, numbers, strict=True)
    )
    width = 100.0 * BULK_WIDTH
    text = (
        f"a bulk crystal, CN of {crystal.name} ± {width:g} % ({listed})"
        if sample == "bulk"
        else f"a particle, CN at most those of {crystal.name} ({listed}) and smaller "
        "the farther the shell"
    )
    checks = [Check(0.0, f"Assumed: {text}.", assumption=True)]
    if evidence.free_numbers is not None:
        checks.append(_against(sample, evidence.free_numbers, np.array(numbers), card))
    return checks


def _against(
    sample: Sample,
    free: Float[np.ndarray, "head 2"],
    numbers: Float[np.ndarray, " head"],
    card: Card,
) -> Check:
    """Check that the data do not contradict the sample where they alone decide."""
    width = BULK_WIDTH if sample == "bulk" else 0.0
    pulls = (free[:, 0] - numbers) / np.hypot(free[:, 1], width * numbers)
    pulls = np.abs(pulls) if sample == "bulk" else np.maximum(pulls, 0.0)
    worst = int(np.argmax(pulls))
    severity, limit = graded(
        float(pulls[worst]), borderline=AGAINST_BORDERLINE, outside=AGAINST_OUTSIDE
    )
    number, std = free[worst].tolist()
    return Check(
        severity,
        f"Without what is assumed of the sample, CN of {card.heads[worst].label} is "
        f"{number:.1f} ± {std:.1f} ({numbers[worst]:g} in the crystal): "
        f"{pulls[worst]:.1f} standard deviations against it (limit {limit:g}).",
    )
