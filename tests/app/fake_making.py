"""Stages in the place of generation and training: seconds instead of hours.

They run in processes of their own, so they are told what to do by files: each step
waits until ``steps`` beside the set's folder holds a number that allows it.
"""

import json
import time
from pathlib import Path
from typing import Any

from app.making import RECIPE_FILE
from app.stages import SetRequest, TrainRequest
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.recipe import recipe_to_json
from onne_core.training_set import MANIFEST, SCHEMA

REASONS = {
    "Ni-Ni closer than 1.74 Å": 3,
    "a path diverges": 1,
    "macrostate left out: most of its clusters were": 1,
}
PATIENCE = 60.0


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


def refuse_set(request: SetRequest) -> Stage[str]:
    yield Progress(0, 1, "phases of the reference")
    raise StorageError(f"{request.folder}: the disk is full; make room, then go on.")


def train(request: TrainRequest) -> Stage[str]:
    folder, members = Path(request.folder), request.members or 10
    yield Progress(0, members, "preparing")
    for done in range(members):
        wait_for(folder, done)
        yield Progress(done, members, "training members")
    Path(request.out).mkdir(parents=True)
    return request.out
