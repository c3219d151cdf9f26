"""Section: EMT molecular dynamics of nickel, bulk and small particles."""

from collections.abc import Mapping
from types import MappingProxyType

from evaluation import sets
from evaluation.answers import answer_for_average, answers_for
from evaluation.figures import distributions
from evaluation.places import Places
from evaluation.scores import (
    Goal,
    Goals,
    claims_of,
    curve_table,
    numbers_of,
    shell_table,
)
from evaluation.section import Claim, Part, Section, section
from onne_core.jobs import Stage
from onne_core.pipeline.ensembles.validation import Validation, summary
from onne_core.values.prediction import Prediction

ENSEMBLE = "ni-foil"

BULK = ("emt-100", "emt-300", "emt-600")
PARTICLES = ("emt-particle-79", "emt-particle-140")

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
    "roughness of g(r) does."
)


def dynamics(places: Places) -> Stage[Section]:
    """Measure errors, pulls and coverage on every set."""
    makers = {
        name: lambda name=name: scored(
            places, ENSEMBLE, name, GOALS, wanted_l1=WANTED_L1
        )
        for name in (*BULK, *PARTICLES)
    }
    return section("dynamics", "Molecular dynamics of Ni", TEXT, makers)


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
    rows = list(answers_for(places, ensemble, pairs))
    whole = answer_for_average(places, ensemble, pairs)
    found = {
        pairs: summary(loaded, pairs, rows),
        AVERAGE: summary(loaded, AVERAGE, [whole]),
    }
    mean = sets.averaged(pairs_set, places.truth(pairs))
    end = _end(whole[0])
    by_counting = {
        pairs: sets.sampling_l1(pairs_set, end=end),
        AVERAGE: sets.sampling_l1(mean, end=end),
    }
    return Part(
        tables=(
            shell_table(f"{ensemble} on {pairs}: shells", {pairs: found[pairs]}, goals),
            curve_table(
                f"{ensemble} on {pairs}: g(r)",
                found,
                by_counting=by_counting,
                wanted_l1=wanted_l1,
            ),
        ),
        figures=(
            distributions(
                f"{pairs}: predicted g(r) with 68 % and 95 % bands; truth in black.",
                {f"{pairs}, spectrum 0": rows[0], f"{pairs}, {AVERAGE}": whole},
            ),
        ),
        numbers={
            **numbers_of(found[pairs], goals),
            "average": numbers_of(found[AVERAGE], {}),
            "l1_by_counting": by_counting,
            "environments": {
                pairs: sets.environments_of(pairs_set),
                AVERAGE: sets.environments_of(mean),
            },
        },
        claims=(
            *claims_of(found[pairs], goals),
            *_l1_claims(found[AVERAGE], by_counting[AVERAGE], wanted_l1),
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
