"""Pipeline: merging of a training set's portions, without gaps or mix-ups."""

from collections.abc import Sequence
from pathlib import Path

from onne_core import files
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.pipeline.phases.engines import sha256_of_kept, take_phases
from onne_core.pipeline.sets.generation import (
    RECIPE_FILE,
    paths_for,
    phases_for,
    shards_digest,
    system_shards,
    write_set,
)
from onne_core.pipeline.sets.macrostates import SystemShard, finished_in
from onne_core.pipeline.sets.ownership import (
    claimed,
    portions_in,
    refuse_other,
    request_of,
)
from onne_core.training_set.training_set import ShardReport
from onne_core.values.recipe import Recipe, read_recipe, recipe_to_json


def merge(folder: Path, parts: Sequence[Path] = ()) -> Stage[Path]:
    """Merge the shards of ``parts`` into ``folder`` and write its manifest.

    ``folder`` may hold shards itself; without parts it holds all of them. The result
    is that of one run on one computer with the same phases.

    Raises
    ------
    StorageError
        If a folder holds no part of a training set, or of another one; if parts were
        made with different phases; if shards are missing, which the text names with
        the commands that make them.
    """
    sources = [*([folder] if request_of(folder) else []), *parts]
    recipe = _recipe_in(sources, folder)
    request = shards_digest(recipe)
    for source in sources:
        _check_source(source, request)
    _check_phases(sources)
    record = recipe_to_json(recipe)
    with claimed(folder, request=request, record=record, name=RECIPE_FILE) as place:
        yield Progress(0, recipe.sampling.macrostates, "collecting")
        take_phases(sources, folder)
        phases = phases_for(recipe, place)
        tasks = system_shards(recipe, place, request, phases)
        reports = yield from _collected(tasks, sources)
        missing = [task.index for task in tasks if task.index not in reports]
        if missing:
            raise StorageError(_lacking(missing, len(tasks), sources, folder))
        found = [reports[task.index] for task in tasks]
        write_set(recipe, folder, phases, found, paths_for(recipe, phases))
    return folder


def _recipe_in(sources: Sequence[Path], folder: Path) -> Recipe:
    """Return the recipe of the first folder."""
    if not sources:
        raise StorageError(
            f"{folder}: contains no shards; give the folders of the parts after it."
        )
    path = sources[0] / RECIPE_FILE
    if not path.is_file():
        raise StorageError(
            f"{sources[0]}: contains no part of a training set of a system "
            f"({RECIPE_FILE} is missing). Pairs of given structures need no merge: "
            "run onne generate --structures again without --shard."
        )
    return read_recipe(path)


def _check_source(source: Path, request: str) -> None:
    if request_of(source) is None:
        raise StorageError(f"{source}: contains no part of a training set.")
    refuse_other(source, request)


def _check_phases(sources: Sequence[Path]) -> None:
    """Refuse parts made with phases that differ."""
    known = {source: sha256_of_kept(source) for source in sources}
    made = {source: sha256 for source, sha256 in known.items() if sha256}
    if len(set(made.values())) > 1:
        first, *others = made
        other = next(item for item in others if made[item] != made[first])
        raise StorageError(
            f"{first} and {other}: made with different phases, because FEFF's last "
            f"digits differ between computers. Copy {first / 'phases'} into a new "
            "folder for each part before its run, and repeat the parts with the "
            "other phases."
        )


def _collected(
    tasks: Sequence[SystemShard], sources: Sequence[Path]
) -> Stage[dict[int, ShardReport]]:
    """Copy every shard that is whole to its place; return the reports by index."""
    reports: dict[int, ShardReport] = {}
    total = sum(task.count for task in tasks)
    done = 0
    for task in tasks:
        for source in sources:
            report = finished_in(source, task)
            if report is not None:
                if source != task.place.folder:
                    content = (source / report.file).read_bytes()
                    files.write_bytes(task.target, content)
                reports[task.index] = report
                done += task.count
                break
        yield Progress(done, total, "collecting")
    return reports


def _lacking(
    missing: list[int], total: int, sources: Sequence[Path], folder: Path
) -> str:
    """Return which shards are missing and how they are made."""
    command = f"onne generate {folder / RECIPE_FILE} --out {folder}"
    text = (
        f"{folder}: {len(missing)} of {total} shards are missing ({_runs(missing)}). "
    )
    of = next((n for n in map(portions_in, sources) if n), 0)
    if not of:
        return f"{text}Run {command} to make them."
    again = sorted({index % of + 1 for index in missing})
    portions = ", ".join(f"{number}/{of}" for number in again)
    return (
        f"{text}They belong to --shard {portions}: run these again, for example "
        f"{command} --shard {again[0]}/{of}, or without --shard to make all of "
        "them here."
    )


def _runs(numbers: Sequence[int]) -> str:
    """Return rising numbers in short, such as ``3, 7-9``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1] = [runs[-1][0], number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)
