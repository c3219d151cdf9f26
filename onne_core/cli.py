"""The command line: the pipeline from a terminal."""

import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from cyclopts import App, CycloptsError, Parameter

from onne_core import __version__
from onne_core.errors import OnneError
from onne_core.jobs import Stage

Value = TypeVar("Value")

app = App(
    name="onne",
    version=__version__,
    help="Partial radial distributions with honest uncertainty from EXAFS spectra.",
)
demo = App(name="demo", help="Demonstrations with known answers.")
app.command(demo)

UNUSABLE_INPUT = 2
INTERRUPTED = 130
NOT_COMMANDS_HINT = "onne --help lists the commands"


@app.default
def window(*files: Path) -> NoReturn:
    """Open the window; spectra or a project may follow."""
    from importlib import import_module

    sys.exit(import_module("app.__main__").main([str(file) for file in files]))


@app.command
def predict(
    *files: Path,
    ensemble: str = "ni-foil",
    out: Path,
    e0: str = "auto",
    s02: str = "auto",
) -> int:
    """Predict partial g(r) of measured spectra.

    Parameters
    ----------
    files
        Measured files: chi(k) or mu(E).
    ensemble
        Name or folder of an ensemble.
    out
        Folder for the CSV, JSON, PNG and SVG of each file.
    e0
        E0 shift in eV, or auto.
    s02
        S0^2 as VALUE or VALUE+-STD, or auto.
    """
    from onne_core import pipeline

    if not files:
        raise OnneError("predict: no files given; name at least one measured file.")
    shift, amplitude = _e0(e0), _s02(s02)
    loaded = pipeline.load_ensemble(ensemble)
    failed = 0
    for file, stem in zip(files, _stems(files), strict=True):
        try:
            _predict_one(file, out / stem, loaded, shift, amplitude)
        except OnneError as error:
            failed += 1
            _complain(error)
    return UNUSABLE_INPUT if failed else 0


@app.command
def generate(
    system: Path | None = None,
    *,
    out: Path,
    macrostates: int | None = None,
    microstates: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    structures: Path | None = None,
    absorber: str | None = None,
    edge: Literal["K", "L1", "L2", "L3"] = "K",
    cutoff: float = 6.0,
    group: int | None = None,
    engine: Literal["onne", "feff"] | None = None,
) -> int:
    """Make a training set from a system, or pairs (chi, g) from given structures.

    The same command resumes a run that was stopped.

    Parameters
    ----------
    system
        SYSTEM.json: a system, or a recipe with a system and stage parameters.
    out
        Folder of the training set.
    macrostates
        Number of macrostates.
    microstates
        Microstates averaged per macrostate.
    seed
        Seed of all random numbers.
    workers
        Processes to use; the result does not depend on it.
    structures
        Trajectory in any format that ASE reads, instead of a system.
    absorber
        Element that absorbs; every atom of it in periodic frames, else the first.
    edge
        Edge of the absorber.
    cutoff
        Radius of an environment, Å.
    group
        Environments averaged into one pair; all of them if not given.
    engine
        What computes the spectra of a system: onne, the engine of this program with
        the phases of one FEFF8L run, or feff, one run of the executables per cluster.
        Given structures always scatter in the executables.
    """
    from onne_core import pipeline
    from onne_core.recipe import read_recipe

    if (system is None) == (structures is None):
        raise OnneError("generate: give either SYSTEM.json or --structures, not both.")
    if structures is not None:
        if absorber is None:
            raise OnneError("generate --structures: --absorber is missing, such as Ni.")
        if engine == "onne":
            raise OnneError(
                "generate --structures: given structures scatter in the FEFF8L "
                "executables; leave out --engine onne."
            )
        request = pipeline.StructuresRequest(
            trajectory=structures,
            absorber=absorber,
            edge=edge,
            cutoff=cutoff,
            group=group,
        )
        stage = pipeline.generate_from_structures(request, out, workers=workers)
    else:
        assert system is not None
        recipe = read_recipe(system)
        changes = {
            name: value
            for name, value in (
                ("macrostates", macrostates),
                ("microstates", microstates),
                ("seed", seed),
            )
            if value is not None
        }
        recipe = replace(recipe, sampling=replace(recipe.sampling, **changes))
        if engine is not None:
            scattering = replace(recipe.scattering, engine=engine)
            recipe = replace(recipe, scattering=scattering)
        stage = pipeline.generate(recipe, out, workers=workers)
    _follow(stage)
    _print_manifest(out)
    return 0


@app.command
def train(
    folder: Path,
    *,
    out: Path,
    members: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    recipe: Path | None = None,
) -> int:
    """Train an ensemble on a training set and write its bundle.

    Parameters
    ----------
    folder
        Folder of the training set.
    out
        Folder of the bundle; its name becomes the ensemble's name.
    members
        Number of networks.
    seed
        Seed of splits, bootstraps and weights.
    workers
        Processes to use.
    recipe
        SYSTEM.json whose training section replaces that stored with the set.
    """
    from onne_core import pipeline
    from onne_core.recipe import read_recipe

    training = (
        read_recipe(recipe).training
        if recipe is not None
        else pipeline.training_recipe_of(folder)
    )
    if members is not None:
        training = replace(training, members=members)
    if seed is not None:
        training = replace(training, seed=seed)
    _follow(pipeline.train(folder, out, training=training, workers=workers))
    _say(f"Ensemble written to {out}")
    return 0


@app.command
def validate(
    folder: str,
    pairs: Path,
    *,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Report errors of CN, R, sigma^2, g(r) and the coverage of the bands.

    Parameters
    ----------
    folder
        Name or folder of an ensemble.
    pairs
        Folder of pairs with known g(r), made by onne generate.
    as_json
        Print JSON instead of a table.
    """
    from onne_core import pipeline

    validation = _follow(pipeline.validate(folder, pairs))
    if as_json:
        print(json.dumps(pipeline.validation_to_json(validation), indent=2))
    else:
        _print_validation(validation)
    return 0


@app.command
def models() -> int:
    """List the ensembles that can be named."""
    from onne_core import pipeline

    rows = []
    for name, folder in pipeline.ensemble_folders().items():
        try:
            card = pipeline.ensemble_card(folder)
        except OnneError as error:
            _complain(error)
            continue
        training = card.training
        rows.append(
            (
                name,
                f"{card.absorber} {card.edge}",
                ", ".join(head.label for head in card.heads),
                f"{training.k_min:g}-{training.k_max:g} Å⁻¹",
                str(card.items),
                str(folder),
            )
        )
    head = ("ensemble", "edge", "shells", "k window", "spectra", "folder")
    _table("Ensembles", head, rows)
    return 0


@app.command
def doctor() -> int:
    """Check what the program needs on this machine."""
    from onne_core import pipeline

    findings = pipeline.diagnose()
    rows = [
        ("ok" if item.good else "MISSING", item.name, item.text) for item in findings
    ]
    _table("This machine", ("", "part", "finding"), rows)
    return 0 if all(item.good for item in findings) else 1


@demo.command
def dimer(*, members: int = 3, seed: int = 1, workers: int = 2) -> int:
    """Train on the oscillating dimer and compare with Tikhonov inversion.

    The system is that of the appendix of Phys. Rev. B 109, 104201 (2024).
    """
    from onne_core import pipeline

    scores = _follow(pipeline.demo_dimer(members=members, seed=seed, workers=workers))
    rows = [
        (
            row.kind,
            row.method,
            f"{row.l1:.3f}",
            f"{row.wasserstein:.4f}",
            f"{row.mean_error:.4f}",
            f"{row.variance_error:.5f}",
        )
        for row in scores
    ]
    head = ("shape", "method", "L1", "Wasserstein (Å)", "mean (Å)", "variance (Å²)")
    _table("Oscillating dimer: mean absolute errors", head, rows)
    return 0


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; problems end as one line on standard error."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        result = app(
            arguments,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except OnneError as error:
        _complain(error)
        sys.exit(UNUSABLE_INPUT)
    except CycloptsError as error:
        _complain(f"{error} ({NOT_COMMANDS_HINT})")
        sys.exit(UNUSABLE_INPUT)
    except KeyboardInterrupt:
        _complain("stopped; the same command goes on where it stopped")
        sys.exit(INTERRUPTED)
    sys.exit(result if isinstance(result, int) else 0)


def _predict_one(
    file: Path,
    stem: Path,
    ensemble: Any,
    e0: float | None,
    s02: tuple[float, float] | None,
) -> None:
    """Predict one file, write its four files and print its table."""
    from onne_core import files, pipeline, report
    from onne_core.digest import digest_of_file

    spectrum = pipeline.measured_spectrum(file)
    settings = pipeline.settings_for(spectrum, ensemble, e0=e0, s02=s02)
    prediction = pipeline.predict(spectrum, ensemble, settings)
    report.write_csv(prediction, stem.with_name(f"{stem.name}.csv"))
    files.write_json(
        stem.with_name(f"{stem.name}.json"),
        report.prediction_to_json(
            prediction, file=file.name, sha256=digest_of_file(file)
        ),
    )
    figures = report.write_figures(prediction, stem)
    _print_prediction(prediction)
    names = [f"{stem.name}.csv", f"{stem.name}.json", *(path.name for path in figures)]
    _say(f"Written to {stem.parent}: {', '.join(names)}")


def _print_prediction(prediction: Any) -> None:
    from onne_core import report

    settings = prediction.settings
    _table(prediction.spectrum.name, report.TABLE_HEAD, report.table_rows(prediction))
    _say(
        f"E0 shift {settings.e0_shift:+.1f} ± {settings.e0_shift_std:.1f} eV "
        f"({settings.e0_source}), S0² {settings.s02:.3f} ± {settings.s02_std:.3f} "
        f"({settings.s02_source})"
    )
    _say(f"Verdict: {prediction.verdict.name}")
    for reason in prediction.verdict.reasons:
        _say(f"  {'+' if reason.passed else '!'} {reason.text}")


def _print_validation(validation: Any) -> None:
    rows = []
    for shell in validation.shells:
        for name, unit, factor in (
            ("coordination_number", "", 1.0),
            ("distance", "Å", 1.0),
            ("sigma2", "10⁻³ Å²", 1e3),
            ("c3", "10⁻³ Å³", 1e3),
        ):
            item = getattr(shell, name)
            rows.append(
                (
                    shell.label,
                    name.replace("_", " ") + (" (fixed)" if item.fixed else ""),
                    f"{factor * item.true:.4g} {unit}",
                    f"{factor * item.mean:+.3g}",
                    f"{factor * item.rms:.3g}",
                    f"{100 * item.coverage68:.0f} %",
                    f"{100 * item.coverage95:.0f} %",
                )
            )
        rows.append(
            (shell.label, "Wasserstein", f"{shell.wasserstein:.4f} Å", "", "", "", "")
        )
    head = (
        "shell",
        "quantity",
        "true, mean",
        "mean error",
        "rms",
        "in 68 %",
        "in 95 %",
    )
    _table(f"{validation.ensemble}: {validation.spectra} spectra", head, rows)
    for pair, value in validation.l1.items():
        _say(
            f"{pair}: relative L1 of g(r) {value:.3f}; "
            f"68 % band holds {100 * validation.coverage68[pair]:.0f} % of the bins, "
            f"95 % band {100 * validation.coverage95[pair]:.0f} %"
        )
    _say(", ".join(f"{n} {name}" for name, n in validation.verdicts.items()))


def _print_manifest(folder: Path) -> None:
    from onne_core.training_set import read_manifest

    manifest = read_manifest(folder)
    _say(f"{manifest['items']} spectra in {folder}, digest {manifest['digest'][:16]}")
    for reason, count in manifest["rejected"].items():
        _say(f"  set aside: {count} x {reason}")
    check = manifest.get("spot_check", {"count": 0})
    if check["count"]:
        _say(
            f"  {check['count']} spectra computed by FEFF8L as well: deviation of "
            f"k²χ {100 * check['median']:.1f} % (median), "
            f"{100 * check['largest']:.1f} % (largest)"
        )


def _follow(stage: Stage[Value]) -> Value:
    """Run ``stage`` with a progress bar on standard error; return its value."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)
        while True:
            try:
                step = next(stage)
            except StopIteration as end:
                return end.value
            bar.update(
                task, description=step.message, completed=step.done, total=step.total
            )


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*head, title=title, title_justify="left")
    for row in rows:
        table.add_row(*row)
    console = Console()
    # A pipe has no width of its own; a narrow guess would break numbers.
    Console(width=None if console.is_terminal else 140).print(table)


def _e0(text: str) -> float | None:
    if text == "auto":
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not -100.0 <= value <= 100.0:
        raise OnneError(f"--e0 {text}: give a shift of -100 to 100 eV, or auto.")
    return value


def _s02(text: str) -> tuple[float, float] | None:
    """Return value and standard deviation; 5 % where none is given."""
    if text == "auto":
        return None
    value, _, std = text.replace("±", "+-").partition("+-")
    try:
        number = float(value)
        deviation = float(std) if std else 0.05 * number
    except ValueError:
        number, deviation = float("nan"), float("nan")
    if not 0.0 < number <= 3.0 or not 0.0 <= deviation < number:
        raise OnneError(
            f"--s02 {text}: give VALUE or VALUE+-STD, such as 0.85+-0.05, or auto."
        )
    return number, deviation


def _stems(files: Sequence[Path]) -> list[str]:
    """Return one output name per file; equal names get their suffix, then a number."""
    stems: list[str] = []
    for file in files:
        candidates = [file.stem, file.name.replace(".", "_")]
        candidates += [f"{file.stem}_{i}" for i in range(2, len(files) + 2)]
        stems.append(next(name for name in candidates if name not in stems))
    return stems


def _say(text: str) -> None:
    print(text)


def _complain(problem: object) -> None:
    print(f"onne: {problem}", file=sys.stderr)
