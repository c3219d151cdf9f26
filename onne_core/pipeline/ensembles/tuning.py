"""Pipeline, fine-tuning: from an ensemble and a trajectory's pairs to a tuned one.

The networks stay as they are; layers behind them learn from the pairs, with as many
examples of the original training set, which they would forget otherwise.
"""

import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.bundle.bundle import Bundle, write_bundle
from onne_core.bundle.folder import refuse_foreign
from onne_core.bundle.model_card import model_card
from onne_core.digest import digest
from onne_core.ensemble.card import Card, HeadCard, card_from_json, card_to_json
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage, run
from onne_core.networks.augment import material_of
from onne_core.networks.build import Trained, build_bundle, prior_of
from onne_core.networks.further_training import Start, start_of
from onne_core.networks.perturbed_copies import extended_by
from onne_core.networks.train import Member, Mixture, tune_member
from onne_core.pipeline.analysis.analysis import bundle_of
from onne_core.pipeline.ensembles.members import (
    StoredTask,
    arrays_of,
    finished_member,
    store,
    stored,
    train_members,
    watch_of,
)
from onne_core.pipeline.ensembles.tuning_pairs import TuningSets, tuning_sets
from onne_core.pipeline.ensembles.tuning_report import (
    TuningReport,
    report_to_json,
    tuning_report,
)
from onne_core.posterior.predict import load
from onne_core.training_set.training_set import Pairs, load_training_set
from onne_core.versions import versions

REPLAY = 0.5
"""Share of the examples that are drawn from the original training set."""


@dataclass(frozen=True)
class TuningRequest:
    """What is tuned to what: an ensemble by name or folder, pairs, its training set.

    ``held_back`` pairs are kept for the test (30 % if ``None``). The appended layers
    are trained for ``steps`` at most, with ``learning_rate``.
    """

    ensemble: str
    pairs: Path
    replay: Path
    held_back: int | None = None
    steps: int = 800
    learning_rate: float = 1e-3


@dataclass(frozen=True, eq=False)
class TuneTask(StoredTask):
    """One member to tune: where it begins, what it learns from and is stopped by."""

    base: Member = field(repr=False)
    heads: tuple[HeadCard, ...] = field(repr=False)
    folder: Path
    mixture: Mixture = field(repr=False)
    inputs: np.ndarray = field(repr=False)


def finetune(
    request: TuningRequest, out: Path, *, workers: int = 2
) -> Stage[TuningReport]:
    """Tune an ensemble to pairs of a trajectory and write the tuned one to ``out``.

    Members are kept beside ``out`` until the bundle is written, so a killed run goes
    on.

    Raises
    ------
    BundleError
        If there is no such ensemble, it is damaged, or was tuned already.
    StorageError
        If the training set is not the ensemble's own, the pairs do not fit it, or
        ``out`` is no bundle's place.
    """
    out = out.resolve()
    refuse_foreign(out)
    bundle = bundle_of(request.ensemble)
    start = start_of(bundle)
    yield Progress(0, len(start.members), "preparing")
    sets = _sets(request, start.card)
    tasks = _tasks(request, start, sets, out)
    added = vars(sets.pairs_behind)
    store(tasks[0].copies, tasks[0].request, added)
    members = yield from train_members(tasks, make_tuned_member, workers)
    yield Progress(len(members), len(members), "calibrating")
    written = _write(out, bundle, start, sets, members)
    report = yield from tuning_report(
        load(bundle),
        load(written),
        seen=sets.pairs_at(sets.parts.training),
        held_back=sets.pairs_at(sets.parts.held_back),
        original=sets.original_at(sets.split.test),
        limits=sets.limits,
    )
    _write_again(out, written, _record(request, start, sets, report), start.card)
    shutil.rmtree(tasks[0].target.parent, ignore_errors=True)
    return report


def make_tuned_member(task: TuneTask) -> Path:
    """Tune one member and store its layers, unless they are there. Idempotent."""
    if finished_member(task) is not None:
        return task.target
    # TensorFlow reads these when it is first imported, in this worker process.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    added = stored(task.copies, task.request)
    if added is None:
        raise StorageError(
            f"{task.copies}: the pairs to tune to are gone; run the command again."
        )
    union = extended_by(load_training_set(task.folder), Pairs(**added))
    material = material_of(union, task.training, task.heads)
    member = run(
        tune_member(
            task.base,
            material,
            task.inputs,
            mixture=task.mixture,
            seed=task.member,
            begun=stored(task.begun, task.request),
            keep=lambda state: store(task.begun, task.request, state),
            watch=watch_of(task, material, union.radial),
        )
    )
    store(task.target, task.request, arrays_of(member))
    task.begun.unlink(missing_ok=True)
    return task.target


def _sets(request: TuningRequest, card: Card) -> TuningSets:
    """Return what is learnt from.

    Raises
    ------
    StorageError
        If the training set is not the one of the card, or the pairs do not fit.
    """
    original = load_training_set(request.replay)
    if original.digest != card.training_set:
        raise StorageError(
            f"{request.replay}: {card.name} was trained on another set, of digest "
            f"{card.training_set[:16]}; give that one with --replay."
        )
    raw = load_training_set(request.pairs)
    return tuning_sets(card, raw, original, held_back=request.held_back)


def _tasks(
    request: TuningRequest, start: Start, sets: TuningSets, out: Path
) -> list[TuneTask]:
    """Return one task per member; their layers go to a folder beside ``out``."""
    card = start.card
    training = replace(
        card.training,
        steps=request.steps,
        learning_rate=request.learning_rate,
        members=len(start.members),
    )
    # What the networks see does not depend on the examples: no copies are needed.
    inputs = start.inputs(material_of(sets.union, training, card.heads))
    mark = digest(
        start.digest,
        card.training_set,
        sets.pairs_set.digest,
        training,
        sets.parts.held_back,
        versions(),
    )
    return [
        TuneTask(
            training=training,
            member=member,
            target=out.parent / f".{out.name}.members" / f"member-{member:02d}.npz",
            request=mark,
            base=Member(layers, ()),
            heads=card.heads,
            folder=request.replay,
            mixture=sets.mixture,
            inputs=inputs,
        )
        for member, layers in enumerate(start.members)
    ]


def _write(
    out: Path,
    bundle: Bundle,
    start: Start,
    sets: TuningSets,
    members: tuple[Member, ...],
) -> Bundle:
    """Calibrate the tuned members and write their bundle, without the report."""
    card = start.card
    material = material_of(sets.union, card.training, card.heads)
    return build_bundle(
        out,
        Trained(
            name=out.name,
            material=material,
            whitening=bundle.arrays["domain.whitening"].astype(float),
            members=members,
            split=sets.split,
            inputs=start.inputs(material),
            # Bands narrower than the spread of the pairs come from the spectrum;
            # narrower than the original ranges may be memory of the pairs.
            prior=prior_of(sets.pairs_at(sets.parts.training)),
        ),
        sets.union,
        edge_energy=card.edge_energy,
        versions=versions(),
    )


def _record(
    request: TuningRequest, start: Start, sets: TuningSets, report: TuningReport
) -> dict[str, Any]:
    """Return what the card says of the tuning, as JSON types."""
    return {
        "base": start.card.name,
        "base_digest": start.digest,
        "pairs": sets.pairs_set.digest,
        "groups": len(sets.pairs_set.pairs),
        "held_back": sets.parts.held_back.tolist(),
        "replay": REPLAY,
        "steps": request.steps,
        "learning_rate": request.learning_rate,
        "limits": {name: list(ends) for name, ends in sets.limits.items()},
        "errors": report_to_json(report),
    }


def _write_again(
    out: Path, written: Bundle, record: dict[str, Any], base: Card
) -> None:
    """Write the bundle with what is known of it now that it has been tried."""
    card = replace(card_from_json(written.card), tuning=record, items=base.items)
    write_bundle(
        out,
        name=written.name,
        card=card_to_json(card),
        networks=written.networks,
        arrays=written.arrays,
        reference=written.reference,
        readme=model_card(card, len(written.networks)),
    )
