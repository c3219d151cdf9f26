"""From trained members to a bundle: calibration, domain, reference answers, card."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from onne_core.ensemble.augment import Material, draw
from onne_core.ensemble.bundle import Bundle, write_bundle
from onne_core.ensemble.calibration import (
    HeadAnswer,
    calibrate,
    coverage_of,
    head_answers,
)
from onne_core.ensemble.card import Card, HeadCard, card_to_json
from onne_core.ensemble.domain import domain_of
from onne_core.ensemble.model_card import model_card
from onne_core.ensemble.onnx_writer import member_to_onnx
from onne_core.ensemble.predict import Networks, reference_answers
from onne_core.ensemble.split import Split
from onne_core.ensemble.train import Member
from onne_core.training_set import TrainingSet, selected

REDRAWS = 12
"""Examples drawn from every macrostate that is set apart, with other nuisances."""

REFERENCES = 4


@dataclass(frozen=True, eq=False)
class Trained:
    """Everything that a bundle is made of."""

    name: str
    material: Material = field(repr=False)
    whitening: np.ndarray = field(repr=False)
    members: tuple[Member, ...] = field(repr=False)
    split: Split = field(repr=False)


def build_bundle(
    folder: Path,
    trained: Trained,
    training_set: TrainingSet,
    *,
    edge_energy: float | None,
    versions: dict[str, str],
) -> Bundle:
    """Calibrate ``trained``, learn its domain and write the bundle to ``folder``."""
    material, whitening = trained.material, trained.whitening
    input_matrix = material.kernel @ whitening
    files = tuple(
        member_to_onnx(member, input_matrix=input_matrix, heads=material.heads)
        for member in trained.members
    )
    card = replace(
        _card(trained, training_set, versions), edge_energy=edge_energy
    )
    networks = Networks(files)
    calibration_set = _answered(trained, networks, card, trained.split.calibration, 1)
    calibration = calibrate(calibration_set.answers, calibration_set.truth, card.heads)
    domain = domain_of(
        calibration_set.features, calibration_set.answers, whitening, card
    )
    test_set = _answered(trained, networks, card, trained.split.test, 2)
    coverage = coverage_of(test_set.answers, test_set.truth, calibration, card)
    card = replace(card, coverage=coverage)
    arrays = {
        "calibration.quantity": calibration.quantity,
        "calibration.curve": calibration.curve,
        "calibration.c3": calibration.c3,
        "domain.whitening": domain.whitening,
        "domain.thresholds": domain.thresholds,
        "prior": prior_of(training_set),
        **{f"path.{label}": table for label, table in training_set.paths.items()},
    }
    first = round(card.k[0] / (training_set.k[1] - training_set.k[0]))
    chosen = selected(training_set.pairs, trained.split.test[:REFERENCES])
    reference = reference_answers(
        networks, card, chosen.chi[:, first : first + card.k.size]
    )
    return write_bundle(
        folder,
        name=trained.name,
        card=card_to_json(card),
        networks=files,
        arrays=arrays,
        reference=reference,
        readme=model_card(card, len(files)),
    )


def prior_of(training_set: TrainingSet) -> np.ndarray:
    """Return mean and standard deviation of N, R, sigma^2, C3 per head (head, 4, 2)."""
    moments = training_set.pairs.moments
    return np.stack([np.nanmean(moments, axis=0), np.nanstd(moments, axis=0)], axis=-1)


@dataclass(frozen=True, eq=False)
class _Answered:
    features: np.ndarray
    answers: tuple[HeadAnswer, ...]
    truth: tuple[np.ndarray, ...]


def _answered(
    trained: Trained, networks: Networks, card: Card, index: np.ndarray, stream: int
) -> _Answered:
    """Return the networks' answers to examples of the macrostates at ``index``.

    Features are brought back to chi(k) on the networks' grid, so that the very files
    that users will run are calibrated.
    """
    seed = np.random.SeedSequence(trained.material.training.seed, spawn_key=(10**6, stream))
    examples = draw(
        trained.material,
        index,
        count=REDRAWS * index.size,
        rng=np.random.default_rng(seed),
        mixed=False,
    )
    back = np.linalg.pinv(trained.material.kernel)
    answers = head_answers(networks.answers(examples.features @ back, card), card)
    return _Answered(
        examples.features, answers, _per_head(examples.shapes, trained.material.heads)
    )


def _per_head(shapes: np.ndarray, heads: tuple[HeadCard, ...]) -> tuple[np.ndarray, ...]:
    edges = np.cumsum([head.bins for head in heads])[:-1]
    return tuple(np.split(shapes.astype(float), edges, axis=1))


def _card(trained: Trained, training_set: TrainingSet, versions: dict[str, str]) -> Card:
    description = training_set.description
    system: dict[str, Any] = description.get("recipe", {}).get("system", {})
    return Card(
        name=trained.name,
        absorber=system.get("absorber") or training_set.heads[0].pair.split("-")[0],
        edge=system.get("edge") or str(description.get("edge", "")),
        radial=training_set.radial,
        heads=trained.material.heads,
        training=trained.material.training,
        training_set=training_set.digest,
        items=len(training_set.pairs),
        description={**description, "rejected": training_set.rejected},
        versions=versions,
        losses=tuple(member.losses for member in trained.members),
    )
