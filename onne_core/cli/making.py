"""The command make: from the recipe of a system to an ensemble, in one job."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from onne_core.cli.terminal import follow, say, table

if TYPE_CHECKING:
    from onne_core.pipeline.ensembles.making import MadeEnsemble
    from onne_core.values.recipe import Recipe

Quality = Literal["quick", "standard", "thorough"]


def make(
    system: Path,
    *,
    out: Path,
    quality: Quality = "standard",
    folder: Annotated[Path | None, Parameter(name="--set")] = None,
    workers: int = 2,
) -> int:
    """Make an ensemble from a system: training set, training, calibration, errors.

    The training set grows while that makes networks better. Run the same command again
    to resume a stopped run.

    Parameters
    ----------
    system
        SYSTEM.json, as onne system writes it.
    out
        Folder of the bundle; its name becomes the ensemble's name.
    quality
        "quick" for a first look, about 2 minutes on two cores for a crystal of four
        shells; "standard" about 10, "thorough" about 40.
    folder
        Folder of the training set; by default beside the bundle. A set of the same
        system may be there: it is used, and macrostates are appended.
    workers
        Number of processes.
    """
    from onne_core.pipeline.ensembles.making import MakeRequest, make
    from onne_core.values.recipe import read_recipe
    from onne_core.values.recipe.shells_reach import check_reach

    recipe = read_recipe(system)
    check_reach(recipe)
    folder = folder or out.with_name(f"{out.name}-set")
    say(before(recipe, quality))
    request = MakeRequest(recipe, str(out), str(folder), quality)
    show_made(follow(make(request, workers=workers)))
    return 0


def before(recipe: "Recipe", quality: Quality) -> str:
    """Return what an ensemble of ``quality`` costs, and what to expect of it."""
    from onne_core.values.quality import LEVELS, MICROSTATES, errors_expected

    level, errors = LEVELS[quality], errors_expected(recipe, quality)
    return (
        f"{quality}: about {level.minutes_for(recipe)} min on two cores; up to "
        f"{level.rounds[-1]} macrostates of {MICROSTATES} microstates, "
        f"{level.members} networks. Expect for the first shell: CN ± "
        f"{100 * errors.coordination:.0f} %, R ± {errors.distance:.3f} Å, σ² ± "
        f"{100 * errors.sigma2:.0f} %."
    )


def show_made(made: "MadeEnsemble") -> None:
    """Print the rounds, the errors on held-out spectra, and where the ensemble is."""
    from onne_core.results.found_errors import HEAD, found_errors

    for count, share in zip(made.rounds[1:], made.gains, strict=True):
        say(f"{count} macrostates: errors of trial networks {-100 * share:+.0f} %")
    rows = found_errors(made.card)
    if rows:
        spectra = made.card.joint["spectra"]
        title = f"rms errors on {spectra} held-out spectra (in 68 % band)"
        table(title, HEAD, rows)
    say(f"Ensemble of {made.card.items} macrostates written to {made.folder}")
