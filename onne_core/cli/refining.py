"""The command refine: macrostates are added where the bands of spectra are wide."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from onne_core.cli.arguments import e0_of, s02_of
from onne_core.cli.terminal import follow, say, table
from onne_core.errors import OnneError

if TYPE_CHECKING:
    from onne_core.pipeline.ensembles.refinement import Refinement
    from onne_core.posterior.predict import Ensemble
    from onne_core.values.prediction import MeasurementSettings
    from onne_core.values.spectrum import Spectrum

RECORD = "refinement.json"
CONTROL = "control"


def refine(
    system: Path,
    *,
    training_set: Annotated[Path, Parameter(name="--set")],
    ensemble: str,
    spectrum: Annotated[tuple[Path, ...], Parameter(consume_multiple=True)],
    out: Path,
    add: int = 256,
    microstates: int = 20,
    rounds: int = 3,
    control: bool = False,
    e0: str = "auto",
    s02: str = "auto",
    theory: float = 1.0,
    workers: int = 2,
) -> int:
    """Add macrostates where the bands of spectra are wide, and continue training.

    The bands are those of the joint fit where the ensemble supports it. Run the same
    command again to resume a stopped run.

    Parameters
    ----------
    system
        SYSTEM.json used to make the training set.
    training_set
        Folder of the training set.
    ensemble
        Name or folder of the ensemble trained on this set.
    spectrum
        Measured files: chi(k) or mu(E).
    out
        Folder for the added training sets and the ensemble of every round.
    add
        Macrostates added per round.
    microstates
        Microstates averaged per macrostate.
    rounds
        Maximum number of rounds; stops earlier if the bands stop shrinking.
    control
        Repeat with macrostates from the whole ranges as a control, and print both.
    e0
        E0 shift in eV, or auto.
    s02
        S0^2 as VALUE or VALUE+-STD, or auto.
    theory
        Share of the theory error to assume: 1 for measured spectra, 0 for spectra
        calculated by the same theory.
    workers
        Number of processes.
    """
    from onne_core import files
    from onne_core.pipeline.analysis.analysis import measured_spectrum
    from onne_core.pipeline.ensembles.refinement import refinement_to_json
    from onne_core.pipeline.ensembles.refining import RefineRequest, refine
    from onne_core.values.recipe import read_recipe

    if not 0.0 <= theory <= 1.0:
        raise OnneError(f"--theory {theory:g}: give 0 to 1.")
    given_e0, given_s02 = e0_of(e0), s02_of(s02)

    def settings_of(loaded: "Ensemble", one: "Spectrum") -> "MeasurementSettings":
        settings = loaded.settings_for(one, e0=given_e0, s02=given_s02)
        if theory == 1.0:
            return settings
        return replace(settings, theory=theory, theory_source="given")

    request = RefineRequest(
        read_recipe(system), training_set, ensemble, add, microstates, rounds
    )
    spectra = [measured_spectrum(path) for path in spectrum]
    wanted = {out: request}
    if control:
        wanted[out / CONTROL] = replace(request, where="everywhere")
    for folder, one in wanted.items():
        made = follow(
            refine(one, spectra, folder, settings_of=settings_of, workers=workers)
        )
        files.write_json(folder / RECORD, refinement_to_json(made))
        _show(made)
    return 0


def _show(refinement: "Refinement") -> None:
    """Print the widths of the intervals, round by round."""
    from onne_core.results.report import ANSWERED

    rows = [
        (
            str(one.added),
            f"{one.width:.3f}",
            shell.label,
            f"{shell.coordination_number:.2f}",
            f"{1e3 * shell.distance:.1f}",
            f"{1e3 * shell.sigma2:.2f}",
            ", ".join(f"{count} {name}" for name, count in one.verdicts.items()),
        )
        for one in refinement.rounds
        for shell in one.shells
    ]
    widths = ("± N", "± R (10⁻³ Å)", "± σ² (10⁻³ Å²)")
    head = ("added", "width", "shell", *widths, "verdicts")
    answer = ANSWERED[refinement.rounds[-1].answer]
    what = f"half-widths of the 68 % intervals, {answer}"
    table(f"Macrostates {refinement.where}: {what}", head, rows)
    if refinement.converged:
        say("The bands stopped shrinking.")
    best = refinement.best
    say(f"Narrowest after {best.added} added macrostates: {best.ensemble}")
