"""Stages in the place of generation and training: seconds instead of hours.

They run in processes of their own, so they are told what to do by files: each step
waits until ``steps`` beside the set's folder holds a number that allows it.
"""

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from app.training.set_plan import RECIPE_FILE
from app.work.stages import MakeRequest, SetRequest, TrainRequest
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.training_set.training_set import MANIFEST, SCHEMA
from onne_core.values.recipe import Recipe, recipe_to_json
from onne_core.values.training_progress import (
    RANKS,
    Watched,
    WatchedExample,
    WatchedHead,
)

REASONS = {
    "Ni-Ni closer than 1.74 Å": 3,
    "a path diverges": 1,
    "macrostate left out: most of its clusters were": 1,
}
PATIENCE = 60.0
EPOCHS = 4


def steps_file(folder: Path) -> Path:
    return folder.parent / "steps"


def allow(folder: Path, steps: int) -> None:
    """Let the stage that works on ``folder`` do so many steps in all."""
    partial = steps_file(folder).with_suffix(".part")
    partial.write_text(str(steps))
    partial.replace(steps_file(folder))


def allowed(folder: Path) -> int:
    try:
        return int(steps_file(folder).read_text())
    except FileNotFoundError:
        return 0


def wait_for(folder: Path, step: int) -> None:
    end = time.monotonic() + PATIENCE
    while allowed(folder) < step:
        assert time.monotonic() < end, "no test allowed this step"
        time.sleep(0.005)


def manifest_of(request: SetRequest) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "digest": "5f" * 32,
        "items": request.recipe.sampling.macrostates,
        "rejected": REASONS,
        "correction": {"count": 6, "median": 1.2, "largest": 1.9},
        "spot_check": {"count": 6, "median": 0.0042, "largest": 0.0113},
        "description": {
            "kind": "system",
            "recipe": recipe_to_json(request.recipe),
            "phases": {
                "of": "the reference cluster",
                "sha256": "ab" * 32,
                "largest_overlap": ["Ni-Ni", 1.153],
            },
        },
    }


def make_set(request: SetRequest) -> Stage[str]:
    folder, total = Path(request.folder), request.recipe.sampling.macrostates
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(recipe_to_json(request.recipe))
    (folder / RECIPE_FILE).write_text(content)
    yield Progress(0, total, "phases of the reference")
    wait_for(folder, 1)
    yield Progress(0, total, "scattering")
    for done in range(1, total + 1):
        wait_for(folder, done)
        yield Progress(done, total, "scattering", REASONS if done > 1 else {})
    (folder / MANIFEST).write_text(json.dumps(manifest_of(request)))
    return str(folder)


def make_ensemble(request: MakeRequest) -> Stage[str]:
    """Make a set of four macrostates, then two networks; tell the share of the job."""
    made = SetRequest(with_macrostates(request.recipe, 4), request.folder, 1)
    for step in make_set(made):
        yield replace(step, share=0.1 * step.done)
    trained = TrainRequest(request.folder, request.out, 2, 1)
    for step in train(trained):
        yield replace(step, share=0.4 + 0.6 * step.done / step.total)
    return request.out


def with_macrostates(recipe: Recipe, count: int) -> Recipe:
    return replace(recipe, sampling=replace(recipe.sampling, macrostates=count))


def refuse_set(request: SetRequest) -> Stage[str]:
    yield Progress(0, 1, "phases of the reference")
    raise StorageError(f"{request.folder}: the disk is full; make room, then go on.")


def train(request: TrainRequest) -> Stage[str]:
    """Train ``members`` for EPOCHS epochs each, two side by side."""
    folder, members = Path(request.folder), request.members or 10
    total = EPOCHS * members
    yield Progress(0, members, "preparing")
    wait_for(folder, 1)
    for done, (member, epoch) in enumerate(order(members), 1):
        wait_for(folder, done)
        yield Progress(
            done,
            total,
            "training networks",
            metrics={
                "member": float(member),
                "step": 100.0 * epoch,
                "training loss": 2.5 + 1.0 / epoch,
                "validation loss": 2.7 + 1.0 / epoch + 0.02 * member,
                "ended": float(epoch == EPOCHS),
            },
            detail=watched_after(epoch),
        )
    Path(request.out).mkdir(parents=True)
    return request.out


def order(members: int) -> list[tuple[int, int]]:
    """Return member and epoch in the order in which they end."""
    pairs = [range(first, min(first + 2, members)) for first in range(0, members, 2)]
    return [(m, e) for pair in pairs for e in range(1, EPOCHS + 1) for m in pair]


def watched_after(epoch: int) -> Watched:
    """Return errors that shrink, and three examples that come nearer to the truth."""
    r = np.arange(2.1, 3.0, 0.02)
    heads = (WatchedHead("Ni-Ni 1", "Ni-Ni", r), WatchedHead("Ni-Ni 2", "Ni-Ni", r + 1))

    def peak(centre: float, width: float) -> np.ndarray:
        return 12.0 * np.exp(-0.5 * ((r - centre) / width) ** 2) / (2.5 * width)

    truth = peak(2.5, 0.08)
    examples = tuple(
        WatchedExample(
            rank,
            2.0 + i,
            (truth, 0.5 * truth),
            {
                e: (peak(2.5 + 0.05 * (i + 1) / e, 0.08 + 0.1 / e), 0.5 * truth)
                for e in range(1, epoch + 1)
            },
        )
        for i, rank in enumerate(RANKS)
    )
    every = np.arange(1.0, epoch + 1)
    errors = np.multiply.outer(
        1.0 / every, np.array([[0.8, 0.02, 0.01], [0.9, 0.04, 0.02]])
    )
    return Watched(heads, 100.0 * every, 1e-3 / every, errors, examples)


def break_down(request: TrainRequest) -> Stage[str]:
    """Print something, then fail as a fault of the program does."""
    yield Progress(0, 1, "preparing")
    sys.stderr.write("the last thing that was printed\n")
    raise ZeroDivisionError(request.out)


def die(request: TrainRequest) -> Stage[str]:
    """End without a word, as when the memory is gone."""
    yield Progress(0, 1, "preparing")
    sys.stderr.write("Killed by the system\n")
    os._exit(9)


def sleep_with_children(request: TrainRequest) -> Stage[str]:
    """Start a pool whose worker has a child of its own, and wait for ever."""
    from tests.app.training import process_tree

    return (yield from process_tree.stage(Path(request.out)))
