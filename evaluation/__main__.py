"""Run the sections of the report: ``python -m evaluation --help``."""

from collections.abc import Callable
from pathlib import Path

from cyclopts import App

from evaluation.dynamics import dynamics
from evaluation.measured import measured
from evaluation.page import write_report
from evaluation.places import Places
from evaluation.section import Section
from evaluation.sections.back_calculation import back_calculation
from evaluation.sections.bundles import bundles
from evaluation.sections.coverage import coverage
from evaluation.sections.dimer import dimer
from evaluation.sections.melt import melt
from evaluation.sections.recipes import recipes
from evaluation.sections.standard import standard
from evaluation.sections.timings import timings
from evaluation.sections.verdicts import verdicts
from onne_core.cli.terminal import follow, say
from onne_core.errors import OnneError
from onne_core.jobs import Stage

ROOT = Path(__file__).resolve().parent.parent

SECTIONS: dict[str, Callable[[Places], Stage[Section]]] = {
    "dynamics": dynamics,
    "measured": measured,
    "standard": standard,
    "recipes": recipes,
    "coverage": coverage,
    "back_calculation": back_calculation,
    "verdicts": verdicts,
    "melt": melt,
    "timings": timings,
    "bundles": bundles,
    "dimer": dimer,
}
"""The sections by name, in the order of the page."""

app = App(name="evaluation", help="Measure what the project claims.")


@app.default
def report(
    *sections: str,
    out: Path = ROOT / "build/report",
    ensembles: Path = ROOT / "build/ensembles",
    sets: Path = ROOT / "build/sets",
    pairs: Path = ROOT / "build/pairs",
    measured: Path = ROOT.parent / "shared/data",
) -> int:
    """Write index.html and report.json.

    Parameters
    ----------
    sections
        Names of the sections; all of them if none is given.
    out
        Folder of the report.
    ensembles
        Folder of ensembles, by name; those of the program are found without.
    sets
        Folder of training sets, by the name of their ensemble.
    pairs
        Folder of sets of pairs with known g(r).
    measured
        Folder of measured spectra, which is searched with all that is in it.
    """
    chosen = sections or tuple(SECTIONS)
    for name in chosen:
        if name not in SECTIONS:
            raise OnneError(f"no section {name}; sections: {', '.join(SECTIONS)}.")
    places = Places(ensembles, sets, pairs, measured)
    page, numbers = write_report(follow(_all(chosen, places)), out)
    say(f"Written: {page}, {numbers}")
    return 0


def _all(names: tuple[str, ...], places: Places) -> Stage[list[Section]]:
    found: list[Section] = []
    for name in names:
        made = yield from SECTIONS[name](places)
        found.append(made)
    return found


if __name__ == "__main__":
    app()
