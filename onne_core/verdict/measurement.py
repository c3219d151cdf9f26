"""Checks of a measured spectrum without a network: range, noise, edge, first shell.

Each has a sentence with number and limit.
"""

import numpy as np

from onne_core.ensemble.card import Card
from onne_core.ensemble.suited import is_named, relation
from onne_core.ensemble.uncertainty_levels import largest_e0_std
from onne_core.first_shell.alignment import LARGEST_E0_SHIFT, Alignment
from onne_core.values.edges import FARTHEST, Absorber
from onne_core.values.prediction import (
    AUTOMATIC_E0,
    AUTOMATIC_E0_SOURCE,
    CALCULATED_E0,
    FARTHEST_E0,
    BackCalculation,
    JointFit,
    MeasurementSettings,
)
from onne_core.values.spectrum import Spectrum
from onne_core.verdict.check import Check, graded, severity_of
from onne_core.verdict.evidence import Evidence
from onne_core.verdict.glitches import GLITCH_BORDERLINE, GLITCH_OUTSIDE, Glitch

FIT_BORDERLINE, FIT_OUTSIDE = 0.06, 0.25
"""R-factor of the first-shell fit where borderline and outside begin; 0.02 is good."""

UNEXPLAINED_BORDERLINE, UNEXPLAINED_OUTSIDE = 0.05, 0.25
"""R-factor in R where borderline and outside begin: beyond a quarter of the signal the
answer explains something else."""

NOTHING_EXPLAINED = 0.5
"""R-factor in R from which the answer of networks alone explains nothing, either."""

ANOTHER_BORDERLINE, ANOTHER_OUTSIDE = 0.1, 2.0
"""Probability of answers with another E0 where borderline and outside begin."""

APART_BORDERLINE, APART_OUTSIDE = 3.0, 6.0
"""Difference of joint posterior and networks in standard deviations of both."""

S02_INSIDE = (0.55, 1.15)
S02_OUTSIDE = (0.35, 1.4)
"""Amplitudes that S0^2, thickness and self-absorption can explain, and cannot."""

LEAST_E0_RANGE = 1.0
"""Difference from the fitted E0 that says nothing, eV, also where training had none."""

LEAST_NOISE = 1e-4
"""Noise of chi that says nothing, also where training had none."""

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

ANOTHER_ELEMENT, DOUBTFUL_NAME = 2.5, 1.01
"""Severities where the file names another absorber than the ensemble's: without an
energy that says otherwise, and with one."""


def measurement_checks(evidence: Evidence, glitch: Glitch, card: Card) -> list[Check]:
    """Return the checks of a spectrum whose largest glitch is ``glitch``."""
    spectrum, settings = evidence.spectrum, evidence.settings
    checks = [*_reach(spectrum, card), _noise_check(evidence.noise, card)]
    checks += [_glitch_check(glitch), *_edge_checks(spectrum, card)]
    if evidence.joint is not None:
        checks += _joint_checks(evidence.joint, settings, evidence.back, card)
    else:
        checks += _networks_checks(evidence, card)
    joint = evidence.joint
    checks.append(_amplitude(settings.s02 if joint is None else joint.s02))
    return checks


def _joint_checks(
    joint: JointFit,
    known: MeasurementSettings,
    back: BackCalculation | None,
    card: Card,
) -> list[Check]:
    """Check that the joint posterior explains the data, with an E0 that is allowed."""
    limits = UNEXPLAINED_BORDERLINE, UNEXPLAINED_OUTSIDE
    checks = [] if back is None else [_explained(back, *limits)]
    checks.append(
        Check(
            severity_of(
                joint.another, borderline=ANOTHER_BORDERLINE, outside=ANOTHER_OUTSIDE
            ),
            f"Answers with another E0 have a probability of {joint.another:.2f} "
            f"(limit {ANOTHER_BORDERLINE:g}).",
        )
    )
    share = joint.disagreement
    checks.append(
        Check(
            severity_of(share, borderline=APART_BORDERLINE, outside=APART_OUTSIDE),
            "The joint fit and the networks differ by up to "
            f"{share:.1f} standard deviations (limit {APART_BORDERLINE:g}).",
        )
    )
    if known.e0_source != AUTOMATIC_E0_SOURCE:
        offset = joint.e0_shift - known.e0_shift
        allowed = max(2.0 * known.e0_shift_std, LEAST_E0_RANGE)
        checks.append(
            Check(
                severity_of(
                    abs(offset), borderline=allowed, outside=E0_OUTSIDE * allowed
                ),
                f"The data want E0 {abs(offset):.1f} eV {_side(offset)} the given one "
                f"(± {joint.e0_shift_std:.1f} eV; allowed ±{allowed:g} eV).",
            )
        )
    return [*checks, *_e0_checks(joint, known, card)]


def _e0_checks(joint: JointFit, known: MeasurementSettings, card: Card) -> list[Check]:
    """Check that E0 is where, and as certain as, training knows it."""
    middle, reach = 0.0, LARGEST_E0_SHIFT - E0_END
    if known.e0_source == AUTOMATIC_E0_SOURCE:
        middle, std = AUTOMATIC_E0 if known.theory > 0.0 else CALCULATED_E0
        reach = FARTHEST_E0 * std
    off = abs(joint.e0_shift - middle)
    trained = max(largest_e0_std(card.training), LEAST_E0_RANGE)
    return [
        Check(
            severity_of(off, borderline=reach, outside=2.0 * reach),
            f"E0 shift of the joint fit {joint.e0_shift:.1f} ± "
            f"{joint.e0_shift_std:.1f} eV (calibrated for {middle - reach:.1f} to "
            f"{middle + reach:.1f} eV).",
        ),
        Check(
            severity_of(
                joint.e0_shift_std, borderline=trained, outside=E0_OUTSIDE * trained
            ),
            f"E0 is known to ± {joint.e0_shift_std:.1f} eV (training knows up to ± "
            f"{trained:g} eV).",
        ),
    ]


def _networks_checks(evidence: Evidence, card: Card) -> list[Check]:
    """Check the answer of the networks alone, which nobody made explain the data."""
    checks, back, fit = [], evidence.back, evidence.fit
    if back is not None:
        limits = UNEXPLAINED_OUTSIDE, NOTHING_EXPLAINED
        checks.append(_explained(back, *limits))
    if fit is not None:
        checks += _fit_checks(fit, evidence.settings, card)
    return checks


def _explained(back: BackCalculation, borderline: float, outside: float) -> Check:
    """Check how much of the data the back-calculated spectrum leaves over.

    Noise is left over by every answer.
    """
    left = max(back.r_factor_r - back.noise_r, 0.0)
    misfit, limit = graded(left, borderline=borderline, outside=outside)
    noise = f", {back.noise_r:.3f} of it noise" if back.noise_r >= 0.01 else ""
    return Check(
        misfit,
        f"R-factor of the back-calculated χ(R): {back.r_factor_r:.3f}{noise} "
        f"(limit {limit:g}).",
    )


def _fit_checks(
    fit: Alignment, settings: MeasurementSettings, card: Card
) -> list[Check]:
    """Check the quality of the first-shell fit, and E0 against it."""
    misfit, limit = graded(fit.r_factor, borderline=FIT_BORDERLINE, outside=FIT_OUTSIDE)
    offset = settings.e0_shift - fit.e0_shift
    known = card.training.e0_range
    trained = max(known, LEAST_E0_RANGE)
    # The uncertainty of the fit itself says nothing against the spectrum.
    certain = max(abs(offset) - fit.e0_shift_std, 0.0)
    e0 = severity_of(certain, borderline=trained, outside=E0_OUTSIDE * trained)
    words = f"E0 is {abs(offset):.1f} eV {_side(offset)}"
    end = LARGEST_E0_SHIFT - E0_END
    return [
        Check(
            misfit,
            f"R-factor of the first-shell fit of {card.first_head.label}: "
            f"{fit.r_factor:.3f} (limit {limit:.2f}).",
        ),
        Check(
            e0,
            f"{words} the first-shell fit (± {fit.e0_shift_std:.1f} eV); trained "
            f"for ±{known:g} eV.",
        ),
        Check(
            severity_of(abs(fit.e0_shift), borderline=end, outside=2.0 * end),
            f"E0 shift of the first-shell fit {fit.e0_shift:.1f} eV (allowed "
            f"±{LARGEST_E0_SHIFT:g} eV).",
        ),
    ]


def _side(offset: float) -> str:
    return "above" if offset > 0.0 else "below"


def _edge_checks(spectrum: Spectrum, card: Card) -> list[Check]:
    """Check the absorber by the energy of the edge and by its name, where known."""
    named = _name_checks(spectrum, card)
    if spectrum.e0 is None or card.edge_energy is None:
        return named
    offset = abs(spectrum.e0 - card.edge_energy)
    return [
        Check(
            severity_of(offset, borderline=EDGE_OFFSET, outside=FARTHEST),
            f"E0 is {spectrum.e0:.0f} eV; the {card.absorber} {card.edge} edge is at "
            f"{card.edge_energy:.0f} eV.",
        ),
        *named,
    ]


def _name_checks(spectrum: Spectrum, card: Card) -> list[Check]:
    """Return that the file names another absorber, where it does."""
    named = Absorber(spectrum.element, spectrum.edge)
    if not named.element or is_named(card, named):
        return []
    is_other = relation(spectrum, card) == "other"
    return [
        Check(
            ANOTHER_ELEMENT if is_other else DOUBTFUL_NAME,
            f"The absorber is named as {named}; the ensemble is for {card.absorber} "
            f"{card.edge}.",
        )
    ]


def _amplitude(value: float) -> Check:
    middle = 0.5 * sum(S02_INSIDE)
    end = 1 if value > middle else 0
    severity = severity_of(
        abs(value - middle),
        borderline=abs(S02_INSIDE[end] - middle),
        outside=abs(S02_OUTSIDE[end] - middle),
    )
    lower, upper = S02_OUTSIDE if severity > 2.0 else S02_INSIDE
    return Check(severity, f"S0² {value:.2f} (plausible: {lower:g} to {upper:g}).")


def _reach(spectrum: Spectrum, card: Card) -> list[Check]:
    """Check that the data cover the window; zeros padded at the ends are not data."""
    measured = spectrum.k[np.flatnonzero(spectrum.chi)]
    first, last = (float(measured[0]), float(measured[-1])) if measured.size else (0, 0)
    start, end = card.training.k_min, card.training.k_max
    return [
        Check(
            severity_of(first - start, borderline=0.0, outside=SHORT_OUTSIDE),
            f"Data start at k = {first:.1f} Å⁻¹; the window starts at {start:g} Å⁻¹.",
        ),
        Check(
            severity_of(end - last, borderline=0.0, outside=SHORT_OUTSIDE),
            f"Data end at k = {last:.1f} Å⁻¹; the window ends at {end:g} Å⁻¹.",
        ),
    ]


def _noise_check(noise: float, card: Card) -> Check:
    limit = max(card.training.noise, LEAST_NOISE)
    return Check(
        severity_of(noise, borderline=limit, outside=NOISE_OUTSIDE * limit),
        f"Noise of χ(k) {1e3 * noise:.1f} × 10⁻³ (trained up to {1e3 * limit:g} × "
        "10⁻³).",
    )


def _glitch_check(found: Glitch) -> Check:
    severity, limit = graded(
        found.size, borderline=GLITCH_BORDERLINE, outside=GLITCH_OUTSIDE
    )
    text = (
        f"Glitch at k = {found.k:.2f} Å⁻¹"
        if severity > 1.0
        else f"No glitch: largest outlier at k = {found.k:.2f} Å⁻¹"
    )
    return Check(severity, f"{text}, {found.size:.1f} × the noise (limit {limit:g}).")
