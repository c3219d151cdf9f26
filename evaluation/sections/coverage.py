"""Section: coverage of the 68 % and the 95 % bands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from math import isnan, sqrt
from types import MappingProxyType
from typing import Any

from evaluation import sets
from evaluation.answers import Answers, answers_for, answers_to
from evaluation.dynamics import SETS
from evaluation.methods import JOINT, NETWORKS
from evaluation.places import MissingError, Places
from evaluation.scores import Coverage, bin_coverage, percent, pooled_coverage
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.jobs import Stage
from onne_core.networks.build import REDRAWS
from onne_core.pipeline.ensembles.validation import Row, Validation, summary
from onne_core.training_set.split import split_of
from onne_core.training_set.training_set import TrainingSet

TESTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dimer": (),
        **SETS,
        "ni-molten-chloride": ("comp1",),
        "ni-molten-chloride-tuned": ("comp1",),
        "u-molten-fluoride": ("uf4",),
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

CARD = "card"
CARD_GROUPS = {
    "N": ("coordination number",),
    "R": ("distance",),
    "σ²": ("sigma",),
    "N, R, σ²": ("coordination number", "distance", "sigma"),
}
"""What cards call the groups."""

HEAD = ("what", "in 68 %", "63-73 %", "in 95 %", "92-98 %", "cases")

SUMMARY_HEAD = (
    *("ensemble", "set", "spectra", "± of 68 %"),
    *(f"{what}, {level}" for what in ("bins", *GROUPS) for level in ("68 %", "95 %")),
)

OFF = " ✗"
"""Marks a share that is not as wanted."""

TEXT = (
    "The card of every ensemble gives the coverage of its bands on held-out "
    "macrostates, with all nuisances of the training. In addition: the same "
    "macrostates as spectra with white noise and known E0 and S0², and molecular "
    "dynamics. A case is one spectrum and shell (bins: one spectrum and pair); "
    "shells of one spectrum are not independent, nor are averages from one "
    "simulation: they are nearly the same structure, so either all bands hold or "
    "none."
)

SUMMARY_NOTE = (
    "Goals: 63 to 73 % and 92 to 98 %; ✗ marks those not met. ± is the standard "
    "error of a share of 68 % over so many independent spectra (cards: "
    "macrostates)."
)


def coverage(places: Places) -> Stage[Section]:
    """Measure the coverage of every ensemble on every set, and put it in one table."""
    makers = {}
    for name in dict.fromkeys([*TESTS, *places.trained()]):
        makers[f"{name}: {CARD}, {NETWORKS}"] = lambda name=name: _of_card(
            places.ensemble(name).card, NETWORKS
        )
        makers[f"{name}: {CARD}, {JOINT}"] = lambda name=name: _of_card(
            places.ensemble(name).card, JOINT
        )
        asked: dict[str, Callable[[], Answers]] = {
            "held out": lambda name=name: answers_to(
                places.ensemble(name), _held_out(places, name)
            ),
            **{
                test: lambda name=name, test=test: answers_for(places, name, test)
                for test in TESTS.get(name, ())
            },
        }
        for which, ask in asked.items():
            for method in (JOINT, NETWORKS):
                makers[f"{name}: {which}, {method}"] = partial(
                    _of_method, places, name, method, cache(ask)
                )
    made = yield from section("coverage", "Coverage of the bands", TEXT, makers)
    return replace(made, parts={"all": _summary(made.parts), **made.parts})


def _of_method(
    places: Places, name: str, method: str, ask: Callable[[], Answers]
) -> Part:
    answers = ask()
    if method not in answers:
        raise MissingError(f"{name} has no {method} answer")
    return _of_rows(name, answers[method], places)


def _summary(parts: Mapping[str, Part]) -> Part:
    """Return one row per ensemble and set."""
    rows = []
    for name, part in parts.items():
        ensemble, which = name.split(": ", 1)
        spectra = part.numbers["spectra"]
        cells = []
        for what in ("bins of g(r)", *GROUPS):
            found = part.numbers[what]
            cells += [
                _marked(found["inside68"], WANTED_68),
                _marked(found["inside95"], WANTED_95),
            ]
        error = f"{100 * sqrt(0.68 * 0.32 / spectra):.0f} %" if spectra else ""
        rows.append((ensemble, which, str(spectra or ""), error, *cells))
    table = Table("All ensembles and sets", SUMMARY_HEAD, tuple(rows), SUMMARY_NOTE)
    return Part(tables=(table,))


def _marked(share: float, wanted: tuple[float, float]) -> str:
    return percent(share) + (OFF if _within(share, wanted) == "NO" else "")


def _claims(found: Mapping[str, Coverage]) -> tuple[Claim, ...]:
    """Return what is wanted of bins and of all quantities together, per level."""
    claims = []
    for level, wanted in (("inside68", WANTED_68), ("inside95", WANTED_95)):
        shares = {what: getattr(item, level) for what, item in found.items()}
        low, high = (round(100 * end) for end in wanted)
        listed = ", ".join(f"{what} {percent(share)}" for what, share in shares.items())
        claims.append(
            Claim(
                f"{level.removeprefix('inside')} % bands hold {low} to {high} %",
                listed,
                all(_within(share, wanted) != "NO" for share in shares.values()),
            )
        )
    return tuple(claims)


def coverage_rows(found: Mapping[str, Coverage]) -> tuple[tuple[str, ...], ...]:
    """Return one row per kind of number, and whether the shares meet the goals."""
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


def _of_rows(name: str, rows: Sequence[Row], places: Places) -> Part:
    validation = summary(places.ensemble(name), name, list(rows))
    found = coverages_of(validation)
    table = Table(f"{validation.spectra} spectra", HEAD, coverage_rows(found))
    numbers = {"spectra": validation.spectra, **_numbers(found)}
    return Part(tables=(table,), numbers=numbers, claims=_claims(found))


def coverages_of(validation: Validation) -> dict[str, Coverage]:
    """Return the coverage of bins and quantities."""
    return {
        "bins of g(r)": bin_coverage(validation),
        **{
            what: pooled_coverage(validation, quantities)
            for what, quantities in GROUPS.items()
        },
    }


def _of_card(card: Card, method: str) -> Part:
    """Return what the card says of a method, head by head, and the mean over heads."""
    names = {"bins of g(r)": ("g(r)",), **CARD_GROUPS}
    training = card.training
    split = split_of(card.items, held_out=training.held_out, seed=training.seed)
    joint = method == JOINT
    if joint and not card.joint:
        raise MissingError(f"{card.name} has no joint answer")
    shares = card.joint["coverage"] if joint else card.coverage
    spectra = split.test.size
    cases = card.joint["spectra"] if joint else REDRAWS * spectra
    pooled = {
        what: _mean(
            [
                found
                for quantities in shares.values()
                for name, found in quantities.items()
                if name in wanted
            ]
        )
        for what, wanted in names.items()
    }
    found = {
        f"{label}: {what}": Coverage(low, high, cases)
        for label, quantities in shares.items()
        for what, (low, high) in quantities.items()
    }
    table = Table("All nuisances of the training", HEAD, coverage_rows(found))
    return Part(
        tables=(table, *(error_tables(card) if joint else ())),
        numbers={
            "spectra": spectra,
            **_numbers(pooled),
            "by_head": _numbers(found),
            **({"errors": card.joint["errors"]} if joint else {}),
        },
        claims=_claims(pooled),
    )


def error_tables(card: Card) -> tuple[Table, ...]:
    """Return the errors of both methods on held-out spectra, from the card."""
    sizes = (1.0, 1e3, 1e3)
    rows = tuple(
        (
            label,
            *(
                f"{size * errors[method][name]:.2f}"
                for name, size in zip(QUANTITIES, sizes, strict=True)
                for method in ("joint", "networks")
            ),
        )
        for label, errors in card.joint["errors"].items()
    )
    head = tuple(
        f"{name}, {method}"
        for name in ("CN", "R (mÅ)", "σ (mÅ)")
        for method in (JOINT, NETWORKS)
    )
    note = f"E0 is found within {card.joint['e0']:.1f} eV (median)."
    title = "rms errors on held-out spectra, both with the same E0"
    return (Table(title, ("shell", *head), rows, note),)


def _mean(shares: list[list[float]]) -> Coverage:
    if not shares:
        return Coverage(float("nan"), float("nan"), 0)
    inside68, inside95 = (
        sum(column) / len(shares) for column in zip(*shares, strict=True)
    )
    return Coverage(inside68, inside95, 0)


def _numbers(found: Mapping[str, Coverage]) -> dict[str, Any]:
    return {what: vars(item) for what, item in found.items()}


def _within(share: float, wanted: tuple[float, float]) -> str:
    if isnan(share):
        return ""
    return "yes" if wanted[0] <= share <= wanted[1] else "NO"
