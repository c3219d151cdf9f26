"""Section: EMT molecular dynamics of fcc metals, bulk and small particles."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from evaluation import sets
from evaluation.answers import (
    answers_for,
    answers_for_average,
    best_of,
    validations_of,
)
from evaluation.figures import distributions
from evaluation.methods import JOINT, NETWORKS
from evaluation.places import Places
from evaluation.scores import (
    Goal,
    Goals,
    claims_of,
    curve_table,
    joint_claims,
    numbers_of,
    shell_table,
)
from evaluation.section import Claim, Part, Section, section
from onne_core.jobs import Stage
from onne_core.pipeline.ensembles.validation import Validation, summary
from onne_core.values.prediction import Prediction

BULK = ("emt-100", "emt-300", "emt-600")
PARTICLES = ("emt-particle-79", "emt-particle-140")

METALS = ("cu", "pd", "pt", "ag", "au")
"""Metals beside nickel for which there are EMT potentials."""

SETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ni-foil": (*BULK, *PARTICLES),
        **{
            f"{metal}-foil": (
                *(f"emt-{metal}-{kelvin}" for kelvin in (100, 300, 600)),
                f"emt-{metal}-particle-79",
            )
            for metal in METALS
        },
    }
)
"""Ensembles, and the sets of pairs on which each is tested."""

FARTHER = (1, 2, 3)
GOALS: Goals = MappingProxyType(
    {
        (0, "coordination_number"): Goal(0.05, relative=True),
        (0, "distance"): Goal(0.005),
        (0, "sigma2"): Goal(0.10, relative=True),
        **{(i, "coordination_number"): Goal(0.10, relative=True) for i in FARTHER},
        **{(i, "distance"): Goal(0.01) for i in FARTHER},
        **{(i, "sigma2"): Goal(0.10, relative=True) for i in FARTHER},
    }
)
WANTED_L1 = 0.06

AVERAGE = "mean of all"

TEXT = (
    "Each pair is the mean chi(k) of one FEFF run per environment, with the true "
    "g(r) of the same environments. E0 is FEFF's, and S0² is known to 5 %. The "
    "particles are free truncated octahedra of 79 and 140 atoms; all sites "
    "absorb, so the coordination numbers really are lower than in the bulk. The "
    "mean of all is compared with g(r) of all atoms of the same dynamics, if "
    "available: chi(k) hardly depends on the choice of absorbers, but the "
    "roughness of g(r) does. The conventional fit takes the nearest shell with C₃, "
    "the others with single scattering only, and has no g(r)."
)


def dynamics(places: Places) -> Stage[Section]:
    """Measure errors and coverage of all methods on every set."""
    makers = {
        f"{ensemble}: {name}": partial(
            scored, places, ensemble, name, GOALS, wanted_l1=WANTED_L1
        )
        for ensemble, names in SETS.items()
        for name in names
    }
    return section("dynamics", "Molecular dynamics of metals", TEXT, makers)


def scored(
    places: Places,
    ensemble: str,
    pairs: str,
    goals: Goals,
    *,
    wanted_l1: float | None = None,
) -> Part:
    """Return the scores of ``ensemble`` on the set ``pairs``, and on its average."""
    loaded, pairs_set = places.ensemble(ensemble), places.pairs_set(pairs)
    answers = answers_for(places, ensemble, pairs)
    whole = answers_for_average(places, ensemble, pairs)
    found = validations_of(loaded, pairs, answers)
    averages = {
        f"{method}, {AVERAGE}": summary(loaded, AVERAGE, list(rows))
        for method, rows in whole.items()
    }
    mean = sets.averaged(pairs_set, places.truth(pairs))
    (average,) = best_of(whole)
    end = _end(average[0])
    counted = sets.sampling_l1(pairs_set, end=end)
    counted_average = sets.sampling_l1(mean, end=end)
    first, best = next(iter(found.items()))
    return Part(
        tables=(
            shell_table(f"{ensemble} on {pairs}: shells", found, goals),
            curve_table(
                f"{ensemble} on {pairs}: g(r)",
                {**found, **averages},
                by_counting={
                    **dict.fromkeys(found, counted),
                    **dict.fromkeys(averages, counted_average),
                },
                wanted_l1=wanted_l1,
            ),
        ),
        figures=(
            distributions(
                f"{pairs}: predicted g(r) with 68 % and 95 % bands; truth in black.",
                {
                    f"{pairs}, spectrum 0": best_of(answers)[0],
                    f"{pairs}, {AVERAGE}": average,
                },
            ),
        ),
        numbers={
            **{method: numbers_of(one, goals) for method, one in found.items()},
            **{name: numbers_of(one, {}) for name, one in averages.items()},
            "l1_by_counting": {pairs: counted, AVERAGE: counted_average},
            "environments": {
                pairs: sets.environments_of(pairs_set),
                AVERAGE: sets.environments_of(mean),
            },
        },
        claims=(
            *claims_of(best, goals),
            *(joint_claims(best, found[NETWORKS]) if first == JOINT else ()),
            *_l1_claims(averages[f"{first}, {AVERAGE}"], counted_average, wanted_l1),
        ),
    )


def _end(prediction: Prediction) -> float:
    """Return where the last shell of a prediction ends, Å."""
    return max(shell.r_max for shell in prediction.shells)


def _l1_claims(
    found: Validation, by_counting: Mapping[str, float], wanted: float | None
) -> tuple[Claim, ...]:
    if wanted is None:
        return ()
    (pair, l1), *_ = found.l1.items()
    return (
        Claim(
            f"L1 of g(r), {AVERAGE}, below {wanted:g}",
            f"{l1:.3f}, counting alone {by_counting[pair]:.3f}",
            l1 < wanted,
        ),
    )
