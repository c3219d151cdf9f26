"""Pipeline: fine-tuning of an ensemble to pairs of a trajectory.

The networks stay as they are; layers behind them learn from the pairs, with as many
examples of the original training set, which they would forget otherwise.
"""

import json
import shutil
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from onne_core.bundle.bundle import Bundle, write_bundle
from onne_core.bundle.folder import refuse_foreign
from onne_core.bundle.model_card import model_card
from onne_core.codec import RECORDS
from onne_core.digest import digest
from onne_core.ensemble.card import Card, card_from_json, card_to_json
from onne_core.ensemble.member import Member
from onne_core.errors import StorageError
from onne_core.jobs import Progress, Stage
from onne_core.networks.augment import material_of
from onne_core.networks.build import Trained, built_from, prior_of
from onne_core.networks.further_training import Start, start_of
from onne_core.networks.perturbed_copies import extended_by
from onne_core.networks.train import tune_member
from onne_core.pipeline.analysis.analysis import bundle_of
from onne_core.pipeline.ensembles.members import MemberTask, tasks_for, train_members
from onne_core.pipeline.ensembles.tuning_pairs import TuningSets, tuning_sets
from onne_core.pipeline.ensembles.tuning_report import TuningReport, tuning_report
from onne_core.posterior.predict import load
from onne_core.training_set.training_set import load_training_set, selected
from onne_core.versions import versions

REPLAY = 0.5
"""Share of the examples that are drawn from the original training set."""


@dataclass(frozen=True)
class TuningRequest:
    """Request to fine-tune: an ensemble (name or folder), pairs, its training set.

    ``held_back`` pairs are kept for the test (30 % if ``None``). The appended layers
    are trained for ``steps`` at most, with ``learning_rate``.
    """

    ensemble: str
    pairs: Path
    replay: Path
    held_back: int | None = None
    steps: int = 800
    learning_rate: float = 1e-3


def finetune(
    request: TuningRequest, out: Path, *, workers: int = 2
) -> Stage[TuningReport]:
    """Fine-tune an ensemble to pairs of a trajectory and write the result to ``out``.

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
    prepared = _prepared(out.name, bundle, start, sets)
    place = out.parent / f".{out.name}.members"
    tasks = _tasks(request, start, sets, prepared, place)
    members = yield from train_members(tasks, workers)
    yield Progress(len(members), len(members), "calibrating")
    built = built_from(
        replace(prepared, members=members),
        sets.union,
        edge_energy=start.card.edge_energy,
        versions=versions(),
    )
    report = yield from tuning_report(
        load(bundle),
        load(built),
        seen=sets.pairs_at(sets.parts.training),
        held_back=sets.pairs_at(sets.parts.test),
        original=replace(sets.union, pairs=selected(sets.union.pairs, sets.split.test)),
        limits=sets.limits,
    )
    record = _record(request, start, sets, report)
    write_bundle(out, _with_record(built, record, start.card))
    shutil.rmtree(place, ignore_errors=True)
    return report


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
            f"{request.replay}: {card.name} was trained on another set (digest "
            f"{card.training_set[:16]}); give that one with --replay."
        )
    raw = load_training_set(request.pairs)
    return tuning_sets(card, raw, original, held_back=request.held_back)


def _prepared(name: str, bundle: Bundle, start: Start, sets: TuningSets) -> Trained:
    """Return what is known before any member is tuned."""
    extended = extended_by(sets.union, sets.copies)
    material = material_of(extended, start.card.training, start.card.heads)
    return Trained(
        name=name,
        material=material,
        whitening=bundle.arrays["domain.whitening"].astype(float),
        members=(),
        split=sets.split,
        inputs=start.inputs(material),
        # Bands narrower than the spread of the pairs come from the spectrum;
        # narrower than the original ranges may be memory of the pairs.
        prior=prior_of(sets.pairs_at(sets.parts.training)),
    )


def _tasks(
    request: TuningRequest,
    start: Start,
    sets: TuningSets,
    prepared: Trained,
    place: Path,
) -> list[MemberTask]:
    """Return one task per member; their layers go to ``place``."""
    card = start.card
    training = replace(
        card.training,
        steps=request.steps,
        learning_rate=request.learning_rate,
        members=len(start.members),
    )
    mark = digest(
        start.digest,
        card.training_set,
        sets.pairs_set.digest,
        training,
        sets.parts.test,
        versions(),
    )
    return tasks_for(
        [
            partial(tune_member, Member(layers, ()), mixture=sets.mixture)
            for layers in start.members
        ],
        replace(prepared.material, training=training),
        prepared.inputs,
        place,
        mark,
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
        "held_back": sets.parts.test.tolist(),
        "replay": REPLAY,
        "steps": request.steps,
        "learning_rate": request.learning_rate,
        "limits": {name: list(ends) for name, ends in sets.limits.items()},
        "errors": RECORDS.encode(report),
    }


def _with_record(built: Bundle, record: dict[str, Any], base: Card) -> Bundle:
    """Return ``built`` with what is known of it now that it has been tried."""
    # The model card follows the order in which a manifest keeps the card.
    kept = json.loads(json.dumps(built.card, sort_keys=True))
    card = replace(card_from_json(kept), tuning=record, items=base.items)
    readme = model_card(card, len(built.networks))
    return replace(built, card=card_to_json(card), readme=readme)
