"""Pipeline: from a training set to the bundle of an ensemble."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from onne_core.bundle.bundle import MOST_NETWORKS, write_bundle
from onne_core.bundle.folder import refuse_foreign
from onne_core.digest import digest
from onne_core.errors import DefinitionError, StorageError
from onne_core.jobs import Progress, Stage
from onne_core.networks.augment import check_reach, head_cards, material_of
from onne_core.networks.build import STREAM, Trained, built_from
from onne_core.networks.further_training import Start
from onne_core.networks.inputs import input_matrix
from onne_core.networks.perturbed_copies import copies_of, extended_by, families_of
from onne_core.networks.train import train_member
from onne_core.networks.whitening import whitening_of
from onne_core.pipeline.ensembles.members import MemberTask, tasks_for, train_members
from onne_core.reduction.background import tabulated_edge
from onne_core.training_set.split import Split, joined, split_of
from onne_core.training_set.training_set import (
    TrainingSet,
    load_training_set,
    read_manifest,
    united,
)
from onne_core.values.recipe import TrainingRecipe, training_from_json
from onne_core.versions import versions

FEWEST_ITEMS = 12
"""Macrostates below which a split into training, calibration and test is senseless."""


def train(
    folder: Path,
    out: Path,
    *,
    training: TrainingRecipe | None = None,
    name: str | None = None,
    workers: int = 2,
    added: tuple[Path, ...] = (),
    start: Start | None = None,
) -> Stage[Path]:
    """Train an ensemble on the training set in ``folder`` and write its bundle.

    ``training`` replaces the recipe stored with the training set. Members are kept
    beside ``out`` after every epoch until the bundle is written, so a killed run goes
    on. The metrics of every epoch come as progress. Sets in ``added`` are learnt from,
    too, and the networks of ``start`` are trained further instead of new ones.

    Raises
    ------
    DefinitionError
        If the recipe does not fit the spectra, or asks for too many members.
    StorageError
        If the training set is damaged, too small, or ``out`` is no bundle's place.
    """
    out = out.resolve()
    training = training or training_recipe_of(folder)
    sets = [load_training_set(place) for place in (folder, *added)]
    training_set = united(sets)
    if start is not None:
        begun = {**training_set.description, "trained_further": start.digest}
        training_set = replace(training_set, description=begun)
    _check(training_set, training, folder)
    refuse_foreign(out)
    yield Progress(0, training.members, "preparing")
    split = joined(
        [
            split_of(len(one.pairs), held_out=training.held_out, seed=training.seed)
            for one in sets
        ]
    )
    copies = copies_of(training_set, split, training)
    families = families_of(training_set, split, copies)
    prepared = prepared_from(
        extended_by(training_set, copies), split, families, training, start
    )
    place = out.parent / f".{out.name}.members"
    tasks = tasks_of(prepared, families, training_set.digest, place, start)
    members = yield from train_members(tasks, workers)
    yield Progress(training.members, training.members, "calibrating")
    built = built_from(
        replace(prepared, name=name or out.name, members=members),
        training_set,
        edge_energy=edge_energy_of(training_set),
        versions=versions(),
    )
    write_bundle(out, built)
    shutil.rmtree(place, ignore_errors=True)
    return out


def _check(training_set: TrainingSet, training: TrainingRecipe, folder: Path) -> None:
    if len(training_set.pairs) < FEWEST_ITEMS:
        raise StorageError(
            f"{folder}: {len(training_set.pairs)} spectra are too few to train on; "
            f"generate at least {FEWEST_ITEMS}."
        )
    check_reach(training_set, training)
    if training.members > MOST_NETWORKS:
        raise DefinitionError(
            f"training.members: {training.members}; an ensemble holds at most "
            f"{MOST_NETWORKS}."
        )


def prepared_from(
    extended: TrainingSet,
    split: Split,
    families: np.ndarray,
    training: TrainingRecipe,
    start: Start | None = None,
) -> Trained:
    """Return what is known before any member is trained."""
    heads = None if start is None else start.heads(head_cards(extended))
    material = material_of(extended, training, heads)
    seed = np.random.SeedSequence(training.seed, spawn_key=(STREAM,))
    rng = np.random.default_rng(seed)
    whitening = whitening_of(material, families.ravel(), rng=rng)
    return Trained(
        "",
        material,
        whitening,
        members=(),
        split=split,
        inputs=input_matrix(material, whitening)
        if start is None
        else start.inputs(material),
        prior=None if start is None else start.prior,
    )


def tasks_of(
    prepared: Trained,
    families: np.ndarray,
    training_set: str,
    place: Path,
    start: Start | None = None,
) -> list[MemberTask]:
    """Return one task per member; material and weights go to ``place``.

    ``training_set`` is the digest of what ``prepared`` was made from.
    """
    training, heads = prepared.material.training, prepared.material.heads
    inputs = prepared.inputs
    return tasks_for(
        [
            partial(
                train_member,
                families=families,
                validation=prepared.split.validation,
                start=None if start is None else start.layers(member, heads),
            )
            for member in range(training.members)
        ],
        prepared.material,
        inputs,
        place,
        digest(training_set, training, versions(), start and start.digest, inputs),
    )


def training_recipe_of(folder: Path) -> TrainingRecipe:
    """Return the training recipe of the training set in ``folder``.

    Raises
    ------
    StorageError
        If the folder holds no finished training set.
    """
    recipe = read_manifest(folder)["description"].get("recipe", {})
    return training_from_json(recipe.get("training", {}))


def edge_energy_of(training_set: TrainingSet) -> float | None:
    """Return the tabulated edge energy (eV) of the set's absorber, if known."""
    recipe = training_set.description.get("recipe", {})
    system = recipe.get("system", training_set.description)
    if "absorber" not in system or "edge" not in system:
        return None
    return tabulated_edge(system["absorber"], system["edge"])
