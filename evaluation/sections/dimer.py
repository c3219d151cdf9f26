"""Section: one pair of atoms with non-Gaussian distance densities."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from evaluation import sets
from evaluation.answers import answers_to, best_of
from evaluation.demo.comparing import demo_dimer
from evaluation.demo.dimer import Scores, score
from evaluation.dimers import PairSpectra, pair_spectra, tests_of
from evaluation.figures import distributions
from evaluation.places import Places
from evaluation.scores import (
    Coverage,
    bin_coverage,
    percent,
    pooled_coverage,
)
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.baselines import tikhonov
from onne_core.jobs import Stage, run
from onne_core.pipeline.ensembles.validation import (
    SIMULATED,
    Row,
    Validation,
    summary,
)
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet

ENSEMBLE = "dimer"
SYSTEM = Path(__file__).resolve().parents[2] / "resources/systems/dimer.json"

TESTS, SEED = 60, 2
NOISES = (0.0, 3e-4, 1e-3)
"""Spectra of each kind, and the standard deviation of the white noise in their chi."""

LOWEST = 2.0
"""First k of the inversion, Å^-1: that of the networks' window."""

KNOWN = replace(SIMULATED, e0_shift_std=0.0, s02_std=0.0)
"""E0 and S0² of spectra that were calculated."""

TIKHONOV = "Tikhonov"

LEAST_NOISE = 1e-5
"""Noise that the inversion is told where there is none."""

CERTAIN = 0.01
"""Standard deviation of the inversion's prior of one neighbour."""

DEMO_MEMBERS, DEMO_SEED, WORKERS = 3, 1, 2

HEAD = (
    *("noise", "density", "method", "L1", "Wasserstein (Å)", "R (mÅ)"),
    *("σ² (10⁻³ Å²)", "R, σ² in 68 %", "in 95 %", "bins in 68 %", "in 95 %"),
    "verdicts",
)

TEXT = (
    "The appendix of Phys. Rev. B 109, 104201: networks trained on Gaussians and "
    "mixtures of up to four of them, with means of 1.8 to 3.5 Å and standard "
    "deviations of 0.03 to 0.20 Å, predict skewed, bimodal and oscillating pairs. "
    "The ensemble is for a Ni-Ni pair with FEFF's phases; it is compared with "
    "non-negative Tikhonov inversion of the same spectra with the same phases, "
    "the true noise and one neighbour, which the networks know as well. E0 and "
    "S0² are known. Mean absolute errors. The oscillator's density is infinite at "
    "its ends, so its L1 says little. In the demo (onne demo dimer) amplitude is "
    "1 and phase 0, as in the paper; its networks are trained here."
)


def dimer(places: Places) -> Stage[Section]:
    """Measure the ensemble and the demonstration, whose training takes a minute."""
    makers = {
        f"noise {noise:g}": lambda noise=noise: _measured(places, noise)
        for noise in NOISES
    }
    return section(
        "dimer", "Pairs of atoms", TEXT, {**makers, "onne demo dimer": _demo}
    )


def _measured(places: Places, noise: float) -> Part:
    """Return errors and coverage of all answers, and errors of the inversion."""
    ensemble = places.ensemble(ENSEMBLE)
    spectra = pair_spectra(SYSTEM)
    rows, better, found = [], [], []
    numbers, panels = {}, {}
    for kind, exact in tests_of(spectra, count=TESTS, seed=SEED).items():
        tests = sets.disturbed(exact, noise=noise, e0_offset=0.0)
        answers = answers_to(ensemble, tests, KNOWN)
        panels[kind] = best_of(answers)[0]
        scores, numbers[kind] = {}, {}
        for method, own in answers.items():
            validation = summary(ensemble, kind, list(own))
            claims, verdicts = _claims(validation), validation.verdicts
            curves = _curves(own, spectra.pair)
            scores[method] = _score(ensemble, spectra, tests, curves)
            rows.append(_row(noise, kind, method, scores[method], claims, verdicts))
            numbers[kind][method] = {
                **asdict(scores[method]),
                "coverage": [vars(claim) for claim in claims],
                "verdicts": verdicts,
            }
        inverted = _score(ensemble, spectra, tests, _inverted(spectra, tests, noise))
        rows.append(_row(noise, kind, TIKHONOV, inverted, (), {}))
        numbers[kind][TIKHONOV] = asdict(inverted)
        best, *others = [*scores.values(), inverted]
        better.append(all(_is_better(best, other) for other in others))
        listed = ", ".join(f"{other.relative_l1:.3f}" for other in others)
        found.append(f"{kind} {best.relative_l1:.3f} ({listed})")
    table = Table(f"{TESTS} spectra of each kind", HEAD, tuple(rows))
    caption = "Predicted g(r) with 68 % and 95 % bands; truth in black."
    claim = Claim(
        "L1, Wasserstein distance and σ² better than by every other method (L1; in "
        "brackets the others, Tikhonov inversion with the same phases last)",
        ", ".join(found),
        all(better),
    )
    return Part((table,), (distributions(caption, panels),), numbers, (claim,))


def _is_better(one: Scores, other: Scores) -> bool:
    """Return whether all of L1, Wasserstein distance and variance are nearer."""
    return (
        one.relative_l1 < other.relative_l1
        and one.wasserstein < other.wasserstein
        and one.variance < other.variance
    )


def _claims(validation: Validation) -> tuple[Coverage, Coverage]:
    return (
        pooled_coverage(validation, ("distance", "sigma2")),
        bin_coverage(validation),
    )


def _curves(rows: Sequence[Row], pair: str) -> np.ndarray:
    return np.array([prediction.pairs[pair].g for prediction, _ in rows])


def _inverted(spectra: PairSpectra, tests: TrainingSet, noise: float) -> np.ndarray:
    """Return the Tikhonov inversion (Å^-1) of every spectrum."""
    inside, noise = spectra.k >= LOWEST, max(noise, LEAST_NOISE)
    weight = noise / CERTAIN
    one = weight * spectra.radial.step * np.ones(spectra.radial.bins)
    matrix = np.vstack([spectra.kernel[inside], one])
    seen = [np.append(chi[inside], weight) for chi in tests.pairs.chi]
    return np.array([tikhonov.invert(matrix, item, noise=noise).g for item in seen])


def _score(
    ensemble: Ensemble, spectra: PairSpectra, tests: TrainingSet, answers: np.ndarray
) -> Scores:
    """Return the mean errors on the bins of the ensemble."""
    grid, source = ensemble.card.radial.centres, spectra.radial.centres
    truth = np.array([np.interp(grid, source, g) for g in tests.pairs.g[:, 0]])
    if answers.shape[1] != grid.size:
        answers = np.array([np.interp(grid, source, g) for g in answers])
    return score(grid, truth=truth, answer=answers)


def _row(
    noise: float,
    kind: str,
    method: str,
    errors: Scores,
    claims: Sequence[Coverage],
    verdicts: Mapping[str, int],
) -> tuple[str, ...]:
    shares = [percent(s) for c in claims for s in (c.inside68, c.inside95)]
    return (
        f"{noise:g}",
        kind,
        method,
        f"{errors.relative_l1:.3f}",
        f"{errors.wasserstein:.4f}",
        f"{1e3 * errors.mean:.1f}",
        f"{1e3 * errors.variance:.2f}",
        *(shares or [""] * 4),
        ", ".join(f"{count} {name}" for name, count in verdicts.items() if count),
    )


def _demo() -> Part:
    scores = run(demo_dimer(members=DEMO_MEMBERS, seed=DEMO_SEED, workers=WORKERS))
    rows = tuple(
        (
            item.kind,
            item.method,
            f"{item.l1:.3f}",
            f"{item.wasserstein:.4f}",
            f"{1e3 * item.mean_error:.1f}",
            f"{1e3 * item.variance_error:.2f}",
        )
        for item in scores
    )
    head = ("density", "method", "L1", "Wasserstein (Å)", "R (mÅ)", "σ² (10⁻³ Å²)")
    title = f"{DEMO_MEMBERS} members, seed {DEMO_SEED}, noise 0.001"
    numbers = {f"{item.kind}, {item.method}": asdict(item) for item in scores}
    return Part(tables=(Table(title, head, rows),), numbers=numbers)
