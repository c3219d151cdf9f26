"""Section: Ni(II) in a molten chloride, before and after fine-tuning."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from evaluation import sets
from evaluation.answers import (
    Answers,
    answers_for_average,
    answers_to,
    best_of,
    validations_of,
)
from evaluation.dynamics import scored
from evaluation.figures import distributions
from evaluation.methods import JOINT, NETWORKS
from evaluation.places import MissingError, Places
from evaluation.scores import (
    Goal,
    Goals,
    claims_of,
    curve_table,
    joint_claims,
    numbers_of,
    origin_table,
    origins,
    shell_table,
)
from evaluation.section import Part, Section, section
from onne_core.jobs import Stage, run
from onne_core.pipeline.ensembles.tuning_report import always_answering
from onne_core.pipeline.ensembles.validation import rows_of, summary
from onne_core.training_set.training_set import TrainingSet, selected

PLAIN, TUNED = "ni-molten-chloride", "ni-molten-chloride-tuned"

ALL, TUNING, HELD_BACK = "comp1", "comp1-tuning", "comp1-held-back"
"""All pairs of the composition: those used for tuning, and the held-out ones."""

MEAN = "mean of all pairs"

GOALS: Goals = MappingProxyType(
    {
        (0, "coordination_number"): Goal(0.10, relative=True),
        (0, "distance"): Goal(0.02),
        (0, "sigma2"): Goal(0.15, relative=True),
    }
)
"""Of Ni-Cl, the nearest shell."""

FLUORIDE, FLUORIDE_PAIRS = "u-molten-fluoride", "uf4"
FLUORIDE_GOALS: Goals = MappingProxyType({})

TEXT = (
    "Spectra and g(r) from molecular dynamics, averaged over environments with "
    "nearly the same distribution. E0 is FEFF's. Tuned networks are tested on "
    "held-out pairs, and compared with an answer that needs no spectrum: the mean "
    "g(r) of the tuning pairs. A number is set by the prior if its standard "
    "deviation is nearly that of the training ranges: the spectrum does not "
    "determine it. U(IV) in molten LiF-UF4 is from rigid-ion dynamics, averaged "
    "over eight consecutive environments."
)


def melt(places: Places) -> Stage[Section]:
    """Measure both ensembles, and the answer without a spectrum."""
    makers: dict[str, Callable[[], Part]] = {
        f"{name} on {pairs}": lambda name=name, pairs=pairs: _scored(
            places, name, pairs
        )
        for name, pairs in ((PLAIN, ALL), (PLAIN, HELD_BACK), (TUNED, HELD_BACK))
    }
    makers[f"{PLAIN} on the {MEAN}"] = lambda: _average(places, PLAIN)
    makers["mean g(r) of the tuning set"] = lambda name=TUNED, pairs=HELD_BACK: (
        _without_spectrum(places, name, pairs)
    )
    makers[f"{FLUORIDE} on {FLUORIDE_PAIRS}"] = lambda: scored(
        places, FLUORIDE, FLUORIDE_PAIRS, FLUORIDE_GOALS
    )
    return section("melt", "Molten salts", TEXT, makers)


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
        raise MissingError(f"{TUNED} was tuned to pairs other than {ALL}")
    back = np.array(record["held_back"])
    index = back if part == HELD_BACK else np.delete(np.arange(len(found.pairs)), back)
    return replace(found, pairs=selected(found.pairs, index))


def _scored(places: Places, name: str, pairs: str) -> Part:
    pairs_set = _pairs(places, pairs)
    answers = answers_to(places.ensemble(name), pairs_set)
    part = _answered(places, name, pairs, answers, pairs_set)
    rows = best_of(answers)
    return replace(
        part,
        tables=(
            *part.tables,
            origin_table("Origin of the numbers, share of the spectra", rows),
        ),
        numbers={**part.numbers, "set_by": origins(rows)},
    )


def _average(places: Places, name: str) -> Part:
    """Return what the ensemble makes of the mean of all pairs, one spectrum."""
    answers = answers_for_average(places, name, ALL)
    mean = sets.averaged(places.pairs_set(ALL))
    return _answered(places, name, f"the mean of {ALL}", answers, mean)


def _answered(
    places: Places, name: str, pairs: str, answers: Answers, pairs_set: TrainingSet
) -> Part:
    """Return the errors of all methods."""
    found = validations_of(places.ensemble(name), pairs, answers)
    counted = dict.fromkeys(found, sets.sampling_l1(pairs_set))
    first, best = next(iter(found.items()))
    return Part(
        tables=(
            shell_table(f"{name} on {pairs}: shells", found, GOALS),
            curve_table(f"{name} on {pairs}: g(r)", found, by_counting=counted),
        ),
        figures=(
            distributions(
                f"{name}: predicted g(r) with 68 % and 95 % bands; truth in black.",
                {f"{pairs}, spectrum 0": best_of(answers)[0]},
            ),
        ),
        numbers={method: numbers_of(one, GOALS) for method, one in found.items()},
        claims=(
            *claims_of(best, GOALS),
            *(joint_claims(best, found[NETWORKS]) if first == JOINT else ()),
        ),
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
            curve_table(
                f"Mean g(r) of {TUNING} on {pairs}: g(r)",
                found,
                by_counting={pairs: sets.sampling_l1(_pairs(places, pairs))},
            ),
        ),
        numbers=numbers_of(found[pairs], {}),
    )
