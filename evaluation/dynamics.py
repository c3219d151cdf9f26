"""Section: EMT molecular dynamics of nickel, bulk and small particles."""

from dataclasses import replace
from types import MappingProxyType

from evaluation import sets
from evaluation.figures import distributions
from evaluation.places import Places
from evaluation.scores import Goal, Goals, curve_table, numbers_of, shell_table
from evaluation.section import Part, Section, section
from onne_core.jobs import Stage, run
from onne_core.pipeline.validation import rows_of, summary

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
    "Every pair is the mean chi(k) of one FEFF run per environment, with the g(r) of "
    "the same environments as the truth. E0 is that of FEFF, and S0² is known. The "
    "particles are free truncated octahedra of 79 and 140 atoms; absorbers are all "
    "sites, so that the coordination numbers really are lower than in the metal. L1 "
    "of a single spectrum is mostly the error of counting in its true g(r); that of "
    "the mean over all spectra of a set less so."
)


def dynamics(places: Places) -> Stage[Section]:
    """Measure errors, pulls and coverage on every set."""
    makers = {
        name: lambda name=name: scored(places, ENSEMBLE, name, GOALS)
        for name in (*BULK, *PARTICLES)
    }
    return section("dynamics", "Molecular dynamics of Ni", TEXT, makers)


def scored(places: Places, ensemble: str, pairs: str, goals: Goals) -> Part:
    """Return what ``ensemble`` makes of the set ``pairs``, and of its average."""
    loaded, pairs_set = places.ensemble(ensemble), places.pairs_set(pairs)
    rows = run(rows_of(loaded, pairs_set))
    whole = run(rows_of(loaded, sets.averaged(pairs_set)))
    found = {
        pairs: summary(loaded, pairs, rows),
        AVERAGE: summary(loaded, AVERAGE, whole),
    }
    by_counting = sets.sampling_l1(pairs_set)
    table = curve_table(f"{ensemble} on {pairs}: g(r)", found, wanted_l1=WANTED_L1)
    note = f"{AVERAGE}: counting alone gives its true g(r) an L1 of {by_counting:.3f}."
    return Part(
        tables=(
            shell_table(f"{ensemble} on {pairs}: shells", {pairs: found[pairs]}, goals),
            replace(table, note=note),
        ),
        figures=(
            distributions(
                f"{pairs}: predicted g(r) with 68 % and 95 % bands; true one black.",
                {f"{pairs}, spectrum 0": rows[0], f"{pairs}, {AVERAGE}": whole[0]},
            ),
        ),
        numbers={
            **numbers_of(found[pairs], goals),
            "average": {"l1": found[AVERAGE].l1, "l1_by_counting": by_counting},
        },
    )
