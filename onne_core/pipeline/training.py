"""Pipeline, second half of the line: from a training set to an ensemble's bundle."""

import io
import os
import shutil
import zlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from onne_core import execution, files
from onne_core.digest import digest
from onne_core.ensemble.augment import material_of
from onne_core.ensemble.build import STREAM, Trained, build_bundle
from onne_core.ensemble.bundle import MOST_NETWORKS
from onne_core.ensemble.bundle_folder import refuse_foreign
from onne_core.ensemble.split import Split, split_of
from onne_core.ensemble.train import Member, train_member
from onne_core.ensemble.whitening import whitening_of
from onne_core.errors import DefinitionError, StorageError
from onne_core.jobs import Progress, Stage, run
from onne_core.recipe import TrainingRecipe, training_from_json
from onne_core.reduction import tabulated_edge
from onne_core.training_set import TrainingSet, load_training_set, read_manifest
from onne_core.versions import versions

FEWEST_ITEMS = 12
"""Macrostates below which a split into training, calibration and test is senseless."""


@dataclass(frozen=True, eq=False)
class MemberTask:
    """One member to train: where its training set lies and where its weights go."""

    folder: Path
    training: TrainingRecipe
    member: int
    split: Split = field(repr=False)
    whitening: np.ndarray = field(repr=False)
    target: Path
    request: str


def train(
    folder: Path,
    out: Path,
    *,
    training: TrainingRecipe | None = None,
    name: str | None = None,
    workers: int = 2,
) -> Stage[Path]:
    """Train an ensemble on the training set in ``folder`` and write its bundle.

    ``training`` replaces the recipe stored with the training set. Finished members
    are kept beside ``out`` until the bundle is written, so a killed run goes on.

    Raises
    ------
    DefinitionError
        If the recipe does not fit the spectra, or asks for too many members.
    StorageError
        If the training set is damaged, too small, or ``out`` is no bundle's place.
    """
    out = out.resolve()
    training = training or training_recipe_of(folder)
    training_set = load_training_set(folder)
    _check(training_set, training, folder)
    refuse_foreign(out)
    yield Progress(0, training.members, "preparing")
    prepared = _prepared(training_set, training)
    place = out.parent / f".{out.name}.members"
    members = yield from _members(
        _tasks(prepared, training_set, folder, place), workers
    )
    yield Progress(training.members, training.members, "calibrating")
    build_bundle(
        out,
        replace(prepared, name=name or out.name, members=members),
        training_set,
        edge_energy=edge_energy_of(training_set),
        versions=versions(),
    )
    shutil.rmtree(place, ignore_errors=True)
    return out


def _check(training_set: TrainingSet, training: TrainingRecipe, folder: Path) -> None:
    if len(training_set.pairs) < FEWEST_ITEMS:
        raise StorageError(
            f"{folder}: {len(training_set.pairs)} spectra are too few to train on; "
            f"generate at least {FEWEST_ITEMS}."
        )
    if training.members > MOST_NETWORKS:
        raise DefinitionError(
            f"training.members: {training.members}; an ensemble holds at most "
            f"{MOST_NETWORKS}."
        )


def _prepared(training_set: TrainingSet, training: TrainingRecipe) -> Trained:
    """Return what is known before any member is trained."""
    split = split_of(
        len(training_set.pairs), held_out=training.held_out, seed=training.seed
    )
    material = material_of(training_set, training)
    seed = np.random.SeedSequence(training.seed, spawn_key=(STREAM,))
    whitening = whitening_of(material, split.training, rng=np.random.default_rng(seed))
    return Trained("", material, whitening, members=(), split=split)


def _tasks(
    prepared: Trained, training_set: TrainingSet, folder: Path, place: Path
) -> list[MemberTask]:
    """Return one task per member; their weights go to ``place``."""
    training = prepared.material.training
    request = digest(training_set.digest, training, prepared.whitening, versions())
    return [
        MemberTask(
            folder=folder,
            training=training,
            member=member,
            split=prepared.split,
            whitening=prepared.whitening,
            target=place / f"member-{member:02d}.npz",
            request=request,
        )
        for member in range(training.members)
    ]


def training_recipe_of(folder: Path) -> TrainingRecipe:
    """Return the networks' recipe of the training set in ``folder``.

    Raises
    ------
    StorageError
        If the folder holds no finished training set.
    """
    recipe = read_manifest(folder)["description"].get("recipe", {})
    return training_from_json(recipe.get("training", {}))


def edge_energy_of(training_set: TrainingSet) -> float | None:
    """Return the tabulated edge energy (eV) of the set's absorber, if it has one."""
    recipe = training_set.description.get("recipe", {})
    system = recipe.get("system", training_set.description)
    if "absorber" not in system or "edge" not in system:
        return None
    return tabulated_edge(system["absorber"], system["edge"])


def make_member(task: MemberTask) -> Path:
    """Train one member and store its weights, unless they are there. Idempotent."""
    if finished_member(task) is not None:
        return task.target
    # TensorFlow reads these when it is first imported, in this worker process.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    material = material_of(load_training_set(task.folder), task.training)
    member = run(
        train_member(
            material,
            task.whitening,
            index=task.split.training,
            validation=task.split.validation,
            seed=task.member,
        )
    )
    files.write_bytes(task.target, _encoded(member, task.request))
    return task.target


def finished_member(task: MemberTask) -> Member | None:
    """Return the member of ``task`` if its file is there and of the same request."""
    if not task.target.is_file():
        return None
    try:
        content = io.BytesIO(task.target.read_bytes())
        with np.load(content, allow_pickle=False) as archive:
            if archive["request"].tobytes().decode() != task.request:
                return None
            count = int(archive["layers"])
            return Member(
                tuple(
                    (archive[f"weight{i}"], archive[f"bias{i}"]) for i in range(count)
                ),
                tuple(tuple(point) for point in archive["losses"].tolist()),
            )
    except (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error):
        return None


def _members(
    tasks: list[MemberTask], workers: int
) -> Generator[Progress, None, tuple[Member, ...]]:
    """Train the members whose weights are not there yet; return all of them."""
    missing = [task for task in tasks if finished_member(task) is None]
    ready = len(tasks) - len(missing)
    with closing(
        execution.run_tasks(
            make_member, missing, workers=workers, message="training members"
        )
    ) as steps:
        for step in steps:
            yield Progress(step.done + ready, len(tasks), step.message)
    members = [finished_member(task) for task in tasks]
    found = tuple(member for member in members if member is not None)
    if len(found) < len(tasks):
        raise StorageError(
            f"{tasks[0].target.parent}: the weights of a member are gone; train again."
        )
    return found


def _encoded(member: Member, request: str) -> bytes:
    """Return the weights of ``member`` as npz."""
    arrays = {f"weight{i}": weight for i, (weight, _) in enumerate(member.layers)}
    arrays |= {f"bias{i}": bias for i, (_, bias) in enumerate(member.layers)}
    arrays["request"] = np.frombuffer(request.encode(), dtype=np.uint8)
    arrays["layers"] = np.array(len(member.layers))
    arrays["losses"] = np.array(member.losses)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()
