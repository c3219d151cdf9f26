"""Section: coverage of the 68 % and the 95 % bands."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isnan, sqrt
from types import MappingProxyType
from typing import Any

from evaluation import sets
from evaluation.answers import Answers, answers_for, answers_to
from evaluation.dynamics import SETS
from evaluation.methods import JOINT, NETWORKS
from evaluation.places import Places
from evaluation.scores import Coverage, bin_coverage, percent, pooled_coverage
from evaluation.section import Claim, Part, Section, Table, section
from onne_core.ensemble.card import QUANTITIES, Card
from onne_core.jobs import Stage
from onne_core.networks.build import REDRAWS
from onne_core.pipeline.ensembles.validation import Validation, summary
from onne_core.posterior.predict import Ensemble
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
BINS = "bins of g(r)"
CARD_GROUPS = {
    BINS: ("g(r)",),
    "N": ("coordination number",),
    "R": ("distance",),
    "σ²": ("sigma",),
    "N, R, σ²": ("coordination number", "distance", "sigma"),
}
"""What cards call the groups."""

HEAD = ("what", "in 68 %", "63-73 %", "in 95 %", "92-98 %", "cases")

SUMMARY_HEAD = (
    *("ensemble", "set", "answer", "spectra", "± of 68 %"),
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
    makers: dict[str, Callable[[], Part]] = {}
    for name in dict.fromkeys([*TESTS, *places.trained()]):
        if not places.has_ensemble(name):
            continue
        makers[f"{name}: {CARD}"] = partial(_of_named_card, places, name)
        makers[f"{name}: held out"] = partial(_of_held_out, places, name)
        for test in TESTS.get(name, ()):
            makers[f"{name}: {test}"] = partial(_of_test, places, name, test)
    made = yield from section("coverage", "Coverage of the bands", TEXT, makers)
    return replace(made, parts={"all": _summary(made.parts), **made.parts})


def _of_named_card(places: Places, name: str) -> Part:
    return of_card(places.ensemble(name).card)


def _of_held_out(places: Places, name: str) -> Part:
    ensemble = places.ensemble(name)
    return of_answers(ensemble, answers_to(ensemble, _held_out(places, name)))


def _of_test(places: Places, name: str, test: str) -> Part:
    return of_answers(places.ensemble(name), answers_for(places, name, test))


def _summary(parts: Mapping[str, Part]) -> Part:
    """Return one row per ensemble, set and answer."""
    rows = []
    for name, part in parts.items():
        ensemble, which = name.split(": ", 1)
        spectra = part.numbers["spectra"]
        error = f"{100 * sqrt(0.68 * 0.32 / spectra):.0f} %" if spectra else ""
        for answer, numbers in part.numbers["answers"].items():
            cells = []
            for what in (BINS, *GROUPS):
                cells += [
                    _marked(numbers[what]["inside68"], WANTED_68),
                    _marked(numbers[what]["inside95"], WANTED_95),
                ]
            rows.append((ensemble, which, answer, str(spectra or ""), error, *cells))
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


def of_answers(ensemble: Ensemble, answers: Answers) -> Part:
    """Return the coverage of all answers; what is wanted is wanted of the first."""
    validations = {
        method: summary(ensemble, method, list(rows))
        for method, rows in answers.items()
    }
    found = {method: coverages_of(one) for method, one in validations.items()}
    spectra = next(iter(validations.values())).spectra
    return _part(found, spectra, f"{spectra} spectra")


def _part(
    found: Mapping[str, Mapping[str, Coverage]], spectra: int, title: str
) -> Part:
    """Return a table per answer."""
    return Part(
        tables=tuple(
            Table(f"{title}, {method}", HEAD, coverage_rows(shares))
            for method, shares in found.items()
        ),
        numbers={
            "spectra": spectra,
            "answers": {method: _numbers(shares) for method, shares in found.items()},
        },
        claims=_claims(next(iter(found.values()))),
    )


def coverages_of(validation: Validation) -> dict[str, Coverage]:
    """Return the coverage of bins and quantities."""
    return {
        BINS: bin_coverage(validation),
        **{
            what: pooled_coverage(validation, quantities)
            for what, quantities in GROUPS.items()
        },
    }


def of_card(card: Card) -> Part:
    """Return what the card says of every answer: the mean over heads, and the errors.

    Head by head it is in the numbers.
    """
    training = card.training
    split = split_of(card.items, held_out=training.held_out, seed=training.seed)
    spectra = split.test.size
    shares: dict[str, Mapping[str, Any]] = {NETWORKS: card.coverage}
    cases = {NETWORKS: REDRAWS * spectra}
    if card.joint:
        shares = {JOINT: card.joint["coverage"], **shares}
        cases[JOINT] = card.joint["spectra"]
    found = {
        method: {what: _mean(heads, wanted) for what, wanted in CARD_GROUPS.items()}
        for method, heads in shares.items()
    }
    part = _part(found, spectra, "All nuisances of the training")
    by_head = {
        method: {
            f"{label}: {what}": [*ends, cases[method]]
            for label, quantities in heads.items()
            for what, ends in quantities.items()
        }
        for method, heads in shares.items()
    }
    errors = (error_table(card),) if card.joint else ()
    return replace(
        part,
        tables=(*part.tables, *errors),
        numbers={
            **part.numbers,
            "by_head": by_head,
            "errors": card.joint.get("errors", {}),
        },
    )


def error_table(card: Card) -> Table:
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
    return Table(title, ("shell", *head), rows, note)


def _mean(heads: Mapping[str, Any], wanted: Sequence[str]) -> Coverage:
    """Return the mean over the heads and their ``wanted`` quantities."""
    shares = [
        found
        for quantities in heads.values()
        for name, found in quantities.items()
        if name in wanted
    ]
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
