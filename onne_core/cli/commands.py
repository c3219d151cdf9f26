"""The commands. Imports happen when they run, so that help is quick."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from onne_core import __version__
from onne_core.cli.arguments import Changes, Reduced, e0_of, s02_of
from onne_core.cli.machines import Machines
from onne_core.cli.making import make
from onne_core.cli.reducing import reduce
from onne_core.cli.refining import refine
from onne_core.cli.standards import correction_of, standard
from onne_core.cli.systems import system as proposed_system
from onne_core.cli.terminal import complain, follow, say, table
from onne_core.cli.tuning import finetune
from onne_core.errors import OnneError

app = App(
    name="onne",
    version=__version__,
    help="Partial radial distributions from EXAFS spectra, with calibrated "
    "uncertainties.",
    # Otherwise it would end without saying that the same command resumes.
    suppress_keyboard_interrupt=False,
)
app.command(reduce)
app.command(proposed_system)
app.command(make)
app.command(standard)
app.command(finetune)
app.command(refine)

UNUSABLE_INPUT = 2
"""Exit code for problems that the user can fix."""

Edge = Literal["K", "L1", "L2", "L3"]


@app.command
def predict(
    *files: Path,
    ensemble: str = "auto",
    absorber: str | None = None,
    out: Path | None = None,
    series: Path | None = None,
    e0: str = "auto",
    s02: str = "auto",
    standard: Path | None = None,
    scale: str = "auto",
    answer: Literal["joint", "networks"] = "joint",
    sample: Literal["unknown", "bulk", "particle"] = "unknown",
    compare: bool = False,
    reduced: Reduced = Reduced(),  # noqa: B008 - a frozen value
) -> int:
    """Predict partial g(r) from measured spectra.

    Parameters
    ----------
    files
        Measured files: chi(k) or mu(E).
    ensemble
        Name or folder of an ensemble, or auto: for each spectrum, of those for its
        absorber and edge, the first that has it inside, otherwise the best. What was
        tried is printed.
    absorber
        Element and edge, such as "Cu K", of spectra whose files do not tell them.
    out
        Folder for the CSV, JSON, PNG and SVG of each file.
    series
        CSV file for all spectra: one row per spectrum, shell and quantity, as exported
        by Series. Input files may hold several spectra. Without --out, this is the only
        file written.
    e0
        E0 shift in eV, or auto.
    s02
        S0^2 as VALUE or VALUE+-STD, or auto.
    standard
        Standard learnt by onne standard; its theory correction is applied.
    scale
        With --standard, the factor on k: a number, "standard" for the value found with
        the standard (same beamline), or auto (unknown to 0.2 %).
    answer
        "joint" fits all shells, E0 and S0^2 together after the networks, where the
        ensemble supports it; "networks" gives the answer of the networks alone.
    sample
        "bulk" assumes a bulk crystal of the ensemble's structure: full shells, within
        3 %. "particle" assumes that no shell has more neighbours than in the crystal
        and that farther shells lack more. The joint fit uses it; the verdict says so.
    compare
        Compare with conventional analyses: cumulant fits by larch and a regularised
        inversion.
    reduced
        Of measured files.
    """
    from onne_core.cli.choosing import absorber_of
    from onne_core.cli.predicting import Given, Targets, predictions, reading_of

    if not files:
        raise OnneError("predict: no files given; name at least one measured file.")
    if out is None and (series is None or compare):
        raise OnneError(
            "predict: no output given; use --out FOLDER for files of each "
            "spectrum, or --series FILE.csv for one table of all spectra."
        )
    given = Given(
        e0_of(e0),
        s02_of(s02),
        correction_of(standard, scale),
        answer,
        sample,
        absorber_of(absorber),
        reading_of(reduced),
    )
    targets = Targets(out, series, compares=compare)
    failed = follow(predictions(files, ensemble, targets, given))
    return UNUSABLE_INPUT if failed else 0


@app.command
def generate(
    system: Path | None = None,
    *,
    out: Path,
    changes: Changes = Changes(),  # noqa: B008 - a frozen value
    structures: Path | None = None,
    absorber: str | None = None,
    edge: Edge = "K",
    cutoff: float = 6.0,
    group: int | None = None,
    by: Literal["order", "centre"] = "order",
    core_hole: bool | None = None,
    machines: Machines = Machines(),  # noqa: B008 - a frozen value
) -> int:
    """Make a training set from a system, or pairs (chi, g) from given structures.

    Run the same command again to resume a stopped run.

    Parameters
    ----------
    system
        SYSTEM.json: a system, or a recipe with a system and stage parameters.
    out
        Folder of the training set.
    changes
        Of the recipe.
    structures
        Trajectory in any format that ASE reads, instead of a system.
    absorber
        Absorbing element: all of its atoms in periodic frames, otherwise the first.
    edge
        Edge of the absorber, with --structures.
    cutoff
        Radius of an environment, Å, with --structures.
    group
        Environments averaged into one pair; by default all of them.
    by
        Which ones, with --structures: consecutive ones, or those whose first shells
        have nearly the same mean distance.
    core_hole
        Whether the absorber has a core hole, with --structures: as the ensemble that
        the pairs are for. By default it has one; a recipe of a system says itself.
    machines
        Where the shards are computed.
    """
    from onne_core.cli import generating
    from onne_core.cli.tables import show_manifest
    from onne_core.pipeline.sets.structures import StructuresRequest

    if system is not None and structures is None:
        if core_hole is not None:
            raise OnneError(
                "generate: --core-hole applies only to --structures; a system says it "
                "itself, as scattering.core_hole."
            )
        stage = generating.from_system(system, out, changes, machines=machines)
    elif structures is not None and system is None:
        if absorber is None:
            raise OnneError(
                "generate --structures: give the absorber, such as --absorber Ni."
            )
        request = StructuresRequest(structures, absorber, edge, cutoff, group, by)
        stage = generating.from_structures(
            request, out, changes, core_hole=core_hole is not False, machines=machines
        )
    else:
        raise OnneError("generate: give either SYSTEM.json or --structures, not both.")
    follow(stage)
    if machines.shard is None:
        show_manifest(out)
    else:
        last = f"onne merge {out}" if system else "the same command without --shard"
        say(
            f"Shards {machines.shard} are in {out}; when all are done, finish the set "
            f"with: {last}"
        )
    return 0


@app.command
def merge(out: Path, *parts: Path) -> int:
    """Merge the shards made by the jobs of onne generate --shard I/N.

    Parameters
    ----------
    out
        Folder of the training set; the jobs may have shared it.
    parts
        Folders of the jobs, if each had its own.
    """
    from onne_core.cli.tables import show_manifest
    from onne_core.pipeline.sets.merging import merge

    follow(merge(out, parts))
    show_manifest(out)
    return 0


@app.command
def train(
    folder: Path,
    *,
    out: Path,
    members: int | None = None,
    seed: int | None = None,
    workers: int = 2,
    recipe: str | None = None,
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
        Random seed of splits, bootstraps and weights.
    workers
        Number of processes.
    recipe
        SYSTEM.json whose training section replaces the one stored with the set, or
        "paper" for the plain networks of Phys. Rev. B 109, 104201 (2024), for
        comparison.
    """
    from onne_core.pipeline.ensembles.training import train, training_recipe_of
    from onne_core.values.recipe import paper_training, read_recipe

    if recipe is None or recipe == "paper":
        training = training_recipe_of(folder)
    else:
        training = read_recipe(Path(recipe)).training
    if recipe == "paper":
        training = paper_training(training)
    if members is not None:
        training = replace(training, members=members)
    if seed is not None:
        training = replace(training, seed=seed)
    follow(train(folder, out, training=training, workers=workers))
    say(f"Ensemble written to {out}")
    return 0


@app.command
def validate(
    folder: str,
    pairs: Path,
    *,
    answer: Literal["joint", "networks"] = "joint",
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Report the errors of CN, R, sigma^2 and g(r), and the coverage of the bands.

    Parameters
    ----------
    folder
        Name or folder of an ensemble.
    pairs
        Folder of pairs with known g(r), made by onne generate.
    answer
        "joint" where the ensemble supports it, or "networks" alone, as in predict.
    as_json
        Print JSON instead of a table.
    """
    from onne_core.cli.tables import show_validation
    from onne_core.codec import RECORDS
    from onne_core.pipeline.ensembles.validation import validate

    validation = follow(validate(folder, pairs, method=answer))
    if as_json:
        say(json.dumps(RECORDS.encode(validation), indent=2))
    else:
        show_validation(validation)
    return 0


@app.command
def models() -> int:
    """List the ensembles that can be named."""
    from onne_core.bundle.bundle import read_bundle
    from onne_core.ensemble.card import card_from_json
    from onne_core.pipeline.analysis.analysis import ensemble_folders

    rows = []
    for name, folder in ensemble_folders().items():
        try:
            card = card_from_json(read_bundle(folder).card)
        except OnneError as error:
            complain(error)
            continue
        shells = ", ".join(head.label for head in card.heads)
        window = f"{card.training.k_min:g}-{card.training.k_max:g} Å⁻¹"
        edge = f"{card.absorber} {card.edge}"
        rows.append((name, edge, shells, window, str(card.items), str(folder)))
    head = ("ensemble", "edge", "shells", "k window", "spectra", "folder")
    table("Ensembles", head, rows)
    return 0


@app.command
def doctor() -> int:
    """Check that everything the program needs works on this computer."""
    from onne_core.pipeline.analysis.doctor import diagnose

    found = follow(diagnose())
    rows = [("ok" if item.good else "MISSING", item.name, item.text) for item in found]
    table("This computer", ("", "part", "finding"), rows)
    return 0 if all(item.good for item in found) else 1
