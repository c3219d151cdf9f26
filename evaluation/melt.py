"""Section: Ni(II) in a molten chloride, before and after fine-tuning."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np

from evaluation.figures import distributions
from evaluation.places import MissingError, Places
from evaluation.scores import (
    Goal,
    Goals,
    curve_table,
    numbers_of,
    origin_table,
    origins,
    shell_table,
)
from evaluation.section import Part, Section, section
from onne_core.jobs import Stage, run
from onne_core.pipeline.tuning_report import always_answering
from onne_core.pipeline.validation import rows_of, summary
from onne_core.training_set import TrainingSet, selected

PLAIN, TUNED = "ni-molten-chloride", "ni-molten-chloride-tuned"

ALL, TUNING, HELD_BACK = "comp1", "comp1-tuning", "comp1-held-back"
"""All pairs of the composition; those that tuned the networks, and those held back."""

GOALS: Goals = MappingProxyType(
    {
        (0, "coordination_number"): Goal(0.10, relative=True),
        (0, "distance"): Goal(0.02),
        (0, "sigma2"): Goal(0.15, relative=True),
    }
)
"""Of Ni-Cl, the nearest shell."""

TEXT = (
    "Spectra and g(r) from molecular dynamics, averaged over environments with nearly "
    "the same distribution. E0 is that of FEFF. Tuned networks are "
    "tested on pairs that the tuning has not seen, beside the answer that needs no "
    "spectrum: the mean g(r) of the pairs that tuned them. The prior decides where the "
    "spectrum leaves the standard deviation nearly that of the training ranges: such a "
    "number is not determined by this spectrum."
)


def melt(places: Places) -> Stage[Section]:
    """Measure both ensembles and the answer that looks at no spectrum."""
    makers = {
        f"{name} on {pairs}": lambda name=name, pairs=pairs: _scored(
            places, name, pairs
        )
        for name, pairs in ((PLAIN, ALL), (PLAIN, HELD_BACK), (TUNED, HELD_BACK))
    }
    makers["mean g(r) of the tuning set"] = lambda name=TUNED, pairs=HELD_BACK: (
        _without_spectrum(places, name, pairs)
    )
    return section("melt", "Nickel in molten chloride", TEXT, makers)


def _pairs(places: Places, part: str) -> TrainingSet:
    """Return all pairs of the composition, or a part by the card of the tuned networks.

    Raises
    ------
    MissingError
        If ensemble or pairs are missing, or it was tuned to other pairs.
    """
    found = places.pairs_set(ALL)
    if part == ALL:
        return found
    record = places.ensemble(TUNED).card.tuning
    if record.get("pairs") != found.digest:
        raise MissingError(f"{TUNED} was tuned to other pairs than {ALL}")
    back = np.array(record["held_back"])
    index = back if part == HELD_BACK else np.delete(np.arange(len(found.pairs)), back)
    return replace(found, pairs=selected(found.pairs, index))


def _scored(places: Places, name: str, pairs: str) -> Part:
    ensemble = places.ensemble(name)
    rows = run(rows_of(ensemble, _pairs(places, pairs)))
    found = {pairs: summary(ensemble, pairs, rows)}
    return Part(
        tables=(
            shell_table(f"{name} on {pairs}: shells", found, GOALS),
            curve_table(f"{name} on {pairs}: g(r)", found),
            origin_table("What decides the numbers, share of the spectra", rows),
        ),
        figures=(
            distributions(
                f"{name}: predicted g(r) with 68 % and 95 % bands; true one black.",
                {f"{pairs}, spectrum 0": rows[0]},
            ),
        ),
        numbers={**numbers_of(found[pairs], GOALS), "set_by": origins(rows)},
    )


def _without_spectrum(places: Places, name: str, pairs: str) -> Part:
    ensemble = places.ensemble(name)
    tuning = run(rows_of(ensemble, _pairs(places, TUNING)))
    curves = {
        pair: np.mean([truths[pair] for _, truths in tuning], axis=0)
        for pair in ensemble.card.pairs
    }
    rows = always_answering(run(rows_of(ensemble, _pairs(places, pairs))), curves)
    found = {pairs: summary(ensemble, "mean of the tuning set", rows)}
    return Part(
        tables=(
            shell_table(f"Mean g(r) of {TUNING} on {pairs}: shells", found, {}),
            curve_table(f"Mean g(r) of {TUNING} on {pairs}: g(r)", found),
        ),
        numbers=numbers_of(found[pairs], {}),
    )
