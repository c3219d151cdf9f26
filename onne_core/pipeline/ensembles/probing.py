"""Pipeline: what a few short trained networks say of the size of a training set."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from onne_core.ensemble.member import Member
from onne_core.jobs import Progress, Stage, Value
from onne_core.networks.perturbed_copies import copies_of, extended_by, families_of
from onne_core.pipeline.ensembles.members import train_members
from onne_core.pipeline.ensembles.training import prepared_from, tasks_of
from onne_core.training_set.split import Split
from onne_core.training_set.training_set import load_training_set
from onne_core.values.recipe import TrainingRecipe

MEMBERS, STEPS = 2, 600
"""Networks of a probe, and their steps."""

HELD_OUT = 16
"""First macrostates of a set, on which every probe of it is measured: the same ones
with the same errors of measurement, however many are appended."""

TRIALS = "training trial networks"
"""Message of the progress of a probe, whose networks are in no ensemble."""

Errors = Float[np.ndarray, "head 3"]


def probed(
    folder: Path, training: TrainingRecipe, place: Path, *, workers: int
) -> Stage[Errors]:
    """Return rms errors of N (1), R (Å) and sigma (Å) that the set in ``folder`` gives.

    Networks are trained as in ``training``, but few and short, and kept in ``place``
    until all are there. What training does not vary has an error of NaN.

    Raises
    ------
    StorageError
        If the training set is damaged.
    """
    training_set = load_training_set(folder)
    training = replace(training, members=MEMBERS, steps=STEPS)
    index = np.arange(len(training_set.pairs))
    first = index[:HELD_OUT]
    split = Split(index[HELD_OUT:], first, first, first)
    copies = copies_of(training_set, split, training)
    families = families_of(training_set, split, copies)
    prepared = prepared_from(
        extended_by(training_set, copies), split, families, training
    )
    tasks = tasks_of(prepared, families, training_set.digest, place)
    members = yield from _as_trials(train_members(tasks, workers))
    shutil.rmtree(place, ignore_errors=True)
    found = np.mean([_errors_of(member) for member in members], axis=0)
    fixed = np.array([head.fixed for head in prepared.material.heads])
    return np.where(fixed, np.nan, found)


def gain(before: Errors, after: Errors) -> float:
    """Return by which share errors fell, in the mean over heads and quantities."""
    ratios = np.log(after / before)
    return 1.0 - float(np.exp(ratios[np.isfinite(ratios)].mean()))


def _as_trials(stage: Stage[Value]) -> Stage[Value]:
    """Return ``stage`` without what it tells of the members of an ensemble."""
    with closing(stage):
        while True:
            try:
                step = next(stage)
            except StopIteration as last:
                return last.value
            yield Progress(step.done, step.total, TRIALS)


def _errors_of(member: Member) -> Errors:
    """Return the errors at the lowest validation loss, whose weights are kept."""
    best = int(np.argmin([held_out for _, _, held_out in member.losses]))
    return member.watched["errors"][best]
