"""Section: how often the 68 % and the 95 % bands hold."""

from collections.abc import Mapping
from math import isnan
from types import MappingProxyType
from typing import Any

from evaluation import sets
from evaluation.dynamics import BULK, PARTICLES
from evaluation.places import Places
from evaluation.scores import Coverage, bin_coverage, percent, pooled_coverage
from evaluation.section import Part, Section, Table, section
from onne_core.ensemble.card import Card
from onne_core.jobs import Stage, run
from onne_core.pipeline.validation import Validation, rows_of, summary
from onne_core.training_set import TrainingSet

TESTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dimer": (),
        "ni-foil": (*BULK, *PARTICLES),
        "cu-foil": (),
        "ni-molten-chloride": ("comp1",),
        "ni-molten-chloride-tuned": ("comp1",),
        "u-molten-fluoride": (),
    }
)
"""The ensembles, and the sets of pairs from dynamics on which each is tested."""

WANTED_68, WANTED_95 = (0.63, 0.73), (0.92, 0.98)

HELD_OUT, NOISE = 200, 1e-3
"""Held-out macrostates that are answered for, and the white noise in their chi."""

GROUPS = {
    "N": ("coordination_number",),
    "R": ("distance",),
    "σ²": ("sigma2",),
    "N, R, σ²": ("coordination_number", "distance", "sigma2"),
}

HEAD = ("what", "in 68 %", "63-73 %", "in 95 %", "92-98 %", "cases")

TEXT = (
    "Every ensemble says on its card how often its bands held on macrostates that "
    "served for nothing else, with all nuisances of the training. Beside that: the "
    "same macrostates as spectra with white noise, whose E0 and S0² are known, "
    "and the dynamics. A case is one spectrum and shell (bins: one spectrum and pair); "
    "shells of one spectrum are not independent."
)


def coverage(places: Places) -> Stage[Section]:
    """Measure the coverage of every ensemble on every set."""
    makers = {}
    for name, tests in TESTS.items():
        makers[f"{name}: card"] = lambda name=name: _of_card(places.ensemble(name).card)
        makers[f"{name}: held out"] = lambda name=name: _of_set(
            places, name, _held_out(places, name)
        )
        for test in tests:
            makers[f"{name}: {test}"] = lambda name=name, test=test: _of_set(
                places, name, places.pairs_set(test)
            )
    return section("coverage", "Coverage of the bands", TEXT, makers)


def coverage_rows(found: Mapping[str, Coverage]) -> tuple[tuple[str, ...], ...]:
    """Return one row per kind of number, with whether the shares are as wanted."""
    return tuple(
        (
            what,
            percent(item.inside68),
            _within(item.inside68, WANTED_68),
            percent(item.inside95),
            _within(item.inside95, WANTED_95),
            str(item.cases) if item.cases else "",
        )
        for what, item in found.items()
    )


def _held_out(places: Places, name: str) -> TrainingSet:
    part = sets.held_out(
        places.training_set(name), places.ensemble(name), count=HELD_OUT
    )
    return sets.disturbed(part, noise=NOISE, e0_offset=0.0)


def _of_set(places: Places, name: str, pairs_set: TrainingSet) -> Part:
    ensemble = places.ensemble(name)
    validation = summary(ensemble, name, run(rows_of(ensemble, pairs_set)))
    found = coverages_of(validation)
    table = Table(f"{validation.spectra} spectra", HEAD, coverage_rows(found))
    return Part(tables=(table,), numbers=_numbers(found))


def coverages_of(validation: Validation) -> dict[str, Coverage]:
    """Return the coverage of bins and quantities."""
    return {
        "bins of g(r)": bin_coverage(validation),
        **{
            what: pooled_coverage(validation, quantities)
            for what, quantities in GROUPS.items()
        },
    }


def _of_card(card: Card) -> Part:
    """Return what the card says, head by head."""
    found = {
        f"{label}: {what}": Coverage(shares[0], shares[1], 0)
        for label, quantities in card.coverage.items()
        for what, shares in quantities.items()
    }
    table = Table("All nuisances of the training", HEAD, coverage_rows(found))
    return Part(tables=(table,), numbers=_numbers(found))


def _numbers(found: Mapping[str, Coverage]) -> dict[str, Any]:
    return {what: vars(item) for what, item in found.items()}


def _within(share: float, wanted: tuple[float, float]) -> str:
    if isnan(share):
        return ""
    return "yes" if wanted[0] <= share <= wanted[1] else "NO"
