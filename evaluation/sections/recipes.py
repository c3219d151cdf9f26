"""Section: comparison of the program's networks with the recipe of the paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from evaluation import sets
from evaluation.convergence import convergence_numbers, convergence_table
from evaluation.dynamics import BULK, PARTICLES
from evaluation.figures import Lines, lines
from evaluation.places import MissingError, Places
from evaluation.scores import NOTHING, bin_coverage, percent, pooled_coverage
from evaluation.section import Claim, Figure, Part, Section, Table, section
from onne_core.jobs import Stage, run
from onne_core.pipeline.ensembles.validation import (
    SIMULATED,
    Validation,
    rows_of,
    summary,
)
from onne_core.posterior.predict import Ensemble
from onne_core.training_set.training_set import TrainingSet
from onne_core.values.prediction import MeasurementSettings
from onne_core.values.spectrum import Spectrum

OURS, PAPER = "ni-foil", "ni-foil-paper"

NOISES = (0.0, 3e-4, 1e-3)
E0_OFFSETS = (0.0, 2.0, 4.0)
"""White noise in chi, and how far E0 is off, eV."""

HELD_OUT = 40
"""Macrostates of the held-out part that are answered for, in each of the conditions."""

QUANTITIES = ("coordination_number", "distance", "sigma2")

TEXT = (
    "The recipe of Phys. Rev. B 109, 104201 (linear output, squared error, "
    "k-weighted chi(k), dense mixing; --recipe paper) and that of this program, "
    "trained on the same set with the same split, predict the same disturbed "
    "spectra. S0² is known. Two methods take E0 as it is; the third corrects it "
    "as it does for users. All answers are those of the networks alone. Networks "
    "of this program are trained for offsets up to the range on their card."
)

HEAD = (
    *("noise", "E0 off (eV)", "method"),
    *("CN 1 (%)", "R 1 (mÅ)", "σ² 1 (%)", "W 1 (mÅ)"),
    *("CN 2+ (%)", "R 2+ (mÅ)", "σ² 2+ (%)", "W 2+ (mÅ)"),
    *("L1", "in 68 %", "in 95 %", "bins in 68 %", "bins in 95 %"),
)
RATIO_HEAD = (*HEAD[:3], *(name.partition(" (")[0] for name in HEAD[3:12]))
RATIO_NOTE = (
    "Error of this program's networks over that of the paper's, at the same noise "
    "and E0 offset; below 1 is better, ✗ marks the others."
)

NOTE = (
    "rms errors over the spectra; 1 is the nearest shell, 2+ the mean over the others; "
    "W is the Wasserstein distance. In 68 %, in 95 %: N, R and σ² of all shells."
)


Answers = Mapping[tuple[float, float], Mapping[str, Validation]]
"""By noise and E0 offset (eV) what every method makes of the same spectra."""


@dataclass(frozen=True)
class Method:
    """An ensemble, and the method for E0 and S0^2."""

    name: str
    ensemble: Ensemble
    settings_of: Callable[[Spectrum], MeasurementSettings]


@dataclass(frozen=True)
class Errors:
    """Errors of a group of shells: N and sigma^2 relative, R and Wasserstein in Å.

    NaN where training never varied a quantity.
    """

    coordination_number: float
    distance: float
    sigma2: float
    wasserstein: float


def recipes(places: Places) -> Stage[Section]:
    """Measure both on the held-out part of their set and on the dynamics."""
    makers: dict[str, Callable[[], Part]] = {
        "training": lambda: _trained(places),
        "held-out macrostates": lambda: _compared_held_out(places),
    }
    for name in (*BULK, *PARTICLES):
        makers[name] = lambda name=name: _compared_on(places, name)
    return section("recipes", "Comparison with the recipe of the paper", TEXT, makers)


def methods_of(
    ours: Ensemble, paper: Ensemble, *, e0_offset: float
) -> tuple[Method, ...]:
    """Return the three methods; those with a given E0 know its standard deviation."""
    e0_std = max(SIMULATED.e0_shift_std, e0_offset)
    settings = replace(SIMULATED, e0_shift_std=e0_std, method="networks")

    def fitted(spectrum: Spectrum) -> MeasurementSettings:
        known = (SIMULATED.s02, SIMULATED.s02_std)
        return replace(ours.settings_for(spectrum, s02=known), method="networks")

    def given(_: Spectrum) -> MeasurementSettings:
        return settings

    return (
        Method("paper", paper, given),
        Method("ONNE", ours, given),
        Method("ONNE, E0 fitted", ours, fitted),
    )


def compared(ours: Ensemble, paper: Ensemble, test_set: TrainingSet) -> Part:
    """Return the errors of all methods on ``test_set`` in all conditions."""
    found = {
        (noise, offset): {
            method.name: _validated(method, test_set, noise, offset)
            for method in methods_of(ours, paper, e0_offset=offset)
        }
        for noise, offset in product(NOISES, E0_OFFSETS)
    }
    rows = [
        (f"{noise:g}", f"{offset:g}", name, *_cells(validation))
        for (noise, offset), answers in found.items()
        for name, validation in answers.items()
    ]
    count = len(test_set.pairs)
    return Part(
        tables=(
            Table(f"{count} spectra", HEAD, tuple(rows), NOTE),
            ratio_table(found),
        ),
        figures=(_figure(found),),
        numbers={
            f"noise {noise:g}, E0 off {offset:g}": {
                name: _numbers(validation) for name, validation in answers.items()
            }
            for (noise, offset), answers in found.items()
        },
        claims=_claims(found),
    )


def ratio_table(found: Answers) -> Table:
    """Return the errors of both methods for E0 relative to those of the paper."""
    rows = [
        (f"{noise:g}", f"{offset:g}", name, *map(_ratio_text, values))
        for (noise, offset), answers in found.items()
        for name, values in _ratios(answers).items()
    ]
    return Table("Relative to the paper's recipe", RATIO_HEAD, tuple(rows), RATIO_NOTE)


def _ratios(answers: Mapping[str, Validation]) -> dict[str, np.ndarray]:
    """Return the errors of every other method over those of the paper's recipe."""
    paper, *others = answers
    of_paper = _columns(answers[paper])
    return {name: _columns(answers[name]) / of_paper for name in others}


def _claims(found: Answers) -> tuple[Claim, ...]:
    """Return, per way to take E0, in how many numbers it is better."""
    every: dict[str, list[np.ndarray]] = {}
    for answers in found.values():
        for name, values in _ratios(answers).items():
            every.setdefault(name, []).append(values)
    claims = []
    for name, rows in every.items():
        values = np.concatenate(rows)
        known = values[np.isfinite(values)]
        better = int(np.sum(known < 1.0))
        claims.append(
            Claim(
                f"{name}: better than the paper's recipe in every column",
                f"{better} of {known.size} numbers; median of the ratios "
                f"{np.median(known):.2f}",
                better == known.size,
            )
        )
    return tuple(claims)


def _columns(validation: Validation) -> np.ndarray:
    """Return the errors of the table: four of each group of shells, and L1."""
    first, others = shell_errors(validation)
    return np.array(
        [*vars(first).values(), *vars(others).values(), _l1(validation)], float
    )


def _ratio_text(value: float) -> str:
    if np.isnan(value):
        return NOTHING
    return f"{value:.2f}" + (" ✗" if value >= 1.0 else "")


def shell_errors(validation: Validation) -> tuple[Errors, Errors]:
    """Return the errors of the nearest shell, and the mean over the others."""
    table = np.array(
        [
            [
                *(_error(getattr(shell, name), name) for name in QUANTITIES),
                shell.wasserstein,
            ]
            for shell in validation.shells
        ]
    )
    others = table[1:].mean(axis=0) if len(table) > 1 else np.full(4, np.nan)
    first, rest = (Errors(*map(float, row)) for row in (table[0], others))
    return first, rest


def _trained(places: Places) -> Part:
    """Return how long both were trained: a comparison rests on that."""
    cards = {name: places.ensemble(name).card for name in (OURS, PAPER)}
    if len({card.training_set for card in cards.values()}) > 1:
        raise MissingError(f"{OURS} and {PAPER} were trained on different sets")
    return Part(tables=(convergence_table(cards),), numbers=convergence_numbers(cards))


def _compared_on(places: Places, pairs: str) -> Part:
    ours, paper = places.ensemble(OURS), places.ensemble(PAPER)
    return compared(ours, paper, places.pairs_set(pairs))


def _compared_held_out(places: Places) -> Part:
    """Compare on the held-out part; refuse ensembles that were split otherwise."""
    ours, paper = places.ensemble(OURS), places.ensemble(PAPER)
    training_set = places.training_set(OURS)
    first, second = (
        sets.held_out(training_set, ensemble, count=HELD_OUT)
        for ensemble in (ours, paper)
    )
    if not np.array_equal(first.pairs.chi, second.pairs.chi):
        raise MissingError(f"{OURS} and {PAPER} hold out different spectra")
    return compared(ours, paper, first)


def _validated(
    method: Method, test_set: TrainingSet, noise: float, offset: float
) -> Validation:
    spectra = sets.disturbed(test_set, noise=noise, e0_offset=offset)
    rows = run(rows_of(method.ensemble, spectra, method.settings_of))
    return summary(method.ensemble, method.name, rows)


def _error(errors: Any, quantity: str) -> float:  # noqa: ANN401
    """Return the rms error: of R in Å, of N and sigma^2 as a share of the mean."""
    if errors.fixed:
        return float("nan")
    return errors.rms if quantity == "distance" else errors.rms / errors.true


def _cells(validation: Validation) -> tuple[str, ...]:
    cells = []
    for errors in shell_errors(validation):
        cells += [
            _text(100 * errors.coordination_number),
            _text(1e3 * errors.distance),
            _text(100 * errors.sigma2),
            _text(1e3 * errors.wasserstein),
        ]
    claims = (pooled_coverage(validation, QUANTITIES), bin_coverage(validation))
    shares = [share for item in claims for share in (item.inside68, item.inside95)]
    return (*cells, f"{_l1(validation):.3f}", *map(percent, shares))


def _text(value: float) -> str:
    return NOTHING if np.isnan(value) else f"{value:.1f}"


def _l1(validation: Validation) -> float:
    return float(np.mean(list(validation.l1.values())))


def _numbers(validation: Validation) -> dict[str, Any]:
    first, others = shell_errors(validation)
    claims = pooled_coverage(validation, QUANTITIES)
    bins = bin_coverage(validation)
    return {
        "shell_1": vars(first),
        "other_shells": vars(others),
        "l1": _l1(validation),
        "coverage": [claims.inside68, claims.inside95],
        "coverage_bins": [bins.inside68, bins.inside95],
        "verdicts": validation.verdicts,
    }


def _figure(found: Answers) -> Figure:
    """Draw errors over the E0 offset at the largest noise."""
    noise = NOISES[-1]
    answers = [found[noise, offset] for offset in E0_OFFSETS]
    panels = [
        Lines(
            title,
            E0_OFFSETS,
            {name: [value(item[name]) for item in answers] for name in answers[0]},
        )
        for title, value in (
            (
                "R of shell 1, rms error (mÅ)",
                lambda v: 1e3 * shell_errors(v)[0].distance,
            ),
            ("σ² of shell 1, rms error (%)", lambda v: 100 * shell_errors(v)[0].sigma2),
            ("relative L1 of g(r)", _l1),
        )
    ]
    return lines(f"White noise of {noise:g} in χ(k).", "E0 off (eV)", panels)
